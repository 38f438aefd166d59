"""The wheel, built from the sources and installed into an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(source: Path, kind: str, folder: Path) -> Path:
    """A wheel or sdist of the sources, built by the backend in this environment, without a network."""
    call = f"import sys; from hatchling.build import build_{kind} as build; print(build(sys.argv[1]))"
    command = [sys.executable, "-c", call, str(folder)]
    result = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True, timeout=120)
    return folder / result.stdout.split()[-1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `pip install cnnbp` gets."""
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which pip has installed the wheel.

    What it depends on comes from this environment, because a test must not need a network; the clone does not: `.pth`
    files in a folder that a `.pth` file names are not read.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=sys.platform != "win32")
    scheme = "nt_venv" if sys.platform == "win32" else "posix_venv"
    paths = sysconfig.get_paths(scheme, vars={"base": str(folder), "platbase": str(folder)})
    python = Path(paths["scripts"]) / Path(sys.executable).name
    held = [path for path in map(Path, sys.path) if path.name == "site-packages"]
    Path(paths["purelib"], "dependencies.pth").write_text("\n".join(map(str, held)), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=120)
    return python
