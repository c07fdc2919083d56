# Every #include of Coweave's sources follows the table of folders in framework/README.md. Script mode:
#   cmake -DROOT=DIRECTORY -P check_includes.cmake
# ROOT holds framework/coweave and primitives/coweave. Fails with "file:line" of each violation.
#   cmake -DBAD_TREE=DIRECTORY -P check_includes.cmake
# makes a small tree there that breaks each rule once, and checks that: it must fail.
cmake_minimum_required(VERSION 3.22)

# A folder is a directory of framework/coweave with all below it, or the name of an umbrella header
# without ".hpp"; primitives/coweave counts as one folder. A folder may include itself, the folders
# named here and what those may include. Each line names only folders of the lines above it.
function(folder name)
  set(all "${ARGN}")
  foreach(other ${ARGN})
    if(NOT DEFINED may_include_${other})
      message(FATAL_ERROR "the table names ${other} before it says what that may include")
    endif()
    list(APPEND all ${may_include_${other}})
  endforeach()
  list(REMOVE_DUPLICATES all)
  set(may_include_${name} "${all}" PARENT_SCOPE)
endfunction()
folder(core)
folder(dependence core)
folder(schedule core)
folder(runtime dependence)
folder(task runtime)
folder(foreign task)
folder(network runtime)
folder(instrumentation runtime)
folder(asio foreign network)
folder(boost_asio asio)
folder(strategy schedule dependence)
folder(diagnosis schedule dependence)
folder(execution task strategy)  # Of strategy only strategy.hpp: see below.
folder(replay execution)
folder(exploration replay diagnosis)
folder(report exploration)
folder(coweave report)
folder(gtest coweave)
folder(primitives task)

# The folder that the path below an include root belongs to, given that root.
function(folder_of path root result)
  if(root STREQUAL "primitives")
    set(folder primitives)
  elseif(path MATCHES "^coweave/([a-z_]+)/")
    set(folder "${CMAKE_MATCH_1}")
  elseif(path MATCHES "^coweave/([a-z_]+)\\.hpp$")
    set(folder "${CMAKE_MATCH_1}")
  else()
    set(folder unknown)
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

# Appends to `violations` what is wrong with one include of `file` (a path below ROOT/root).
function(check_include root file line include)
  folder_of("${file}" "${root}" from)
  set(place "${root}/${file}:${line}")
  if(include MATCHES "^(gtest|gmock)/")
    if(NOT from STREQUAL "gtest")
      list(APPEND violations "${place}: ${from} includes <${include}>, as only gtest may")
    endif()
  elseif(include MATCHES "^(boost/)?asio[/.]")
    if(NOT from MATCHES "^(boost_)?asio$")
      list(APPEND violations "${place}: ${from} includes <${include}>, as only asio may")
    endif()
  elseif(include MATCHES "^coweave/")
    set(target_root framework)
    if(EXISTS "${ROOT}/primitives/${include}")
      set(target_root primitives)
    elseif(NOT EXISTS "${ROOT}/framework/${include}")
      list(APPEND violations "${place}: ${include} does not exist")
      set(violations "${violations}" PARENT_SCOPE)
      return()
    endif()
    folder_of("${include}" "${target_root}" to)
    if(NOT DEFINED may_include_${from})
      list(APPEND violations "${place}: the table does not have the folder ${from}")
    elseif(NOT to STREQUAL from AND NOT to IN_LIST may_include_${from})
      list(JOIN may_include_${from} ", " allowed)
      list(APPEND violations "${place}: ${from} includes ${include}, which is not among: ${allowed}")
    elseif(from STREQUAL "execution" AND to STREQUAL "strategy"
           AND NOT include STREQUAL "coweave/strategy/strategy.hpp")
      list(APPEND violations
           "${place}: execution includes ${include}, but of strategy only strategy.hpp")
    endif()
  elseif(include MATCHES "^(framework|primitives|\\.\\.?)/")
    list(APPEND violations "${place}: ${include} goes round the include roots")
  endif()
  set(violations "${violations}" PARENT_SCOPE)
endfunction()

function(check_tree)
  set(violations "")
  set(includes 0)
  foreach(root framework primitives)
    file(GLOB_RECURSE files RELATIVE "${ROOT}/${root}" "${ROOT}/${root}/coweave/*.hpp"
         "${ROOT}/${root}/coweave/*.cpp" "${ROOT}/${root}/coweave/*.ipp")
    foreach(file ${files})
      # Brackets and semicolons would be taken for list syntax: only include lines matter.
      file(READ "${ROOT}/${root}/${file}" text)
      string(REGEX REPLACE "[][;]" " " text "${text}")
      string(REPLACE "\n" ";" lines "${text}")
      set(number 0)
      foreach(line IN LISTS lines)
        math(EXPR number "${number} + 1")
        if(line MATCHES "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"]")
          math(EXPR includes "${includes} + 1")
          check_include("${root}" "${file}" ${number} "${CMAKE_MATCH_1}")
        endif()
      endforeach()
    endforeach()
  endforeach()
  if(includes EQUAL 0)
    message(FATAL_ERROR "no include found below ${ROOT}: expected framework/ and primitives/")
  endif()
  if(violations)
    list(LENGTH violations count)
    foreach(violation IN LISTS violations)
      message("${violation}")
    endforeach()
    message(FATAL_ERROR "${count} of ${includes} includes do not follow the table")
  endif()
  message(STATUS "${includes} includes follow the table")
