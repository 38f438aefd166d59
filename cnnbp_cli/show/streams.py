"""Streams whose reader is gone: results cannot be lost silently, progress can."""

from __future__ import annotations

import os
from typing import Any, TextIO


def discard(stream: TextIO) -> None:
    """Send what `stream` still holds, and all that follows, to nowhere: Python would fail on it again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class ProgressStream:
    """A text stream that drops what cannot be written: a training must not end because nobody reads its progress."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            discard(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            discard(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
