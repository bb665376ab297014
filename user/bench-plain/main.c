/* The benchmark's plain server: its loop is the one that any server has. */
#include <ennead/start.h>
#include <plain_server.h>

enum ennead_error plain_serve_null(uint32_t badge)
{
    (void)badge;
    return ENNEAD_OK;
}

enum ennead_error plain_serve_four(uint32_t badge, ennead_word a, ennead_word b, ennead_word c, ennead_word d,
                                   struct plain_four_out *out)
{
    (void)badge;
    *out = (struct plain_four_out){.e = a, .f = b, .g = c, .h = d};
    return ENNEAD_OK;
}

int main(void)
{
    plain_loop(ennead_grant("plain"));
}
