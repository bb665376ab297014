# Flags of all code that runs on a target machine, whatever the machine.
set(CMAKE_C_FLAGS_INIT "-ffreestanding -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
-fno-omit-frame-pointer -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pie")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,--fatal-warnings")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG -g" CACHE STRING "")
set(CMAKE_ASM_FLAGS_RELEASE "-g" CACHE STRING "")
set(CMAKE_C_FLAGS_DEBUG "-Og -g" CACHE STRING "")
