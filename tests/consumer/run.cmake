# Installs Coweave into a scratch prefix, builds this project against it with the same compiler, and
# runs its tests. Called by ctest with COWEAVE_BUILD, SCRATCH, CXX, FLAGS, ASIO_ROOT,
# BOOST_ROOT and SOURCE.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGV}")
  endif()
endfunction()

file(REMOVE_RECURSE "${SCRATCH}")
run(${CMAKE_COMMAND} --install "${COWEAVE_BUILD}" --prefix "${SCRATCH}/prefix")
run(${CMAKE_COMMAND} -G Ninja -S "${SOURCE}" -B "${SCRATCH}/build"
    "-DCMAKE_PREFIX_PATH=${SCRATCH}/prefix" "-DCMAKE_CXX_COMPILER=${CXX}"
    "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCOWEAVE_ASIO_ROOT=${ASIO_ROOT}" "-DCOWEAVE_BOOST_ROOT=${BOOST_ROOT}")
run(${CMAKE_COMMAND} --build "${SCRATCH}/build")
run(${CMAKE_CTEST_COMMAND} --test-dir "${SCRATCH}/build" --output-on-failure)
