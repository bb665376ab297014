/* Checks that the maintenance of TLBs and caches that an ISA asks for was done. */
#include "../plugin.h"

void plugin_start(qemu_plugin_id_t id)
{
    (void)id;
}
