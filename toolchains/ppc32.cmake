# Cross tools and the flags of all code for 32-bit PowerPC, kernel and user. Every frame has a back chain, so there is no
# need of a frame pointer beside the stack pointer. Code is without floats, as an e500v2 has no
# FPU and libgcc wants one: a float in it does not link.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR powerpc)
set(CMAKE_C_COMPILER powerpc-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER powerpc-linux-gnu-gcc)
set(CMAKE_OBJCOPY powerpc-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
string(APPEND CMAKE_C_FLAGS_INIT " -mcpu=e500mc -msoft-float -msdata=none -fomit-frame-pointer")
string(APPEND CMAKE_ASM_FLAGS_INIT " -mcpu=e500mc -Wa,-mregnames")
# Divisions of 64 bits, and the prologues that -Os shares.
set(CMAKE_C_STANDARD_LIBRARIES "-lgcc")
