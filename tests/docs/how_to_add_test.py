#!/usr/bin/env python3
"""Follows each "how to add" page of framework/docs/contributing/ in a copy of the sources.

  how_to_add_test.py ROOT --compiler CXX [--flags FLAGS] [--include DIRECTORY]... [--library FILE]...
  how_to_add_test.py ROOT --compiler CXX --can-fail ...   doctors the pages, and expects a complaint about each fault

A page says what to write, and where, by a comment before each code block:

  <!-- new file: PATH -->               the block is the file
  <!-- PATH, after: LINE -->            the block comes after this line of the file
  <!-- PATH, before: LINE -->           ... before it
  <!-- PATH, in place of: LINE -->      ... takes its place
  <!-- run: PATH -->                    the test in PATH runs, with the libraries, and passes

LINE is a whole line without its indentation, or its beginning followed by "...". It has to be the only one.
"LINE; then: LINE" is the first line like the second one that comes after the first one. A page names all files that it
touches in the table under its heading "Places".

Complains if a line is gone or is not the only one, if the files touched are not those of the table, if a page of the
reference then lacks something, if an include leaves the map, if clang-format would write a file another way, and if a
file that was touched does not compile.
"""
import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

PAGES = "framework/docs/contributing"
COPIED = ("CMakeLists.txt", ".clang-format", "framework", "primitives", "tests", "tools", "examples")
# What is added most often has the fewest places: if a strategy needs a fifth one, the interface is wrong.
PLACES = {"add_a_strategy.md": 4}


class Complaint(Exception):
    """What is wrong with a page."""


class Block:
    def __init__(self, marker, text):
        self.text = text
        found = re.fullmatch(r"new file: (\S+)", marker)
        self.how = "new file" if found else None
        if found:
            self.path, self.anchor = found[1], None
            return
        found = re.fullmatch(r"(\S+), (after|before|in place of): (.+)", marker, re.S)
        if not found:
            raise Complaint(f"cannot read the comment '{marker}'")
        self.path, self.how = found[1], found[2]
        self.anchor = [" ".join(part.split()) for part in found[3].split("; then: ")]


class Page:
    def __init__(self, name, text):
        self.name = name
        fence = re.compile(r"^<!-- ((?:new file: |[^\n]*?, (?:after|before|in place of): )(?:(?!-->).)*?) -->\n```\w*\n"
                           r"(.*?)^```$", re.M | re.S)
        self.blocks = [Block(" ".join(marker.split()), body) for marker, body in fence.findall(text)]
        fences = len(re.findall(r"^```(?!sh$)\w+$", text, re.M))  # What is typed in a shell goes nowhere.
        if fences != len(self.blocks):
            raise Complaint(f"has {fences} code blocks, and {len(self.blocks)} of them say where they go")
        if not self.blocks:
            raise Complaint("has no code block that says where it goes")
        self.runs = re.findall(r"^<!-- run: (\S+) -->$", text, re.M)
        self.places = self.table(text)

    def table(self, text):
        """The files of each row under the heading "Places"."""
        section = re.search(r"^## Places\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        if not section:
            raise Complaint("lacks the heading 'Places'")
        rows = [line for line in section[1].splitlines() if re.match(r"\| \d", line)]
        if not rows:
            raise Complaint("has no places")
        return [re.findall(r"`([\w./]*/[\w.]+)`", row) for row in rows]


def matches(line, pattern):
    line = " ".join(line.split())
    return line.startswith(pattern[:-3].rstrip()) if pattern.endswith("...") else line == pattern


def index_of(lines, anchor, path):
    found = [i for i, line in enumerate(lines) if matches(line, anchor[0])]
    if len(found) != 1:
        raise Complaint(f"expects one line '{anchor[0]}' in {path}, found {len(found)}")
    index = found[0]
    for pattern in anchor[1:]:
        index = next((i for i in range(index + 1, len(lines)) if matches(lines[i], pattern)), None)
        if index is None:
            raise Complaint(f"expects a line '{pattern}' after '{anchor[0]}' in {path}, found none")
    return index


def apply(block, tree):
    path = tree / block.path
    if block.how == "new file":
        if path.exists():
            raise Complaint(f"makes the file {block.path}, which there is already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return
    if not path.is_file():
        raise Complaint(f"changes {block.path}, which does not exist")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    index = index_of(lines, block.anchor, block.path)
    begin = index + 1 if block.how == "after" else index
    end = index + 1 if block.how == "in place of" else begin
    lines[begin:end] = block.text.splitlines(keepends=True)
    path.write_text("".join(lines), encoding="utf-8")


def check_places(page, touched):
    named = [path for row in page.places for path in row]
    for path in sorted(set(touched) - set(named)):
        raise Complaint(f"touches {path}, which is none of its places")
    for path in sorted(set(named) - set(touched)):
        raise Complaint(f"has the place {path}, and does not touch it")
    if len(page.places) != PLACES.get(page.name, len(page.places)):
        raise Complaint(f"has {len(page.places)} places, expected {PLACES[page.name]}")


def copy_of(root, tree):
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, tree / name)


def run(command, tree, what):
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    if done.returncode != 0:
        raise Complaint(f"{what}:\n{(done.stdout + done.stderr)[-4000:]}")


class Checks:
    """What must hold of a copy in which a page was followed."""

    def __init__(self, options):
        self.options = options
        self.format = shutil.which("clang-format-14")

    def __call__(self, page, touched, tree):
        run([sys.executable, "-B", "tests/docs/reference_test.py", "."], tree, "a page of the reference is wrong")
        if self.options.cmake:
            run([self.options.cmake, f"-DROOT={tree}", "-P", "tools/cmake/check_includes.cmake"], tree,
                "an include leaves the map")
        code = [path for path in touched if path.endswith((".cpp", ".hpp"))]
        if self.format:
            run([self.format, "--dry-run", "-Werror", *code], tree, "clang-format would write it another way")
        if self.options.compiler:
            self.compile(page, [path for path in code if path.endswith(".cpp")], tree)

    def compile(self, page, sources, tree):
        includes = [f"-I{path}" for path in ("framework", "primitives", "tests", "tests/programs", "tools/coweave_cli", ".")]
        includes += [f"-isystem{path}" for path in self.options.include if path not in ("", "/usr/include")]
        flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", '-DCOWEAVE_VERSION="0"', '-DCOWEAVE_SOURCE_ROOT="."',
                 '-DCOWEAVE_CLI=""', '-DCOWEAVE_SCHEMA_FILE=""',
                 *shlex.split(self.options.flags), *includes]
        command = [self.options.compiler, *flags]
        linked = []
        if page.runs and self.options.library:
            linked = [path for path in sources if path.startswith(("framework/", "primitives/"))] + page.runs
        rest = [path for path in sources if path not in linked]
        if rest:
            run([*command, "-fsyntax-only", one_file(rest, tree, "rest.cpp")], tree,
                "a file that it touches does not compile")
        if linked:
            # Functions that the libraries have too come first, and take the place of those.
            libraries = ["-Wl,--allow-multiple-definition", "-Wl,--start-group", *self.options.library, "-Wl,--end-group"]
            run([*command, "-O0", one_file(linked, tree, "linked.cpp"), "-o", "program", *libraries, "-lpthread", "-ldl"],
                tree, "its test does not build")
            run(["./program", "--gtest_brief=1"], tree, "its test fails")


