/*
 * Before every C file. The ABI has a nop behind each call of another file's function, in place of which the linker may
 * load r2 anew (64-Bit ELF V2 ABI Specification, "Function Calls"). The kernel has one table of contents, which r2 has
 * throughout, so that no such room is wanted.
 */
__asm__(".macro nop\n.endm");
