#!/usr/bin/env python3
"""Compares framework/docs/reference/refusals.md with the sources: each message by which a construct is refused, or
called uncontrolled, is a row, and each row is such a message.

  refusals_test.py ROOT              names what the page lacks, and what it has but the code has not
  refusals_test.py ROOT --can-fail   changes one thing at a time, and expects a complaint about each
  refusals_test.py ROOT --list       prints the messages of the code

In a message `...` stands for what the program fills in.
"""
import argparse
import re
import sys

import reference_test as reference

PAGE = "framework/docs/reference/refusals.md"
ENDINGS = (".hpp", ".cpp", ".ipp")
# These refuse a file, a flag or a command line, each with what was expected: no construct of a program.
INPUTS = ("framework/coweave/schedule/file/", "framework/coweave/gtest/main.cpp",
          "framework/coweave/gtest/settings.cpp", "framework/coweave/gtest/session.cpp")
# What the compiler checks of Coweave itself.
INTERNAL = {"the build has to define COWEAVE_VERSION as a string", "it has no padding", "a signal handler reads it",
            "a signal handler writes it"}
# Answers, not refusals: the program asked for what these say.
ANSWERS = ("TimeoutError", "CancelledError", "BrokenBarrierError")


def joined(texts):
    text = "...".join(texts)
    return ("..." if text.startswith((" ", ":")) else "") + text.rstrip(" ,")


def calls(code, name):
    """The statements that call `name`, each up to its semicolon."""
    return [found[0] for found in re.finditer(rf'\b{name}\((?:[^;"]|"(?:[^"\\]|\\.)*")*;', code)]


def thrown(code):
    for found in re.finditer(r'\bthrow (?:\w+::)*(\w*Error)\((?:[^;"]|"(?:[^"\\]|\\.)*")*;', code):
        if found[1] not in ANSWERS:
            yield joined(reference.literals(found[0]))
    for statement in calls(code, r"make_exception_ptr\(MisuseError"):
        yield joined(reference.literals(statement))


def misused(code):
    for statement in calls(code, r"(?:report_)?misuse"):
        texts = reference.literals(statement)
        if texts:
            yield ("" if len(texts) > 1 else "...") + " of ...: ".join(texts if len(texts) > 1 else ["", *texts])


def uncontrolled(code):
    for statement in calls(code, r"failures_?\.add"):
        if "FailureKind::uncontrolled" in statement and '"' in statement:
            yield joined(reference.literals(statement))
    for statement in calls(code, "note_use_elsewhere"):
        if '"' in statement:
            yield joined(reference.literals(statement))
    for statement in calls(code, "add"):
        if "by_another_thread" in statement:
            yield joined(reference.literals(statement))
    for found in re.finditer(r'"( by (?:another thread|an exploration)[^"]*)"', code):
        yield found[1].strip()


def not_reduced(code):
    for pattern in (r"\bobstacle\([^)]*\)(?: const)? (?={)", r"\bgave_up\(\) const (?={)"):
        if re.search(pattern, code):
            yield from reference.literals(reference.block_after(code, pattern))
    for found in re.finditer(r'string_view unfairness\s*=([^;]*);', code):
        yield joined(reference.literals(found[1]))


def not_replayed(code):
    for found in re.finditer(r"entry\.detail\s*=([^;]*);", code):
        yield joined(reference.literals(found[1]))


def not_a_checkpoint(code):
    for statement in calls(code, "must_be"):
        yield (reference.literals(statement) or [""])[-1]


def within_brackets(code, begin):
    """From `begin`, behind a bracket, to the bracket that closes it."""
    depth = 1
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', code[begin:]):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return code[begin:begin + found.start()]
    raise SystemExit("expected a closing bracket in the sources, found none")


def not_compiled(code):
    for found in re.finditer(r"\bstatic_assert\(", code):
        texts = reference.literals(within_brackets(code, found.end()))
        if texts and texts[-1] not in INTERNAL:
            yield texts[-1]
    for message in re.findall(r'^#error "([^"]*)"', code, re.M):
        if message not in INTERNAL:
            yield message


