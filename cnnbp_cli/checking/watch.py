"""Waits until a file is saved, also by editors that put a new file in its place."""

from __future__ import annotations

import time
from pathlib import Path

from cnnbp_cli.checking.saved import state_of

POLL = 0.2
"""Seconds between two looks: short for a person, and nothing for the disk."""


class FileWatch:
    """Watches one file from its creation on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = state_of(path)

    def wait(self) -> None:
        """Return when the file was saved since the last time, and has stopped changing."""
        while True:
            state = state_of(self._path)
            if state is not None and state != self._seen:
                time.sleep(POLL)
                if state_of(self._path) == state:
                    self._seen = state
                    return
            else:
                time.sleep(POLL)
