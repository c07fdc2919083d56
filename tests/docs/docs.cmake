# The tests of README.md and of framework/docs/. Included by tests/CMakeLists.txt where there is a Python.

# The pages of the reference name what the code has, and nothing else.
set(reference_test ${COWEAVE_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/reference_test.py ${PROJECT_SOURCE_DIR})
if(COWEAVE_BUILD_TOOLS)
  list(APPEND reference_test --coweave $<TARGET_FILE:coweave_cli>)
endif()
add_test(NAME docs.reference COMMAND ${reference_test})
add_test(NAME docs.reference_can_fail COMMAND ${reference_test} --can-fail)
set(refusals_test ${COWEAVE_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/refusals_test.py ${PROJECT_SOURCE_DIR})
add_test(NAME docs.refusals COMMAND ${refusals_test})
add_test(NAME docs.refusals_can_fail COMMAND ${refusals_test} --can-fail)

# The C++ blocks of the pages are built, and their commands run. A comment in front of a block says how:
# code_blocks.py lists the forms.
if(NOT COWEAVE_BUILD_TOOLS)
  return()  # The pages use the command.
endif()
set(blocks_dir "${CMAKE_CURRENT_BINARY_DIR}/docs")
set(blocks_script "${CMAKE_CURRENT_LIST_DIR}/code_blocks.py")
file(GLOB_RECURSE blocks_pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/framework/docs/*.md")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${blocks_pages}
                                       "${PROJECT_SOURCE_DIR}/README.md" "${blocks_script}")
execute_process(
  COMMAND ${COWEAVE_PYTHON} -B "${blocks_script}" "${PROJECT_SOURCE_DIR}" "${blocks_dir}"
  OUTPUT_VARIABLE blocks_programs RESULT_VARIABLE blocks_result)
if(NOT blocks_result EQUAL 0)
  message(FATAL_ERROR "failed (${blocks_result}): ${blocks_script}")
endif()

string(REGEX MATCHALL "[^\n]+" blocks_programs "${blocks_programs}")
foreach(program IN LISTS blocks_programs)
  string(REPLACE "|" ";" program "${program}")
  list(GET program 0 target)
  list(GET program 1 source)
  list(GET program 2 name)
  list(GET program 3 library)
  if(NOT library STREQUAL "none" AND NOT TARGET coweave::${library})
    continue()  # The test counts the blocks of such a program as excused.
  endif()
  coweave_program(${target} "${blocks_dir}/${source}")
  get_filename_component(directory "${blocks_dir}/${source}" DIRECTORY)
  # The compile commands are for the test that a page with an error does not compile.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                             "${directory}" EXPORT_COMPILE_COMMANDS ON)
  if(library STREQUAL "none")
    coweave_precompiled(${target})
  else()
    target_link_libraries(${target} PRIVATE coweave::${library})
    if(TARGET coweave::virtual_clock)
      target_link_libraries(${target} PRIVATE coweave::virtual_clock)
    endif()
    coweave_asio_warnings(${target})
    coweave_precompiled(${target} ${library})
  endif()
endforeach()

set(blocks_test
    ${COWEAVE_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/code_blocks_test.py ${PROJECT_SOURCE_DIR}
    --build=${CMAKE_BINARY_DIR} --programs=${blocks_dir}
    --compiler=${CMAKE_CXX_COMPILER} --coweave=$<TARGET_FILE:coweave_cli>)
if(COWEAVE_INSTALL)
  list(APPEND blocks_test --cmake=${CMAKE_COMMAND})  # Without it, cmake blocks are excused.
endif()
add_test(NAME docs.code_blocks COMMAND ${blocks_test})
add_test(NAME docs.code_blocks_can_fail COMMAND ${blocks_test} --can-fail)
set_tests_properties(docs.code_blocks docs.code_blocks_can_fail PROPERTIES TIMEOUT 600)
