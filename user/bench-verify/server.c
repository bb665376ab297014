/* Checks every word that it gets, and answers with as many others. Granted "spoil", one of them is wrong now and then.
 */
#include "verify.h"

#define SPOILED_ROUND 37u

/* The words are checked and replaced; false: one is not what it should be. */
static bool turn(struct ennead_msg *msg, uint32_t round, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        if (ennead_word_at(msg, i) != pattern(CALL, round, i))
            return false;
        *(i < ENNEAD_MSG_REG_WORDS ? &msg->w[i] : &ennead_utcb()->words[i]) = pattern(ANSWER, round, i);
    }
    return true;
}

_Noreturn void verify_serve(void)
{
    uint32_t endpoint = ennead_find_grant("plain");
    bool spoils = ennead_find_grant("spoil") != 0;
    endpoint = endpoint != 0 ? endpoint : ennead_grant("echo");
    struct ennead_msg msg = ennead_recv(endpoint);
    for (uint32_t round = 0;; round++) {
        unsigned words = ENNEAD_TAG_WORDS(msg.tag);
        enum ennead_error error = turn(&msg, round, words) ? ENNEAD_OK : ENNEAD_INVALID_ARG;
        if (spoils && round % SPOILED_ROUND == SPOILED_ROUND - 1)
            msg.w[words / 8 % ENNEAD_MSG_REG_WORDS] ^= 1;
        msg.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, error, words, 0);
        msg = ennead_reply_recv(endpoint, &msg);
    }
}
