"""The formats of the files for students; apart from `feedback.py`, since the command line needs only these."""

from __future__ import annotations

from typing import Literal, TypeAlias

FeedbackFormat: TypeAlias = Literal["text", "html"]
