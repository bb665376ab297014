/* What the port's assembly says often. For assembly only. */
#ifndef PPC_MACROS_H
#define PPC_MACROS_H

.macro SET register, value:vararg
    lis \register, (\value)@h
    ori \register, \register, (\value)@l
    .endm

/* By way of r12: a special register to memory, and from there. */
    .macro SAVE spr, where:vararg
    mfspr r12, \spr
    stw r12, \where
    .endm

    .macro LOAD spr, where:vararg
    lwz r12, \where
    mtspr \spr, r12
    .endm

/* By way of r7: an MMU assist register. */
    .macro MAS spr, value:vararg
    SET r7, \value
    mtspr \spr, r7
    .endm

#endif
