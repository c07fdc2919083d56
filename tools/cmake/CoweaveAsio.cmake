# coweave::asio if standalone Asio is found, coweave::boost_asio if Boost 1.81 or later is: Coweave's
# headers for it and the library's own. Included by the build and by the installed package.
find_path(COWEAVE_ASIO_INCLUDE_DIR asio/awaitable.hpp)
find_path(COWEAVE_BOOST_INCLUDE_DIR boost/asio/deferred.hpp)
mark_as_advanced(COWEAVE_ASIO_INCLUDE_DIR COWEAVE_BOOST_INCLUDE_DIR)

function(coweave_asio_target name header_dir)
  if(NOT header_dir OR TARGET ${name})
    return()
  endif()
  add_library(${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${name} INTERFACE coweave::framework Threads::Threads)
  set(known ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES} /usr/include)
  if(NOT header_dir IN_LIST known)  # The compiler's own directories must not be moved to the front.
    target_include_directories(${name} INTERFACE "${header_dir}")
  endif()
endfunction()
coweave_asio_target(coweave::asio "${COWEAVE_ASIO_INCLUDE_DIR}")
if(TARGET coweave::asio)
  # Asio 1.22 does not see that clang has coroutines with libstdc++.
  target_compile_definitions(
    coweave::asio INTERFACE $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT=1>
                            $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE=1>)
endif()
coweave_asio_target(coweave::boost_asio "${COWEAVE_BOOST_INCLUDE_DIR}")
