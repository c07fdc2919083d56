#!/usr/bin/env python3
"""Takes the code blocks out of README.md and framework/docs/.

  code_blocks.py ROOT DIRECTORY    writes the programs of the pages to DIRECTORY, and prints one line for each:
                                   TARGET|SOURCE|NAME|LIBRARY

A comment in front of a block says how it is tested; a reader of the page does not see it.

  <!-- program: bank_test.cpp -->          This C++ block belongs to the program of that name. The blocks of a page
                                           that have the same name are joined, in their order.
  <!-- program: bank_test.cpp (cured) -->  The same file after a change. Commands below this block run this one.
  <!-- program: bank_test.cpp, not shown   The comment itself holds code of the program, up to the end of the comment.
  <!-- output of: ./bank_test -->          The block shows lines that this command prints.
  <!-- not run: REASON -->                 The block is not tested, for this reason.

Blocks in console, sh, cmake, json and yaml need no comment. A page that names a test of its own,
`tests/docs/NAME_test.py`, is left to that test. A program that a command of its page names, or that has
a main(), is an executable of its own. All other programs become one executable, each in a namespace.
"""
import collections
import pathlib
import re
import sys

MARKER = re.compile(r"(program|output of|not run):\s*(.*)", re.DOTALL)
# Under #line, g++ takes the code for that of a header, and warns of coroutines that hold a lambda.
BEGIN = """#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif
"""
OWN_TEST = re.compile(r"tests/docs/(?!code_blocks)\w+_test\.py")
PROGRAM = re.compile(r"([\w.]+)\s*(?:\((\w+)\))?\s*(, not shown\n)?(.*)", re.DOTALL)


class Block:
    """One fenced block. `kind` is that of its marker, or empty; `argument` is the text of the marker."""

    def __init__(self, page, line, language, kind, argument):
        self.page, self.line, self.language = page, line, language
        self.kind, self.argument, self.lines = kind, argument, []

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def __str__(self):
        return f"{self.page}:{self.line}"


class Piece:
    """A part of a program. `line` is where its first line stands on the page."""

    def __init__(self, line, text, is_shown):
        self.line, self.text, self.is_shown = line, text, is_shown


class Program:
    def __init__(self, page, file, variant):
        self.page, self.file, self.variant, self.pieces = page, file, variant, []
        self.is_separate = False

    @property
    def name(self):
        return pathlib.Path(self.file).stem

    @property
    def key(self):
        """A name that no other program has, and that is an identifier."""
        return "_".join(filter(None, (slug_of(self.page), self.name, self.variant)))

    @property
    def text(self):
        return "".join(piece.text for piece in self.pieces)

    @property
    def library(self):
        """`boost_asio`, `asio` or `none`: the library that the program needs besides Coweave."""
        if re.search(r"#include <(boost/asio|coweave/boost_asio)", self.text):
            return "boost_asio"
        return "asio" if re.search(r"#include <(coweave/)?asio", self.text) else "none"

    def source(self):
        """As a file of its own. Its lines have the numbers of the file that a reader copies from the page."""
        result, line = [BEGIN], 1
        for piece in self.pieces:
            if piece.is_shown:
                result.append(f'#line {line} "{self.file}"\n{piece.text}')
                line += piece.text.count("\n")
            else:
                result.append(f'#line {piece.line} "{self.page}"\n{piece.text}')
        return "".join(result)

    def source_in_namespace(self):
        """Without its includes, whose lines become empty."""
        pieces = [f'#line {piece.line} "{self.page}"\n' + re.sub(r"(?m)^#include .*$", "", piece.text)
                  for piece in self.pieces]
        return f"namespace {self.key} {{\n{''.join(pieces)}}}  // namespace {self.key}\n"


