#!/usr/bin/env bash
# The comparisons that take too long for every push: reduced searches against the plain enumeration on
# many more generated programs of each mix than the unit tests take, and with injections on a fifth as many;
# programs of timeouts and cancellation with timers in any order, whose failures must replay. Each run says in a
# line that begins with "[ generated]" what it compared, and fails if that was too little.
# Then the Asio tests against every version in ../shared/third_party, with both compilers: tools/asio_versions.sh.
#   tools/nightly.sh [PROGRAMS] [BUILD_DIRECTORY]      default: 10000 build/release
# Under the sanitizers, with a tenth of the programs:  tools/nightly.sh 1000 build/asan
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${1:-10000}
build=${2:-build/release}
if ! [[ "$programs" =~ ^[1-9][0-9]*$ ]]; then
  echo "nightly.sh: expected a number of programs, found '$programs'" >&2
  exit 2
fi
for program in reduction_test library_generated_test; do
  [ ! -x "$build/tests/$program" ] || continue
  echo "nightly.sh: expected $build/tests/$program, found none: cmake --preset release &&" \
    "cmake --build --preset release --target reduction_test library_generated_test" >&2
  exit 2
done
export COWEAVE_GENERATED_PROGRAMS=$programs
"$build/tests/reduction_test" --gtest_filter='*Generated*:*Injected*'
"$build/tests/library_generated_test"
# Each header alone, which CI leaves out.
cmake --build "$build" --target layout_headers -- --quiet
# And the Asio tests against every version of Asio that is here.
tools/asio_versions.sh test
