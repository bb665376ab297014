/* The benchmark's verifying run: the program of the client, and of the servers, by what each was granted. */
#include "verify.h"

int main(void)
{
    if (ennead_find_grant("root.control") != 0)
        verify_client();
    else
        verify_serve();
}
