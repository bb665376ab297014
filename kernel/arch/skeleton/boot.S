/*
 * From the loader to C. Step 4: the first CPU's stack, zeroed bss, the window mapped (docs/porting.md), interrupts off; then
 * skeleton_boot(), which does not return. Another CPU likewise (step 9): its stack, the same window, skeleton_boot_cpu().
 */
    .section .boot.text.entry, "ax"
    .globl boot_entry
boot_entry:
    .long skeleton_boot, skeleton_boot_cpu

    .section .note.GNU-stack, ""
