# The kernel's image on AArch64. Loaders take it as the flat file that arm64's boot protocol asks for, beside the ELF file.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# All of the image is within 1 MiB, so that an address takes one instruction. No loop becomes a call of the function that it is.
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/../../platform/drivers/string.c
                            PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
# Functions save what they need at once, but those that messages take: less room.
ennead_kernel(OPTIONS -mgeneral-regs-only -mcmodel=tiny -fno-shrink-wrap FASTPATH -fshrink-wrap LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
ennead_flat_image()
# What both of Arm's ports share: <arm/board.h>.
target_include_directories(ennead PRIVATE ${CMAKE_SOURCE_DIR}/kernel/platform/drivers)
