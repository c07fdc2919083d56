#!/usr/bin/env python3
"""Compares the sources that comments cite with framework/docs/contributing/bibliography.md, and looks whether the
pages that comments name exist.

  sources_test.py ROOT             names what the page lacks, and pages that do not exist
  sources_test.py ROOT --can-fail  changes one thing at a time, and expects a complaint about each

A source is cited by its title in quotation marks, in the sentence of a comment that begins with "Source" or names a
year; or by a key in brackets, as [DPOR]. A page is named by its file, as reduction.md.
"""
import pathlib
import re
import sys

PAGE = "framework/docs/contributing/bibliography.md"
CODE = ("framework", "primitives", "tests", "tools")
ENDINGS = (".hpp", ".cpp", ".ipp", ".cmake", ".py", ".sh", "CMakeLists.txt")


def sources(root):
    for folder in CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.name.endswith(ENDINGS) and path.name != pathlib.Path(__file__).name:
                yield path.relative_to(root).as_posix()


def comments_of(text, path):
    """The comments, each of adjacent lines as one line."""
    mark = r"#(?!include|pragma|if|endif|define|else|elif|line|undef|error|!)" if not path.endswith(
        (".hpp", ".cpp", ".ipp")) else r"///?<?"
    block = ""
    for line in text.splitlines():
        found = re.search(rf"(?:^|\s){mark} ?(.*)$", line)
        if found:
            block += " " + found[1].strip()
        elif block:
            yield block.strip()
            block = ""
    if block:
        yield block.strip()


def cited(comment):
    """Titles and keys."""
    titles = re.findall(r'"([A-Z][^"]{11,})",? (?:the )?[A-Z][^"]*?(?:\b(?:19|20)\d\d\b|project)', comment)
    for sentence in re.findall(r"Sources?: (.*)", comment):
        titles += re.findall(r'"([A-Z][^"]{11,})"', sentence)
    keys = re.findall(r"\[([A-Z]{3,5})\][.,; :]", comment + " ")
    return set(titles), set(keys)


def compare(root, page, read, texts):
    complaints, titles, keys, pages = [], 0, 0, 0
    known_keys = set(re.findall(r"^\| \[([A-Z]+)\] \|", page, re.M))
    known_titles = set(re.findall(r'"([^"]{12,})"', page))
    documents = {path.name for path in [*(root / "framework/docs").rglob("*.md"), *root.glob("*.md"),
                                        *(root / ".github").rglob("*.md"), *(root / "tests").rglob("*.md")]}
    documents.add("README.md")
    for path in sources(root):
        for comment in comments_of(read(path), path):
            its_titles, its_keys = cited(comment) if path.startswith(("framework", "primitives")) else (set(), set())
            for title in sorted(its_titles):
                titles += 1
                if title not in known_titles:
                    complaints.append(f'{PAGE}: lacks "{title}", which {path} cites')
            for key in sorted(its_keys):
                keys += 1
                if key not in known_keys:
                    complaints.append(f"{PAGE}: lacks the key [{key}], which {path} uses")
            for name in re.findall(r"\b([a-z_0-9]+\.md)\b", comment):
                pages += 1
                if name not in documents:
                    complaints.append(f"{path}: names the page {name}, which does not exist")
            if found := re.search(r"\b(?:design|semantics|algorithms) page\b|\bdesign(?:'s|\.md)?,? section\b", comment):
                complaints.append(f"{path}: names the '{found[0]}', which is no page of framework/docs")
    for row in re.findall(r"^\| .* \|$", page, re.M):
        for file in re.findall(r"`([\w./]+\.hpp)`", row):
            if not (root / "framework/coweave" / file).resolve().is_file():
                complaints.append(f"{PAGE}: names the file {file}, which does not exist")
    complaints += broken_links(root)
    complaints += missing_files(root, texts)
    if titles < 10 or keys < 2 or pages < 5:
        complaints.append(f"expected citations and pages in comments, found {titles}, {keys} and {pages}")
    return complaints


def broken_links(root):
    """Of the pages that explain and of the README: links to files that do not exist."""
    complaints = []
    pages = [root / "README.md", *(root / "framework/docs/contributing").glob("*.md"),
             *(root / "framework/docs/explanation").glob("*.md")]
    for page in pages:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            path = (page.parent / target).resolve()
            if "://" not in target and path.parent.is_dir() and not path.exists():
                complaints.append(f"{page.relative_to(root).as_posix()}: links {target}, which does not exist")
    return complaints


def missing_files(root, texts):
    """Source files that the pages name, and that are nowhere. What a "how to add" page makes is left to its test."""
    names = {pathlib.PurePosixPath(path).name for path in sources(root)}
    complaints = []
    for page, text in texts.items():
        text = re.sub(r"^```.*?^```$|<!--.*?-->|^## Places.*?(?=^## )", "", text, flags=re.M | re.S)
        for path in re.findall(r"`([\w./]+\.(?:hpp|cpp|cmake|py))`", text):
            if path.split("/")[-1] not in names | {pathlib.Path(__file__).name}:
                complaints.append(f"{page}: names {path}, which does not exist")
    return complaints


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    page = (root / PAGE).read_text(encoding="utf-8")

    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
             for folder in ("contributing", "explanation")
             for path in sorted((root / "framework/docs" / folder).glob("*.md"))}

    def read(path):
        return (root / path).read_text(encoding="utf-8")

    if sys.argv[2:] != ["--can-fail"]:
        complaints = compare(root, page, read, texts)
        print(*complaints, f"{len(complaints)} complaints", sep="\n")
        return 1 if complaints else 0
    pct = "framework/coweave/strategy/pct.hpp"
    faults = [(lambda text: text.replace('"Delay-Bounded Scheduling"', '"Delays"'), None, "bounded.hpp cites"),
              (lambda text: text.replace("| [DPOR] |", "| |"), None, "lacks the key [DPOR]"),
              (lambda text: text.replace("`strategy/pct.hpp`", "`strategy/gone.hpp`"), None, "names the file"),
              (None, "/// As in gone.md.\n", "names the page gone.md"),
              (None, "/// As in the design, section 4.\n", "which is no page"),
              (None, '/// Source: Nobody, "A Paper That Nobody Wrote", POPL 2024.\n', "lacks \"A Paper That")]
    errors = 0
    for change, added, expected in faults:
        doctored = change(page) if change else page
        found = compare(root, doctored, lambda path: read(path) + ("\n" + added if added and path == pct else ""), texts)
        if not any(expected in complaint for complaint in found):
            errors += 1
            print(f"expected a complaint with '{expected}', found {found}")
    wrong = {"framework/docs/explanation/index.md": "[A page](gone.md) about `exploration/gone.cpp`.\n"}
    if not missing_files(root, wrong):
        errors += 1
        print("expected a complaint about exploration/gone.cpp, found none")
    print(f"{len(faults) + 1} faults, {errors} not noticed")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
