# cmake -DCOMPILER=... -DCOMPILER_ID=GNU|Clang -DROOT=... -DSOURCE=snippet.cpp -P check.cmake: SOURCE, which
# a newcomer may write, must not compile, and what the compiler says must be short and say what to write
# instead. The first lines of SOURCE say what is expected:
#   // Says: TEXT    one error message, and only one, contains TEXT
#   // Shows: TEXT   the output contains TEXT
#   // Errors: N     there are N errors at most
#   // Only: ID      other compilers accept SOURCE
function(expected key result)
  string(REGEX MATCH "// ${key}: ([^\n]*)" found "${text}")
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

file(READ "${SOURCE}" text)
expected(Says says)
expected(Shows shows)
expected(Errors most)
expected(Only only)
if(only AND NOT only STREQUAL COMPILER_ID)
  message("SKIPPED: ${COMPILER_ID} accepts it")
  return()
endif()

execute_process(
  COMMAND "${COMPILER}" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -fdiagnostics-color=never
          "-I${ROOT}/framework" "-I${ROOT}/primitives" "${SOURCE}"
  RESULT_VARIABLE code
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(code EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: expected an error, and it compiles")
endif()
string(REPLACE ";" "," output "${output}")  # Semicolons would end elements of the list below.
string(REPLACE ";" "," says "${says}")
string(REPLACE ";" "," shows "${shows}")
string(REPLACE "\n" ";" lines "${output}")
set(errors 0)
set(said 0)
foreach(line IN LISTS lines)
  if(line MATCHES "error: ")
    math(EXPR errors "${errors} + 1")
    string(FIND "${line}" "${says}" position)
    if(NOT position EQUAL -1)
      math(EXPR said "${said} + 1")
    endif()
  elseif(line MATCHES "^[^ ]*cc1plus: all warnings|errors? generated")
    continue()
  endif()
endforeach()
if(errors GREATER most)
  message(FATAL_ERROR "expected ${most} errors at most, found ${errors}:\n${output}")
endif()
if(says AND NOT said EQUAL 1)
  message(FATAL_ERROR "expected one error that says \"${says}\", found ${said}:\n${output}")
endif()
string(FIND "${output}" "${shows}" position)
if(shows AND position EQUAL -1)
  message(FATAL_ERROR "expected \"${shows}\", found:\n${output}")
endif()
