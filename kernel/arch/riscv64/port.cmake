# The kernel's image on 64-bit RISC-V: no floating-point registers.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(OPTIONS -march=rv64imac -mabi=lp64 LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
