/*
 * Processors: descriptor tables and control registers of each, starting the others, interprocessor interrupts,
 * the kernel's backtrace. Functions of <arch/cpu.h>.
 */
#include "../../platform/drivers/backtrace.h"
#include "internal.h"

extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];

struct idt_entry {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    const void *base;
};

static struct idt_entry idt[VECTORS];
static struct x86_cpu x86_cpus[ENNEAD_CPUS_MAX];

/* NMI, double fault and machine check end the machine: one stack serves all CPUs. */
_Alignas(16) static char fatal_stack[4096];

unsigned x86_starting_cpu;

_Static_assert(sizeof(struct x86_frame) == FRAME_BYTES, "layout.h");
_Static_assert(offsetof(struct x86_frame, rbp) == FRAME_BYTES + FRAME_RBP, "layout.h");
_Static_assert(offsetof(struct x86_frame, rip) == FRAME_BYTES + FRAME_RIP, "layout.h");
_Static_assert(offsetof(struct x86_frame, cs) == FRAME_BYTES + FRAME_CS, "layout.h");
_Static_assert(offsetof(struct x86_frame, rflags) == FRAME_BYTES + FRAME_RFLAGS, "layout.h");
_Static_assert(offsetof(struct x86_frame, rsp) == FRAME_BYTES + FRAME_RSP, "layout.h");
_Static_assert(offsetof(struct arch_context, tls) == CTX_TLS, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, tag) == CTX_TAG, "layout.h");
_Static_assert(offsetof(struct arch_context, target) == CTX_TARGET, "layout.h");
_Static_assert(offsetof(struct arch_context, words) == CTX_WORDS, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_BADGE, "layout.h");
_Static_assert(offsetof(struct x86_cpu, self) == CPU_SELF, "layout.h");
_Static_assert(offsetof(struct x86_cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(offsetof(struct x86_cpu, tss.rsp) == CPU_RSP0, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

BOOT_ONLY static void idt_load(void)
{
    struct table_pointer pointer = {sizeof(idt) - 1, idt};
    __asm__ volatile("lidt %0" ::"m"(pointer));
}

BOOT_ONLY static uint64_t stub_of(unsigned vector)
{
    unsigned source = vector - VECTOR_SOURCES;

    if (vector < VECTOR_SOURCES)
        return (uint64_t)trap_stubs + vector * TRAP_STUB_BYTES;
    return (uint64_t)interrupt_stubs + source * INTERRUPT_STUB_BYTES + source / STUBS_TOGETHER * STUBS_END_BYTES;
}

/* User mode may raise breakpoint and overflow by instructions of their own, and no other vector. */
BOOT_ONLY void idt_init(void)
{
    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uint64_t stub = stub_of(vector);
        bool is_fatal = vector == 2 || vector == 8 || vector == 18;
        bool is_users = vector == 3 || vector == 4;
        idt[vector] = (struct idt_entry){
            .offset_low = (uint16_t)stub,
            .selector = SEL_KERNEL_CODE,
            .ist = is_fatal,
            .type = is_users ? 0xee : 0x8e,
            .offset_middle = (uint16_t)(stub >> 16),
            .offset_high = (uint32_t)(stub >> 32),
        };
    }
    idt_load();
}

BOOT_ONLY static void load_descriptors(struct x86_cpu *cpu)
{
    uint64_t tss = (uint64_t)&cpu->tss;
    struct table_pointer pointer = {sizeof(cpu->gdt) - 1, cpu->gdt};

    cpu->tss = (struct x86_tss){.ist = {(uint64_t)fatal_stack + sizeof(fatal_stack)}, .io_map = sizeof(struct x86_tss)};
    cpu->gdt[0] = 0;
    cpu->gdt[1] = boot_gdt[1];
    cpu->gdt[2] = boot_gdt[2];
    cpu->gdt[3] = 0;
    cpu->gdt[4] = 0x00cff2000000ffff; /* user data */
    cpu->gdt[5] = 0x00affa000000ffff; /* user code, 64-bit */
    cpu->gdt[6] =
        (sizeof(struct x86_tss) - 1) | (tss & 0xffffff) << 16 | UINT64_C(0x89) << 40 | (tss >> 24 & 0xff) << 56;
    cpu->gdt[7] = tss >> 32;
    __asm__ volatile("lgdt %0; ltr %w1" ::"m"(pointer), "r"(SEL_TSS));
    __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs; movl %1, %%ss" ::"r"(0),
                     "r"(SEL_KERNEL_DATA));
}

BOOT_ONLY static void set_control_registers(void)
{
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    struct cpuid features = {0};

    if (cpuid(0).a >= 7)
        features = cpuid(7);
    cr4 |= features.b >> 7 & 1 ? CR4_SMEP : 0;
    cr4 |= features.b >> 20 & 1 ? CR4_SMAP : 0;
    cr4 |= features.c >> 2 & 1 ? CR4_UMIP : 0;
    WRITE_CR(4, cr4);
    WRITE_CR(0, CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_TS | CR0_MP | CR0_PE);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
    wrmsr(MSR_STAR, (uint64_t)SEL_SYSRET_BASE << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    wrmsr(MSR_LSTAR, (uint64_t)entry_syscall);
    wrmsr(MSR_SFMASK, ~RFLAGS_FIXED | 0x200);
}

/* Only AMD and Hygon promise that a unit that is off is not read speculatively. */
BOOT_ONLY static bool fpu_leaks_when_off(void)
{
    uint32_t vendor = cpuid(0).c;
    return vendor != 0x444d4163 /* AuthenticAMD */ && vendor != 0x656e6975 /* HygonGenuine */;
}

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;
    struct x86_cpu *own = &x86_cpus[id];

    load_descriptors(own);
    own->self = cpu;
    own->stack = arch->stack = (uint64_t)boot_stacks[id] + STACK_BYTES;
    arch->id = id;
    wrmsr(MSR_GS_BASE, (uint64_t)own);
    wrmsr(0xc0000102, 0); /* what SWAPGS gives user mode */
    set_control_registers();
    if (fpu_leaks_when_off())
        x86_fpu_eager = true;
    board_init_cpu(id);
}

BOOT_ONLY _Noreturn void x86_boot(uint64_t boot_info)
{
    idt_init();
    board_init(boot_info);
    kernel_start();
}

BOOT_ONLY _Noreturn void x86_boot_cpu(unsigned id)
{
    idt_load();
    WRITE_CR(3, virt_to_phys(x86_kernel_root()));
    kernel_start_cpu(id);
}

void cpu_send_ipi(unsigned id)
{
    board_send_ipi(id);
}

void cpu_backtrace(void)
{
    const struct x86_frame *fault = x86_fault_frame;
    uint64_t stack = fault ? fault->rsp : (uint64_t)__builtin_frame_address(0);

    backtrace_print(fault ? fault->rip : 0, 0, stack, STACK_BYTES - 4096);
}
