# Cross tools and the flags of all code for 32-bit Arm, kernel and user: ARMv7 with long descriptors and divisions. Frames are of the old
# standard (APCS), the only one whose chain a backtrace can follow; it has no Thumb. Programs have the FPU without its vectors, which a
# compiler would copy structures with.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_ASM_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_OBJCOPY arm-linux-gnueabihf-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include(${CMAKE_CURRENT_LIST_DIR}/freestanding.cmake)
# A number of 64 bits goes through the FPU's registers where the compiler likes: for who takes no floating-point number.
set(ENNEAD_INTEGERS_ALONE -mgeneral-regs-only)
string(APPEND CMAKE_C_FLAGS_INIT " -march=armv7ve -mfpu=vfpv4 -mfloat-abi=hard -marm -mapcs-frame -fno-unwind-tables")
string(APPEND CMAKE_ASM_FLAGS_INIT " -march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard -marm")
# Divisions of 64 bits.
set(CMAKE_C_STANDARD_LIBRARIES "-lgcc")
