#!/usr/bin/env python3
"""The commands of the workflows, of the pre-commit hooks and of the pages in .github: workflows_test.py ROOT

Each `run:` is taken out of its workflow and executed in a dry run (dry_run.py). Then the test doctors the files, and
checks that it finds each of the faults."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import dry_run
import small_yaml

ROOT = pathlib.Path(sys.argv[1]).resolve()
PROGRAMS = {"cmake", "ctest"}  # Besides the scripts of the repository.
CLANG_FORMAT = "clang-format-14"


def variants(matrix):
    """Returns the combinations of a matrix, each a dict. `include` stands alone here: it does not extend others."""
    if not matrix:
        return [{}]
    result = list(matrix.get("include", []))
    combinations = [{}]
    for key, values in matrix.items():
        if key != "include":
            combinations = [{**one, key: value} for one in combinations for value in values]
    return result + [one for one in combinations if one]


def expand(text, variant):
    """Replaces ${{ matrix.KEY }}. Everything else in such brackets may be the text of a stranger, so it is refused."""
    def value(match):
        key = re.fullmatch(r"matrix\.([a-z_]+)", match.group(1))
        if not key or key.group(1) not in variant:
            raise ValueError(f"expected only keys of the matrix in a command, found {match.group(0)!r}")
        return variant[key.group(1)]
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", value, text)


def programs_of(line):
    """Returns the programs that one command line starts."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    programs, is_start = [], True
    words = list(lexer)
    place = 0
    while place < len(words):
        word = words[place]
        if set(word) <= set("&|;"):
            is_start = True
        elif is_start and word == "env":
            while place + 1 < len(words) and words[place + 1] == "-u":
                place += 2
        elif is_start and not re.match(r"^[A-Za-z_]\w*=", word):
            programs.append(word)
            is_start = False
        place += 1
    return programs


def check_programs(commands, root):
    for line in commands.replace("\\\n", " ").strip().split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        for program in programs_of(line):
            if program in PROGRAMS:
                continue
            path = root / program
            if "/" not in program or not path.is_file():
                yield f"'{program}' is no script of the repository"
            elif not os.access(path, os.X_OK):
                yield f"'{program}' is not executable"


known_jobs = {}  # What run_job found. Most doctored workflows differ in one job only.


def run_job(name, commands, sandbox):
    """Returns what is wrong with the commands of one job, in order, in a repository where nothing was built."""
    key = (name, repr(commands))
    if key not in known_jobs:
        known_jobs[key] = list(run_new_job(name, commands, sandbox))
    return known_jobs[key]


def run_new_job(name, commands, sandbox):
    sandbox.clean()
    for command, variables in commands:
        syntax = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)
        if syntax.returncode != 0:
            yield f"{name}: {syntax.stderr.strip()}"
            return
        faults = list(check_programs(command, sandbox.copy))
        yield from (f"{name}: {fault}" for fault in faults)
        if faults:
            return
        if CLANG_FORMAT in command and shutil.which(CLANG_FORMAT) is None:
            print(f"not run, because there is no {CLANG_FORMAT}: {command.strip()}")
            continue
        failure = sandbox.run(command, variables)
        if failure is not None:
            yield f"{name}: '{command.strip()}' fails: {failure}"
            return


def check_workflow(name, text, sandbox):
    """Returns what is wrong with the workflow `text`."""
    errors = []
    if "://" in text:
        errors.append(f"{name}: names a host")
    try:
        workflow = small_yaml.load(text)
    except ValueError as error:
        return [f"{name}: {error}"]
    for key in ("name", "on", "permissions", "jobs"):
        if not workflow.get(key):
            errors.append(f"{name}: expected the key '{key}'")
    if workflow.get("permissions") != {"contents": "read"}:
        errors.append(f"{name}: expected the permission to read contents, and no other")
    for job_name, job in (workflow.get("jobs") or {}).items():
        place = f"{name}, {job_name}"
        errors += [f"{place}: expected the key '{key}'" for key in ("runs-on", "timeout-minutes", "steps")
                   if not job.get(key)]
        steps = job.get("steps") or []
        errors += [f"{place}: expected an action like actions/checkout@v4, found {step['uses']!r}" for step in steps
                   if "uses" in step and not re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])]
        if not any(step.get("uses", "").startswith("actions/checkout@") for step in steps[:1]):
            errors.append(f"{place}: expected the checkout as the first step")
        if not any("run" in step for step in steps):
            errors.append(f"{place}: runs nothing")
        for variant in variants((job.get("strategy") or {}).get("matrix")):
            try:
                commands = [(expand(step["run"], variant), {**(job.get("env") or {}), **(step.get("env") or {})})
                            for step in steps if "run" in step]
            except ValueError as error:
                errors.append(f"{place}: {error}")
                continue
            errors += run_job(place, commands, sandbox)
    return errors


