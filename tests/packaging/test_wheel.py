"""What a wheel holds, and that an installed cnnbp works in an empty folder, without a network."""

from __future__ import annotations

import email
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from cnnbp_cli import __version__
from cnnbp_cli.config import load_config
from cnnbp_cli.mnist.files import FILES, gz
from tests.packaging.conftest import ROOT, build

UNREACHABLE = "http://127.0.0.1:9"
"""A proxy that refuses every connection."""


def run(python: Path, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """The output of a command of the installed cnnbp, which has a home of its own and no network."""
    command = [str(python.with_name("cnnbp")), *arguments]
    if os.name == "nt":
        command[0] += ".exe"
    own = {"HOME": str(cwd), "USERPROFILE": str(cwd), "XDG_CACHE_HOME": str(cwd / "cache"), "COLUMNS": "80"}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), UNREACHABLE)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**kept, **own, **proxies, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_it_trains_in_an_empty_folder_without_a_network(installed: Path, tmp_path: Path) -> None:
    run(installed, "init", "--preset", "tiny", cwd=tmp_path)
    short = ["--epochs", "1", "--set", "data.validation=50000", "--threads", "1", "--json", "--no-report"]
    result = json.loads(run(installed, "train", "--config", "tiny.yaml", *short, cwd=tmp_path))
    assert result["test_accuracy"] > 0.3
    assert json.loads(run(installed, "evaluate", "--json", cwd=tmp_path))["accuracy"] == result["test_accuracy"]
    assert not (tmp_path / "cache").exists()


def test_it_brings_the_presets(installed: Path, tmp_path: Path) -> None:
    listed = json.loads(run(installed, "init", "--list", "--json", cwd=tmp_path))
    assert [one["name"] for one in listed["presets"]] == sorted(file.stem for file in (ROOT / "configs").iterdir())
    run(installed, "init", "--preset", "lenet5", cwd=tmp_path)
    assert load_config(tmp_path / "lenet5.yaml") == load_config(ROOT / "configs" / "lenet5.yaml")


def test_its_data_set_is_mnist_and_lies_in_the_package(installed: Path, tmp_path: Path) -> None:
    info = json.loads(run(installed, "data", "info", "--json", cwd=tmp_path))
    assert info["original"]
    folder = Path(info["folder"])
    assert folder.parent.name == "cnnbp_cli"
    assert folder.is_relative_to(installed.parents[1])
    assert sorted(path.name for path in folder.iterdir()) == sorted(["README.md", *map(gz, FILES)])
    assert "Creative Commons" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_licence_of_the_data_is_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
        assert metadata["License-Expression"] == "MIT AND CC-BY-SA-3.0"
        for file in metadata.get_all("License-File", []):
            assert archive.read(f"{Path(name).parent}/licenses/{file}") == (ROOT / file).read_bytes()


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__


def test_a_wheel_from_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, "sdist", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
        top = archive.getnames()[0].split("/")[0]
    again = build(tmp_path / top, "wheel", tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        contents = [{entry.filename: entry.CRC for entry in archive.infolist()} for archive in (one, other)]
    assert contents[0] == contents[1]
