# The kernel's image on x86_64: no red zone, because interrupts share its stack; no vector registers.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# The stack is aligned to words, as nothing on it is larger. A switch takes less room as comparisons, and no more
# instructions; so do functions that save what they need at once, but those that messages take. Conditions that are known
# from others are not followed there, as that takes more registers. Small numbers go by way of the stack in the rest (-Oz).
ennead_kernel(
    OPTIONS -mpreferred-stack-boundary=3 -fno-jump-tables -fno-shrink-wrap -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none
    SMALL -Oz
    FASTPATH -fshrink-wrap -fno-thread-jumps -fcse-follow-jumps -finline-functions-called-once
    LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
