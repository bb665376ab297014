/*
 * Before every C file. The ABI has a nop behind each call of another file's function, in place of which the linker may
 * load r2 anew: the kernel has one table of contents, r2 is always its, and so no such room is left (ELF V2
 * ABI, 2.3.6.2 and 4.2.1).
 */
__asm__(".macro nop\n.endm");
