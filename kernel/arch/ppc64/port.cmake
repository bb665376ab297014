# The kernel's image on 64-bit PowerPC with radix page tables (POWER9), in either byte order.
# A switch takes less room as comparisons, and no more instructions. All of the kernel has one table of contents, which entry.S
# loads: no function sets r2 for itself, and no call has room behind it to set it anew.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
set(one_toc "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/include/ppc/one_toc.h>")
ennead_kernel(OPTIONS ${one_toc} -fno-jump-tables -msingle-pic-base -msoft-float -mno-altivec -mno-vsx FASTPATH -fno-schedule-insns LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
