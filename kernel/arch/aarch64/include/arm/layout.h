/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, addresses, bits of registers and of
 * translations. cpu.c checks the offsets against the structures.
 */
#ifndef ARM_LAYOUT_H
#define ARM_LAYOUT_H

/* struct arch_context, which begins with struct arm_frame */
#define FRAME_X(n)  ((n)*8)
#define FRAME_SP    248
#define FRAME_PC    256
#define FRAME_PSR   264
#define FRAME_BYTES 272
#define CTX_TLS     272
#define CTX_WORDS   288
#define CTX_TAG     320
#define CTX_FULL    328
#define CTX_STATUS  336
#define CTX_BADGE   344
#define CTX_ZERO    352

/* struct arch_cpu, and what is behind it: see <arch/cpu.h> */
#define CPU_STACK     8
#define CPU_CURRENT   40
#define CPU_NOT_PLAIN (CPU_CURRENT + 8)

/* Virtual addresses: the window is physical memory from 0 to its limit; the last GiB holds pages of device registers.
 */
#define WINDOW_BASE  0xffffff8000000000
#define WINDOW_LIMIT 0x7fc0000000 /* physical */
#define DEVICE_BASE  0xffffffffc0000000
#define RAM_BASE     0x40000000 /* physical: the image lies in its first 2 MiB */
#define IMAGE_OFFSET 0x80000    /* as linked: see kernel.ld */
#define STACK_BYTES  0x3000     /* one CPU's: a page with nothing in it, and two of stack */

/* Physical: the first GiB holds devices, the second the image; before window_init() there is nothing else. */
#define BOOT_WINDOW_END 0x80000000

/* Translations, the same in both formats of 64 bits. */
#define PTE_VALID      0x001
#define PTE_TABLE      0x002 /* or a page, in a table of the last level */
#define PTE_NORMAL     0x000 /* indices of MAIR */
#define PTE_DEVICE     0x004
#define PTE_NOT_CACHED 0x008
#define PTE_USER       0x040
#define PTE_RO         0x080
#define PTE_SHARED     0x300
#define PTE_AF         0x400
#define PTE_OWN        0x800 /* of one address space identifier */
#define MAIR           0x4404ff

/* TCR: 39 bits of address and 4 KiB pages in both halves, cached and shared walks. */
#define TCR          0xb5193519
#define TCR_IPS      32
#define TCR_ASID16   36
#define SCTLR        0x34d4d91d
#define SCTLR_NO_MMU 0x30d00800

#define EC_SVC 0x15

#define CPACR_KERNEL          0x100000 /* the FPU for the kernel alone; the rest for nobody */
#define CNTKCTL_USER_COUNTER  0x2
#define MDSCR_NO_USER_CHANNEL 0x1000

#define PSR_EL1H_MASKED 0x3c5
#define PSR_USER        0

#endif
