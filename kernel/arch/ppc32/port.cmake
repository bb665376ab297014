# The kernel's image on 32-bit PowerPC (Book E, e500mc). libfdt is the distribution's source package, as it is.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(OPTIONS -mno-altivec LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
