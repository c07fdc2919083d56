#!/usr/bin/env python3
"""tools/asio_table.py, on results that this makes. asio_table_test.py PROGRAM"""
import os
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]


def build(parent, name, compiler, cases):
    """A build directory in which `cases`, pairs of a test and a status of ctest's, have run."""
    directory = os.path.join(parent, name)
    os.makedirs(directory)
    with open(os.path.join(directory, "CMakeCache.txt"), "w", encoding="utf-8") as cache:
        cache.write(f"CMAKE_CXX_COMPILER:FILEPATH=/usr/bin/{compiler}\n")
    with open(os.path.join(directory, "results.xml"), "w", encoding="utf-8") as results:
        results.write("<testsuite>")
        for test, status in cases:
            results.write(f'<testcase name="{test}" status="{status}"/>')
        results.write("</testsuite>")
    return directory


def table(*arguments):
    done = subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def expect(actual, wanted):
    if actual != wanted:
        sys.exit(f"expected {wanted!r}, found {actual!r}")


OLD = [("asio-1.22.1/test.A.One", "run"), ("asio-1.22.1/test.A.Two", "run"),
       ("asio-1.22.1/examples.B.One", "run"), ("Lock.IsNotOfAsio", "run")]
NEW = [("asio-1.38.2/test.A.One", "run"), ("asio-1.38.2/test.A.Two", "notrun"),
       ("asio-1.38.2/examples.B.One", "fail")]

with tempfile.TemporaryDirectory() as scratch:
    both = build(scratch, "dev", "g++", NEW + OLD)
    old = build(scratch, "dev-clang", "clang++-19", OLD)

    code, lines, _ = table(both, "--expect", "asio-1.38.2")
    expect([line.split("  ") for line in lines[:1]][0][0], "version")
    expect([" ".join(line.split()) for line in lines],
           ["version compiler examples test",
            "asio-1.22.1 g++ (dev) 1 passed 2 passed",
            "asio-1.38.2 g++ (dev) 1 of 1 failed 1 passed, 1 skipped"])
    expect(code, 0)

    # A compiler without one of the versions; a version that nothing was built against; a suite that only
    # skips; no results at all.
    code, lines, errors = table(both, old)
    expect((code, lines[4].split()[-4:]), (1, ["none", "ran", "none", "ran"]))
    expect("2 cells are empty" in errors, True)

    expect(table(old, "--expect", "asio-9.9")[0], 1)
    skips = build(scratch, "skips", "g++", [("asio-1.22.1/test.A.One", "notrun")])
    expect(table(skips)[0], 1)
    expect(table(os.path.join(scratch, "none"))[0], 1)
