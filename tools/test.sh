#!/usr/bin/env bash
# All tests on a fresh machine: installs what is missing, then builds and tests, warnings as errors. The Asio tests
# run also against the newest versions in ../shared/third_party, where that is. Ends with a table of the versions
# of Asio that they ran against, and ctest's summaries.
#   tools/test.sh [PRESET...]        default: dev dev-clang (g++ and clang-19); others: asan, tsan, release
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tests
presets=("${@:-}")
[ -n "${presets[0]}" ] || presets=(dev dev-clang)
mapfile -t versions < <(tools/asio_versions.sh folders newest)
[ ${#versions[@]} -gt 0 ] ||
  echo "test.sh: there is no ../shared/third_party: the Asio tests run against the installed Asio only"
failed=0
for preset in "${presets[@]}"; do
  echo "== $preset"
  cmake --preset "$preset" "-DCOWEAVE_ASIO_TEST_ROOTS=$(IFS=';'; echo "${versions[*]}")" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" \
    --no-tests=error --progress --output-junit results.xml | tee "build/$preset/ctest.log" || failed=1
done

echo "== the Asio tests that ran"
tools/asio_table.py "${presets[@]/#/build/}" --expect "${versions[@]##*/}" || failed=1
for preset in "${presets[@]}"; do
  echo "== $preset"
  sed -n '/% tests passed/,$p' "build/$preset/ctest.log"
done
exit "$failed"
