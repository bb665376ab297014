# The kernel's image on 64-bit PowerPC with radix page tables (POWER9), in either byte order.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# No loop becomes a call of the function that it is.
set_source_files_properties(${CMAKE_SOURCE_DIR}/kernel/platform/drivers/string64.c
                            PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
ennead_kernel(OPTIONS -msoft-float -mno-altivec -mno-vsx LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
