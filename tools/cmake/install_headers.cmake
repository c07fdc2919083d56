# Installs the headers that users include and all that these include; the rest is internal. An install script:
#   SOURCE_ROOT      the repository
#   INCLUDE_FOLDER   where headers go, absolute or below CMAKE_INSTALL_PREFIX
# Includes are followed when the package is installed, so that there is no list to keep, and no build configures anew
# because a header has changed.
cmake_minimum_required(VERSION 3.22)
set(todo coweave/coweave.hpp coweave/primitives.hpp coweave/gtest.hpp coweave/asio.hpp coweave/boost_asio.hpp
         # Its source is installed, and compiled by the program that asks for it.
         coweave/asio/virtual_clock/virtual_clock.cpp)
set(known ${todo})
if(NOT IS_ABSOLUTE "${INCLUDE_FOLDER}")
  set(INCLUDE_FOLDER "${CMAKE_INSTALL_PREFIX}/${INCLUDE_FOLDER}")
endif()
while(todo)
  list(POP_FRONT todo file)
  set(tree framework)
  if(EXISTS "${SOURCE_ROOT}/primitives/${file}")
    set(tree primitives)
  endif()
  file(STRINGS "${SOURCE_ROOT}/${tree}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]coweave/")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*)[>\"].*$" "\\1" included "${line}")
    if(NOT included IN_LIST known)
      list(APPEND known "${included}")
      list(APPEND todo "${included}")
    endif()
  endforeach()
  if(NOT file MATCHES "\\.cpp$")
    get_filename_component(folder "${file}" DIRECTORY)
    file(INSTALL "${SOURCE_ROOT}/${tree}/${file}" DESTINATION "${INCLUDE_FOLDER}/${folder}")
  endif()
endwhile()