def one_file(sources, tree, name):
    """A file that includes them all: their headers are read once."""
    (tree / name).write_text("".join(f'#include "{path}"\n' for path in sources), encoding="utf-8")
    return name


def follow(page, root, checks):
    """The files that it touches."""
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        copy_of(root, tree)
        for block in page.blocks:
            apply(block, tree)
        touched = list(dict.fromkeys(block.path for block in page.blocks))
        check_places(page, touched)
        checks(page, touched, tree)
        return touched


def complaint_about(root, name, text, checks):
    try:
        follow(Page(name, text), root, checks)
    except Complaint as complaint:
        return str(complaint)
    return None


def pages_of(root):
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((root / PAGES).glob("add_*.md"))}


def can_fail(root, options):
    """Each change of a page must cause its complaint: (page, text, other text, complaint, whether it is compiled)."""
    strategy = "add_a_strategy.md"
    primitive = "add_a_primitive.md"
    cases = [
        (strategy, "after: coweave/strategy/registry.cpp", "after: coweave/strategy/gone.cpp", "expects one line", False),
        (strategy, "after: coweave/strategy/registry.cpp", "after: {", "expects one line", False),
        (strategy, "<!-- tests/programs/strategies.hpp, after:", "<!-- tests/programs/gone.hpp, after:",
         "which does not exist", False),
        (strategy, "<!-- new file: framework/coweave/strategy/sticky_walk.hpp",
         "<!-- new file: framework/coweave/strategy/pos.hpp", "which there is already", False),
        (strategy, "`tests/programs/strategies.hpp`", "the table", "which is none of its places", False),
        (strategy, "| 4 |", "| 4 | `tests/README.md` |", "and does not touch it", False),
        (strategy, "| 4 |", "| 4 | |\n| 5 |", "has 5 places, expected 4", False),
        (strategy, "## Places", "## Where", "lacks the heading", False),
        (strategy, "<!-- tests/programs/strategies.hpp, after:", "<!-- tests/programs/strategies.hpp behind:",
         "say where they go", False),
        (strategy, "| `sticky` | `sticky_walk()` |", "| `stucky` | `sticky_walk()` |", "a page of the reference is wrong",
         True),
        (strategy, "return drawn - entries;", "return drown - entries;", "does not", True),
        (primitive, "ObjectKind::latch, name", "ObjectKind::hatch, name", "does not", True),
    ]
    errors = []
    texts = pages_of(root)
    for name, old, new, expected, is_checked in cases:
        if old not in texts[name]:
            errors.append(f"{name} has no '{old}' to be changed")
            continue
        checks = Checks(options) if is_checked else lambda *_: None
        found = complaint_about(root, name, texts[name].replace(old, new), checks)
        if found is None or expected not in found:
            errors.append(f"{name} with '{new}': expected '{expected}', found {found!r}")
    print(f"{len(cases)} faults, {len(errors)} not noticed")
    return errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--compiler")
    parser.add_argument("--flags", default="")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--library", action="append", default=[])
    parser.add_argument("--cmake")
    parser.add_argument("--only", help="a part of a page's name")
    parser.add_argument("--can-fail", action="store_true")
    options = parser.parse_args()
    root = options.root.resolve()
    if options.can_fail:
        errors = can_fail(root, options)
    else:
        errors = []
        checks = Checks(options)
        pages = {name: text for name, text in pages_of(root).items() if not options.only or options.only in name}
        if not pages:
            errors.append(f"no page add_*.md in {PAGES}")
        for name, text in pages.items():
            try:
                page = Page(name, text)
                touched = follow(page, root, checks)
                print(f"{name}: {len(page.places)} places, {len(touched)} files")
            except Complaint as complaint:
                errors.append(f"{PAGES}/{name}: {complaint}")
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