class Page:
    """The blocks and programs of a page, and what is wrong with its comments."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        self.blocks, self.errors, self.programs = [], [], collections.OrderedDict()
        self.own_test = OWN_TEST.search(text)
        self._read()
        if self.own_test:
            self.errors = []
        commands = "\n".join([block.text for block in self.blocks if block.language in ("console", "sh")] +
                             [block.argument for block in self.blocks if block.kind == "output of"])
        for program in self.programs.values():
            program.is_separate = (re.search(rf"\./{program.name}\b", commands) is not None
                                   or re.search(r"(?m)^int main\(", program.text) is not None)

    def _read(self):
        lines = self.text.splitlines()
        marker, at = None, 0
        while at < len(lines):
            fence = re.fullmatch(r"( *)```(\w*)", lines[at])
            if lines[at].startswith("<!--"):
                begin = at
                while "-->" not in lines[at] and at + 1 < len(lines):
                    at += 1
                comment = "\n".join(lines[begin:at + 1])[len("<!--"):].rsplit("-->", 1)[0].strip(" ")
                marker = self._marker(begin + 1, comment, marker)
            elif fence:
                kind, argument = marker or ("", "")
                block = Block(self.name, at + 1, fence[2], kind, argument)
                at += 1
                while at < len(lines) and lines[at].strip() != "```":
                    block.lines.append(lines[at][len(fence[1]):] if lines[at].startswith(fence[1]) else lines[at])
                    at += 1
                self._add(block)
                marker = None
            elif lines[at].strip():
                if marker:
                    self.errors.append(f"{self.name}:{at + 1}: a comment {marker[0]!r} stands before no block")
                marker = None
            at += 1

    def _marker(self, line, comment, pending):
        """Returns (kind, argument) for the next block, or `pending` after code that is not shown."""
        found = MARKER.fullmatch(comment)
        if not found:
            return pending
        kind, argument = found[1], found[2].strip(" ")
        hidden = PROGRAM.fullmatch(argument) if kind == "program" else None
        if hidden and hidden[3]:
            self._program(hidden[1], hidden[2]).pieces.append(Piece(line + 1, hidden[4], False))
            return pending
        return kind, argument.strip()

    def _program(self, file, variant):
        return self.programs.setdefault((file, variant), Program(self.name, file, variant))

    def _add(self, block):
        self.blocks.append(block)
        if block.kind == "program":
            found = PROGRAM.fullmatch(block.argument)
            if block.language != "cpp" or not found or found[4]:
                self.errors.append(f"{block}: expected a C++ block after the name of a program, found "
                                   f"{block.language!r} after {block.argument!r}")
                return
            self._program(found[1], found[2]).pieces.append(Piece(block.line + 1, block.text, True))
        elif block.kind == "not run" and len(block.argument.split()) < 2:
            self.errors.append(f"{block}: 'not run' needs a reason")
        elif block.language in ("cpp", "text", "") and not block.kind:
            self.errors.append(f"{block}: a {block.language or 'nameless'} block without a comment that says how it "
                               "is tested")


def slug_of(page):
    return re.sub(r"\W+", "_", page.removeprefix("framework/docs/").removesuffix(".md")).strip("_").lower()


def page_names(root):
    root = pathlib.Path(root)
    return ["README.md"] + sorted(path.relative_to(root).as_posix() for path in (root / "framework/docs").rglob("*.md"))


def read_pages(root):
    return [Page(name, (pathlib.Path(root) / name).read_text(encoding="utf-8")) for name in page_names(root)]


def joined(programs):
    """One source of several programs."""
    includes = {re.sub(r"\s*//.*", "", line) for program in programs
                for line in re.findall(r"(?m)^#include .*$", program.text)}
    includes = sorted(includes, key=lambda line: ("<coweave/" not in line, line))  # Those of Coweave first.
    return BEGIN + "\n".join(includes) + "\n\n" + "\n".join(program.source_in_namespace() for program in programs)


def sources(pages):
    """Returns (target, source file, name of the executable, library, text) for each executable."""
    result, others = [], collections.defaultdict(list)
    for page in pages:
        for program in page.programs.values():
            if program.is_separate:
                result.append((f"docs_{program.key}", f"{program.key}/{program.file}", program.name, program.library,
                               program.source()))
            else:
                others[program.library].append(program)
    for library, programs in sorted(others.items()):
        name = "docs_pages" if library == "none" else f"docs_pages_{library}"
        result.append((name, f"{name}/{name}.cpp", name, library, joined(programs)))
    return result


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for target, source, name, library, text in sources(read_pages(sys.argv[1])):
        path = pathlib.Path(sys.argv[2]) / source
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        print(f"{target}|{source}|{name}|{library}")


if __name__ == "__main__":
    main()
