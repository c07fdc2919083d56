#!/usr/bin/env bash
# All tests on a fresh machine: installs what is missing, then builds and tests, warnings as errors. Ends with a table
# of the versions of Asio that its tests ran against, and ctest's summaries. clang takes the installed Asio without
# Boost, so that all fits into an hour on two slow cores. COWEAVE_TEST_ASIO=newest: g++ takes the newest versions in
# ../shared/third_party too. tools/nightly.sh runs all versions with both compilers.
#   tools/test.sh [PRESET...]        default: dev dev-clang (g++ and clang-19); others: asan, tsan, release
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tests
presets=("${@:-}")
[ -n "${presets[0]}" ] || presets=(dev dev-clang)
versions=()
if [ "${COWEAVE_TEST_ASIO:-}" = newest ]; then
  mapfile -t versions < <(tools/asio_versions.sh folders newest)
  [ ${#versions[@]} -gt 0 ] ||
    echo "test.sh: there is no ../shared/third_party: the Asio tests run against the installed Asio only"
fi
failed=0
for preset in "${presets[@]}"; do
  echo "== $preset"
  roots=$(IFS=';'; echo "${versions[*]}")
  boost=ON
  [ "$preset" != dev-clang ] || { roots= boost=OFF; }
  cmake --preset "$preset" "-DCOWEAVE_ASIO_TEST_ROOTS=$roots" -DCOWEAVE_WITH_BOOST=$boost >/dev/null
  cmake --build --preset "$preset" -- --quiet
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" \
    --no-tests=error --progress --output-junit results.xml | tee "build/$preset/ctest.log" || failed=1
done

echo "== the Asio tests that ran"
tools/asio_table.py "${presets[@]/#/build/}" --pairs --expect "${versions[@]##*/}" || failed=1
for preset in "${presets[@]}"; do
  echo "== $preset"
  sed -n '/% tests passed/,$p' "build/$preset/ctest.log"
done
exit "$failed"
