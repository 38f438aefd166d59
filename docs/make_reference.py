"""Writes the pages of docs/reference that are made from the program: `python -m docs.make_reference`.

A test compares them with what this script makes.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from cnnbp_cli.config.explain import expected
from cnnbp_cli.config.schema import config_schema
from docs.make_json import json_page
from docs.typeset import typeset

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"

MADE = "<!-- Made by docs/make_reference.py. -->\n\n"

MATHEMATICS = {
    "Layers": "layers",
    "Costs": "losses.py",
    "Optimizers": "optimizers",
    "The average of the weights": "training/average.py",
    "Varying the images": "augmentation",
    "The convolution as products of matrices": "numerics/correlation.py",
    "Windows and shifted kernels": "numerics/toeplitz.py",
    "Minimal filtering": "numerics/minimal_filtering.py",
    "The transforms of minimal filtering": "numerics/cook_toom.py",
    "Long products in blocks": "numerics/products.py",
    "Checking by differences": "numerics/differences.py",
}
"""Parts of the package whose files open with equations."""


def commands() -> str:
    """Every command with its arguments and options, as Typer writes them, and an index that links to each."""
    made = subprocess.run(
        [sys.executable, "-m", "typer", "cnnbp_cli.app", "utils", "docs", "--name", "cnnbp", "--title", "Commands"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
    ).stdout
    made = made.replace("&lt;", "‹").replace("&gt;", "›")  # what MyST would take for markup
    made = unescape(made).replace("‹", "&lt;").replace("›", "&gt;")
    return MADE + _linked(made).rstrip() + "\n"


def _linked(made: str) -> str:
    """The page with links in its lists of commands, and the whole summaries, which Typer cuts after some words."""
    summaries = dict(re.findall(r"^#+ `(cnnbp [^`]+)`\n\n(.+?)\n\n", made, flags=re.MULTILINE | re.DOTALL))
    lines, within = [], "cnnbp"
    for line in made.splitlines():
        if heading := re.fullmatch(r"#+ `(cnnbp [^`]+)`", line):
            within = heading[1]
        name = re.match(r"\* `([a-z-]+)`: ", line)
        if name and (command := f"{within} {name[1]}") in summaries:
            line = f"* [`{name[1]}`](#{command.replace(' ', '-')}): {' '.join(summaries[command].split())}"
        lines.append(line)
    return "\n".join(lines)


def config() -> str:
    """Every key of a config, from the schema that checks it."""
    schema = config_schema()
    lines = [
        "# Config",
        "",
        "A config describes a network and how to train it, in one YAML file. `cnnbp config show FILE` prints it",
        "with all defaults filled in. `cnnbp config schema` prints the JSON Schema that this page is generated from;",
        "editors check configs with it.",
        "",
        *_keys("The file", schema),
        *(line for path, part in _sections("", schema, schema["$defs"]) for line in _keys(f"`{path}`", part)),
        *(line for kind, part in _kinds(schema["$defs"]) for line in _keys(f"`type: {kind}`", part)),
    ]
    return MADE + "\n".join(lines).rstrip() + "\n"


def mathematics() -> str:
    """The equations, from the docstrings of the modules that compute them."""
    lines = [
        "# Mathematics",
        "",
        "What each part of the program computes, from the docstrings of its modules.",
        "",
    ]
    for title, place in MATHEMATICS.items():
        lines += [f"## {title}", ""]
        path = ROOT / "cnnbp_cli" / place
        for file in [path] if path.is_file() else sorted(path.glob("[a-z]*.py")):
            docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")), clean=False) or ""
            lines += [f"### {file.stem.replace('_', ' ')}", "", typeset(docstring), ""]
    return MADE + "\n".join(lines).rstrip() + "\n"


def documents() -> str:
    """What `--json` prints, from the declarations that the commands are held to."""
    return MADE + json_page()


PAGES = {"commands.md": commands, "config.md": config, "json.md": documents, "mathematics.md": mathematics}


def _sections(path: str, part: dict[str, Any], models: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of the file that are a mapping of their own, each with its path."""
    for key, field in part["properties"].items():
        for branch in field.get("anyOf", [field]):
            if "$ref" in branch:
                within = models[branch["$ref"].rpartition("/")[2]]
                yield path + key, within
                yield from _sections(f"{path}{key}.", within, models)


def _kinds(models: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Layers, optimizers and the like, by their `type`."""
    return sorted((m["properties"]["type"]["const"], m) for m in models.values() if "type" in m["properties"])


def _keys(title: str, part: dict[str, Any]) -> Iterator[str]:
    """A heading, what the part is, and a row for each of its keys."""
    opening = part["description"].split("\n\n")[0]
    yield from (f"## {title}", "", " ".join(opening.split()), "")
    rows = {key: field for key, field in part["properties"].items() if "const" not in field}
    if rows:
        yield from ("| key | | value | default |", "|---|---|---|---|")
    for key, field in rows.items():
        without = "required" if key in part.get("required", ()) else _default(field)
        yield f"| `{key}` | {_cell(field.get('description', ''))} | {_cell(_expected(field))} | {without} |"
    yield ""


def _expected(field: dict[str, Any]) -> str:
    return expected(field, config_schema()) if "$ref" not in field else "a mapping"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "" if value is None else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """The script."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
