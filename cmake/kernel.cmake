# ennead_kernel(OPTIONS compiler flags.. LINKER_SCRIPT file): the image `ennead`, out of kernel/generic, the port and its board. A
# release has more flags: SMALL for all of it, FASTPATH for fastpath.c and the like.
function(ennead_kernel)
    cmake_parse_arguments(ARG "" "LINKER_SCRIPT" "OPTIONS;SMALL;FASTPATH" ${ARGN})
    set(kernel ${CMAKE_SOURCE_DIR}/kernel)
    set(port ${kernel}/arch/${ENNEAD_ISA})
    # Boards of one name on several ISAs have folders of their own: ENNEAD_BOARD_FOLDER says which.
    if(NOT DEFINED ENNEAD_BOARD_FOLDER)
        set(ENNEAD_BOARD_FOLDER ${ENNEAD_BOARD})
    endif()
    set(board ${kernel}/platform/${ENNEAD_BOARD_FOLDER})

    include(${board}/board.cmake) # sets ENNEAD_DRIVERS
    file(GLOB sources CONFIGURE_DEPENDS ${ENNEAD_GENERIC}/*.c ${port}/*.c ${port}/*.S ${board}/*.c ${board}/*.S)
    list(TRANSFORM ENNEAD_DRIVERS PREPEND ${kernel}/platform/drivers/)
    list(TRANSFORM ENNEAD_DRIVERS APPEND .c)

    add_executable(ennead ${sources} ${ENNEAD_DRIVERS})
    if(ENNEAD_LIBFDT)
        ennead_libfdt()
    endif()
    set_target_properties(ennead PROPERTIES SUFFIX .elf LINK_DEPENDS "${ARG_LINKER_SCRIPT};${CMAKE_SOURCE_DIR}/kernel/boot_only.ld")
    target_include_directories(ennead PRIVATE ${kernel}/abi ${kernel}/include ${ENNEAD_GENERIC} ${port}/include)
    # The call graph with each function's stack: lint adds up the deepest path. A backtrace needs no frames (drivers/backtrace.h, or a
    # back chain that is there anyway).
    target_compile_options(ennead PRIVATE ${ARG_OPTIONS} -fomit-frame-pointer $<$<COMPILE_LANGUAGE:C>:-fcallgraph-info=su>)

    # No loop becomes a call of the function that it is.
    set_source_files_properties(${kernel}/platform/drivers/string.c PROPERTIES COMPILE_OPTIONS
                                -fno-tree-loop-distribute-patterns)

    # The image is small where it can be (a release's resident size has a budget), and fast where messages pass.
    if(CMAKE_BUILD_TYPE STREQUAL Release)
        target_compile_options(ennead PRIVATE -Os $<$<COMPILE_LANGUAGE:C>:${ARG_SMALL}>)
        # What messages, calls of objects and faults take, where each instruction counts. Full redundancy elimination keeps values
        # there for which registers are then missing: it costs messages 1 to 7 instructions on x86_64, aarch64 and arm, and saves
        # them in short_calls.c. Following jumps to find values costs them 1 to 5, and beside other processors up to 7, but on x86_64.
        set(hot entry fault node)
        # x86_64 has an instruction that copies a long message.
        if(NOT ENNEAD_ISA STREQUAL x86_64)
            list(APPEND hot transfer)
        endif()
        list(TRANSFORM hot REPLACE "(.+)" "${ENNEAD_GENERIC}/\\1.c")
        set(tight -O2 -fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels)
        set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS "${tight}")
        set_source_files_properties(${ENNEAD_GENERIC}/fastpath.c PROPERTIES COMPILE_OPTIONS "${tight};-fno-tree-fre;-fno-cse-follow-jumps;-fno-inline-functions-called-once;${ARG_FASTPATH}")
        set_source_files_properties(${ENNEAD_GENERIC}/short_calls.c ${ENNEAD_GENERIC}/lock.c PROPERTIES COMPILE_OPTIONS "${tight};${ARG_FASTPATH}")
    endif()
    target_link_options(ennead PRIVATE -T ${ARG_LINKER_SCRIPT} -L ${CMAKE_SOURCE_DIR}/kernel -Wl,-z,max-page-size=4096
                                       -Wl,-Map=${CMAKE_CURRENT_BINARY_DIR}/ennead.map)
endfunction()

# ennead_flat_image(objcopy options..): the image as a flat file, `ennead.img` beside the ELF file, for loaders that take no ELF files.
function(ennead_flat_image)
    add_custom_command(TARGET ennead POST_BUILD COMMAND ${CMAKE_OBJCOPY} -O binary ${ARGN} $<TARGET_FILE:ennead>
                       ${CMAKE_CURRENT_BINARY_DIR}/ennead.img VERBATIM)
endfunction()

# Of libfdt, from the distribution's source package, the part that reads. The headers that it wants of a C library are ours.
function(ennead_libfdt)
    set(source ${CMAKE_BINARY_DIR}/u-boot-source)
    execute_process(COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/sourcepkg.py u-boot ${source} COMMAND_ERROR_IS_FATAL ANY)
    set(libfdt ${source}/scripts/dtc/libfdt)
    target_sources(ennead PRIVATE ${libfdt}/fdt.c ${libfdt}/fdt_ro.c)
    set_source_files_properties(${libfdt}/fdt.c ${libfdt}/fdt_ro.c PROPERTIES COMPILE_OPTIONS -w)
    target_include_directories(ennead BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/kernel/platform/drivers/libfdt)
    target_include_directories(ennead SYSTEM PRIVATE ${libfdt})
endfunction()
