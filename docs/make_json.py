"""Generates docs/reference/json.md from the declarations of the documents; `docs/make_reference.py` writes it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cnnbp_cli.show import documents

OPENING = """\
# What `--json` prints

With `--json` a command prints one JSON document on stdout and nothing else; progress and errors go to stderr, and the
exit code is the same as without it. A document is ASCII, indented, and every number in it is finite: what is NaN or
infinite is `null`.

`schema` is the document's name and version, such as `cnnbp.evaluate/1`. A version may gain fields, so programs should
pass over those that they do not know; it loses none, and none changes its meaning: else the version rises by one.
"""

WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "None": "null",
    "Any": "any value",
}


def json_page() -> str:
    """The text of the page."""
    return "\n".join([OPENING, *(line for module in iter_modules(documents.__path__) for line in _file(module.name))])


def _file(name: str) -> Iterator[str]:
    """The documents of one file, each followed by what it is made of."""
    module = import_module(f"{documents.__name__}.{name}")
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    for node in sorted(classes, key=lambda node: not _schema(node)):
        doc = ast.get_docstring(node) or ""
        if schema := _schema(node):
            yield f"## `{schema}`\n\n{doc}\n"
        else:
            yield f"### {_title(node.name)}\n\n{doc}\n"
        yield "| field | value | |\n|---|---|---|"
        yield from _fields(node)
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id.endswith("Document"):
                yield from _fields(next(other for other in classes if other.name == base.id))
        yield ""


def _schema(node: ast.ClassDef) -> str | None:
    """The name and version of a document; None for what documents are made of."""
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == "schema":
            return str(ast.literal_eval(ast.unparse(field.annotation).removeprefix("Literal[").removesuffix("]")))
    return None


@cache
def _schemas() -> dict[str, str]:
    """The name and version of each document that has them, by its class."""
    modules = (import_module(f"{documents.__name__}.{module.name}") for module in iter_modules(documents.__path__))
    nodes = (node for module in modules for node in ast.parse(inspect.getsource(module)).body)
    return {node.name: schema for node in nodes if isinstance(node, ast.ClassDef) and (schema := _schema(node))}


def _fields(node: ast.ClassDef) -> Iterator[str]:
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            meaning = " ".join(str(after.value.value).split()) if documented else ""
            yield f"| `{ast.unparse(field.target)}` | {_words(field.annotation)} | {meaning} |"


def _words(kind: ast.expr) -> str:
    """A type in JSON's terms."""
    if isinstance(kind, ast.BinOp):
        return f"{_words(kind.left)} or {_words(kind.right)}"
    if isinstance(kind, ast.Subscript):
        outer = ast.unparse(kind.value)
        inner = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
        if outer == "Literal":
            return " or ".join(f"`{ast.literal_eval(value)}`" for value in inner)
        if outer == "NotRequired":
            return f"{_words(inner[0])}; may be absent"
        if outer in ("list", "Sequence"):
            return f"list of {_words(inner[0])}"
        return f"object: {_words(inner[1])} by {_words(inner[0])}"
    name = ast.unparse(kind)
    if schema := _schemas().get(name):
        return f"[`{schema}`](#{re.sub('[./]', '', schema)})"
    return WORDS.get(name) or f"[{_title(name)}](#{_title(name).replace(' ', '-')})"


def _title(name: str) -> str:
    """`PartDocument` as `part`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Document"))
    return words.strip()
