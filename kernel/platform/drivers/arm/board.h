/* What Arm's ports, of 64 and of 32 bits, and their boards offer each other. For kernel/arch and kernel/platform only.
 */
#ifndef ARM_BOARD_H
#define ARM_BOARD_H

#include <platform/platform.h>
#include <port/port.h>

/* ---- the port, to boards ---- */

/* Physical addresses of the kernel's image. */
uint64_t arm_image_start(void);
uint64_t arm_image_end(void);
/*
 * Until this was called the GiB of devices and that of the image are mapped to themselves, and the latter in the
 * window; afterwards `info`'s RAM, archive and device tree, with text that cannot be written and data that cannot run,
 * and device registers one by one. Takes table pages out of info->ram where the static ones do not suffice.
 */
void window_init(struct platform_info *info);
/* Map the 2 MiB pieces of device registers around the range, for good. Before other CPUs run, or under the kernel lock.
 */
volatile void *window_map_device(uint64_t phys, uint64_t bytes);
/* One device register, until the next call. Kernel lock held. */
volatile void *window_access(uint64_t phys);
/* Physical address where PSCI may start a CPU with its number in the first register. */
uint64_t arm_secondary_entry(void);
/* What a trap in the kernel means while the boot looks at what may not be there; NULL: a panic. */
extern const char *arm_trap_means;

/* ---- what both ports share in drivers, and boot.S and entry.S ---- */

_Noreturn void arm_boot(ennead_word device_tree);
_Noreturn void arm_boot_cpu(unsigned id);
void window_init_cpu(void); /* the kernel's tables, on a CPU that starts */
void boot_change_tables(uintptr_t kernel, uintptr_t user);
struct arch_context *interrupt_from_user(void);

/* ---- a board, to the port ---- */

/* First thing on the first CPU. Fills platform_info(). */
void board_init(uint64_t boot_info);
/* On each CPU, from cpu_init(). */
void board_init_cpu(unsigned id);
void board_send_ipi(unsigned id);
/* An interrupt was taken: acknowledge and note it. */
void board_interrupt(void);

#endif
