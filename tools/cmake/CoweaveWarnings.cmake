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
  # Where sources are compiled together, the second sees the names of the first, a class of it may hold one of its own
  # anonymous namespace, and g++ 12 inlines until it sees strings overflow that do not.
  get_target_property(is_unity ${target} UNITY_BUILD)
  if(is_unity)
    set(doubtful -Wno-subobject-linkage -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
    target_compile_options(${target} PRIVATE -Wno-shadow "$<$<CXX_COMPILER_ID:GNU>:${doubtful}>")
  endif()
  if(COWEAVE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
