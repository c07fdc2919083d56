# coweave_precompiled(TARGET [LIBRARY]): a program of ours with Coweave's main, which gets what nearly every
# such program includes parsed once for all of them. LIBRARY: one of coweave_asio_libraries, for those that use it.
function(coweave_precompiled target)
  set(library "${ARGN}")
  set(name precompiled)
  if(library)
    set(name precompiled_${library})
  endif()
  if(NOT TARGET ${name})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "// For its precompiled headers only.\n")
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE coweave::gtest_main coweave::primitives)
    coweave_warnings(${name})
    target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <coweave/gtest.hpp>
                              <coweave/primitives.hpp>)
    if(library)
      target_link_libraries(${name} PRIVATE coweave::${library})
      coweave_asio_warnings(${name})
      target_precompile_headers(${name} PRIVATE <coweave/${${library}_library}.hpp>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()

# g++ sees null executors in Asio's own any_executor.
function(coweave_asio_warnings target)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference>)
endfunction()
