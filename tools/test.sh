#!/usr/bin/env bash
# All tests on a fresh machine: installs what is missing, then builds and tests, warnings as errors.
# Ends with ctest's summary.
#   tools/test.sh [PRESET...]        default: dev dev-clang (g++ and clang-19); others: asan, tsan, release
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tests
presets=("${@:-}")
[ -n "${presets[0]}" ] || presets=(dev dev-clang)
failed=0
for preset in "${presets[@]}"; do
  echo "== $preset"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" \
    --no-tests=error --progress || failed=1
done
exit "$failed"
