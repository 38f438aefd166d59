"""The house rules that a test can check: the direction of imports, the length of files, names used once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnnbp_cli"

FLOORS = [
    {"__init__"},
    {"__main__"},
    {"app"},
    {"api", "commands"},
    {"live"},
    {"show"},
    {"export"},
    {"sweeps"},
    {"training"},
    {"checking", "grading"},
    {"starters"},
    {"diagnosis"},
    {"gradients"},
    {"config"},
    {"mnist"},
    {"network"},
    {"losses"},
    {"augmentation", "layers", "optimizers"},
    {"parallel"},
    {"files"},
    {"numerics"},
    {"extras"},
    {"errors"},
    {"shipped"},
    {"docstrings"},
    {"discovery"},
    {"__version__"},
]
"""From the roof to the ground. A room imports only rooms below it, or files of its own."""

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            modules = [node.module or ""]
            if node.module == "cnnbp_cli":
                modules = [f"cnnbp_cli.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            head, _, rest = module.partition(".")
            if head == "cnnbp_cli":
                yield rest.partition(".")[0] or "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    own = room_of(path)
    for room in imported_rooms(path):
        assert room == own or floor[room] > floor[own], f"{own} imports {room}, which does not lie below it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in FILES} == {room for rooms in FLOORS for room in rooms} - {"__version__"}


def test_no_two_classes_share_a_name() -> None:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in FILES)
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []
