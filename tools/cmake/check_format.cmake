# clang-format reproduces every source of Coweave's. Script mode:
#   cmake -DROOT=DIRECTORY -DCLANG_FORMAT=PROGRAM -P check_format.cmake
# To format them: git ls-files '*.cpp' '*.hpp' '*.ipp' | xargs clang-format-14 -i
cmake_minimum_required(VERSION 3.22)
set(sources "")
foreach(folder framework primitives examples tests tools)
  file(GLOB_RECURSE found "${ROOT}/${folder}/*.cpp" "${ROOT}/${folder}/*.hpp" "${ROOT}/${folder}/*.ipp")
  list(APPEND sources ${found})
endforeach()
execute_process(COMMAND "${CLANG_FORMAT}" --dry-run -Werror ${sources} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "expected sources as clang-format writes them: see above")
endif()
