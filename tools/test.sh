#!/usr/bin/env bash
# All tests on a fresh machine: installs what is missing, then builds and tests, warnings as errors. Without an argument
# it also runs clang-tidy and, under the address and undefined-behaviour sanitizers, some of the programs. Ends with a
# table of the versions of Asio that the Asio tests ran against (the installed ones, and the newest of
# ../shared/third_party), and ctest's summaries. All versions, each header alone, and many more generated programs are
# for tools/nightly.sh.
#   tools/test.sh [PRESET...]        default: ci ci-clang (g++ and clang-19); others: dev, dev-clang, asan, tsan, release
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tests
presets=("${@:-}")
[ -n "${presets[0]}" ] || presets=(ci ci-clang)
jobs=$(($(nproc) + 2))  # Many tests wait for a process or for time to pass.
mapfile -t newest < <(tools/asio_versions.sh folders newest)
[ ${#newest[@]} -gt 0 ] || echo "test.sh: skipped: there is no ../shared/third_party with a newer Asio"
failed=0

# Programs that take seconds and are clean. Not among them: primitives_test, whose faulty locks leave waiters in queues
# that are gone, and teardown_test, which leaks frames on purpose.
sanitized() {
  local programs=(core_test execution_test structured_test future_test)
  cmake --preset ci-asan >/dev/null
  cmake --build --preset ci-asan --target "${programs[@]}" -- --quiet
  local program
  for program in "${programs[@]}"; do
    echo "-- $program"
    COWEAVE_GENERATED_PROGRAMS=12 "build/ci-asan/tests/$program" --gtest_brief=1 || failed=1
  done
}

if [ $# -eq 0 ]; then
  echo "== clang-tidy"
  tools/tidy.sh --together || failed=1
  echo "== sanitizers"
  sanitized
fi
for preset in "${presets[@]}"; do
  echo "== $preset"
  programs=
  [ "$preset" != ci-clang ] || programs=12  # g++ has compared fifty of each mix.
  cmake --preset "$preset" "-DCOWEAVE_ASIO_TEST_ROOTS=$(IFS=';'; echo "${newest[*]}")" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  env ${programs:+"COWEAVE_GENERATED_PROGRAMS=$programs"} \
    ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" --timeout 600 \
    --no-tests=error --progress --output-junit results.xml | tee "build/$preset/ctest.log" || failed=1
done

echo "== the Asio tests that ran"
tools/asio_table.py "${presets[@]/#/build/}" --expect "${newest[@]##*/}" || failed=1
for preset in "${presets[@]}"; do
  echo "== $preset"
  sed -n '/% tests passed/,$p' "build/$preset/ctest.log"
done
exit "$failed"
