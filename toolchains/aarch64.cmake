# Cross tools and the flags of all code for AArch64, kernel and user. Leaf functions have frames too, for backtraces; atomics are
# instructions, not calls of libgcc. Programs have the FPU, and of its vectors nothing that a compiler would use by itself: it copies
# structures with them, and each program would claim the unit.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_OBJCOPY aarch64-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
# A function of variable arguments saves what they may be in, vectors too: for those that take no floating-point number.
set(ENNEAD_INTEGERS_ALONE -mgeneral-regs-only)
string(APPEND CMAKE_C_FLAGS_INIT " -march=armv8-a+nosimd -mno-outline-atomics -mno-omit-leaf-frame-pointer")
