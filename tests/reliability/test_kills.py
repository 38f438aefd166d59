"""A few kills; hundreds are a script, `tests/reliability/kills.py`, whose figures stand in docs/reliability.md."""

from __future__ import annotations

import random
from pathlib import Path

from tests.reliability.kills import Kills


def test_killed_trainings_end_as_the_one_that_never_was(data: Path, tmp_path: Path) -> None:
    kills = Kills(data, tmp_path, epochs=6, rng=random.Random())
    kills.until(3)
    assert kills.counted["trainings"] >= 1
    assert kills.counted["kills"] == sum(kills.counted[hit] for hit in ("start", "in a save", "between saves")) >= 3
