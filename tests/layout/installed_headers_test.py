#!/usr/bin/env python3
"""What is installed is what users include and what that includes: installed_headers_test.py CMAKE BUILD SCRATCH

Installs the headers of BUILD into SCRATCH. Then the test doctors the installed tree, and checks that it finds each of
the faults."""
import pathlib
import re
import shutil
import subprocess
import sys

PUBLIC = ("coweave/coweave.hpp", "coweave/primitives.hpp", "coweave/gtest.hpp", "coweave/asio.hpp",
          "coweave/boost_asio.hpp")
# Libraries of other people that a user of that header has.
OTHERS = {"gtest": "coweave/gtest", "gmock": "coweave/gtest", "asio": "coweave/asio", "boost": "coweave/boost_asio"}


def check(include):
    """Returns what is wrong with the headers below `include`."""
    installed = {path.relative_to(include).as_posix(): path.read_text(encoding="utf-8")
                 for path in include.rglob("*") if path.is_file()}
    errors = [f"{header} is not installed" for header in PUBLIC if header not in installed]
    reached, todo = set(), [header for header in PUBLIC if header in installed]
    while todo:
        header = todo.pop()
        if header in reached:
            continue
        reached.add(header)
        for other in re.findall(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)", installed[header], re.MULTILINE):
            library = other.split("/")[0].removesuffix(".hpp")
            if library == "coweave":
                if other in installed:
                    todo.append(other)
                else:
                    errors.append(f"{header} includes {other}, which is not installed")
            elif library in OTHERS:
                if not header.startswith(OTHERS[library]):
                    errors.append(f"{header} includes {other}, which its users need not have")
            elif "/" in other and library != "sys":
                errors.append(f"{header} includes {other}, which its users need not have")
    errors += [f"{path} is installed, but no public header includes it" for path in sorted(set(installed) - reached)]
    return errors, len(installed)


DOCTORED = (  # A file of the installed tree, what is written to its end (None: it is removed), a part of the error.
    ("coweave/core/error.hpp", None, "includes coweave/core/error.hpp, which is not installed"),
    ("coweave/coweave.hpp", None, "coweave/coweave.hpp is not installed"),
    ("coweave/execution/execution.hpp", "#pragma once\n", "execution.hpp is installed, but no public header"),
    ("coweave/exploration/report.hpp", "#include <nlohmann/json.hpp>\n", "report.hpp includes nlohmann/json.hpp"),
    ("coweave/sync/lock.hpp", "#  include \"gtest/gtest.h\"\n", "lock.hpp includes gtest/gtest.h"),
    ("coweave/task/task.hpp", "#include \"coweave/execution/execution.hpp\"\n", "which is not installed"),
)


def main():
    cmake, build, scratch = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    shutil.rmtree(scratch, ignore_errors=True)
    prefix, copy = scratch / "prefix", scratch / "copy"
    subprocess.run([cmake, "--install", build, "--component", "coweave_headers", "--prefix", prefix], check=True,
                   stdout=subprocess.DEVNULL)
    include = next(prefix.rglob("coweave/coweave.hpp")).parent.parent
    errors, count = check(include)
    if errors:
        sys.exit("\n".join(errors))
    for file, text, message in DOCTORED:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(include, copy)
        doctored = copy / file
        if text is None:
            doctored.unlink()
        else:
            doctored.parent.mkdir(parents=True, exist_ok=True)
            old = doctored.read_text(encoding="utf-8") if doctored.exists() else ""
            doctored.write_text(old + text, encoding="utf-8")
        found, _ = check(copy)
        if not any(message in error for error in found):
            sys.exit(f"{file} was doctored, expected an error with {message!r}, found {found}")
    print(f"{count} headers are installed: those that users include, and what these include; "
          f"{len(DOCTORED)} faults were found")


if __name__ == "__main__":
    main()
