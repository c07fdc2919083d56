#!/usr/bin/env python3
"""Tests the code blocks of README.md and framework/docs/; code_blocks.py says how a block asks for its test.

  code_blocks_test.py ROOT ...             runs the commands of the pages and compares what they print
  code_blocks_test.py ROOT ... --update    writes what the commands print into the pages
  code_blocks_test.py ROOT ... --can-fail  doctors pages and programs, and expects a complaint about each

The commands of a page run in its order, in an empty directory that has the programs of the page.
  console   Each line after `$` is a command, and what follows is all that it prints. `$ echo $?` is its exit status.
  yaml      Is parsed. A program of the page that a step of a workflow runs, is run with the variables of the step.
  sh        Each line is a command, whose status is 0, or 1 for a failing test. Its output is not compared.
  output of The block is a part of what the command prints.
A line of three dots stands for any lines; three dots at the end of a line stand for the rest of the line.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import code_blocks

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "repository"))
import small_yaml  # noqa: E402

# All that may differ between a page and the program.
VARYING = (
    (r"\(\d+ ms( total)?\)", "(TIME)"),
    (r"\b\d+(\.\d+)? (ms|s)\b", "TIME"),
    (r"\b[\d,.]+ schedules a second", "RATE"),
    (r"\bCoweave \d+\.\d+\.\d+", "COWEAVE"),
    (r"\b(g\+\+|clang|Clang) \d+\.\d+\.\d+", "COMPILER"),
)
PROJECT = """cmake_minimum_required(VERSION 3.22)
project(page LANGUAGES CXX)
enable_testing()
include(GoogleTest)
"""


def normal(line):
    for pattern, word in VARYING:
        line = re.sub(pattern, word, line)
    return line.rstrip()


def is_same(shown, printed):
    return printed.startswith(shown[:-len("...")]) if shown.endswith("...") else shown == printed


def compare(shown, printed, is_part=False):
    """Returns what differs, or None. `is_part`: lines may be missing before and after."""
    shown, printed = [normal(line) for line in shown], [normal(line) for line in printed]
    while printed and not printed[-1]:
        printed.pop()
    segments, is_open = [[]], is_part
    for line in shown + (["..."] if is_part else []):
        if line == "...":
            segments.append([])
        else:
            segments[-1].append(line)
    at = 0
    for number, segment in enumerate(segments):
        is_last = number == len(segments) - 1
        starts = range(at, len(printed) + 1) if is_open else [at]
        if is_open and is_last:
            starts = [len(printed) - len(segment)]
        found = [start for start in starts if start >= at and matches(segment, printed[start:])]
        if not found:
            return explain(segment, printed, at, is_open)
        at, is_open = found[0] + len(segment), True
    if len(segments) == 1 and at != len(printed):
        return f"the page does not show {printed[at]!r}"
    return None


def matches(segment, printed):
    return len(segment) <= len(printed) and all(is_same(*pair) for pair in zip(segment, printed))


def explain(segment, printed, at, is_open):
    """Names the first line of `segment` that the program does not print where it comes closest."""
    best = max(range(at, len(printed) + 1) if is_open else [at],
               key=lambda start: sum(is_same(*pair) for pair in zip(segment, printed[start:])))
    for offset, line in enumerate(segment):
        if best + offset >= len(printed) or not is_same(line, printed[best + offset]):
            other = repr(printed[best + offset]) if best + offset < len(printed) else "no more"
            return f"the page shows {line!r}, the program prints {other}"
    return f"the page does not show {printed[best + len(segment)]!r}"


def sessions(block):
    """Returns (command, lines that it prints) for each `$` line."""
    result = []
    for line in block.lines:
        if line.startswith("$ "):
            result.append((line[2:], []))
        elif result and result[-1][0].endswith("\\"):
            result[-1] = (result[-1][0] + "\n" + line, [])
        elif result:
            result[-1][1].append(line)
    return result


def lines_of_script(text):
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


def commands_of(value):
    """Yields (command, its variables) for each step of GitHub Actions and each job of GitLab."""
    if isinstance(value, list):
        for item in value:
            yield from commands_of(item)
    elif isinstance(value, dict):
        for key, variables in (("run", "env"), ("script", "variables")):
            if isinstance(value.get(key), str):
                yield value[key], value.get(variables) or {}
        for item in value.values():
            yield from commands_of(item)


class Counts:
    WORDS = ("compiled", "run", "compared", "configured", "parsed", "tested elsewhere", "excused")

    def __init__(self):
        self.of_page = collections.defaultdict(collections.Counter)

    def add(self, block, word):
        self.of_page[block.page][word] += 1

    def print(self):
        for page, counter in self.of_page.items():
            print(f"{page}: " + ", ".join(f"{counter[word]} {word}" for word in self.WORDS if counter[word]))


class Runner:
    """Tests pages, and collects complaints."""

    def __init__(self, given):
        self.given, self.errors, self.counts = given, [], Counts()
        self.scratch = tempfile.TemporaryDirectory()
        self.home = pathlib.Path(self.scratch.name)
        self.prefix = None
        self.configured = set()  # The texts of the cmake blocks that need not be configured again.
        self.updated = {}
        (self.home / "bin").mkdir()
        (self.home / "bin/coweave").symlink_to(pathlib.Path(given.coweave).resolve())
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("COWEAVE_", "GTEST_", "GITHUB_"))}
        self.environment.update(PATH=f"{self.home / 'bin'}:{os.environ['PATH']}", LC_ALL="C.UTF-8", TERM="dumb")
        self.environment.pop("COLUMNS", None)

    def run(self, command, directory):
        done = subprocess.run(["bash", "-c", command], cwd=directory, env=self.environment, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode  # As a shell says it.
        return status, done.stdout.splitlines()

    def complain(self, where, message):
        self.errors.append(f"{where}: {message}")

    def executable(self, program):
        return pathlib.Path(self.given.programs) / program.key / program.name

    def page(self, page):
        self.errors += page.errors
        if page.own_test:
            if not (pathlib.Path(self.given.root) / page.own_test[0]).exists():
                self.complain(page.name, f"names {page.own_test[0]}, which does not exist")
            self.counts.of_page[page.name]["tested elsewhere"] = len(page.blocks)
            return
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        for program in page.programs.values():
            if program.is_separate and not (directory / program.name).is_symlink():
                self.use(program, directory)
        for block in page.blocks:
            self.block(page, block, directory)
        shutil.rmtree(directory)

    def use(self, program, directory):
        link = directory / program.name
        link.unlink(missing_ok=True)
        link.symlink_to(self.executable(program).resolve())

    def block(self, page, block, directory):
        if block.kind == "not run":
            self.counts.add(block, "excused")
        elif block.kind == "program":
            self.cpp(page, block, directory)
        elif block.kind == "output of":
            status, printed = self.run(block.argument, directory)
            self.compare(block, block.argument, block.lines, printed, True)
            self.counts.add(block, "compared")
        elif block.language == "console":
            self.console(block, directory)
        elif block.language == "sh":
            for line in lines_of_script(block.text):
                status, printed = self.run(line, directory)
                if status not in (0, 1):
                    self.complain(block, f"{line}: status {status}: " + "\n".join(printed[-5:]))
            self.counts.add(block, "run")
        elif block.language == "cmake":
            self.cmake(page, block)
        elif block.language in ("json", "yaml"):
            try:
                value = json.loads(block.text) if block.language == "json" else small_yaml.load(block.text)
            except ValueError as error:
                self.complain(block, f"cannot be read: {error}")
                return
            commands = list(commands_of(value)) if block.language == "yaml" else []
            for command, variables in commands:
                self.step(page, block, directory, command, variables)
            self.counts.add(block, "run" if commands else "parsed")

    def step(self, page, block, directory, command, variables):
        """Runs the command of a workflow's step if it is one of a program of the page, with a budget that is small."""
        found = re.match(r"\./(?:[\w./]*/)?(\w+)\b", command)
        if not found or found[1] not in {program.name for program in page.programs.values()}:
            return
        variables = {**variables, **({"COWEAVE_BUDGET": "100"} if "COWEAVE_BUDGET" in variables else {})}
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        status, printed = self.run(f"{settings} ./{found[1]}{command[found.end():]}", directory)
        if status not in (0, 1):
            self.complain(block, f"{command}: status {status}: " + "\n".join(printed[-5:]))

    def cpp(self, page, block, directory):
        file, variant = code_blocks.PROGRAM.fullmatch(block.argument).group(1, 2)
        program = page.programs[(file, variant)]
        is_built = any(found in self.built for found in ([f"docs_{program.key}"] if program.is_separate else
                                                         [self.joined_name(program)]))
        if program.is_separate and is_built:
            self.use(program, directory)
        self.counts.add(block, "compiled" if is_built else "excused")

    @staticmethod
    def joined_name(program):
        return "docs_pages" if program.library == "none" else f"docs_pages_{program.library}"

    def programs(self, pages):
        """The programs are those of the pages. Runs the one that holds all programs without a command."""
        self.built = set()
        for target, source, name, library, text in code_blocks.sources(pages):
            path = pathlib.Path(self.given.programs) / source
            executable = path.parent / name
            if not executable.exists():
                if library == "none":
                    self.complain(source, "is not built")
                else:
                    print(f"{library} was not found: the blocks of {target} are excused")
                continue
            self.built.add(target)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                self.complain(source, "a page is newer than its program: build again")
            if target.startswith("docs_pages"):
                directory = tempfile.mkdtemp(dir=self.home)
                status, printed = self.run(str(executable.resolve()), directory)
                if status != 0:
                    self.complain(target, f"status {status}: " + "\n".join(printed[-60:]))
                passed = [line for line in printed if "  PASSED  ]" in line]
                print(f"{target}: {passed[0].split(']')[1].strip(' .') if passed else 'no tests'} passed")

    def console(self, block, directory):
        status, lines = 0, []
        for command, shown in sessions(block):
            if command == "echo $?":
                printed = [str(status)]
            else:
                status, printed = self.run(command, directory)
            self.compare(block, command, shown, printed, False)
            lines += [f"$ {command}"] + (shown if "..." in shown else printed)
        if lines != block.lines:
            self.updated[(block.page, block.line)] = lines
        self.counts.add(block, "compared")

    def compare(self, block, command, shown, printed, is_part):
        difference = compare(shown, printed, is_part)
        if difference:
            self.complain(block, f"$ {command}: {difference}")

    def cmake(self, page, block):
        """Configures a project of the block that uses the installed package."""
        self.counts.add(block, "configured" if self.given.cmake else "excused")
        if not self.given.cmake or block.text in self.configured:
            return
        self.configured.add(block.text)
        if not self.prefix:
            self.prefix = self.home / "prefix"
            done = subprocess.run([self.given.cmake, "--install", self.given.build, "--prefix", self.prefix], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                self.complain(block, f"cannot install Coweave: {done.stdout[-2000:]}")
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        text = block.text if "project(" in block.text else PROJECT + block.text
        (directory / "CMakeLists.txt").write_text(text, encoding="utf-8")
        for file in set(re.findall(r"[\w/]+\.cpp", block.text)):
            (directory / file).parent.mkdir(parents=True, exist_ok=True)
            (directory / file).write_text("", encoding="utf-8")
        done = subprocess.run([self.given.cmake, "-S", directory, "-B", directory / "build",
                               f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={self.given.compiler}"],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            self.complain(block, f"cannot be configured: {done.stdout[-2000:]}")

    def links(self, page):
        """Relative links and their anchors."""
        root = pathlib.Path(self.given.root)
        text = re.sub(r"^```.*?^```$", "", page.text, flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = link.partition("#")
            if re.match(r"\w+:", link):
                continue
            target = ((root / page.name).parent / file) if file else root / page.name
            if not target.exists():
                self.complain(page.name, f"links {link}, which does not exist")
            elif anchor and anchor not in anchors(target):
                self.complain(page.name, f"links {link}, and there is no such heading")


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def update(root, updated):
    for (name, line), lines in sorted(updated.items(), reverse=True):
        path = pathlib.Path(root) / name
        page = path.read_text(encoding="utf-8").splitlines()
        end = page.index("```", line)
        page[line:end] = [text.rstrip() for text in lines]
        path.write_text("\n".join(page) + "\n", encoding="utf-8")
        print(f"{name}:{line}: updated")


def test(given):
    runner = Runner(given)
    pages = code_blocks.read_pages(given.root)
    runner.programs(pages)
    for page in (page for page in pages if not given.page or given.page in page.name):
        runner.page(page)
        runner.links(page)
    if given.update:
        update(given.root, runner.updated)
    runner.counts.print()
    print("\n".join(runner.errors + [f"{len(runner.errors)} complaints"]))
    return 1 if runner.errors else 0


def compiles(given, target, source, text):
    """Whether the compiler accepts `text` in the place of the source file of `target`."""
    with open(pathlib.Path(given.build) / "compile_commands.json", encoding="utf-8") as file:
        command = next(entry["command"] for entry in json.load(file)
                       if entry["file"].endswith(f"/{source}") and target in entry["command"])
    with tempfile.TemporaryDirectory() as scratch:
        doctored = pathlib.Path(scratch) / "doctored.cpp"
        doctored.write_text(text, encoding="utf-8")
        words = shlex.split(command)
        words = words[:words.index("-o")] + ["-fsyntax-only", str(doctored)]
        return subprocess.run(words, cwd=given.build, capture_output=True, check=False).returncode == 0


DOCTORED = (  # The page, what is replaced in it, by what, and a part of the complaint.
    ("framework/docs/tutorial/first_bug.md", "every interleaving: 6 schedules", "every interleaving: 7 schedules",
     "the page shows"),
    ("framework/docs/tutorial/first_bug.md", "$ echo $?\n1\n", "$ echo $?\n0\n", "the page shows '0'"),
    ("framework/docs/tutorial/first_bug.md", "<!-- program: bank_test.cpp -->\n", "", "without a comment"),
    ("framework/docs/tutorial/first_bug.md", "coweave::gtest_main", "coweave::gtest_mian", "cannot be configured"),
    ("framework/docs/tutorial/first_bug.md", "(lost_wake_up.md", "(lost_wakeup.md", "which does not exist"),
    ("framework/docs/how_to/continuous_integration.md", "jobs:\n", "jobs\n", "cannot be read"),
    ("framework/docs/how_to/continuous_integration.md", "<!-- not run: ", "<!-- not run: no", "needs a reason"),
    ("framework/docs/how_to/continuous_integration.md", "xml:fast.xml", "xml:fast.xml --coweave_sed=1", "status 2"),
    ("framework/docs/how_to/index.md", "docs.code_blocks", "tests/docs/no_such_test.py", "does not exist"),
    ("framework/docs/how_to/reproduce_a_failure.md", "$ coweave validate ", "$ coweave check ", "$ coweave check"),
)


def can_fail(given):
    missed = []
    pages = {page.name: page for page in code_blocks.read_pages(given.root)}
    for name, old, new, message in DOCTORED:
        text = pages[name].text
        if message == "cannot be configured" and not given.cmake:
            continue
        if old not in text:
            missed.append(f"{name} has no {old!r} to doctor")
            continue
        if "not run" in old:
            new = re.search(r"<!-- not run: .*?-->", text)[0]
            old, new = new, "<!-- not run: no -->"
        runner = Runner(given)
        runner.built = {target for target, *_ in code_blocks.sources(pages.values())}
        runner.configured = {block.text for page in pages.values() for block in page.blocks}
        doctored = code_blocks.Page(name, text.replace(old, new, 1))
        runner.page(doctored)
        runner.links(doctored)
        if not any(message in error for error in runner.errors):
            missed.append(f"{name} was doctored ({new!r}), expected {message!r}, found {runner.errors}")
    target, source, _, _, text = code_blocks.sources(pages.values())[0]
    broken = text.replace("co_await", "co_wait", 1)
    if broken == text or not compiles(given, target, source, text) or compiles(given, target, source, broken):
        missed.append(f"{source}: expected that the page compiles, and that it does not with co_wait")
    stale = Runner(given)
    doctored = [code_blocks.Page(page.name, page.text.replace("co_await", "co_wait")) for page in pages.values()]
    stale.programs(doctored)
    if not any("newer than its program" in error for error in stale.errors):
        missed.append("expected a complaint about a page that is newer than its program")
    print("\n".join(missed + [f"{len(DOCTORED) + 2} faults, {len(missed)} of them not found"]))
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description="Tests the code blocks of README.md and framework/docs/.")
    parser.add_argument("root")
    for name in ("build", "programs", "compiler", "coweave"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--cmake", help="configures the cmake blocks against an installed Coweave")
    parser.add_argument("--page", help="tests only the pages whose name contains this")
    parser.add_argument("--update", action="store_true", help="writes what the commands print into the pages")
    parser.add_argument("--can-fail", action="store_true", help="tests this test")
    given = parser.parse_args()
    return can_fail(given) if given.can_fail else test(given)


if __name__ == "__main__":
    sys.exit(main())
