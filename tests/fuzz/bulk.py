"""Many changed files, fast: `python -m tests.fuzz.bulk [READER …] --files N [--corpus DIR] [--finds DIR]`.

The fuzzer of `tests.fuzz` sees which code an input reaches, and tries some hundred a second. This one sees nothing and
tries thousands: it changes the real files, and with `--corpus` those that the fuzzer kept because they reached new
code. It ends at the first find, which it keeps in DIR.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from tests.fuzz.mutators import changed
from tests.fuzz.readers import READERS
from tests.reliability.figures import ROOT

MAX_SIZE = 1 << 16
MAX_SECONDS = 20
"""For one file."""

MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one: the files are written and read a million times."""


class Tried(NamedTuple):
    """What one reader made of its files."""

    files: int
    accepted: int
    seconds: float


def try_many(name: str, files: int, corpus: Path | None, finds: Path, rng: random.Random) -> Tried:
    """Try a reader on so many changed files. What it raises besides its own error is raised, and the file is kept."""
    reader = READERS[name]
    seeds = list(reader.seeds())
    kept = sorted((corpus / name).iterdir()) if corpus and (corpus / name).is_dir() else []
    seeds += [path.read_bytes() for path in kept]
    accepted = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "file"
        for _ in range(files):
            data = reader.mutator(rng.choice(seeds), MAX_SIZE, rng, lambda raw, most: changed(raw, most, rng))
            path.write_bytes(data)
            try:
                with deadline():
                    accepted += reader.try_on(path)
            except BaseException:
                finds.mkdir(parents=True, exist_ok=True)
                (finds / f"{name}-{rng.getrandbits(32):08x}").write_bytes(data)
                raise
    return Tried(files, accepted, time.monotonic() - began)


class deadline:
    """Raises TimeoutError in the block after MAX_SECONDS of processor time; on Windows, never."""

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGVTALRM, _late)
            signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"{MAX_SECONDS} seconds for one file")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}; all, if none is given")
    parser.add_argument("--files", type=int, default=10_000, help="for each reader (10,000)")
    parser.add_argument("--corpus", type=Path, help="folder with a folder of files for each reader")
    parser.add_argument("--finds", type=Path, default=ROOT / "fuzz-finds", help="where finds are kept (fuzz-finds)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := set(options.readers) - READERS.keys():
        parser.error(f"no reader {', '.join(sorted(unknown))}")
    warnings.simplefilter("error")
    print(f"{'reader':<11}{'files':>10}{'accepted':>10}{'a second':>10}", flush=True)
    for name in options.readers or READERS:
        tried = try_many(name, options.files, options.corpus, options.finds, random.Random(options.seed))
        print(f"{name:<11}{tried.files:>10,}{tried.accepted:>10,}{tried.files / tried.seconds:>10,.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
