#!/usr/bin/env bash
# The main job on a fresh machine: installs what is missing, builds Coweave, finds the overdraft,
# prints the interleaving, saves it as JSON, replays the file. Exit code 0 if all of that worked.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_dependencies.sh build
cmake --preset release -DCOWEAVE_BUILD_TESTS=OFF -DCOWEAVE_BUILD_BENCHMARKS=OFF \
  -B build/demo >/dev/null
cmake --build build/demo --target overdraft_demo coweave_cli
mkdir -p build/demo/schedules
build/demo/examples/overdraft_demo build/demo/schedules
for file in build/demo/schedules/*.json; do
  echo
  echo "\$ coweave validate $file"
  build/demo/tools/coweave validate "$file"
done
