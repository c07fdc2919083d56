#!/usr/bin/env python3
"""Compares framework/docs/reference/ with the sources.

  reference_test.py ROOT [--coweave COMMAND]   names what a page lacks, and what a page has but the code has not
  reference_test.py ROOT --can-fail ...        changes one thing at a time, and expects a complaint about each

The sources are found by what they declare, so that a file may move. With COMMAND the subcommands and their
options are also compared with what its --help prints.
"""
import argparse
import functools
import pathlib
import re
import signal
import subprocess
import sys

PAGES = "framework/docs/reference/"
CODE = ("framework", "primitives", "tools")


class Tree:
    """The files of the repository, some of them with another text."""

    def __init__(self, root, changes=None):
        self.root = pathlib.Path(root)
        self.changes = changes or {}

    def read(self, path):
        return self.changes[path] if path in self.changes else text_of_file(self.root / path)

    def files(self, folders, endings):
        return [path for folder in folders for path in files_below(self.root, folder) if path.endswith(endings)]

    def declaring(self, pattern, folders=CODE, endings=(".hpp", ".cpp")):
        """The one file in which `pattern` occurs."""
        found = [path for path in self.files(folders, endings) if has(self.read(path), pattern)]
        if len(found) != 1:
            raise SystemExit(f"expected one file with {pattern!r}, found {found}")
        return found[0]


@functools.lru_cache(maxsize=None)
def text_of_file(path):
    return path.read_text(encoding="utf-8")


@functools.lru_cache(maxsize=None)
def files_below(root, folder):
    return [path.relative_to(root).as_posix() for path in sorted((root / folder).rglob("*")) if path.is_file()]


@functools.lru_cache(maxsize=None)
def has(text, pattern):
    return re.search(pattern, text, re.M) is not None


# C++


@functools.lru_cache(maxsize=None)
def code_of(text):
    """Without comments and includes."""
    text = re.sub(r"^\s*#include.*$", "", text, flags=re.M)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*',
                  lambda found: found[0] if found[0].startswith('"') else "", text)


def block_after(text, pattern):
    """Between the braces that follow the first match."""
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"expected {pattern!r} in the sources, found nothing")
    begin = text.index("{", found.end())
    depth = 0
    for end in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[begin + 1:end]
    raise SystemExit(f"no end of {pattern!r}")


def literals(text):
    """The strings in `text`, adjacent ones as one."""
    text = re.sub(r'"\s*\n\s*"', "", text)
    return [found.replace('\\"', '"') for found in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text)]


def struct_body(tree, name):
    path = tree.declaring(rf"^struct {name} {{", endings=(".hpp",))
    return block_after(code_of(tree.read(path)), rf"\bstruct {name}\b")


def members_of(tree, name):
    """(name, type, default) of the data members, in order."""
    members, statement, depth = [], "", 0
    for char in struct_body(tree, name):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == ";" and depth == 0:
            text = " ".join(statement.split())
            statement = ""
            if re.match(r"(static|friend|using|enum|struct|\[\[)", text):
                continue
            found = re.fullmatch(r"([^=(]+?|std::function<.+?>) (\w+)(?: = (.+)|(\{.*\}))?", text)
            if not found:
                raise SystemExit(f"expected a data member of {name}, found {text!r}")
            members.append((found[2], found[1], found[3] or found[4] or ""))
        else:
            statement += char
    return members


def enumerators_of(tree, name):
    if "::" in name:
        outer, inner = name.split("::")
        text = struct_body(tree, outer)
    else:
        inner = name
        text = code_of(tree.read(tree.declaring(rf"^enum class {name} ", endings=(".hpp",))))
    body = block_after(text, rf"\benum class {inner}\b")
    return [part.split("=")[0].strip() for part in body.split(",") if part.strip()]


def texts_of(body, kind):
    """Of a switch: the string that is returned for each enumerator of `kind`."""
    return dict(re.findall(rf'case (?:\w+::)*{kind}::(\w+):\s*return "([^"]*)";', body))


# Pages


