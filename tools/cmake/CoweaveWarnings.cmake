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
  # Where sources are compiled together, a class of the second may hold one of its own anonymous namespace.
  if(CMAKE_UNITY_BUILD)
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(COWEAVE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
