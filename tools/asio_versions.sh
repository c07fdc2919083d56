#!/usr/bin/env bash
# The Asio tests against other versions of Asio than the installed one.
#   tools/asio_versions.sh folders newest|all     prints the folders of those in ../shared/third_party, one a line
#   tools/asio_versions.sh test [PRESET...]       builds and runs the Asio tests against all of them, and prints a table;
#                                                 default: dev dev-clang
set -euo pipefail
cd "$(dirname "$0")/.."
third_party=../shared/third_party

folders() {  # newest|all
  [ -d "$third_party" ] || return 0
  local library found
  for library in asio boost-asio; do
    found=$(find "$(cd "$third_party" && pwd)" -maxdepth 1 -type d -name "$library-[0-9]*" | sort -V)
    [ -n "$found" ] || continue
    if [ "$1" = newest ]; then tail -n 1 <<<"$found"; else echo "$found"; fi
  done
}

case "${1:-}" in
  folders)
    case "${2:-}" in
      newest | all) folders "$2" ;;
      *) echo "asio_versions.sh: expected newest or all, found '${2:-}'" >&2; exit 2 ;;
    esac
    ;;
  test)
    shift
    presets=("${@:-}")
    [ -n "${presets[0]}" ] || presets=(dev dev-clang)
    if [ ! -d "$third_party" ]; then
      echo "asio_versions.sh: skipped: there is no $third_party"
      exit 0
    fi
    tools/install_dependencies.sh build tests
    mapfile -t versions < <(folders all)
    failed=0
    for preset in "${presets[@]}"; do
      echo "== $preset"
      cmake --preset "$preset" "-DCOWEAVE_ASIO_TEST_ROOTS=$(IFS=';'; echo "${versions[*]}")" >/dev/null
      cmake --build --preset "$preset" --target asio_tests -- --quiet
      ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" --no-tests=error --progress \
        -R '^(asio|boost-asio)-[0-9.]+/' --output-junit asio_results.xml || failed=1
    done
    tools/asio_table.py "${presets[@]/#/build/}" --results asio_results.xml \
      --expect "${versions[@]##*/}" || failed=1
    exit "$failed"
    ;;
  *) echo "asio_versions.sh: expected folders or test, found '${1:-}'" >&2; exit 2 ;;
esac
