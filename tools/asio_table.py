#!/usr/bin/env python3
"""Prints which versions of Asio the tests ran against: version x compiler x suite, from the results of ctest.
Fails if a cell is empty.
   asio_table.py BUILD_DIRECTORY... [--results FILE] [--expect VERSION...]
FILE, in each build directory, is what `ctest --output-junit` has written. VERSION: a row that must be there."""
import argparse
import collections
import os
import re
import sys
import xml.etree.ElementTree as xml

NAME = re.compile(r"^((?:boost-)?asio-[\w.]+)/(\w+)\.")


def compiler_of(directory):
    """'g++ (dev)': the compiler of a build directory, and the name of that."""
    name = "?"
    with open(os.path.join(directory, "CMakeCache.txt"), encoding="utf-8") as cache:
        for line in cache:
            if line.startswith("CMAKE_CXX_COMPILER:"):
                path = line.strip().split("=", 1)[1]
                name = os.path.basename(path)
                if name == "c++":  # Debian's link to one of them: x86_64-linux-gnu-g++-12.
                    name = re.sub(r"^.*-linux-gnu-", "", os.path.basename(os.path.realpath(path)))
    return f"{name} ({os.path.basename(os.path.normpath(directory))})"


def results_of(path):
    """{(version, suite): Counter of 'passed', 'failed' and 'skipped'}."""
    cells = collections.defaultdict(collections.Counter)
    for case in xml.parse(path).getroot().iter("testcase"):
        found = NAME.match(case.get("name", ""))
        if not found:
            continue
        status = {"run": "passed", "notrun": "skipped", "disabled": "skipped"}.get(case.get("status"), "failed")
        cells[found.group(1), found.group(2)][status] += 1
    return cells


def text_of(cell):
    if not cell["passed"] and not cell["failed"]:
        return "none ran"
    if cell["failed"]:
        return f"{cell['failed']} of {cell['failed'] + cell['passed']} failed"
    return f"{cell['passed']} passed" + (f", {cell['skipped']} skipped" if cell["skipped"] else "")


def version_key(name):
    """Standalone Asio first, each by number."""
    return name.startswith("boost"), [int(part) for part in re.findall(r"\d+", name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--results", default="results.xml")
    parser.add_argument("--expect", nargs="*", default=[])
    options = parser.parse_args()
    cells = {}
    for directory in options.directories:
        path = os.path.join(directory, options.results)
        if not os.path.exists(path):
            print(f"asio_table.py: expected the results of ctest, found no {path}", file=sys.stderr)
            return 1
        for (version, suite), cell in results_of(path).items():
            cells[version, compiler_of(directory), suite] = cell
    compilers = [compiler_of(directory) for directory in options.directories]
    suites = sorted({suite for _, _, suite in cells})
    versions = sorted({version for version, _, _ in cells} | set(options.expect), key=version_key)
    if not cells or not versions:
        print("asio_table.py: expected tests of Asio, found none", file=sys.stderr)
        return 1
    rows = [["version", "compiler", *suites]]
    empty = 0
    for version in versions:
        for compiler in compilers:
            row = [cells.get((version, compiler, suite), collections.Counter()) for suite in suites]
            empty += sum(text_of(cell) == "none ran" for cell in row)
            rows.append([version, compiler, *map(text_of, row)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    if empty:
        print(f"asio_table.py: {empty} cells are empty", file=sys.stderr)
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
