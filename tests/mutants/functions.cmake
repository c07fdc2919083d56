# Writes copies of sources of the product, each with faults that a switch turns on. ROOT: the repository; OUTPUT:
# the folder of the copies.

function(begin_source file)
  file(READ "${ROOT}/${file}" text)
  set(source_file "${file}" PARENT_SCOPE)
  set(source_text "${text}" PARENT_SCOPE)
endfunction()

# In the source that was begun: `from`, which stands there once, becomes `to`.
function(mutate from to)
  string(FIND "${source_text}" "${from}" first)
  string(FIND "${source_text}" "${from}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "mutants.cmake: expected once in ${source_file}:\n${from}")
  endif()
  string(REPLACE "${from}" "${to}" text "${source_text}")
  set(source_text "${text}" PARENT_SCOPE)
endfunction()

function(end_source)
  get_filename_component(name "${source_file}" NAME)
  file(WRITE "${OUTPUT}/${name}" "#include \"mutants/switch.hpp\"\n${source_text}")
endfunction()