def check_coverage(calls):
    """The workflows together test what they are there for."""
    tested = {arguments[arguments.index("--test-dir") + 1] for name, arguments, _ in calls
              if name == "ctest" and "--test-dir" in arguments}
    errors = [f"no workflow tests {directory}" for directory in ("build/ci", "build/ci-clang", "build/asan")
              if directory not in tested]
    if not any(name == "cmake" and arguments[:3] == ["--build", "--preset", "tidy"] for name, arguments, _ in calls):
        errors.append("no workflow runs clang-tidy")
    for program, number in (("reduction_test", "10000"), ("library_generated_test", "10000"),
                            ("reduction_test", "1000"), ("schedule_fuzzer", "")):
        if not any(name == program and (not number or programs == number) for name, _, programs in calls):
            errors.append(f"no workflow runs {program} {number}".rstrip())
    return errors


known_hooks = {}  # How the command of a hook failed, or None.


def run_hook(command, sandbox):
    if command not in known_hooks:
        known_hooks[command] = sandbox.run(command)
    return known_hooks[command]


def check_hooks(text, sandbox):
    """Returns what is wrong with the hooks of pre-commit."""
    errors, count = [], 0
    for repository in small_yaml.load(text)["repos"]:
        if repository.get("repo") != "local":
            errors.append(f"expected local hooks only, found {repository.get('repo')!r}")
        for hook in repository.get("hooks") or []:
            count += 1
            if hook.get("language") != "system":
                errors.append(f"hook {hook['id']}: expected the language system, found {hook.get('language')!r}")
            re.compile(hook["files"])
            command = hook["entry"]
            if CLANG_FORMAT in command and shutil.which(CLANG_FORMAT) is None:
                print(f"not run, because there is no {CLANG_FORMAT}: {command}")
                continue
            file = "examples/overdraft.cpp"
            if not re.search(hook["files"], file):
                errors.append(f"hook {hook['id']}: does not look at {file}")
            before = (sandbox.copy / file).read_text(encoding="utf-8")
            failure = run_hook(command if hook.get("pass_filenames") == "false" else f"{command} {file}", sandbox)
            if failure is not None:
                errors.append(f"hook {hook['id']} fails: {failure}")
            if (sandbox.copy / file).read_text(encoding="utf-8") != before:
                errors.append(f"hook {hook['id']} changes a file that is as it should be")
    if count == 0:
        errors.append("expected hooks, found none")
    return errors


