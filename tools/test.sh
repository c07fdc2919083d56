#!/usr/bin/env bash
# All tests on a fresh machine: installs what is missing, then builds and tests, warnings as errors. Ends with a table
# of the versions of Asio that its tests ran against, and ctest's summaries. g++ takes the installed Asio and Boost,
# clang the newest Asio of ../shared/third_party and a quarter of the generated programs; all versions with both
# compilers, each header alone, and many more programs are for tools/nightly.sh.
#   tools/test.sh [PRESET...]        default: ci ci-clang (g++ and clang-19); others: dev, dev-clang, asan, tsan, release
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tests
presets=("${@:-}")
[ -n "${presets[0]}" ] || presets=(ci ci-clang)
jobs=$(($(nproc) + 2))  # Many tests wait for a process or for time to pass.
newest=$(tools/asio_versions.sh folders newest | grep '/asio-[^/]*$' || true)
[ -n "$newest" ] || echo "test.sh: there is no ../shared/third_party: clang takes the installed Asio too"

failed=0
expected=()
for preset in "${presets[@]}"; do
  echo "== $preset"
  asio= programs=
  if [ "$preset" = ci-clang ]; then
    asio=$newest
    programs=12
    [ -z "$asio" ] || expected+=("${asio##*/}")
  fi
  cmake --preset "$preset" "-DCOWEAVE_ASIO_ROOT=$asio" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  env ${programs:+"COWEAVE_GENERATED_PROGRAMS=$programs"} \
    ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" --timeout 600 \
    --no-tests=error --progress --output-junit results.xml | tee "build/$preset/ctest.log" || failed=1
done

echo "== the Asio tests that ran"
tools/asio_table.py "${presets[@]/#/build/}" --pairs --expect "${expected[@]}" || failed=1
for preset in "${presets[@]}"; do
  echo "== $preset"
  sed -n '/% tests passed/,$p' "build/$preset/ctest.log"
done
exit "$failed"