def stuck(code):
    if found := re.search(r'append\("(no progress for) "\)', code):
        yield found[1]


def error_codes(code):
    if "operation_not_supported" in code:
        yield "the error operation_not_supported"


def limits(code):
    if "foreign_limits{{" in code:
        yield from reference.literals(reference.block_after(code, r"foreign_limits(?={)"))


SOURCES = (thrown, misused, uncontrolled, not_reduced, not_replayed, not_a_checkpoint, not_compiled, stuck,
           error_codes, limits)


def messages_of(tree):
    """The messages, each with a file that has it."""
    found = {}
    for path in tree.files(("framework", "primitives"), ENDINGS):
        if path.startswith(INPUTS):
            continue
        code = reference.code_of(tree.read(path))
        for source in SOURCES:
            for message in source(code):
                if len(re.findall(r"[A-Za-z]+", message)) > 1 and " " in message.strip(". "):
                    found.setdefault(" ".join(message.split()), path)
    return found


def rows_of(text):
    """The cells of each row of the tables."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5 and not re.fullmatch(r"[-| ]+", line) and cells[2] != "message":
            rows.append(cells)
    return rows


def complaints_about(tree):
    rows = rows_of(tree.read(PAGE))
    messages = messages_of(tree)
    documented = [message.strip("`").replace("\\|", "|") for _, _, message, _, _ in rows]
    found = [f"{PAGE} lacks {message!r} of {path}" for message, path in sorted(messages.items())
             if message not in documented]
    found += [f"{PAGE} has {message!r}, which the code has not" for message in documented if message not in messages]
    found += [f"{PAGE} has {message!r} twice" for message in sorted(set(documented)) if documented.count(message) > 1]
    found += [f"{PAGE} has a row without all of its cells: {row[2]}" for row in rows if not all(row)]
    return found, len(messages)


def doctored(tree):
    """Changes, each with the complaint that it must cause: (file, text, other text, complaint)."""
    lock = tree.declaring(r"^Lock::~Lock\(\) ", ("primitives",), (".cpp",))
    spawn = tree.declaring(r"spawn of what is no Task", ("framework",), (".hpp",))
    reduced = tree.declaring(r"string_view ReducedExploration::obstacle\(")
    foreign = tree.declaring(r"foreign_limits{{", ("framework",), (".hpp",))
    failures = tree.declaring(r"^void EndReport::add_blocked\(")
    return [
        (lock, '"expected it to be free, found it held"', '"expected it, found none"', "lacks 'destruction of ...: expected it,"),
        (spawn, "spawn of what is no Task: ", "spawn of nothing: ", "lacks 'spawn of nothing: "),
        (reduced, '"what an early timer touches is not known"', '"early timers race"', "lacks 'early timers race'"),
        (foreign, "ran on the io_context itself", "ran elsewhere", 'lacks "ran elsewhere, '),
        (failures, '" awaits a foreign awaitable that nothing', '" awaits what nothing', "lacks '... awaits what nothing"),
        (PAGE, "`the program chooses`", "`the program selects`", "has 'the program selects', which the code has not"),
        (PAGE, "`the program chooses`", "`the wakeup trees grew too large`", "lacks 'the program chooses'"),
        (PAGE, "`the program chooses`", "`the wakeup trees grew too large`", "has 'the wakeup trees grew too large' twice"),
    ]


def can_fail(root):
    changes = doctored(reference.Tree(root))
    return 1 if reference.count_unnoticed(root, changes, lambda copy: complaints_about(copy)[0]) else 0


def main():
    parser = argparse.ArgumentParser(description="Compares the table of refusals with the sources.")
    parser.add_argument("root")
    parser.add_argument("--can-fail", action="store_true", help="tests this test")
    parser.add_argument("--list", action="store_true", help="prints the messages of the code")
    given = parser.parse_args()
    if given.can_fail:
        return can_fail(given.root)
    tree = reference.Tree(given.root)
    if given.list:
        for message, path in messages_of(tree).items():
            print(f"{path}: {message}")
        return 0
    complaints, compared = complaints_about(tree)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    print(f"{compared} messages compared, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
