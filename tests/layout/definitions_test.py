#!/usr/bin/env python3
"""What is declared in a folder is defined there, and objects use only what their folder may include:
    definitions_test.py ROOT NM OBJECT_LIST...
    definitions_test.py --can-fail CXX NM ROOT SCRATCH

OBJECT_LIST is a file `TARGET.txt` that names the objects of one library, one a line. The build compiles sources
together only where they share a folder, so the path of an object tells its folder. The second form plants a
violation of each rule in a small tree, compiles it, and checks that each is found."""
import collections
import pathlib
import re
import subprocess
import sys

# Libraries whose sources are one folder of the table each.
FOLDER_OF_TARGET = {"coweave_primitives": "primitives", "coweave_gtest": "gtest", "coweave_gtest_main": "gtest",
                    "coweave_virtual_clock": "asio"}
TABLE = "tools/cmake/check_includes.cmake"
STRONG, USED = set("TDBRGS"), set("U")  # Kinds of nm. What is weak is inline or a template.


def allowed_folders(root):
    """Returns for each folder of the table what it may use, itself included: the order of the lines resolves the rest."""
    allowed = {}
    for line in (root / TABLE).read_text(encoding="utf-8").splitlines():
        match = re.match(r"folder\(([a-z_ ]+)\)", line)
        if match:
            name, *others = match.group(1).split()
            allowed[name] = {name}.union(*(allowed[other] for other in others))
    return allowed


def folder_of(target, path):
    if target in FOLDER_OF_TARGET:
        return FOLDER_OF_TARGET[target]
    match = (re.search(r"\.dir/(?:\./)?Unity/unity_([a-z_]+)_\d+_cxx\.", path)
             or re.search(r"\.dir/(?:\./)?coweave/([a-z_]+)/", path))
    if not match:
        raise ValueError(f"{path}: the path does not tell the folder of the object")
    return match.group(1)


