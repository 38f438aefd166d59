"""Real files changed at random, cut at every place, and no files at all: accepted, or refused in words."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.mutators import changed
from tests.fuzz.readers import READERS
from tests.support.examples import examples

SEEDS = {name: list(reader.seeds())[:3] for name, reader in READERS.items()}

READER = pytest.mark.parametrize("name", READERS)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations") / "file"


def tried(name: str, path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    return READERS[name].try_on(path)


TEXTS = {"config", "override", "rubric", "roster", "key", "sweep"}
"""Readers of text, which may end at several places."""


@READER
def test_the_real_files_are_accepted(name: str, path: Path) -> None:
    accepted = [tried(name, path, seed) for seed in SEEDS[name]]
    assert any(accepted)


@READER
def test_cut_at_every_place(name: str, path: Path) -> None:
    """The longer ones: at every seventh, and at every one near their ends, where a zip has its directory."""
    seed = SEEDS[name][0]
    places = sorted({*range(0, len(seed), 7 if len(seed) > 1000 else 1), *range(max(0, len(seed) - 200), len(seed))})
    accepted = [length for length in places if tried(name, path, seed[:length])]
    if name == "picture":  # behind the last pixel stand two checksums and a chunk that says that it is the last
        accepted = [length for length in accepted if length < len(seed) - 4 - 4 - 12]
    if name not in TEXTS:
        assert accepted == []


@READER
@examples(60)
@given(raw=st.binary(max_size=300), keep=st.integers(0, 60))
def test_any_bytes(name: str, path: Path, raw: bytes, keep: int) -> None:
    tried(name, path, SEEDS[name][0][:keep] + raw)


@READER
@examples(100)
@given(which=st.integers(0, 2), seed=st.integers(0, 2**32))
def test_real_files_with_changes(name: str, path: Path, which: int, seed: int) -> None:
    """Within the checksums too: the changes are those that the fuzzer makes, without its eyes."""
    rng = random.Random(seed)
    real = SEEDS[name][which % len(SEEDS[name])]
    tried(name, path, READERS[name].mutator(real, 1 << 16, rng, lambda data, most: changed(data, most, rng)))
