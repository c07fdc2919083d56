# coweave::asio if standalone Asio is found, coweave::boost_asio if Boost 1.81 or later is: Coweave's
# headers for it and the library's own. Included by the build and by the installed package.
#   COWEAVE_ASIO_ROOT    a standalone Asio instead of the installed one: the folder that holds include/
#   COWEAVE_BOOST_ROOT   the same for Boost; a folder with nothing but boost/asio comes before the installed Boost
find_path(COWEAVE_ASIO_INCLUDE_FOUND asio/awaitable.hpp)
find_path(COWEAVE_BOOST_INCLUDE_FOUND boost/asio/deferred.hpp)
mark_as_advanced(COWEAVE_ASIO_INCLUDE_FOUND COWEAVE_BOOST_INCLUDE_FOUND)
set(COWEAVE_ASIO_ROOT "" CACHE PATH "Folder that holds include/asio.hpp; empty: the installed Asio")
set(COWEAVE_BOOST_ROOT "" CACHE PATH "Folder that holds include/boost/asio.hpp; empty: the installed Boost")

# Sets OUT to the include directory of ROOT, which must have HEADER; to FOUND if ROOT is empty.
function(coweave_asio_include out root header found)
  if(NOT root)
    set(${out} "${found}" PARENT_SCOPE)
    return()
  endif()
  get_filename_component(include "${root}/include" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
  if(NOT EXISTS "${include}/${header}")
    message(FATAL_ERROR "expected a folder that holds include/${header}, found ${root}")
  endif()
  set(${out} "${include}" PARENT_SCOPE)
endfunction()

# coweave_asio_target(NAME LIBRARY INCLUDE_DIRECTORY): LIBRARY is asio or boost_asio. Nothing where it is not found.
function(coweave_asio_target name library include)
  if(NOT include OR TARGET ${name})
    return()
  endif()
  add_library(${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${name} INTERFACE coweave::framework Threads::Threads)
  set(known ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES} /usr/include)
  if(NOT include IN_LIST known)  # The compiler's own directories must not be moved to the front.
    target_include_directories(${name} INTERFACE "${include}")
  endif()
  if(library STREQUAL "asio")
    # Asio 1.22 does not see that clang has coroutines with libstdc++.
    target_compile_definitions(
      ${name} INTERFACE $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT=1>
                        $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE=1>)
  endif()
endfunction()

coweave_asio_include(coweave_asio_dir "${COWEAVE_ASIO_ROOT}" asio/awaitable.hpp
                     "${COWEAVE_ASIO_INCLUDE_FOUND}")
coweave_asio_include(coweave_boost_dir "${COWEAVE_BOOST_ROOT}" boost/asio/deferred.hpp
                     "${COWEAVE_BOOST_INCLUDE_FOUND}")
if(DEFINED COWEAVE_WITH_BOOST AND NOT COWEAVE_WITH_BOOST)
  set(coweave_boost_dir "")
endif()
coweave_asio_target(coweave::asio asio "${coweave_asio_dir}")
coweave_asio_target(coweave::boost_asio boost_asio "${coweave_boost_dir}")
