/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, selectors, vectors, addresses.
 * boot.c checks the offsets against the structures.
 */
#ifndef X86_LAYOUT_H
#define X86_LAYOUT_H

/* struct x86_frame, which ends where struct arch_context begins: from there */
#define FRAME_BYTES  176
#define FRAME_RBP    (-64)
#define FRAME_RIP    (-40)
#define FRAME_CS     (-32)
#define FRAME_RFLAGS (-24)
#define FRAME_RSP    (-16)

/* struct arch_context */
#define CTX_TLS    0
#define CTX_FULL   8
#define CTX_TAG    12
#define CTX_TARGET 16
#define CTX_WORDS  24
#define CTX_STATUS 56
#define CTX_BADGE  60

/* struct x86_cpu */
#define CPU_SELF  0
#define CPU_STACK 8
#define CPU_RSP0  132 /* in the task state segment */

/* Selectors. SYSRET wants user data before user code; there is no 32-bit user code, so no compatibility mode. */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_SYSRET_BASE 0x1b
#define SEL_USER_DATA   0x23
#define SEL_USER_CODE   0x2b
#define SEL_TSS         0x30

/* Vectors, and how many bytes their stubs take. */
#define VECTOR_SOURCES       32 /* source n of the platform is vector 32 + n */
#define VECTOR_TIMER         96
#define VECTOR_IPI           97
#define VECTOR_SPURIOUS      111
#define VECTORS              112
#define TRAP_STUB_BYTES      9
#define INTERRUPT_STUB_BYTES 4
#define STUBS_TOGETHER       32
#define STUBS_END_BYTES      8

/* Virtual addresses. */
#define KERNEL_BASE  0xffffffff80000000 /* physical 0, for the image: 2 MiB, then 2 MiB of device pages */
#define DEVICE_BASE  0xffffffff80200000
#define DIRECT_BASE  0xffff800000000000 /* physical 0, for RAM */
#define DIRECT_LIMIT 0x8000000000       /* 512 GiB */

#define TRAMPOLINE  0x8000 /* physical: where other CPUs start in real mode */
#define STACK_BYTES 0x3000 /* one CPU's: a guard page and two pages of stack */

#define PTE_PRESENT 0x001
#define PTE_WRITE   0x002
#define PTE_USER    0x004
#define PTE_PWT     0x008
#define PTE_PCD     0x010
#define PTE_A       0x020
#define PTE_D       0x040
#define PTE_LARGE   0x080
#define PTE_GLOBAL  0x100

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_TS 0x00000008
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_PG 0x80000000

#define CR4_PAE        0x0020
#define CR4_PGE        0x0080
#define CR4_OSFXSR     0x0200
#define CR4_OSXMMEXCPT 0x0400
#define CR4_UMIP       0x0800
#define CR4_SMEP       0x100000
#define CR4_SMAP       0x200000

#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_SFMASK  0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define EFER_SCE    0x001
#define EFER_LME    0x100
#define EFER_NXE    0x800

#endif
