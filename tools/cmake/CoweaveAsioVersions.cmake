# Against which versions of Asio the tests and examples are built, besides those of coweave::asio and
# coweave::boost_asio: a list of folders, each of which holds include/asio.hpp or include/boost/asio.hpp.
# Sets coweave_asio_libraries to the names NAME of all targets coweave::NAME, and for each of them NAME_library
# (asio or boost_asio), NAME_label (as tests and the table of tools/asio_versions.py name it) and NAME_version (the
# number in the library's header).
set(COWEAVE_ASIO_TEST_ROOTS "" CACHE STRING "Further folders of Asio and Boost to build the Asio tests against")

function(coweave_asio_version out header)
  file(STRINGS "${header}" line REGEX "define (BOOST_)?ASIO_VERSION ")
  string(REGEX REPLACE ".*ASIO_VERSION ([0-9]+).*" "\\1" number "${line}")
  set(${out} "${number}" PARENT_SCOPE)
endfunction()

macro(coweave_asio_known name library include label)
  if(TARGET coweave::${name})
    list(APPEND coweave_asio_libraries ${name})
    set(${name}_library ${library})
    if("${library}" STREQUAL "asio")
      coweave_asio_version(${name}_version "${include}/asio/version.hpp")
    else()
      coweave_asio_version(${name}_version "${include}/boost/asio/version.hpp")
    endif()
    set(${name}_label "${label}")
    if("${label}" STREQUAL "")  # 102201: asio-1.22.1.
      math(EXPR minor "${${name}_version} / 100 % 1000")
      math(EXPR patch "${${name}_version} % 100")
      set(${name}_label "${library}-1.${minor}.${patch}")
    endif()
  endif()
endmacro()

set(coweave_asio_libraries "")
get_filename_component(coweave_asio_folder "${COWEAVE_ASIO_ROOT}" NAME)
get_filename_component(coweave_boost_folder "${COWEAVE_BOOST_ROOT}" NAME)
coweave_asio_known(asio asio "${coweave_asio_dir}" "${coweave_asio_folder}")
if(NOT COWEAVE_BOOST_ROOT AND coweave_boost_dir)
  file(STRINGS "${coweave_boost_dir}/boost/version.hpp" line REGEX "define BOOST_LIB_VERSION ")
  string(REGEX REPLACE ".*\"([0-9_]+)\".*" "\\1" coweave_boost_folder "${line}")
  string(REPLACE "_" "." coweave_boost_folder "boost-asio-${coweave_boost_folder}")
endif()
coweave_asio_known(boost_asio boost_asio "${coweave_boost_dir}" "${coweave_boost_folder}")

foreach(root IN LISTS COWEAVE_ASIO_TEST_ROOTS)
  get_filename_component(label "${root}" NAME)
  string(MAKE_C_IDENTIFIER "${label}" name)
  if(EXISTS "${root}/include/boost/asio/deferred.hpp")
    set(library boost_asio)
  elseif(EXISTS "${root}/include/asio/awaitable.hpp")
    set(library asio)
  else()
    message(FATAL_ERROR "COWEAVE_ASIO_TEST_ROOTS: expected folders that hold include/asio or include/boost/asio, "
                        "found ${root}")
  endif()
  coweave_asio_target(coweave::${name} ${library} "${root}/include")
  # Many more programs: they are compiled as fast as can be.
  target_compile_options(coweave::${name} INTERFACE -O0 -g0)
  coweave_asio_known(${name} ${library} "${root}/include" "${label}")
endforeach()
