# The kernel's image on x86_64: no red zone, because interrupts share its stack; no vector registers.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(
    OPTIONS -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none
    LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
