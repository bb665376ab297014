# The kernel's image on 64-bit RISC-V: no floating-point registers.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# What is smaller here than what -Os takes it for.
set(smaller -mtune=size -fno-jump-tables -fno-caller-saves -fno-if-conversion)
ennead_kernel(OPTIONS -march=rv64imac -mabi=lp64 ${smaller} LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
# Messages take fewer registers if no branch is thought to be likelier than another, and what else is fast more instructions.
set_property(SOURCE ${ENNEAD_GENERIC}/fastpath.c APPEND PROPERTY COMPILE_OPTIONS -fno-guess-branch-probability)
