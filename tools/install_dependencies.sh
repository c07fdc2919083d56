#!/usr/bin/env bash
# Installs the Debian packages that Coweave needs and that are missing. Usage:
#   tools/install_dependencies.sh [build] [tests] [tidy]
# build: compiler, CMake and libraries; tests: what the tests need besides; tidy: what tools/tidy.sh does.
set -euo pipefail

build=(g++ cmake ninja-build nlohmann-json3-dev libgtest-dev libgmock-dev libcli11-dev libvalijson-dev)
tests=(clang-19 libclang-rt-19-dev clang-format-14 libbenchmark-dev libasio-dev libboost1.81-dev
       chromium chromium-driver python3 python3-selenium zsh)
tidy=(clang-19 clang-tidy-19 libasio-dev libboost1.81-dev)

wanted=()
for group in "${@:-build}"; do
  case "$group" in
    build) wanted+=("${build[@]}") ;;
    tests) wanted+=("${tests[@]}") ;;
    tidy) wanted+=("${tidy[@]}") ;;
    *) echo "install_dependencies.sh: expected build, tests or tidy, found '$group'" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Runs apt-get. Waits up to ten minutes for another package manager to end: apt waits for dpkg's lock
# itself if it is told to, but fails at once where the lists of packages are locked.
apt() {
  local tries_left=60 log
  log=$(mktemp)
  until DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=600 "$@" \
    >/dev/null 2>"$log"; do
    if ! grep -q 'Could not get lock\|Unable to lock' "$log" || [ $((tries_left -= 1)) -eq 0 ]; then
      cat "$log" >&2
      echo "install_dependencies.sh: 'apt-get $*' failed, see above" >&2
      rm -f "$log"
      return 1
    fi
    echo "install_dependencies.sh: another package manager is at work; waiting for it"
    sleep 10
  done
  rm -f "$log"
}

echo "installing: ${missing[*]}"
apt update
apt install -y --no-install-recommends "${missing[@]}"