def without_comments(text):
    """Removes comments, directives, literals, attributes and alignments."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", " ", text, flags=re.MULTILINE)
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"|(?<!\w)\'(?:[^\'\\\n]|\\.)+\'', '""', text)
    return re.sub(r"\[\[[^]]*\]\]|\balignas\([^)]*\)", " ", text)


def outside_of_bodies(text):
    """Returns what stands in namespaces: of functions and classes only the heads, each with an empty body."""
    kept, stack, start = "", [], 0
    for brace in re.finditer(r"[{}]", text):
        if False not in stack:
            kept += text[start:brace.start()]
        start = brace.end()
        if brace.group() == "}":
            if stack:
                stack.pop()
        else:
            is_namespace = re.search(r"(?:\bnamespace(?:\s+[\w:]+)?|\bextern\s+\"\")\s*$", text[:brace.start()][-200:])
            if not is_namespace and False not in stack:
                kept += "{}"
            stack.append(is_namespace is not None)
    return kept + text[start:]


class Declarations:
    """The names that the headers of one folder declare in namespaces."""
    def __init__(self):
        self.classes, self.others = set(), set()

    def add(self, text):
        self.classes.update(re.findall(
            r"\b(?:class|struct|union)\s+(\w+)(?:<[^;{}]*>)?(?:\s+final)?\s*(?::[^;{}]*)?\{", text))
        self.others.update(re.findall(r"\b(\w+)\s*(?:\[\w*\]\s*)*[(;={]", text))
        if re.search(r"\boperator\b", text):
            self.others.add("operator_")

    def have(self, components):
        # One component: a function, a variable, or the class of a virtual table.
        return components[0] in self.classes or (len(components) == 1 and components[0] in self.others)


def headers_of(root):
    """Returns the declarations of each folder, and the namespaces that any source opens."""
    declarations, namespaces = collections.defaultdict(Declarations), set()
    for tree in ("framework", "primitives"):
        for path in sorted((root / tree / "coweave").rglob("*")):
            if path.suffix not in (".hpp", ".ipp", ".cpp"):
                continue
            text = without_comments(path.read_text(encoding="utf-8"))
            for name in re.findall(r"\bnamespace\s+([\w:]+)\s*\{", text):
                namespaces.update(name.split("::"))
            if path.suffix != ".cpp":
                parts = path.relative_to(root / tree).parts
                folder = "primitives" if tree == "primitives" else parts[1].split(".")[0]
                declarations[folder].add(outside_of_bodies(text))
    return declarations, namespaces


def qualified_name(symbol):
    """Returns the components of the name that a demangled symbol is about, without parameters and template arguments."""
    symbol = re.sub(r" \[clone [^]]*\]|\[abi:\w+\]", "", symbol)
    symbol = re.sub(r"^(?:vtable|VTT|typeinfo|typeinfo name|guard variable|TLS (?:init|wrapper) function|"
                    r"reference temporary #?\d*|(?:non-)?virtual thunk) (?:for|to) ", "", symbol)
    symbol = re.sub(r"\boperator(?:\(\)|<=>|<<=?|>>=?|->\*?|[<>]=?)", "operator_", symbol)
    symbol = symbol.replace("(anonymous namespace)", "anonymous")
    depth, kept = 0, ""
    for character in symbol:
        if character == "<":
            depth += 1
        elif character == ">":
            depth -= 1
        elif depth == 0:
            if character == "(":
                break
            kept += character
    kept = re.sub(r"\boperator (.*)$", "operator_", kept)  # A conversion.
    return kept.split(" ")[-1].split("::")


def symbols_of(nm, paths):
    """Returns (object, symbol, kind) for each external symbol of the objects."""
    done = subprocess.run([nm, "-A", "-C", "-g", "--format=posix", *paths], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        match = re.match(r"(.*?\.o): (.*?) ([A-Za-z?])(?: [0-9a-f]+)*\s*$", line)
        if match:
            yield match.groups()


def check(root, nm, lists):
    """Returns what is wrong, and how many definitions and uses were looked at."""
    allowed = allowed_folders(root)
    declarations, namespaces = headers_of(root)
    errors, defined, used = [], {}, collections.defaultdict(set)
    for file in lists:
        objects = [path for path in file.read_text(encoding="utf-8").split("\n") if path.endswith(".o")]
        folders = {path: folder_of(file.stem, path) for path in objects}
        for path, symbol, kind in symbols_of(nm, objects):
            if qualified_name(symbol)[0] != "coweave":
                continue  # asio/virtual_clock/ defines functions of the C and C++ libraries for the linker.
            if kind in STRONG:
                defined[symbol] = folders[path]
            elif kind in USED:
                used[symbol].add(folders[path])
    looked_at = 0
    for symbol, folder in sorted(defined.items()):
        components = qualified_name(symbol)
        while len(components) > 1 and components[0] in namespaces:
            components = components[1:]
        if components[0] == "anonymous":
            continue
        looked_at += 1
        if not declarations[folder].have(components):
            others = [other for other in declarations if declarations[other].have(components)]
            errors.append(f"{symbol} is defined in {folder}, but no header of {folder} declares it; "
                          f"found in: {', '.join(sorted(others)) or 'no header'}")
    arrows = collections.Counter()
    for symbol, folders in sorted(used.items()):
        if symbol not in defined:
            continue
        for folder in sorted(folders):
            arrows[folder, defined[symbol]] += 1
            if defined[symbol] not in allowed[folder]:
                errors.append(f"{folder} uses {symbol} of {defined[symbol]}, which is not among: "
                              f"{', '.join(sorted(allowed[folder]))}")
    return errors, looked_at, arrows


BAD_TREE = {  # What is planted: a file, its text.
    "framework/coweave/core/core.hpp":
        "namespace coweave {\nstruct Clock {\n  virtual void tick();\n  void start();\n  void stop();\n};\nint ticks();\nvoid ring(int times);\n"
        "extern int level;\n}\n",
    "framework/coweave/core/core.cpp":
        "#include \"core.hpp\"\nnamespace coweave {\nvoid Clock::tick() {}\nvoid Clock::start() { ring(ticks()); }\nint level = 1;\n}\n",
    "framework/coweave/task/task.hpp":
        "namespace coweave::detail {\ntemplate <class T> struct Box { T get(); };\nvoid keep();\n}\n",
    "framework/coweave/task/task.cpp":
        "#include \"../core/core.hpp\"\n#include \"task.hpp\"\nnamespace coweave {\nint ticks() { return level; }\n"
        "void Clock::stop() {}\nvoid ring(int) {}\nvoid forgotten() {}\n"
        "namespace { int mine() { return 1; } }\nnamespace detail {\ntemplate <> int Box<int>::get() { return mine(); }\n"
        "void keep() {}\n}\n}\n",
}
FOUND = (  # A part of each error that must be found, and there must be no other.
    "coweave::ticks() is defined in task, but no header of task declares it; found in: core",
    "coweave::Clock::stop() is defined in task, but no header of task declares it; found in: core",
    "coweave::ring(int) is defined in task, but no header of task declares it; found in: core",
    "coweave::forgotten() is defined in task, but no header of task declares it; found in: no header",
    "core uses coweave::ticks() of task, which is not among: core",
    "core uses coweave::ring(int) of task, which is not among: core",
)


def check_can_fail(compiler, nm, root, scratch):
    objects = []
    for name, text in {**BAD_TREE, TABLE: (root / TABLE).read_text(encoding="utf-8")}.items():
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if file.suffix == ".cpp":
            output = scratch / "coweave_framework.dir/coweave" / file.parent.name / f"{file.name}.o"
            output.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([compiler, "-std=c++20", "-c", file, "-o", output], check=True)
            objects.append(str(output))
    listed = scratch / "coweave_framework.txt"
    listed.write_text("\n".join(objects), encoding="utf-8")
    errors, _, _ = check(scratch, nm, [listed])
    missed = [part for part in FOUND if not any(part in error for error in errors)]
    if missed or len(errors) != len(FOUND):
        sys.exit("\n".join(["expected these errors:", *FOUND, "found:", *errors]))
    print(f"all {len(FOUND)} planted violations were found, and nothing else")


def main():
    if sys.argv[1] == "--can-fail":
        check_can_fail(sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[5]))
        return
    errors, looked_at, arrows = check(pathlib.Path(sys.argv[1]), sys.argv[2], [pathlib.Path(one) for one in sys.argv[3:]])
    if looked_at < 300:
        errors.append(f"expected some hundred definitions in the objects, found {looked_at}")
    if errors:
        sys.exit("\n".join(errors))
    print(f"{looked_at} definitions stand in the folder that declares them")
    for (folder, other), count in sorted(arrows.items()):
        if folder != other:
            print(f"{folder} uses {count} of {other}")


if __name__ == "__main__":
    main()
