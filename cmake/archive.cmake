# ennead_archive(name ROOT target FILES targets and files..): the boot archive name.archive in the build folder.
# The root task's program is made a flat image; the others are packed under their base names.
function(ennead_archive name)
    cmake_parse_arguments(ARG "" "ROOT" "FILES" ${ARGN})
    set(output ${CMAKE_BINARY_DIR}/${name}.archive)
    set(tool ${CMAKE_SOURCE_DIR}/tools/mkarchive.py)
    set(paths "")
    foreach(file IN LISTS ARG_FILES)
        if(TARGET ${file})
            list(APPEND paths ${file}=$<TARGET_FILE:${file}>)
        else()
            cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
            list(APPEND paths ${file})
        endif()
    endforeach()
    list(TRANSFORM ARG_FILES REPLACE "^.*=" "")
    add_custom_command(
        OUTPUT ${output}
        COMMAND python3 ${tool} --output ${output} --root $<TARGET_FILE:${ARG_ROOT}> ${paths}
        DEPENDS ${tool} ${ARG_ROOT} ${ARG_FILES}
        VERBATIM)
    add_custom_target(${name}_archive ALL DEPENDS ${output})
endfunction()