class Page:
    """Sections by heading; the rows of a section are those of all tables up to the next heading."""

    def __init__(self, tree, name):
        self.name = name
        self.text = re.sub(r"^```.*?^```$", "", tree.read(PAGES + name), flags=re.M | re.S)
        self.rows = {}
        self.prose = {}
        heading = ""
        header_is_next = True
        for line in self.text.splitlines():
            if line.startswith("#"):
                heading = line.lstrip("#").strip().replace("`", "")
                self.rows.setdefault(heading, [])
                self.prose.setdefault(heading, "")
            elif line.startswith("|"):
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
                if not header_is_next and not re.fullmatch(r"[-:| ]+", line):
                    self.rows[heading].append(cells)
                header_is_next = False
                continue
            self.prose[heading] = self.prose.get(heading, "") + line + "\n"
            header_is_next = True

    def headings(self, level):
        return [found.replace("`", "") for found in re.findall(rf"^{'#' * level} (.+)$", self.text, re.M)]

    def table(self, heading):
        return self.rows.get(heading, [])

    def below(self, heading):
        """All rows under `heading`, whatever the subheadings."""
        rows, level_above = [], 0
        for marks, title in re.findall(r"^(#+) (.+)$", self.text, re.M):
            title = title.replace("`", "")
            if title == heading:
                rows, level_above = [], len(marks)
            elif len(marks) <= level_above:
                break
            if level_above:
                rows += self.table(title)
        return rows


def coded(cell):
    return [found.replace("\\|", "|") for found in re.findall(r"`([^`]+)`", cell)]


def name_in(cell):
    return (coded(cell) or [cell])[0]


