# The kernel's image on 32-bit Arm. Loaders take it as a flat file, with the bss in it: the boot protocol has no other way to say
# how much memory it needs.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# Thumb's code takes two thirds of the room, and in what messages take some more instructions.
ennead_kernel(OPTIONS -mgeneral-regs-only -mno-apcs-frame SMALL -mthumb FASTPATH -marm -fno-schedule-insns LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
ennead_flat_image(--set-section-flags .bss=alloc,load,contents)
# What both of Arm's ports share: <arm/board.h>.
target_include_directories(ennead PRIVATE ${CMAKE_SOURCE_DIR}/kernel/platform/drivers)
