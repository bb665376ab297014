# The kernel's image on 64-bit PowerPC with radix page tables (POWER9), in either byte order.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(OPTIONS -msoft-float -mno-altivec -mno-vsx FASTPATH -fno-schedule-insns LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