class Comparison:
    def __init__(self, tree, command):
        self.tree = tree
        self.command = command
        self.complaints = []
        self.compared = 0
        self.pages = {}

    def page(self, name):
        if name not in self.pages:
            self.pages[name] = Page(self.tree, name)
        return self.pages[name]

    def complain(self, page, text):
        self.complaints.append(f"{PAGES}{page}: {text}")

    def names(self, page, what, documented, actual):
        self.compared += len(set(actual))
        for name in sorted(set(actual) - set(documented)):
            self.complain(page, f"lacks {what} `{name}`")
        for name in sorted(set(documented) - set(actual)):
            self.complain(page, f"has {what} `{name}`, which the code has not")
        for name in sorted({name for name in documented if documented.count(name) > 1}):
            self.complain(page, f"has {what} `{name}` twice")

    def same(self, page, what, documented, actual):
        self.compared += 1
        if documented != actual:
            self.complain(page, f"says `{documented}` for {what}, and the code has `{actual}`")

    def run(self):
        for check in (self.options, self.strategies, self.settings, self.surroundings, self.own_tests,
                      self.cmake, self.operations, self.failure_kinds, self.verdict_words, self.sentences,
                      self.exit_codes, self.subcommands_in_sources, self.subcommands_by_help, self.links):
            check()
        return self.complaints

    # options.md

    def options(self):
        headers = {path: code_of(self.tree.read(path)) for path in self.tree.files(("framework",), (".hpp",))}
        everything = "\n".join(headers.values())
        structs, enums = ["Options"], []
        structs += sorted(set(re.findall(r"StrategyRecipe \w+\((\w+) options", everything)))
        for name in structs:
            for _, kind, _ in members_of(self.tree, name):
                for word in re.findall(r"\b[A-Z]\w+", kind):
                    if word not in structs and re.search(rf"^struct {word} {{", everything, re.M):
                        structs.append(word)
                    if word not in enums and re.search(rf"^enum class {word} ", everything, re.M):
                        enums.append(word)
            self.members("options.md", name)
        for name in enums:
            self.enumeration("options.md", name, name)
        titles = re.findall(r"^#{2,3} `(\w+)`$", self.page("options.md").text, re.M)
        self.names("options.md", "the section", titles, structs + enums)

    def members(self, name_of_page, name):
        page = self.page(name_of_page)
        rows = page.below(name)
        actual = members_of(self.tree, name)
        rows = [row for row in rows if len(row) >= 3]
        self.names(name_of_page, f"the member of {name}", [name_in(row[0]) for row in rows],
                   [member for member, _, _ in actual])
        described = {name_in(row[0]): row for row in rows}
        for member, kind, default in actual:
            if member in described:
                row = described[member]
                self.same(name_of_page, f"the type of {name}::{member}", name_in(row[1]), kind)
                self.same(name_of_page, f"the default of {name}::{member}", name_in(row[2]), default)

    def enumeration(self, page, heading, name, texts=None):
        rows = self.page(page).table(heading)
        self.names(page, f"the enumerator of {name}", [name_in(row[0]) for row in rows],
                   enumerators_of(self.tree, name))
        for row in rows if texts else []:
            if name_in(row[0]) in texts:
                self.same(page, f"the text of {name}::{name_in(row[0])}", name_in(row[1]), texts[name_in(row[0])])

    def strategies(self):
        registry = code_of(self.tree.read(self.tree.declaring(r"StrategyRecipe strategy_named\(.*{$")))
        shipped = re.findall(r'\{"(\w+)",', block_after(registry, r"\bshipped\b"))
        rows = self.page("options.md").table("Strategies")
        self.names("options.md", "the strategy", [name_in(row[0]) for row in rows], ["default"] + shipped)
        keys = re.findall(r'parameters\.(?:number|word)\("(\w+)"', registry)
        self.names("options.md", "the parameter of a strategy",
                   [key.split("=")[0] for key in dict.fromkeys(
                       found.split("=")[0] for row in rows for found in coded(row[2]))], keys)

    # environment_and_flags.md

    def setting_table(self):
        text = code_of(self.tree.read(self.tree.declaring(r"struct Setting {")))
        return re.findall(r'Setting\{\s*"(\w+)",\s*"(\w+)"', text)

    def settings(self):
        page = "environment_and_flags.md"
        rows = self.page(page).table("Settings of a test program")
        table = self.setting_table()
        self.names(page, "the variable", [name_in(row[0]) for row in rows], [variable for _, variable in table])
        self.names(page, "the flag", [name_in(row[1]) for row in rows], [f"--coweave_{flag}" for flag, _ in table])
        flags = {name_in(row[0]): name_in(row[1]) for row in rows}
        for flag, variable in table:
            if variable in flags:
                self.same(page, f"the flag of {variable}", flags[variable], f"--coweave_{flag}")

    def surroundings(self):
        page = "environment_and_flags.md"
        settings = {variable for _, variable in self.setting_table()}
        others, own = set(), set()
        for path in self.tree.files(CODE, (".hpp", ".cpp", ".ipp")):
            text = code_of(self.tree.read(path))
            own |= set(re.findall(r'"(COWEAVE_[A-Z_]*[A-Z])"', text)) - settings
            if "getenv(" in text:
                others |= {name for name in re.findall(r'"([A-Z][A-Z_]+)"', text) if not name.startswith("COWEAVE_")}
        self.names(page, "the variable", [name_in(row[0]) for row in self.page(page).table(
            "Variables of the surroundings")], others)
        self.names(page, "the variable", [name_in(row[0]) for row in self.page(page).table(
            "Variables between processes of Coweave")], own)

    def own_tests(self):
        page = "environment_and_flags.md"
        settings = {variable for _, variable in self.setting_table()}
        found = set()
        for path in self.tree.files(("tests",), (".hpp", ".cpp")):
            found |= set(re.findall(r'(?:getenv|number_in)\("(COWEAVE_\w+)"', self.tree.read(path))) - settings
        self.names(page, "the variable", [name_in(row[0]) for row in self.page(page).table(
            "Variables of Coweave's own tests")], found)

    def cmake(self):
        page = "environment_and_flags.md"
        rows = {name_in(row[0]): row for row in self.page(page).table("CMake options and variables")}
        names, defaults = set(), {}
        paths = ["CMakeLists.txt", *self.tree.files((*CODE, "tests", "examples"),
                                                    ("CMakeLists.txt", ".cmake", ".cmake.in"))]
        for path in paths:
            text = re.sub(r"#.*", "", self.tree.read(path))
            for name, default in re.findall(r'option\(\s*(COWEAVE_\w+)\s+"[^"]*"\s+([^)\s]+)', text):
                defaults[name] = default
            names |= set(re.findall(r"find_(?:program|path|file|library)\((COWEAVE_\w+)", text))
            names |= set(re.findall(r'set\((COWEAVE_\w+) (?:[^()"]|"[^"]*")*\bCACHE\b', text))
            names |= set(re.findall(r"if\(NOT DEFINED (COWEAVE_\w+)", text))
        self.names(page, "the CMake variable", list(rows), names | set(defaults))
        for name, default in defaults.items():
            if default in ("ON", "OFF") and name in rows:
                self.same(page, f"the default of {name}", name_in(rows[name][1]), default)

    # operations.md

    def operations(self):
        page = "operations.md"
        names = code_of(self.tree.read(self.tree.declaring(r"string_view to_string\(OperationKind kind\) {")))
        trace = code_of(self.tree.read(self.tree.declaring(r"string_view operation_text\(OperationKind")))
        header = code_of(self.tree.read(self.tree.declaring(r"^enum class OperationKind ")))
        in_files = texts_of(block_after(names, r"to_string\(OperationKind"), "OperationKind")
        as_steps = texts_of(block_after(trace, r"operation_text\(OperationKind"), "OperationKind")
        as_effects = texts_of(block_after(trace, r"verb\(OperationKind"), "OperationKind")
        endings = literals(block_after(trace, r"ending_text\(std::uint32_t"))
        choices = re.findall(r"OperationKind::(\w+)", block_after(header, r"is_choice\("))
        injections = re.findall(r"OperationKind::(\w+)", block_after(header, r"is_injection\("))
        sections = {"A task resumes from": None, "Within a step": None, "Choices within a step": choices,
                    "From outside the program": injections}
        rows = [(section, row) for section in sections for row in self.page(page).table(section)]
        kinds = enumerators_of(self.tree, "OperationKind")
        self.names(page, "the operation", [name_in(row[0]) for _, row in rows], kinds)
        for section, expected in sections.items():
            if expected is not None:
                self.names(page, f"under '{section}' the operation",
                           [name_in(row[0]) for where, row in rows if where == section], expected)
        for _, row in rows:
            kind = name_in(row[0])
            if kind not in kinds:
                continue
            self.same(page, f"the name of {kind} in files", name_in(row[1]) or kind, in_files.get(kind))
            step = as_steps.get(kind, in_files.get(kind))
            texts = set(endings) if kind == "finish" else {step, as_effects.get(kind, step)}
            self.text_of(page, kind, coded(row[2]), texts, kind == "finish")
        objects = code_of(self.tree.read(self.tree.declaring(r"string_view to_string\(ObjectKind kind\) {")))
        object_texts = texts_of(block_after(objects, r"to_string\(ObjectKind"), "ObjectKind")
        object_rows = self.page(page).table("Objects")
        self.names(page, "the object", [name_in(row[0]) for row in object_rows],
                   enumerators_of(self.tree, "ObjectKind"))
        for row in object_rows:
            kind = name_in(row[0])
            text = "object" if kind == "none" else object_texts.get(kind, "").replace("_", " ")
            self.text_of(page, kind, coded(row[2]), {text}, False)

    def text_of(self, page, kind, documented, actual, is_all):
        self.compared += 1
        for text in documented:
            if text not in actual:
                self.complain(page, f"says `{text}` for {kind} in reports, and the code has {sorted(actual)}")
        if not documented or (is_all and set(documented) != actual):
            self.complain(page, f"lacks the text of {kind} in reports: {sorted(actual)}")

    # failure_kinds.md

    def failure_kinds(self):
        page = "failure_kinds.md"
        kinds = enumerators_of(self.tree, "FailureKind")
        self.names(page, "the failure kind", self.page(page).headings(2), kinds)
        words = code_of(self.tree.read(self.tree.declaring(r"std::string in_words\(FailureKind kind\) {")))
        special = dict(re.findall(r'kind == FailureKind::(\w+) \? "([^"]+)"', words))
        for kind in kinds:
            prose = self.page(page).prose.get(kind, "")
            if not prose:
                continue
            text = re.search(r"In reports: `([^`]+)`", prose)
            self.same(page, f"{kind} in reports", text and text[1], special.get(kind, kind.replace("_", " ")))
            for part in ("**Meaning.**", "**What to do.**"):
                if part not in prose:
                    self.complain(page, f"lacks '{part}' of {kind}")

    # verdicts.md

    def verdict_words(self):
        page = "verdicts.md"
        report = code_of(self.tree.read(self.tree.declaring(r"string_view to_string\(Verdict verdict\) {")))
        self.enumeration(page, "Words", "Verdict",
                         texts_of(block_after(report, r"to_string\(Verdict verdict\)"), "Verdict"))
        completion = self.page(page).table("Kinds of completion")
        ends = enumerators_of(self.tree, "SearchEnd")
        # Two tables under one heading: the second one has two columns.
        self.names(page, "the kind of completion", [name_in(row[0]) for row in completion if len(row) == 3],
                   enumerators_of(self.tree, "Completion::Kind"))
        self.names(page, "the end of a search", [name_in(row[0]) for row in completion if len(row) == 2], ends)
        self.enumeration(page, "Saved schedules", "CorpusEntry::State")
        self.enumeration(page, "In which code a failure exists", "AwaitPointsEvidence::Answer")

    def sentence_literals(self):
        tree = self.tree
        verdict = tree.declaring(r"Verdict verdict_of\(const Completion")
        texts = literals(code_of(tree.read(tree.declaring(r"std::string describe\(const Completion& completion\) {"))))
        texts += literals(block_after(code_of(tree.read(tree.declaring(
            r"std::string in_words\(const Injections& injections\) {"))), r"in_words\(const Injections"))
        texts += literals(block_after(code_of(tree.read(tree.declaring(
            r"std::string in_words\(const AwaitPointsEvidence& evidence\) {"))), r"in_words\(const AwaitPointsEvidence"))
        texts += literals(code_of(tree.read(verdict)))
        for path in tree.files(("framework",), (".cpp",)):
            for statement in re.findall(r"verdict_detail\s*=[^;]*(?:\"[^\"]*\"[^;]*)+;", code_of(tree.read(path))):
                texts += literals(statement)
        for path in tree.files(("framework",), (".hpp",)):
            if "class PlainSearch" not in tree.read(path):  # The audit's, whose engine no report names.
                for body in re.findall(r"string_view engine\(\) const override {([^}]*)}", tree.read(path)):
                    texts += literals(body)
        bounded = code_of(tree.read(tree.declaring(r"CompletedBound> BoundedStrategy::completed_bound")))
        texts += literals(re.search(r"BaseOrder::production\s*\?[^;]*;", bounded)[0])
        return sorted({bare(text) for text in texts if re.search(r"[A-Za-z]", text)}, key=len, reverse=True)

    def sentences(self):
        page = "verdicts.md"
        known = self.sentence_literals()
        shown = "\n".join(coded(self.page(page).text))
        for text in known:
            self.compared += 1
            if " " in text and text not in shown:
                self.complain(page, f"lacks the sentence or part `{text}`")
        rows = self.page(page).below("Sentences")
        rows += [row[1:] for row in self.page(page).table("In which code a failure exists")]
        for text in [text for row in rows for text in coded(row[0])]:
            for part in re.split(r"\b(?:[A-Z]{2,}|N|P)\b|\(", text):
                if not is_made_of(bare(part), known):
                    self.complain(page, f"has the sentence `{text}`, and the code has no '{bare(part)}'")

    # exit_codes.md

    def exit_codes(self):
        page = "exit_codes.md"

        def codes(heading):
            return [row[0] for row in self.page(page).table(heading)]

        def constant(text, name):
            return int(re.search(rf"constexpr int {name} = (\d+);", text)[1])

        main = code_of(self.tree.read(self.tree.declaring(r"constexpr int left_schedule = ")))
        interrupt = code_of(self.tree.read(self.tree.declaring(r"> interrupts{{{SIG")))
        signals = re.findall(r'\{(SIG\w+), "SIG', block_after(interrupt, r"> interrupts"))
        ended = constant(main, "ended_by_signal")
        found = {0, 1, constant(main, "usage_error"), constant(main, "left_schedule")}
        found |= {ended + int(getattr(signal, name)) for name in signals}
        self.names(page, "the exit code of a test program", codes("A test program"), [str(code) for code in found])
        help_text = "".join(literals(code_of(self.tree.read(self.tree.declaring(r"struct Setting {")))))
        help_text = help_text[help_text.index("Exit codes:"):].replace("\\n", " ")
        named = set(re.findall(r"\b\d+\b", help_text))
        self.names(page, "the exit code that --help names", codes("A test program"), named)
        trials = code_of(self.tree.read(self.tree.declaring(r"constexpr int child_passed = ")))
        self.names(page, "the exit code of a child", codes("Children of a test program"),
                   re.findall(r"constexpr int child_\w+ = (\d+);", trials))
        command = code_of(self.tree.read(self.tree.declaring(r"^enum ExitCode ")))
        self.names(page, "the exit code of coweave", codes("The coweave command"),
                   re.findall(r"exit_\w+ = (\d+)", block_after(command, r"enum ExitCode")))

    # cli.md

    def subcommands_in_sources(self):
        page = self.page("cli.md")
        text = "\n".join(code_of(self.tree.read(path)) for path in self.tree.files(("tools/coweave_cli",), (".cpp",)))
        subcommands = re.findall(r'add_subcommand\(\s*"(\w+)"', text)
        self.names("cli.md", "the subcommand", [title.split()[-1] for title in page.headings(2)], subcommands)
        options = set(re.findall(r'add_(?:option|flag)\(\s*"([^"]+)"', text))
        shown = dict.fromkeys(name_in(row[0]) for title in page.headings(2) for row in page.table(title)
                              if len(row) == 4)
        self.names("cli.md", "the option", list(shown), options)

    def subcommands_by_help(self):
        if not self.command:
            return
        page = self.page("cli.md")
        top = help_of(self.command)
        self.names("cli.md", "the option of coweave",
                   [name_in(row[0]) for row in page.table("The coweave command")], top["Options"])
        known = [(name,) for name in top["Subcommands"]]
        for words in known:
            shown = help_of(self.command, *words)
            known += [(*words, name) for name in shown.get("Subcommands", {})]
            self.subcommand(page, "coweave " + " ".join(words), shown)
        self.names("cli.md", "the subcommand", page.headings(2), ["coweave " + " ".join(words) for words in known])

    def subcommand(self, page, title, shown):
        rows = page.table(title)
        if "Subcommands" in shown:
            self.names("cli.md", f"under {title} the subcommand", [name_in(row[0]) for row in rows],
                       shown["Subcommands"])
            return
        actual = {**shown.get("Positionals", {}), **shown.get("Options", {})}
        actual.pop("-h,--help", None)
        self.names("cli.md", f"the option of {title}", [name_in(row[0]) for row in rows], actual)
        for name, value, default, _ in rows:
            kind = actual.get(name_in(name), "")
            if "REQUIRED" in kind and default != "required":
                self.complain("cli.md", f"does not say that {name} of {title} is required")
            if given := re.search(r"=(\S+)$", kind):
                self.same("cli.md", f"the default of {name} of {title}", name_in(default), given[1])
            if words := re.search(r"\{(.+?)\}", kind):
                self.names("cli.md", f"the value of {name} of {title}", coded(value), words[1].split(","))
            if limits := re.search(r"\[(\d+) - (\d+)\]", kind):
                expected = limits[1] if int(limits[2]) > 2**62 else " to ".join(limits.groups())
                if expected not in value:
                    self.complain("cli.md", f"does not say '{expected}' of {name} of {title}")

    # All pages

    def links(self):
        pages = [path.removeprefix(PAGES) for path in self.tree.files((PAGES.rstrip("/"),), (".md",))]
        targets = re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", self.page("index.md").text, re.M)
        self.names("index.md", "the page", targets, [page for page in pages if page != "index.md"])
        for name in pages:
            for link in re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`]*`", "", self.page(name).text)):
                file, _, anchor = link.partition("#")
                self.compared += 1
                if file and not (self.tree.root / PAGES / file).exists():
                    self.complain(name, f"links {link}, which does not exist")
                elif anchor and file in ("", *pages):
                    text = self.page(file or name).text
                    anchors = [re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
                               for title in re.findall(r"^#+ (.+)$", text, re.M)]
                    if anchor not in anchors:
                        self.complain(name, f"links {link}, and there is no such heading")


