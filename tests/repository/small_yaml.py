"""Reads the part of YAML that this repository uses: mappings and sequences in block form, one line flow forms,
quoted and plain scalars, literal blocks and comments. Anything else is a ValueError that names the line."""
import re


def load(text):
    """Returns the document as dicts, lists and strings. Numbers and booleans stay strings; an empty value is None."""
    reader = _Reader(text)
    value = reader.block(0)
    if reader.peek() is not None:
        reader.fail("expected the end of the document")
    return value


class _Reader:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0

    def fail(self, message):
        raise ValueError(f"line {self.at + 1}: {message}, found {self.lines[self.at].strip()!r}")

    def peek(self):
        """Returns the indentation of the next line with content, or None at the end."""
        while self.at < len(self.lines):
            stripped = self.lines[self.at].strip()
            if stripped and not stripped.startswith("#"):
                line = self.lines[self.at]
                return len(line) - len(line.lstrip(" "))
            self.at += 1
        return None

    def block(self, at_least):
        indent = self.peek()
        if indent is None or indent < at_least:
            return None
        if self.lines[self.at].lstrip().startswith("- "):
            return self.sequence(indent)
        return self.mapping(indent)

    def sequence(self, indent):
        items = []
        while self.peek() == indent and self.lines[self.at].lstrip().startswith("- "):
            rest = self.lines[self.at][indent + 2:]
            if _key_of(rest):  # A mapping whose first key stands beside the dash.
                self.lines[self.at] = " " * (indent + 2) + rest
                items.append(self.mapping(indent + 2))
            else:
                items.append(self.scalar(rest))
                self.at += 1
        return items

    def mapping(self, indent):
        result = {}
        while self.peek() == indent:
            key = _key_of(self.lines[self.at][indent:])
            if not key:
                self.fail("expected 'key: value'")
            if key[0] in result:
                self.fail(f"expected each key once, {key[0]} comes again")
            rest = key[1]
            if rest == "|":
                self.at += 1
                result[key[0]] = self.literal(indent)
            elif rest:
                result[key[0]] = self.scalar(rest)
                self.at += 1
            else:
                self.at += 1
                following = self.peek()
                # A sequence may stand at the indentation of its key.
                is_list = following == indent and self.lines[self.at].lstrip().startswith("- ")
                result[key[0]] = self.block(indent if is_list else indent + 1)
        following = self.peek()
        if following is not None and following > indent:
            self.fail("expected no deeper indentation")
        return result

    def literal(self, indent):
        lines = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
                break
            lines.append(line)
            self.at += 1
        while lines and not lines[-1].strip():
            lines.pop()
        margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        return "\n".join(line[margin:] for line in lines) + "\n"

    def scalar(self, text):
        value, rest = self.flow(text.strip(), "")
        if rest and not rest.startswith("#"):
            self.fail("expected one value")
        return value

    def flow(self, text, stops):
        """Reads one value of `text`, which ends before one of `stops`; returns it and what follows."""
        if text.startswith("["):
            items, rest = [], text[1:].lstrip()
            while not rest.startswith("]"):
                value, rest = self.flow(rest, ",]")
                items.append(value)
                rest = rest[1:].lstrip() if rest.startswith(",") else rest
                if not rest:
                    self.fail("expected ']'")
            return items, rest[1:].lstrip()
        if text.startswith("{"):
            result, rest = {}, text[1:].lstrip()
            while not rest.startswith("}"):
                key, colon, rest = rest.partition(":")
                if not colon:
                    self.fail("expected '}'")
                result[key.strip()], rest = self.flow(rest.lstrip(), ",}")
                rest = rest[1:].lstrip() if rest.startswith(",") else rest
            return result, rest[1:].lstrip()
        if text[:1] in ("'", '"'):
            end = text.find(text[0], 1)
            if end < 0 or "\\" in text[:end]:
                self.fail("expected a quoted value without escapes")
            return text[1:end], text[end + 1:].lstrip()
        if text[:1] in ("&", "*", "!", ">", "%", "@"):
            self.fail("expected a plain value")
        end = len(text)
        for place, character in enumerate(text):
            if character in stops or (character == "#" and text[place - 1:place] == " "):
                end = place
                break
        return text[:end].rstrip() or None, text[end:]


def _key_of(text):
    match = re.match(r"^([A-Za-z_.][A-Za-z0-9_.-]*):(?: +(.*))?$", text)
    if not match:
        return None
    rest = (match.group(2) or "").strip()
    return match.group(1), "" if rest.startswith("#") else rest
