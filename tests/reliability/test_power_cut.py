"""What may be on the disk after a power cut at any moment of a save, by what the system has promised until then.

A model, since no test can cut the power. It knows what POSIX does and nothing more: bytes are on the disk for certain
once their file was synced, a new name once its folder was; before that, either may be there or not, in any order.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnbp_cli.files import durable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot sync a folder")

OLD, NEW, TORN = b"old" * 1000, b"new!" * 2000, b"new!..."


class Disk:
    """What the system was asked for, and what follows from it.

    Attributes
    ----------
    promises
        `("bytes", inode)` for a synced file, `("renamed", inode)`, `("names", …)` for a synced folder, in order.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.promises: list[tuple[str, int]] = []
        fsync, replace = os.fsync, Path.replace

        def synced(descriptor: int) -> None:
            fsync(descriptor)
            status = os.fstat(descriptor)
            self.promises.append(("names" if stat.S_ISDIR(status.st_mode) else "bytes", status.st_ino))

        def renamed(self_: Path, target: Path) -> Path:
            self.promises.append(("renamed", self_.stat().st_ino))
            return replace(self_, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "replace", renamed)

    def after(self, moment: int) -> Iterator[bytes]:
        """What the file may hold, the power having failed after so many promises."""
        promised = self.promises[:moment]
        kinds = [kind for kind, _ in promised]
        if "renamed" in kinds:
            place = kinds.index("renamed")
            if "names" not in kinds[place:]:
                yield OLD
            yield NEW if ("bytes", promised[place][1]) in promised else TORN
        else:
            yield OLD


def test_the_old_file_or_the_new_one_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.npz"
    path.write_bytes(OLD)
    disk = Disk(monkeypatch)
    durable.write(path, NEW)
    for moment in range(len(disk.promises) + 1):
        assert set(disk.after(moment)) <= {OLD, NEW}, disk.promises[:moment]
    assert set(disk.after(len(disk.promises))) == {NEW}, "what was reported as saved is there"