def bare(text):
    return text.strip(" ,;:()'\"")


def is_made_of(text, known):
    """Whether `text` is a part of a known string, or several known strings in a row."""
    text = bare(text)
    if not text or any(text in other for other in known):
        return True
    for other in known:
        for word in (other + "s", other):
            if word and text.startswith(word) and is_made_of(text[len(word):], known):
                return True
    return False


@functools.lru_cache(maxsize=None)
def help_of(command, *words):
    """By section of the help: what stands beside each name."""
    text = subprocess.run([command, *words, "--help"], capture_output=True, text=True, check=True).stdout
    found, section = {}, ""
    for line in text.splitlines():
        if re.fullmatch(r"\w+:", line):
            section = line[:-1]
        elif section and (name := re.match(r"  (\S+)((?: \S+)*)", line)):
            found.setdefault(section, {})[name[1]] = name[2]
        elif not line:
            section = ""
    return found


# The test of the test


def doctored(tree):
    """Changes, each with the complaint that it must cause: (file, text, other text, complaint)."""
    header = {name: tree.declaring(rf"^(struct|enum class) {name} ", endings=(".hpp",))
              for name in ("ShrinkOptions", "CancellationInjection", "FailureKind", "OperationKind", "Verdict",
                           "SearchEnd", "Tracking", "PctOptions")}
    options = tree.declaring(r"^struct Options {", endings=(".hpp",))
    settings = tree.declaring(r"struct Setting {")
    sentences = tree.declaring(r"std::string describe\(const Completion& completion\) {")
    texts = tree.declaring(r"string_view operation_text\(OperationKind")
    registry = tree.declaring(r"StrategyRecipe strategy_named\(.*{$")
    main = tree.declaring(r"constexpr int left_schedule = ")
    show = tree.declaring(r"void add_show\(CLI::App& app, .*{$")
    notice = tree.declaring(r"replay_notice_variable = ")
    terminal = tree.declaring(r'variable\("NO_COLOR"\)')
    page = {name: PAGES + name + ".md" for name in
            ("options", "environment_and_flags", "operations", "failure_kinds", "verdicts", "exit_codes", "cli", "index")}
    return [
        # The code has something new, or another value.
        (options, "bool keep_going = false;", "bool keep_going = false;\n  int added = 1;",
         "lacks the member of Options `added`"),
        (options, "max_steps = 10'000", "max_steps = 20'000", "the default of Options::max_steps"),
        (options, "std::uint32_t fairness", "std::uint64_t fairness", "the type of Options::fairness"),
        (header["ShrinkOptions"], "struct ShrinkOptions {", "struct ShrinkOptions {\n  int added = 1;",
         "lacks the member of ShrinkOptions `added`"),
        (header["CancellationInjection"], "struct CancellationInjection {",
         "struct CancellationInjection {\n  int added = 1;",
         "lacks the member of CancellationInjection `added`"),
        (header["PctOptions"], "struct PctOptions {", "struct PctOptions {\n  int added = 1;",
         "lacks the member of PctOptions `added`"),
        (header["Tracking"], "enum class Tracking : std::uint8_t {", "enum class Tracking : std::uint8_t {\n  added,",
         "lacks the enumerator of Tracking `added`"),
        (header["FailureKind"], "enum class FailureKind : std::uint8_t {",
         "enum class FailureKind : std::uint8_t {\n  added,",
         "lacks the failure kind `added`"),
        (header["OperationKind"], "  yield,", "  yield,\n  added,", "lacks the operation `added`"),
        (header["Verdict"], "enum class Verdict : std::uint8_t {", "enum class Verdict : std::uint8_t {\n  added,",
         "lacks the enumerator of Verdict `added`"),
        (header["SearchEnd"], "enum class SearchEnd : std::uint8_t {",
         "enum class SearchEnd : std::uint8_t {\n  added,",
         "lacks the end of a search `added`"),
        (settings, 'Setting{"seed", "COWEAVE_SEED"', 'Setting{"sed", "COWEAVE_SED"',
         "lacks the flag `--coweave_sed`"),
        (settings, 'Setting{"seed", "COWEAVE_SEED"', 'Setting{"sed", "COWEAVE_SED"',
         "has the variable `COWEAVE_SEED`, which the code has not"),
        (registry, '{"exhaustive", ', '{"added", plain<exhaustive>},\n{"exhaustive", ', "lacks the strategy `added`"),
        (notice, '"COWEAVE_REPLAY_STARTED"', '"COWEAVE_REPLAY_BEGUN"', "lacks the variable `COWEAVE_REPLAY_BEGUN`"),
        (terminal, '"NO_COLOR"', '"NO_COLOUR"', "lacks the variable `NO_COLOUR`"),
        ("CMakeLists.txt", "option(COWEAVE_INSTALL", "option(COWEAVE_ADDED \"Added\" OFF)\noption(COWEAVE_INSTALL", "lacks the CMake variable `COWEAVE_ADDED`"),
        ("CMakeLists.txt", '"Build the benchmarks" OFF', '"Build the benchmarks" ON', "the default of COWEAVE_BUILD_BENCHMARKS"),
        (texts, '"takes"', '"grabs"', "says `takes` for take in reports"),
        (sentences, '"every interleaving of at most "', '"each interleaving of at most "',
         "lacks the sentence or part `each interleaving of at most`"),
        (sentences, '"skipped by the test after "', '"left out by the test after "',
         "has the sentence `skipped by the test after N schedules`"),
        (main, "left_schedule = 3", "left_schedule = 4", "lacks the exit code of a test program `4`"),
        (show, '"--all"', '"--every"', "lacks the option `--every`"),
        # A page has lost something, or has something too much.
        (page["options"], "| `max_time` | `std::chrono::nanoseconds` | `std::chrono::seconds(10)`",
         "| `most_time` | `std::chrono::nanoseconds` | `std::chrono::seconds(10)`",
         "has the member of Options `most_time`"),
        (page["options"], "### `Corpus`", "### `Korpus`", "has the section `Korpus`"),
        (page["environment_and_flags"], "| `COWEAVE_HTML` |", "| `COWEAVE_HTLM` |",
         "lacks the variable `COWEAVE_HTML`"),
        (page["environment_and_flags"], "| `COWEAVE_MUTANT` |", "| `COWEAVE_MUTANTS` |",
         "lacks the variable `COWEAVE_MUTANT`"),
        (page["operations"], "| `yield` |", "| `start` |", "has the operation `start` twice"),
        (page["operations"], "| `inject_wake` |", "| `inject_waking` |", "has the operation `inject_waking`"),
        (page["failure_kinds"], "## `deadlock`", "## `dead_lock`", "has the failure kind `dead_lock`"),
        (page["failure_kinds"], "In reports: `check failed`", "In reports: `check`", "for check in reports"),
        (page["verdicts"], "`limit hit`", "`limit`", "the text of Verdict::limit_hit"),
        (page["verdicts"], "; audited by", "; checked by", "lacks the sentence or part `audited by`"),
        (page["verdicts"], "| `cut_enumeration` | `limit hit`", "| `cut` | `limit hit`",
         "lacks the kind of completion `cut_enumeration`"),
        (page["exit_codes"], "| 143 |", "| 144 |", "lacks the exit code of a test program `143`"),
        (page["cli"], "| `--first` |", "| `--begin` |", "lacks the option `--first`"),
        (page["cli"], "## `coweave diff`", "## `coweave compare`", "lacks the subcommand `diff`"),
        (page["index"], "(verdicts.md)", "(verdict.md)", "links verdict.md, which does not exist"),
    ]


