#!/usr/bin/env python3
"""No folder holds more than 15 % of the product, and no folders or headers include each other in a circle:
    sizes_test.py ROOT SCRATCH

Prints the lines of each folder. A subfolder counts apart from the folder that it is in; a circle between it and that
folder is none, since both are one folder of the table in framework/README.md. Then the test makes small trees in
SCRATCH with one fault each, and checks that it finds each of them."""
import collections
import pathlib
import re
import shutil
import sys

MOST = 0.15
SOURCES = {".cpp", ".hpp", ".ipp", ".js", ".css", ".html"}


class Tree:
    def __init__(self, root):
        self.lines = collections.Counter()
        self.texts = {}  # The path that an #include names: the text.
        self.folders = {}
        for tree in ("framework", "primitives"):
            for path in sorted((root / tree / "coweave").rglob("*")):
                if path.suffix in SOURCES:
                    name = path.relative_to(root / tree).as_posix()
                    folder = path.parent.relative_to(root / tree / "coweave").as_posix()
                    self.texts[name] = path.read_text(encoding="utf-8")
                    self.folders[name] = self.folder_of(tree, name, folder)
                    self.lines[self.folders[name]] += self.texts[name].count("\n")

    @staticmethod
    def folder_of(tree, name, folder):
        if folder == ".":  # A header that gathers others is no folder.
            return name
        return f"primitives/{folder}" if tree == "primitives" else folder

    def includes(self):
        for name, text in self.texts.items():
            for other in re.findall(r"^[ \t]*#[ \t]*include[ \t]*[<\"](coweave/[^>\"]+)", text, re.MULTILINE):
                if other in self.texts:
                    yield name, other

    def graphs(self):
        """Returns what includes what: folders of the table, and headers."""
        folders, headers = collections.defaultdict(set), collections.defaultdict(set)
        for name, other in self.includes():
            source, target = (self.folders[one].split("/")[0] for one in (name, other))
            if source != target:
                folders[source].add(target)
            if not name.endswith(".cpp"):
                headers[name].add(other)
        return {"folders": folders, "headers": headers}


def circle_in(graph):
    """Returns the nodes of a circle, or None."""
    finished, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in finished:
            return None
        path.append(node)
        for other in sorted(graph.get(node, ())):
            found = visit(other)
            if found:
                return found
        finished.add(path.pop())
        return None

    for node in sorted(graph):
        found = visit(node)
        if found:
            return found
    return None


def check(root):
    """Returns what is wrong, and the table that is to be printed."""
    tree = Tree(root)
    total = sum(tree.lines.values())
    errors, table = [], []
    for folder, lines in tree.lines.most_common():
        table.append(f"{lines / total:6.1%} {lines:6} {folder}")
        if lines > MOST * total:
            errors.append(f"{folder} holds {lines / total:.1%} of the {total} lines, more than {MOST:.0%}")
    for kind, graph in tree.graphs().items():
        circle = circle_in(graph)
        if circle:
            errors.append(f"{kind} include each other: {' -> '.join(circle)}")
    return errors, table


def write_tree(root, files):
    shutil.rmtree(root, ignore_errors=True)
    filler = {f"framework/coweave/f{number}/a.hpp": "\n" * 100 for number in range(8)}
    for name, text in {**filler, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


FAULTS = (  # What the tree has besides, and the error, if there is one.
    ({"framework/coweave/f0/sub/b.hpp": "\n" * 120, "primitives/coweave/f0/b.hpp": "\n" * 100}, None),
    ({"framework/coweave/f0/b.cpp": "\n" * 60}, "f0 holds 18.6% of the 860 lines"),
    ({"primitives/coweave/sync/b.hpp": "\n" * 180}, "primitives/sync holds 18.4% of the 980 lines"),
    ({"framework/coweave/f1/b.cpp": "#include \"coweave/f2/a.hpp\"\n",
      "framework/coweave/f2/b.cpp": "# include <coweave/f1/a.hpp>\n"}, "folders include each other: f1 -> f2 -> f1"),
    ({"framework/coweave/f3/b.hpp": "#include \"coweave/f3/c.hpp\"\n",
      "framework/coweave/f3/c.hpp": "#include \"coweave/f3/b.hpp\"\n"}, "headers include each other: coweave/f3/b.hpp"),
)


def main():
    errors, table = check(pathlib.Path(sys.argv[1]))
    print("\n".join(table))
    if errors:
        sys.exit("\n".join(errors))
    scratch = pathlib.Path(sys.argv[2])
    for files, message in FAULTS:
        write_tree(scratch, files)
        found, _ = check(scratch)
        if len(found) != (message is not None) or (message and message not in found[0]):
            sys.exit(f"expected {message!r}, found {found}")
    print(f"no folder holds more than {MOST:.0%}, nothing includes itself; {len(FAULTS) - 1} faults were found")


if __name__ == "__main__":
    main()
