# vedette_embed(<target> <folder>): packs the files below <folder> as a tar archive into the binary, between the
# symbols vedette_<target>_begin and vedette_<target>_end; vedette/base/embedded.hpp reads it.
function(vedette_embed target folder)
  set(blob ${CMAKE_CURRENT_BINARY_DIR}/${target}.blob)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(
    OUTPUT ${blob}
    COMMAND ${CMAKE_COMMAND} -E tar cf ${blob} --format=gnutar "--mtime=2026-01-01 00:00:00 UTC" .
    WORKING_DIRECTORY ${folder}
    DEPENDS ${inputs}
    VERBATIM)
  set(asm ${CMAKE_CURRENT_BINARY_DIR}/${target}.S)
  file(CONFIGURE OUTPUT ${asm} @ONLY CONTENT [[
    .section .rodata
    .global vedette_@target@_begin
    .global vedette_@target@_end
    .balign 16
vedette_@target@_begin:
    .incbin "@blob@"
vedette_@target@_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
]])
  set_source_files_properties(${asm} PROPERTIES OBJECT_DEPENDS ${blob})
  add_library(${target} OBJECT ${asm})
endfunction()
