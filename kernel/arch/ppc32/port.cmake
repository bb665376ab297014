# The kernel's image on 32-bit PowerPC (Book E, e500mc). libfdt is the distribution's source package, as it is.
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
# What messages take aside, functions save what they need at once, and loops begin with their test in one place: less room.
ennead_kernel(
    OPTIONS -mno-altivec -fno-shrink-wrap-separate -fno-tree-ch -fno-jump-tables
    FASTPATH -fshrink-wrap-separate -ftree-ch
    LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
