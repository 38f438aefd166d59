"""Run folders: numbered without gaps being filled, never shared, never overwritten unasked; the newest; checkpoints."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.training.runs import Run, find_checkpoint, newest_run
from cnnbp_cli.training.start import start
from tests.support.nobody import as_nobody, needs_fork
from tests.training.trainings import COMPLETE, begin, files, make_config, make_data
from tests.training.trainings import run as fit_all


def new(root: Path) -> str:
    return Run.new(make_config(), root=root).folder.name


def test_folders_are_numbered(tmp_path: Path) -> None:
    assert [new(tmp_path / "runs") for _ in range(3)] == ["small-001", "small-002", "small-003"]


def test_a_number_is_not_used_again(tmp_path: Path) -> None:
    for name in ("small-007", "small-0012", "small-x", "smaller-090", "small-99", "small-013.bak"):
        (tmp_path / name).mkdir()
    assert new(tmp_path) == "small-013"


def test_the_resolved_config_is_in_it_and_loads(tmp_path: Path) -> None:
    run = Run.new(make_config(), root=tmp_path)
    assert files(run.folder) == {"config.yaml"}
    assert load_config(run.config) == make_config()


def at_once(times: int, make: Callable[[], Run]) -> list[Path]:
    """The folders that so many threads got at the same moment; those that were refused have none."""
    barrier = threading.Barrier(times)
    got: list[Path] = []

    def ask() -> None:
        barrier.wait()
        try:
            got.append(make().folder)
        except CnnbpError as error:
            assert "not empty" in error.problem or "another process" in error.problem

    threads = [threading.Thread(target=ask) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_trainings_that_begin_at_once_get_a_folder_each(tmp_path: Path) -> None:
    got = at_once(20, lambda: Run.new(make_config(), root=tmp_path))
    assert sorted(path.name for path in got) == [f"small-{number:03d}" for number in range(1, 21)]


def test_one_of_those_that_name_the_same_folder_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where all of them saw that it was empty before the first one claimed it."""
    real = Path.iterdir
    barrier = threading.Barrier(10)

    def looked_at_by_all(folder: Path) -> Iterator[Path]:
        found = list(real(folder))
        barrier.wait()
        return iter(found)

    monkeypatch.setattr(Path, "iterdir", looked_at_by_all)
    assert at_once(10, lambda: Run.new(make_config(), tmp_path)) == [tmp_path]


def test_a_named_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert Run.new(make_config(), tmp_path / "a" / "b").config.exists()


@needs_fork
def test_a_place_that_may_not_be_written_into(tmp_path: Path) -> None:
    def begin() -> str:
        with pytest.raises(CnnbpError) as caught:
            new(tmp_path)
        return f"{caught.value.where}: {caught.value.problem}"

    assert as_nobody(tmp_path, begin) == f"{tmp_path}: cannot be written: Permission denied"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert Run.new(make_config(), tmp_path).folder == tmp_path


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("…", encoding="utf-8")
    with pytest.raises(CnnbpError, match="not empty") as caught:
        Run.new(make_config(), tmp_path)
    assert "--force" in (caught.value.hint or "")
    assert files(tmp_path) == {"thesis.tex"}


def test_force_replaces_a_run_and_touches_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    fit_all(begin(folder, make_config(epochs=2)))
    for name in ("thesis.tex", "report.html"):
        (folder / name).write_text("old", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run = Run.new(make_config(), folder, force=True)
    assert run.replaces
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "it has not saved yet"
    run.close()
    fit_all(start(make_config(epochs=1), make_data(make_config()), folder, force=True))
    assert files(folder) == COMPLETE - {"last.1.npz"} | {"thesis.tex"}
    assert load_config(run.config) == make_config(epochs=1)


@pytest.mark.parametrize("name", ["config.yaml", "metrics.csv", "report.html", "last.npz"])
def test_force_refuses_a_folder_that_is_no_run(tmp_path: Path, name: str) -> None:
    for theirs in ("config.yaml", name):
        (tmp_path / theirs).write_text("name: theirs\n", encoding="utf-8")
    with pytest.raises(CnnbpError, match="not a run folder, and --force replaces only runs"):
        Run.new(make_config(), tmp_path, force=True)
    assert {path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"name: theirs\n"}


@pytest.mark.parametrize("named", [True, False])
def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, named: bool) -> None:
    file = tmp_path / "runs"
    file.write_text("not a folder", encoding="utf-8")
    with pytest.raises(CnnbpError) as caught:
        Run.new(make_config(), file) if named else Run.new(make_config(), root=file)
    assert caught.value.where == str(file)


def test_a_config_that_cannot_be_written_leaves_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, data: bytes) -> None:
        raise CnnbpError("cannot be written: no space", where=str(path))

    with monkeypatch.context() as patch:
        patch.setattr(durable, "write", fails)
        with pytest.raises(CnnbpError, match="no space"):
            Run.new(make_config(), tmp_path)
    assert not files(tmp_path)


def finished(root: Path, name: str, at: int) -> None:
    (root / name).mkdir(parents=True)
    (root / name / "best.npz").write_bytes(b"")
    os.utime(root / name / "best.npz", (at, at))


def test_the_newest_run_is_that_of_the_newest_best_weights(tmp_path: Path) -> None:
    finished(tmp_path, "a-002", at=1000)
    finished(tmp_path, "b-001", at=3000)
    finished(tmp_path, "a-003", at=2000)
    (tmp_path / "c-009").mkdir()
    (tmp_path / "notes.txt").write_text("…", encoding="utf-8")
    assert newest_run(tmp_path).folder.name == "b-001"


def test_of_equal_times_the_higher_number_is_newer(tmp_path: Path) -> None:
    for name in ("a-001", "a-010", "a-002"):
        finished(tmp_path, name, at=1000)
    assert newest_run(tmp_path).folder.name == "a-010"


@pytest.mark.parametrize("root", ["missing", "."])
def test_without_a_run_it_says_to_train(tmp_path: Path, root: str) -> None:
    with pytest.raises(CnnbpError, match="no run") as caught:
        newest_run(tmp_path / root)
    assert "cnnbp train" in (caught.value.hint or "")


def test_a_folder_stands_for_its_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "last.npz").touch()
    assert find_checkpoint(tmp_path).name == "last.npz"
    (tmp_path / "best.npz").touch()
    assert find_checkpoint(tmp_path).name == "best.npz"
    assert find_checkpoint(tmp_path, "last.npz", "best.npz").name == "last.npz"


def test_a_file_stands_for_itself(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path / "missing.npz") == tmp_path / "missing.npz"


def test_a_folder_without_checkpoints_is_told(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match=r"no best\.npz and no last\.npz"):
        find_checkpoint(tmp_path)
