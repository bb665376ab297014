# The kernel's image. A port takes the board from its preset, and leaves out the option, which is for bodies yet to be written.
set(ENNEAD_BOARD skeleton)
include(${CMAKE_SOURCE_DIR}/cmake/kernel.cmake)
ennead_kernel(OPTIONS -Wno-unused-parameter LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/kernel.ld)
