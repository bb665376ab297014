# Cross tools and the flags of all code for 64-bit RISC-V. The kernel's own are without floating point: see its port.cmake.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER riscv64-linux-gnu-gcc)
set(CMAKE_OBJCOPY riscv64-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
string(APPEND CMAKE_C_FLAGS_INIT " -march=rv64gc -mabi=lp64d -mcmodel=medany")
string(APPEND CMAKE_ASM_FLAGS_INIT " -march=rv64gc -mabi=lp64d")
# Counting bits.
set(CMAKE_C_STANDARD_LIBRARIES "-lgcc")
