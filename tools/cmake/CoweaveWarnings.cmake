# Warnings, on Coweave's own targets only; as errors where COWEAVE_WERROR is set (the presets do).
option(COWEAVE_WERROR "Treat warnings as errors" OFF)

function(coweave_warnings target)
  target_compile_options(
    ${target}
    PRIVATE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wcast-align
            -Wextra-semi
            -Wnull-dereference
            -Wimplicit-fallthrough)
  # False warnings of g++ 12 about std::string, which appear at -O2.
  set(old_gnu "$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>")
  set(doubtful -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
               -Wno-stringop-overread)
  target_compile_options(${target} PRIVATE "$<${old_gnu}:${doubtful}>")
  # Where sources are compiled together, the second sees the names of the first, and a class of it may hold one of its
  # own anonymous namespace.
  get_target_property(is_unity ${target} UNITY_BUILD)
  if(is_unity)
    target_compile_options(${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(COWEAVE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
