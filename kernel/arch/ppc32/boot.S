/*
 * From the loader to C. ePAPR: entered at the physical address, the first 64 MiB mapped to themselves by one entry of
 * TLB1, r3 = device tree; other CPUs likewise, r3 = their number. Makes the kernel's first entries of TLB1, which stay,
 * goes on in the window, and forgets the loader's, which unlike the kernel's are not protected, and among the first two.
 */
#include <ppc/layout.h>
#include <ppc/macros.h>

#define PHYS(symbol) (symbol - WINDOW_BASE)

/* Low 14 bits of an entry's description: the rights; and the size, 4^n KiB, above them. */
#define ENTRY(offset, size, rights) .long (offset) + ((size) << 8) + (rights)
#define TEXT     (MAS3_SR | MAS3_SX)
#define DATA     (MAS3_SR | MAS3_SW)

    .section .boot.text.entry, "ax", @progbits
    .balign 4
    .globl boot_entry, boot_secondary_entry
boot_entry:
    mr r31, r3
    li r30, 0
    b 1f
boot_secondary_entry:
    mr r30, r3
1:  bl 2f /* the address here: of the entries below, before they are mapped */
2:  mflr r4
    addi r4, r4, window_entries - 2b - 4
    lis r5, (MAS0_TLB1 + (TLB1_WINDOW << 16))@h
3:  lwzu r6, 4(r4)
    cmpwi r6, -1
    beq 4f
    mtspr SPR_MAS0, r5
    rlwinm r7, r6, 0, 20, 23
    oris r7, r7, (MAS1_VALID | MAS1_IPROT)@h
    mtspr SPR_MAS1, r7
    rlwinm r7, r6, 0, 0, 17
    oris r8, r7, WINDOW_BASE@h
    ori r8, r8, MAS2_COHERENT
    mtspr SPR_MAS2, r8
    rlwimi r7, r6, 0, 26, 31
    mtspr SPR_MAS3, r7
    li r7, 0
    mtspr SPR_MAS7, r7
    tlbwe
    addis r5, r5, 1 /* the next entry */
    b 3b

4:  isync
    SET r5, 5f
    mtctr r5
    bctr
5:  li r7, MMUCSR0_TLB0 | MMUCSR0_TLB1
    mtspr SPR_MMUCSR0, r7
/* This CPU's stack: boot_stacks[r30]. */
    MAS SPR_MAS0, MAS0_TLB1 + (TLB1_STACK << 16)
    MAS SPR_MAS1, MAS1_VALID | MAS1_IPROT | MAS1_4K
    MAS SPR_MAS2, STACK_BASE | MAS2_COHERENT
    SET r7, PHYS(boot_stacks) + DATA
    mulli r8, r30, STACK_BYTES
    add r7, r7, r8
    mtspr SPR_MAS3, r7
    tlbwe
    isync
    SET r1, STACK_BASE + STACK_BYTES - 16 /* all stacks are zero, and so are their first back chains */
    li r0, 0
    cmpwi r30, 0
    bne 7f
    SET r4, bss_start - 4
    SET r5, image_end - 4
6:  stwu r0, 4(r4)
    cmplw r4, r5
    bne 6b
7:  mr r3, r31
    mr r4, r30
    bl ppc_boot

/* The first 64 MiB, of which the kernel's text and constants are the first MiB: see kernel.ld. */
window_entries:
    ENTRY(0, TLB_1M, TEXT)
    .irp n, 1, 2, 3
    ENTRY(\n * 0x100000, TLB_1M, DATA)
    ENTRY(\n * 0x400000, TLB_4M, DATA)
    ENTRY(\n * 0x1000000, TLB_16M, DATA)
    .endr
    .long -1

    .section .bss.boot, "aw", @nobits
    .balign STACK_BYTES
    .globl boot_stacks, fatal_stack
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */
fatal_stack:
    .skip 8192

    .section .note.GNU-stack, "", @progbits
