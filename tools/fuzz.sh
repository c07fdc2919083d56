#!/usr/bin/env bash
# Fuzzes the reader of schedule files, and what draws them, by libFuzzer with sanitizers. Installs what is missing.
# The corpus stays in the build directory and grows from run to run; an input that breaks a promise is named at the end.
#   tools/fuzz.sh [SECONDS]        default: 60
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  echo "fuzz.sh: expected a number of seconds, found '$seconds'" >&2
  exit 2
fi

tools/install_dependencies.sh build tests
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target schedule_fuzzer
cd build/fuzz
mkdir -p corpus
tests/fuzz/schedule_fuzzer -max_total_time="$seconds" -max_len=20000 -timeout=10 corpus ../../tests/golden
