# Cross tools and the flags of all code for 64-bit PowerPC, kernel and user, little-endian. Every frame has a back chain, so there is no
# need of a frame pointer beside the stack pointer. Programs have the FPU of the ABI and of its vector units nothing that a compiler would use
# by itself: it copies structures with them, and each program would claim the unit. The kernel's own are without any: see its port.cmake.
# Long double is double, as the rest of it would be libgcc's, which is of another ABI in big-endian.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR powerpc64le)
set(CMAKE_C_COMPILER powerpc64le-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER powerpc64le-linux-gnu-gcc)
set(CMAKE_OBJCOPY powerpc64le-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
string(APPEND CMAKE_C_FLAGS_INIT " -mcpu=power9 -mabi=elfv2 -mno-altivec -mno-vsx -mlong-double-64 -fomit-frame-pointer")
string(APPEND CMAKE_ASM_FLAGS_INIT " -mcpu=power9 -mabi=elfv2")
