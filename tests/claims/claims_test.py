#!/usr/bin/env python3
"""Compares claims.md beside it with the sentences of the sources, with the tests and with the guards.

  claims_test.py ROOT                      names what the page lacks, and what it has but the code or the tests have not
  claims_test.py ROOT --program PROGRAM    also runs each test of the page: it passes, and fails without the guard
  claims_test.py ROOT --can-fail           changes one thing at a time, and expects a complaint about each
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))
import reference_test as reference  # noqa: E402

PAGE = "tests/claims/claims.md"
GUARDS = "tests/claims/mutants.cmake"
# Where sentences are made about what was explored or found, each known by something that it defines.
MAKERS = (
    r"^std::string describe\(const Completion& completion\) {",
    r"^void state_sentence\(Report& report\) {",
    r"^void Coverage::state\(Report& report",
    r"^void TimeoutRace::label\(Failure& failure\)",
    r"^std::string in_words\(const AwaitPointsEvidence& evidence\) {",
    r"^class Explainer {",
    r"^bool FailureLog::file\(std::string_view phase\) {",
    r"^void write\(std::ostream& out, const Report& report, const ReportStyle& style\) {",
    r"^std::string to_string\(const Progress& progress\) {",
    r"^class PassesMatcher final",
    r"^bool is_passed\(const Report& report",
    r"^Report replay_body\(const Body& body",
    r"^Stop SearchRunner::judge\(",
    r"^void CorpusReplay::warn\(",
)
PAGES_OF_HTML = "framework/coweave/report/html/app.js"


def is_sentence(text):
    return " " in text.strip() and re.search(r"[A-Za-z]", text)


def sentences_of(tree):
    """The strings that sentences are made of, each with its file."""
    found = {}
    for maker in MAKERS:
        path = tree.declaring(maker, ("framework",), (".cpp",))
        for text in reference.literals(reference.code_of(tree.read(path))):
            found.setdefault(text, path)
    for path in tree.files(("framework",), (".cpp",)):
        code = reference.code_of(tree.read(path))
        for statement in re.findall(r"verdict_detail\s*=[^;]*(?:\"[^\"]*\"[^;]*)+;", code):
            for text in reference.literals(statement):
                found.setdefault(text, path)
    for text in reference.literals(tree.read(PAGES_OF_HTML)):
        if re.search(r"\b(passes|fails|needs)\b.*:$", text):
            found.setdefault(text, PAGES_OF_HTML)
    return {text: path for text, path in found.items() if is_sentence(text)}


class Page:
    def __init__(self, text):
        self.tables = {}
        heading = ""
        for line in text.splitlines():
            if line.startswith("## "):
                heading = line[3:]
            elif line.startswith("| `"):
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
                self.tables.setdefault(heading, []).append(cells)

    def claims(self):
        return [(re.findall(r"`([^`]+)`", texts), test.strip("`"), guard.strip("`"))
                for texts, test, guard in self.tables.get("Claims", [])]

    def others(self):
        return [text for row in self.tables.get("No claims", []) for text in re.findall(r"`([^`]+)`", row[0])]


def tests_of(tree):
    found = set()
    for path in tree.files(("tests",), ("_test.cpp",)):
        found |= {".".join(names) for names in re.findall(r"^TEST(?:_F)?\((\w+), (\w+)\)", tree.read(path), re.M)}
    return found


def guards_of(tree):
    return set(re.findall(r'is_mutant\("(\w+)"\)', tree.read(GUARDS)))


def complaints_about(tree):
    page = Page(tree.read(PAGE))
    sources, tests, guards = sentences_of(tree), tests_of(tree), guards_of(tree)
    claimed = {text for texts, _, _ in page.claims() for text in texts}
    others = page.others()
    found = []
    for text, path in sorted(sources.items()):
        if text not in claimed and text not in others:
            found.append(f"{path} says {text!r}, and {PAGE} names no test in which it must not be")
    for text in sorted((claimed | set(others)) - set(sources)):
        found.append(f"{PAGE} has {text!r}, which no source says")
    for text in sorted(claimed & set(others)):
        found.append(f"{PAGE} has {text!r} as a claim and as none")
    for _, test, guard in page.claims():
        if test not in tests:
            found.append(f"{PAGE} names {test}, which is no test")
        if guard not in guards:
            found.append(f"{PAGE} names the guard {guard}, which {GUARDS} does not remove")
    for guard in sorted(guards - {guard for _, _, guard in page.claims()}):
        found.append(f"{GUARDS} removes {guard}, which {PAGE} has not")
    return found, len(sources), len(page.claims())


def run(program, test, guard):
    """The exit code of the test, where `guard` is removed; "none" removes none."""
    ended = subprocess.run([program, f"--gtest_filter={test}", "--gtest_brief=1"], text=True, check=False,
                           capture_output=True, timeout=300, env=dict(os.environ, COWEAVE_MUTANT=guard))
    ran = re.search(r"^\[==========\] (\d+) test", ended.stdout, re.M)
    return ended.returncode if ran and ran[1] == "1" else None


def complaints_about_runs(tree, program):
    found = []
    pairs = dict.fromkeys((test, guard) for _, test, guard in Page(tree.read(PAGE)).claims())
    for test in dict.fromkeys(test for test, _ in pairs):
        if run(program, test, "none") != 0:
            found.append(f"{test} does not pass as the product is")
    for test, guard in pairs:
        code = run(program, test, guard)
        if code in (0, None):
            found.append(f"{test} passes without the guard: {guard}" if code == 0 else f"{test} is not in {program}")
    return found, len(pairs)


def doctored(tree):
    """Changes, each with the complaint that it must cause: (file, text, other text, complaint)."""
    describe = tree.declaring(MAKERS[0], ("framework",), (".cpp",))
    state = tree.declaring(MAKERS[1], ("framework",), (".cpp",))
    replay = tree.declaring(MAKERS[11], ("framework",), (".cpp",))
    return [
        (describe, '"skipped by the test after "', '"nothing is wrong after "', "says 'nothing is wrong after '"),
        (describe, '": all that strategy \'"', '": all there is of \'"', "has \": all that strategy '\", which no"),
        (state, '"all interleavings are equivalent: ', '"there is no bug: ', "says 'there is no bug: "),
        (replay, '"the schedule of the file passes"', '"it is right"', "says 'it is right'"),
        (PAGES_OF_HTML, '"It needs this order. With it undone the same test passes:"', '"It always passes:"',
         "says 'It always passes:'"),
        (PAGE, "`MustNot.NameMoreEarlyOnesThanWereAllowed`", "`MustNot.Exist`", "names MustNot.Exist, which is no"),
        (PAGE, "`forgets_sleeps`", "`forgets_naps`", "names the guard forgets_naps"),
        (PAGE, "| `; audited by ` |", "| `; checked by ` |", "has '; checked by ', which no source says"),
        (GUARDS, 'is_mutant("forgets_sleeps")', 'is_mutant("forgets_more")', "removes forgets_more, which"),
    ]


def can_fail(root):
    changes = doctored(reference.Tree(root))
    return 1 if reference.count_unnoticed(root, changes, lambda copy: complaints_about(copy)[0]) else 0


def main():
    parser = argparse.ArgumentParser(description="Compares the claims of reports with their tests.")
    parser.add_argument("root")
    parser.add_argument("--program", help="the tests, linked with sources whose guards can be removed")
    parser.add_argument("--can-fail", action="store_true", help="tests this test")
    given = parser.parse_args()
    if given.can_fail:
        return can_fail(given.root)
    tree = reference.Tree(given.root)
    complaints, texts, rows = complaints_about(tree)
    runs = 0
    if given.program:
        more, runs = complaints_about_runs(tree, given.program)
        complaints += more
    print(*complaints, sep="\n", end="\n" if complaints else "")
    print(f"{texts} texts and {rows} rows compared, {runs} tests run without a guard, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
