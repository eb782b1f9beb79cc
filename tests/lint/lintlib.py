"""What the checks of tests/lint share: the C files of the tree, and C text without its comments and strings."""
import os
import re

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
os.chdir(TOP)

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def c_files(*tops, pattern=r".+\.[ch]"):
    """Paths below `tops`, relative to the top, sorted."""
    found = []
    for top in tops:
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f != "corpus"]
            found += [os.path.join(folder, f) for f in files if re.fullmatch(pattern, f)]
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def blank(text, comments=True, strings=True):
    """`text` with comments and the insides of strings turned to spaces: same length, same lines."""

    def space(match):
        token = match.group()
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token) if comments else token
        return token[0] + " " * (len(token) - 2) + token[-1] if strings else token

    return TOKEN.sub(space, text)


def first_branches(text):
    """`text` with preprocessor lines, and all branches of an #if but its first, turned to spaces."""
    out, depth, hidden, continued = [], 0, [], False
    for line in text.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        word = directive.group(1) if directive and not continued else None
        if word in ("if", "ifdef", "ifndef"):
            depth += 1
            hidden.append(False)
        elif word in ("else", "elif") and hidden:
            hidden[-1] = True
        elif word == "endif" and hidden:
            hidden.pop()
        skip = word is not None or continued or any(hidden)
        continued = (word is not None or continued) and line.endswith("\\")
        out.append(" " * len(line) if skip else line)
    return "\n".join(out)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def functions(text):
    """(name, first line, last line) of each function defined in the C source `text`."""
    code = first_branches(blank(text))
    depth, start, found, opened = 0, 0, [], None
    for i, c in enumerate(code):
        if c == "{":
            if depth == 0:
                head = code[start:i].strip()
                name = re.search(r"(\w+)\s*\((?:[^()]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\))*\)\s*$", head)
                opened = (name.group(1), line_of(code, start + len(code[start:i]) - len(code[start:i].lstrip()))) \
                    if name and "=" not in head else None
            depth += 1
        elif c == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                if opened:
                    found.append((opened[0], opened[1], line_of(code, i)))
                    opened = None
                start = i + 1
        elif c == ";" and depth == 0:
            start = i + 1
    return found
