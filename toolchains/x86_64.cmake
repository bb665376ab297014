# Cross tools and the flags of all code for x86_64, kernel and user.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_OBJCOPY x86_64-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
# Vector registers are for those who compute with them: a copy or a zero of 16 bytes would make a server the FPU's owner.
string(APPEND CMAKE_C_FLAGS_INIT " -fno-tree-vectorize -mno-stv \
-mtune-ctrl=^sse_unaligned_load_optimal,^sse_unaligned_store_optimal")
