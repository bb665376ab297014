# The kernel's image on 64-bit PowerPC with radix page tables (POWER9), in either byte order.
# A switch takes less room as comparisons, and no more instructions. All of the kernel has one table of contents, which entry.S
# loads: no function sets r2 for itself.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(OPTIONS -fno-jump-tables -msingle-pic-base -msoft-float -mno-altivec -mno-vsx FASTPATH -fno-schedule-insns LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
