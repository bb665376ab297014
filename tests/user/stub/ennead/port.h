/* What user code expects of a port, for code that makes no system call: a call of it fails to link. */
#ifndef ENNEAD_PORT_H
#define ENNEAD_PORT_H

#include <ennead/message.h>

struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag, const ennead_word w[ENNEAD_MSG_REG_WORDS]);
/* One for the whole test program: test_fields.c fills it. */
struct ennead_utcb *ennead_utcb(void);

#endif
