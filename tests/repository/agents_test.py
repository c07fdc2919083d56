#!/usr/bin/env python3
"""The commands of .github/AGENTS.md print what the page shows: agents_test.py PAGE COWEAVE BANK_TEST

BANK_TEST is the program of the page. Then the test doctors the page, and checks that it finds each of the faults."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PAGE, COWEAVE, BANK_TEST = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])


def without_times(line):
    return re.sub(r"\(\d+ ms( total)?\)", "(TIME)", line.rstrip())


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def sessions(text):
    """Returns (command, output lines) for each `$` line of the page, in order."""
    result = []
    for block in blocks(text, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                result.append((line[2:], []))
            else:
                result[-1][1].append(line)
    return result


def compare(shown, printed):
    """Returns what differs, or None. A line of three dots in `shown` stands for any lines."""
    shown = [without_times(line) for line in shown]
    printed = [without_times(line) for line in printed]
    while printed and not printed[-1]:
        printed.pop()
    at, is_open = 0, False
    for line in shown:
        if line == "...":
            is_open = True
            continue
        if is_open and line in printed[at:]:
            at = printed.index(line, at)
        if at >= len(printed) or printed[at] != line:
            return f"the page shows {line!r}, the program prints {printed[at] if at < len(printed) else 'no more'!r}"
        at, is_open = at + 1, False
    return None if is_open or at == len(printed) else f"the page does not show {printed[at]!r}"


def facts(schedule):
    """Returns a schedule without what depends on the compiler and the version."""
    document = json.loads(schedule)
    return {key: value for key, value in document.items() if key not in ("coweave", "recorded_with")}


def check(text):
    """Returns what is wrong with the page."""
    errors = []
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("COWEAVE_", "GTEST_", "GITHUB_"))}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "bank_test").symlink_to(BANK_TEST)
        (folder / "bin").mkdir()
        (folder / "bin/coweave").symlink_to(COWEAVE)
        environment["PATH"] = f"{folder / 'bin'}:{environment['PATH']}"
        status = 0
        for command, shown in sessions(text):
            if command == "echo $?":
                printed = [str(status)]
            else:
                done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, timeout=60,
                                      stdin=subprocess.DEVNULL, capture_output=True, check=False)
                status, printed = done.returncode, done.stdout.splitlines()
            difference = compare(shown, printed)
            if difference:
                errors.append(f"$ {command}: {difference}")
        schedule, results = blocks(text, "json")
        saved = folder / "coweave-schedules/Account.IsNeverOverdrawn.json"
        if facts(schedule) != facts(saved.read_text(encoding="utf-8")):
            errors.append("the schedule file of the page is not the one that the program saves")
        with open(folder / "result.json", encoding="utf-8") as file:
            result = json.load(file)["testsuites"][0]["testsuite"][0]
        for key, value in json.loads(results).items():
            if result.get(key) != value:
                errors.append(f"result.json: the page shows {key} {value!r}, the program writes {result.get(key)!r}")
    return errors


DOCTORED = (  # What is replaced, by what, and a part of the error.
    ("every interleaving: 6 schedules", "every interleaving: 7 schedules", "the page shows"),
    ("$ echo $?\n1\n", "$ echo $?\n0\n", "the page shows '0'"),
    ("coweave-schedules/Account.IsNeverOverdrawn.json: valid\n", "", "the page does not show"),
    ('"picks": [0, 0, 0]', '"picks": [0, 1, 0]', "the schedule file of the page"),
    ('"verdict": "failed"', '"verdict": "passed"', "the page shows verdict"),
    ("$ coweave validate ", "$ coweave check ", "$ coweave check"),
    ("strategy replay, seed 0", "strategy replay, seed 1", "the page shows"),
)


def main():
    text = PAGE.read_text(encoding="utf-8")
    errors = check(text)
    if errors:
        sys.exit("\n".join(errors))
    for old, new, message in DOCTORED:
        if old not in text:
            sys.exit(f"agents_test.py: the page has no {old!r} to doctor")
        found = check(text.replace(old, new, 1))
        if not any(message in error for error in found):
            sys.exit(f"the page was doctored ({new!r}), expected an error with {message!r}, found {found}")
    print(f"{len(sessions(text))} commands print what the page shows; {len(DOCTORED)} faults were found")


if __name__ == "__main__":
    main()