def check_page(name, text, sandbox):
    """Returns what is wrong with the blocks of shell commands in a page, and with the files that it links to."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    errors = list(run_job(name, [(block, {}) for block in blocks], sandbox))
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not (ROOT / ".github" / link).exists():
            errors.append(f"{name}: links to {link}, which does not exist")
    return errors


def doctored(texts):
    """Yields (file, text, part of the message): the workflows with one fault each."""
    def one(file, old, new, message):
        if old not in texts[file]:
            sys.exit(f"workflows_test.py: {file} has no {old!r} to doctor")
        return file, texts[file].replace(old, new), message
    yield one("tidy.yml", "run: tools/tidy.sh", "run: tools/tydi.sh", "is no script of the repository")
    yield one("tidy.yml", "run: tools/tidy.sh", "run: make tidy", "is no script of the repository")
    yield one("tidy.yml", "run: tools/tidy.sh", "run: tools/README.md", "is not executable")
    yield one("tidy.yml", "run: tools/tidy.sh", "run: tools/tidy.sh no_such_target", "names the target")
    yield one("tidy.yml", "run: tools/tidy.sh", "run: tools/tidy.sh 'x", "unexpected EOF")
    yield one("tidy.yml", "run: tools/tidy.sh", 'run: tools/tidy.sh "${{ github.head_ref }}"', "keys of the matrix")
    yield one("tidy.yml", "    timeout-minutes: 180\n", "", "'timeout-minutes'")
    yield one("tidy.yml", "contents: read", "contents: write", "and no other")
    yield one("tidy.yml", "actions/checkout@v4", "somebody/checkout@main", "expected an action")
    yield one("tidy.yml", "    container: debian:12\n", "    container: https://host/debian:12\n", "names a host")
    yield one("tidy.yml", "      - name: Run", "     - name: Run", "expected")
    yield one("ci.yml", "preset: ci-clang", "preset: ci-clnag", "no preset 'ci-clnag'")
    yield one("ci.yml", "matrix.preset }}\n      - name", "matrix.compiler }}\n      - name", "no preset 'g++-12'")
    yield one("ci.yml", 'DROOT="$PWD" -P', "DROOT=nowhere -P", "no include found")
    yield one("ci.yml", "install_dependencies.sh build tests", "install_dependencies.sh build test", "found 'test'")
    yield one("sanitizers.yml", "test.sh asan", "test.sh ubsan", "no preset 'ubsan'")
    yield one("nightly.yml", "programs: 1000}", "programs: many}", "expected a number of programs")
    yield one("nightly.yml", "fuzz.sh 1200", "fuzz.sh 20m", "expected a number of seconds")
    yield one("nightly.yml", "reduction_test library_generated_test", "reduction_test", "found none")


def main():
    folder = ROOT / ".github" / "workflows"
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yml"))}
    errors = []
    with tempfile.TemporaryDirectory() as scratch:
        sandbox = dry_run.Sandbox(ROOT, scratch)
        for name, text in texts.items():
            errors += check_workflow(name, text, sandbox)
        calls = sandbox.calls()
        errors += check_coverage(calls)
        hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
        errors += check_hooks(hooks, sandbox)
        pages = sorted((ROOT / ".github").glob("*.md"))
        for page in pages:
            errors += check_page(page.name, page.read_text(encoding="utf-8"), sandbox)
        form = small_yaml.load((ROOT / ".github/ISSUE_TEMPLATE/bug_report.yml").read_text(encoding="utf-8"))
        asked = {part.get("id") for part in form["body"]}
        errors += [f"the form for bugs does not ask for: {wanted}"
                   for wanted in ("report", "schedule", "coweave", "compiler") if wanted not in asked]
        if errors:
            sys.exit("\n".join(errors))

        faults = 0
        for name, text, message in doctored(texts):
            found = check_workflow(name, text, sandbox)
            if not any(message in error for error in found):
                sys.exit(f"{name} was doctored, expected an error with {message!r}, found {found}")
            faults += 1
        for old, new, message in (("repo: local", "repo: elsewhere", "local hooks only"),
                                  ("language: system", "language: python", "language system"),
                                  ("check_includes.cmake", "check_include.cmake", "fails")):
            if not any(message in error for error in check_hooks(hooks.replace(old, new), sandbox)):
                sys.exit(f"the hooks were doctored, expected an error with {message!r}")
            faults += 1
        for page, message in (("```sh\ntools/test.sh gcc\n```\n", "no preset 'gcc'"),
                              ("[x](../no_such_page.md)", "does not exist")):
            if not any(message in error for error in check_page("a page", page, sandbox)):
                sys.exit(f"a page was doctored, expected an error with {message!r}")
            faults += 1
        if not check_coverage([call for call in calls if call[0] != "ctest"]):
            sys.exit("expected an error where no workflow runs ctest")
    print(f"{len(texts)} workflows, {len(calls)} calls of their commands and {len(pages)} pages are fine; "
          f"{faults} faults were found")


if __name__ == "__main__":
    main()
