# Cross tools and the flags of all code for 64-bit PowerPC, kernel and user, little-endian. Every frame has a back chain, so there is no
# need of a frame pointer beside the stack pointer. Code is soft-float: a float in it would go through libgcc.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR powerpc64le)
set(CMAKE_C_COMPILER powerpc64le-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER powerpc64le-linux-gnu-gcc)
set(CMAKE_OBJCOPY powerpc64le-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
string(APPEND CMAKE_C_FLAGS_INIT " -mcpu=power9 -mabi=elfv2 -msoft-float -mno-altivec -mno-vsx -fomit-frame-pointer")
string(APPEND CMAKE_ASM_FLAGS_INIT " -mcpu=power9 -mabi=elfv2")
