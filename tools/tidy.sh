#!/usr/bin/env bash
# clang-tidy on all sources but the tests, warnings as errors: what .clang-tidy says. Installs what is missing.
# Takes minutes, so that it is no part of tools/test.sh; what has passed is not looked at again until it changes.
#   tools/tidy.sh [TARGET...]        default: everything
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build tidy
cmake --preset tidy >/dev/null
targets=()
[ $# -eq 0 ] || targets=(--target "$@")
cmake --build --preset tidy "${targets[@]}" -- -k 0