endfunction()

# A file of the bad tree, which includes what it must not.
function(write_bad file)
  set(text "")
  foreach(include ${ARGN})
    string(APPEND text "#include ${include}\n")
  endforeach()
  file(WRITE "${ROOT}/${file}" "${text}")
endfunction()

function(make_bad_tree)
  file(REMOVE_RECURSE "${ROOT}")
  foreach(header framework/coweave/core/ids.hpp framework/coweave/dependence/access.hpp
                 framework/coweave/runtime/suspend.hpp framework/coweave/task/task.hpp
                 framework/coweave/foreign/handler_runtime.hpp framework/coweave/schedule/step.hpp
                 framework/coweave/strategy/exhaustive.hpp
                 framework/coweave/strategy/reduction/dpor.hpp
                 framework/coweave/execution/run.hpp framework/coweave/replay/follow.hpp
                 framework/coweave/exploration/explore.hpp
                 framework/coweave/report/text/timeline.hpp framework/coweave/gtest/session.hpp
                 primitives/coweave/sync/lock.hpp)
    file(WRITE "${ROOT}/${header}" "#pragma once\n")
  endforeach()
  set(code framework/coweave)
  # Each folder of the table includes one that it must not.
  write_bad(${code}/core/bad.hpp "\"coweave/task/task.hpp\"")
  write_bad(${code}/dependence/bad.hpp "\"coweave/schedule/step.hpp\"")
  write_bad(${code}/schedule/file/bad.hpp "\"coweave/dependence/access.hpp\"")
  write_bad(${code}/runtime/bad.hpp "\"coweave/task/task.hpp\"")
  file(WRITE "${ROOT}/${code}/task/bad.hpp"
       "// Line 1.\n#  include <coweave/schedule/step.hpp>\n")
  write_bad(${code}/task/bad_too.hpp "\"coweave/foreign/handler_runtime.hpp\"")
  write_bad(${code}/foreign/bad.cpp "\"coweave/execution/run.hpp\"")
  write_bad(${code}/network/bad.cpp "\"coweave/task/task.hpp\"")
  write_bad(${code}/instrumentation/bad.cpp "\"coweave/task/task.hpp\"")
  write_bad(${code}/asio/bad.ipp "<asio/post.hpp>" "\"coweave/sync/lock.hpp\"")
  write_bad(${code}/boost_asio.hpp "<boost/asio/post.hpp>" "\"coweave/execution/run.hpp\"")
  write_bad(${code}/strategy/bad.cpp "\"coweave/task/task.hpp\"")
  write_bad(${code}/strategy/reduction/bad.cpp "\"coweave/execution/run.hpp\"")
  write_bad(${code}/diagnosis/bad.cpp "\"coweave/strategy/exhaustive.hpp\"")
  write_bad(${code}/execution/bad.cpp "\"coweave/strategy/exhaustive.hpp\""
            "\"coweave/strategy/reduction/dpor.hpp\"" "\"coweave/exploration/explore.hpp\""
            "\"coweave/foreign/handler_runtime.hpp\"")
  write_bad(${code}/replay/bad.cpp "\"coweave/exploration/explore.hpp\"")
  file(WRITE "${ROOT}/${code}/exploration/bad.cpp" "\n#include <gtest/gtest.h>\n")
  write_bad(${code}/exploration/process/bad.cpp "\"coweave/report/text/timeline.hpp\"")
  write_bad(${code}/report/bad.cpp "\"coweave/sync/lock.hpp\"")
  write_bad(${code}/coweave.hpp "\"coweave/gtest/session.hpp\"")
  write_bad(${code}/gtest/bad.cpp "\"coweave/foreign/handler_runtime.hpp\"")
  write_bad(primitives/coweave/sync/bad.hpp "\"coweave/core/ids.hpp\""
            "\"coweave/exploration/explore.hpp\"")
  # The rules beside the table.
  write_bad(${code}/core/bad_asio.hpp "<boost/asio/post.hpp>")
  write_bad(${code}/gtest/missing.cpp "\"coweave/core/missing.hpp\"")
  write_bad(${code}/extra/bad.cpp "\"coweave/core/ids.hpp\"")
  write_bad(primitives/coweave/time/bad.hpp "\"../sync/lock.hpp\"")
  # What the table allows by way of a folder between.
  write_bad(${code}/report/html/good.hpp "\"coweave/replay/follow.hpp\""
            "\"coweave/runtime/suspend.hpp\"")
endfunction()

if(DEFINED BAD_TREE)
  set(ROOT "${BAD_TREE}")
  make_bad_tree()
elseif(NOT DEFINED ROOT)
  message(FATAL_ERROR "usage: cmake -DROOT=DIRECTORY -P check_includes.cmake")
endif()
check_tree()
