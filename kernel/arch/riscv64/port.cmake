# The kernel's image on 64-bit RISC-V: no floating-point registers.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# No loop becomes a call of the function that it is.
set_source_files_properties(${CMAKE_SOURCE_DIR}/kernel/platform/drivers/string64.c
                            PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
ennead_kernel(OPTIONS -march=rv64imac -mabi=lp64 LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
