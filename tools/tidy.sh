#!/usr/bin/env bash
# clang-tidy, warnings as errors: what .clang-tidy says. Installs what is missing.
#   tools/tidy.sh [TARGET...]   all sources but the tests, each alone; default: every target. Takes minutes, and does
#                               not look again at a source that has passed until it changes.
#   tools/tidy.sh --together    the sources of the library and of the command, put together into a few: a minute or two,
#                               for tools/test.sh. It sees through calls from one source into another.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tidy
if [ "${1:-}" != --together ]; then
  cmake --preset tidy >/dev/null
  targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --build --preset tidy "${targets[@]}" -- -k 0
  exit
fi

if [ $# -gt 1 ]; then
  echo "tidy.sh: expected --together alone, found $# arguments" >&2
  exit 2
fi
directory=build/tidy_together
mkdir -p "$directory"

together() {  # NAME FOLDER...
  local name=$1
  shift
  find "$@" -name '*.cpp' | LC_ALL=C sort | sed 's/.*/#include "&"/' >"$directory/$name.cpp"
  clang-tidy-19 --quiet --checks=-bugprone-suspicious-include \
    --header-filter='(framework|primitives|tools)/.*\.[chi]pp$' "$directory/$name.cpp" -- \
    -std=c++20 -I. -Iframework -Iprimitives -Itools/coweave_cli -I"$directory" \
    -DCOWEAVE_VERSION='"0"' -DCOWEAVE_SOURCE_ROOT='"."' -DVALIJSON_USE_EXCEPTIONS=1 \
    >"$directory/$name.log" 2>&1 || { cat "$directory/$name.log"; return 1; }
  echo "tidy.sh: $(wc -l <"$directory/$name.cpp") sources of $name: no warning"
}

rooms=framework/coweave
together exploration $rooms/{exploration,execution,replay,strategy,diagnosis} &
one=$!
together report $rooms/report tools/coweave_cli &
other=$!
failed=0
together runtime $rooms/{core,dependence,schedule,runtime,task,foreign,asio,gtest} primitives || failed=1
wait "$one" || failed=1
wait "$other" || failed=1
exit "$failed"
