# The tests of the pages for those who change Coweave. Included by tests/CMakeLists.txt where there is a Python.

# What ships is cited, and the pages of the framework that comments name exist.
set(sources_test ${COWEAVE_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/sources_test.py ${PROJECT_SOURCE_DIR})
add_test(NAME docs.sources COMMAND ${sources_test})
add_test(NAME docs.sources_can_fail COMMAND ${sources_test} --can-fail)
# Each "how to add" page, followed in a copy of the sources; some with a test that runs.
# The test programs link the libraries of this build, so that they need its flags.
string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
set(how_to_add_test
    ${COWEAVE_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/how_to_add_test.py ${PROJECT_SOURCE_DIR}
    --compiler ${CMAKE_CXX_COMPILER} --cmake ${CMAKE_COMMAND}
    "--flags=${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${configuration}} $<$<BOOL:${COWEAVE_CHECK_INVARIANTS}>:-DCOWEAVE_CHECK_INVARIANTS>")
foreach(library coweave_gtest_main coweave_gtest coweave_framework coweave_primitives GTest::gtest GTest::gmock)
  list(APPEND how_to_add_test --library $<TARGET_FILE:${library}>)
endforeach()
foreach(library GTest::gtest GTest::gmock nlohmann_json::nlohmann_json)
  list(APPEND how_to_add_test
       "--include=$<JOIN:$<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>,$<SEMICOLON>--include=>")
endforeach()
add_test(NAME docs.how_to_add COMMAND ${how_to_add_test} COMMAND_EXPAND_LISTS)
add_test(NAME docs.how_to_add_can_fail COMMAND ${how_to_add_test} --can-fail COMMAND_EXPAND_LISTS)
set_tests_properties(docs.how_to_add docs.how_to_add_can_fail PROPERTIES TIMEOUT 1200)