def doctored_for_help():
    """Changes that only a comparison with --help notices."""
    page = PAGES + "cli.md"
    return [
        (page, "| `30` |", "| `40` |", "the default of `--steps` of coweave show"),
        (page, "| 20 to 10000 |", "| 10 to 10000 |", "does not say '20 to 10000'"),
        (page, "| `bash`, `zsh` |", "| `bash` |", "lacks the value of `SHELL` of coweave completion `zsh`"),
        (page, "| `--version` |", "| `--number` |", "lacks the option of coweave `--version`"),
        (page, "## `coweave corpus list`", "## `coweave list`", "lacks the subcommand `coweave corpus list`"),
    ]


def count_unnoticed(root, changes, complaints_of):
    """Makes each change, (file, text, other text, complaint), in a copy of the tree. Returns for how many of them
    `complaints_of(copy)` lacks the complaint, and prints these."""
    tree = Tree(root)
    unnoticed = 0
    for path, text, other, expected in changes:
        original = tree.read(path)
        found = []
        if text in original:
            found = complaints_of(Tree(root, {path: original.replace(text, other, 1)}))
        if not any(expected in complaint for complaint in found):
            unnoticed += 1
            print(f"{path}: {text!r} became {other!r}: expected a complaint {expected!r}, found {found}")
    print(f"{len(changes) - unnoticed} of {len(changes)} doctored copies are refused")
    return unnoticed


def can_fail(root, command):
    tree = Tree(root)
    if complaints := Comparison(tree, command).run():
        print(*complaints, "the pages are wrong without a change", sep="\n")
        return 1
    changes = doctored(tree) + (doctored_for_help() if command else [])
    return 1 if count_unnoticed(root, changes, lambda copy: Comparison(copy, command).run()) else 0


def main():
    parser = argparse.ArgumentParser(description="Compares the reference with the sources.")
    parser.add_argument("root")
    parser.add_argument("--coweave", help="the coweave command, whose --help is compared too")
    parser.add_argument("--can-fail", action="store_true", help="tests this test")
    given = parser.parse_args()
    if given.can_fail:
        return can_fail(given.root, given.coweave)
    comparison = Comparison(Tree(given.root), given.coweave)
    complaints = comparison.run()
    for complaint in complaints:
        print(complaint)
    print(f"{comparison.compared} names, texts and links compared, {len(complaints)} complaints"
          + ("" if given.coweave else "; --help of coweave not compared"))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
