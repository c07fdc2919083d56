#!/usr/bin/env bash
# What an execution costs as a multiple of bare coroutines, measured in the same run: alternating,
# medians of nine. Needs the release preset built: cmake --preset release && cmake --build --preset release
#   tools/measure_cost.sh [BENCHMARK_BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-build/release/tests/step_benchmark}
if [ $# -gt 1 ]; then
  echo "measure_cost.sh: expected at most one argument, the benchmark binary, found $#" >&2
  exit 2
fi
if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then
  echo "measure_cost.sh: expected a benchmark binary, found '$binary', which is no program;" \
    "cmake --preset release && cmake --build --preset release --target step_benchmark makes one" >&2
  exit 2
fi
if ! "$binary" --benchmark_list_tests 2>/dev/null | grep -q '_floor$'; then
  echo "measure_cost.sh: expected a benchmark with a floor (step_benchmark), found '$binary'," \
    "which lists none" >&2
  exit 2
fi
"$binary" --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true \
  --benchmark_min_time=0.05 --benchmark_report_aggregates_only=true --benchmark_format=csv 2>/dev/null |
  awk -F, '
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i ~ /per_execution/) column = i }
    /_median/ {
      name = $1; gsub(/"/, "", name); sub(/_median$/, "", name); value = $column * 1e9
      if (name ~ /_floor$/) { sub(/_floor$/, "", name); floor[name] = value }
      else { sub(/_coweave$/, "", name); ours[name] = value; order[++n] = name }
    }
    END {
      printf "%-16s %14s %14s %7s\n", "program", "floor ns/exec", "coweave ns/exec", "ratio"
      for (i = 1; i <= n; ++i)
        printf "%-16s %14.0f %14.0f %7.2f\n", order[i], floor[order[i]], ours[order[i]],
               ours[order[i]] / floor[order[i]]
    }'
