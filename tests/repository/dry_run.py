"""Runs command lines in a copy of the repository in which CMake, CTest and the package manager are stand-ins. The
scripts themselves run, so that their own checks of arguments do too; the stand-ins refuse what the real programs would
refuse: a preset that does not exist, a build directory that was not configured, a target that no list file names.

As a program, this file is such a stand-in; its name says which."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys

FOLDERS = (".ci", "examples", "framework", "primitives", "tests", "tools")
FILES = (".clang-format", "CMakePresets.json", "CMakeLists.txt")
STAND_INS = ("cmake", "ctest", "clang-tidy-19", "apt-get", "sudo")


class Sandbox:
    def __init__(self, root, scratch):
        self.copy = pathlib.Path(scratch) / "repository" / "coweave"
        self.copy.mkdir(parents=True)
        for folder in FOLDERS:
            shutil.copytree(root / folder, self.copy / folder,
                            ignore=shutil.ignore_patterns("__pycache__", "coweave-schedules"))
        for file in FILES:
            shutil.copy(root / file, self.copy / file)
        self.log = pathlib.Path(scratch) / "log"
        programs = pathlib.Path(scratch) / "programs"
        programs.mkdir()
        for name in STAND_INS:
            make_stand_in(programs / name)
        # Everything is installed. Called for each package, so this one is no Python program.
        make_program(programs / "dpkg-query", "printf installed")
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("COWEAVE_")}
        self.environment.update(
            PATH=f"{programs}:{os.environ['PATH']}", COWEAVE_DRY_RUN_LOG=str(self.log),
            COWEAVE_DRY_RUN_CMAKE=shutil.which("cmake") or "", PYTHONDONTWRITEBYTECODE="1")

    def clean(self):
        """Removes what was built, as a new job starts without it."""
        shutil.rmtree(self.copy / "build", ignore_errors=True)

    def run(self, commands, variables=None):
        """Runs `commands` as GitHub's runner does. Returns the last lines of the output if they fail, else None."""
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", commands],
                              cwd=self.copy, env={**self.environment, **(variables or {})}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=120, check=False)
        if done.returncode == 0:
            return None
        return " | ".join(done.stdout.strip().split("\n")[-3:])

    def calls(self):
        """Returns what the stand-ins were called with so far: (name, arguments, number of generated programs)."""
        if not self.log.exists():
            return []
        return [tuple(json.loads(line)) for line in self.log.read_text(encoding="utf-8").splitlines()]


def make_program(path, command):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def make_stand_in(path):
    # -S: these programs need nothing from the site's packages, and start faster without.
    make_program(path, f'exec "{sys.executable}" -S "{os.path.abspath(__file__)}" "$0" "$@"')


def refuse(message):
    sys.exit(f"dry run: {message}")


def value_of(flag, arguments):
    return arguments[arguments.index(flag) + 1] if flag in arguments[:-1] else None


def presets(kind):
    with open("CMakePresets.json", encoding="utf-8") as file:
        return {preset["name"] for preset in json.load(file)[kind] if not preset.get("hidden")}


def check_preset(kind, name):
    if name not in presets(kind):
        refuse(f"there is no preset '{name}' among the {kind}")


def check_configured(directory):
    if not (pathlib.Path(directory) / "CMakeCache.txt").exists():
        refuse(f"'{directory}' was not configured")


def targets_of(arguments):
    if "--target" not in arguments:
        return []
    targets = []
    for argument in arguments[arguments.index("--target") + 1:]:
        if argument.startswith("-"):
            break
        targets.append(argument)
    return targets


def make_target(directory, target):
    for lists in pathlib.Path(".").rglob("CMakeLists.txt"):
        if re.search(rf"\b{re.escape(target)}\b", lists.read_text(encoding="utf-8")):
            folder = lists.parent
            make_stand_in(pathlib.Path(directory) / folder / target)
            return
    refuse(f"no CMakeLists.txt names the target '{target}'")


def cmake(arguments):
    if "-P" in arguments:  # A script: quick, so it really runs.
        real = os.environ["COWEAVE_DRY_RUN_CMAKE"]
        os.execv(real, [real, *arguments])
    preset = value_of("--preset", arguments)
    if "--build" in arguments:
        if preset:
            check_preset("buildPresets", preset)
        directory = f"build/{preset}" if preset else value_of("--build", arguments)
        check_configured(directory)
        for target in targets_of(arguments):
            make_target(directory, target)
    elif preset:
        check_preset("configurePresets", preset)
        directory = pathlib.Path(value_of("-B", arguments) or f"build/{preset}")
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "CMakeCache.txt").write_text("CMAKE_CXX_COMPILER:FILEPATH=/usr/bin/g++\n", encoding="utf-8")
    else:
        refuse(f"expected cmake with --preset, --build or -P, found {arguments}")


def ctest(arguments):
    preset = value_of("--preset", arguments)
    if preset:
        check_preset("testPresets", preset)
    directory = f"build/{preset}" if preset else value_of("--test-dir", arguments)
    if not directory:
        refuse(f"expected ctest with --preset or --test-dir, found {arguments}")
    check_configured(directory)
    results = value_of("--output-junit", arguments)
    if results:
        # tools/asio_table.py expects tests of Asio among the results.
        case = '<testcase name="asio-1.22.1/test.A.One" status="run"/>'
        (pathlib.Path(directory) / results).write_text(f"<testsuite>{case}</testsuite>\n", encoding="utf-8")
    print("100% tests passed, 0 tests failed out of 1")


def main(name, arguments):
    with open(os.environ["COWEAVE_DRY_RUN_LOG"], "a", encoding="utf-8") as log:
        log.write(json.dumps([name, arguments, os.environ.get("COWEAVE_GENERATED_PROGRAMS", "")]) + "\n")
    if name == "cmake":
        cmake(arguments)
    elif name == "ctest":
        ctest(arguments)
    elif name in ("apt-get", "sudo"):
        refuse("nothing may be installed")


if __name__ == "__main__":
    main(os.path.basename(sys.argv[1]), sys.argv[2:])
