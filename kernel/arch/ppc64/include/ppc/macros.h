/* What boot.S and entry.S both say. For assembly only. */
#ifndef PPC_MACROS_H
#define PPC_MACROS_H

/* In the wrong byte order the first word is a branch over the second; what follows is in that order and turns it. */
    .macro OWN_ORDER
    tdi 0, 0, 0x48
    b 9f
    .irp word, 0x429f0005, 0x7d4802a6, 0x7d6000a6, 0x696b0001, 0x394a001c, 0x7d5a03a6, 0x7d7b03a6, 0x4c000024
    .long (\word & 0xff) << 24 | (\word & 0xff00) << 8 | (\word >> 8 & 0xff00) | (\word >> 24 & 0xff)
    .endr
9:
    .endm

#endif
