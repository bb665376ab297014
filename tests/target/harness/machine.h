/* Between the files of the harness. */
#ifndef TARGET_MACHINE_H
#define TARGET_MACHINE_H

#include "harness.h"

/* Take the boot resources: memory for tests, message buffers, the guardian. */
void machine_start(const struct ennead_boot_info *boot);
/* Forget the actors, whose threads are gone. */
void actors_clean(void);
/* The thread that settle() needs, and the one that hears of faults nobody expected. */
void actors_start(void);
_Noreturn void machine_end(unsigned status);
/* Something tests cannot do without is missing. */
_Noreturn void machine_refuse(const char *what, uint64_t value);

#endif
