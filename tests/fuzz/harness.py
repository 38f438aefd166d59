"""Readers under the fuzzer, in a process of its own: `python -m tests.fuzz.harness READER [libFuzzer's options]`.

The reader `all` stands for all of them, which are then tried on the same files.
"""

from __future__ import annotations

import random
import sys
import tempfile
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cnnbp_cli", "yaml"]):
    from tests.fuzz.readers import ALL, READERS


def main() -> None:
    name = sys.argv.pop(1)
    readers = list(READERS.values()) if name == ALL else [READERS[name]]
    warnings.simplefilter("error")
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    path = folder / "file"

    def one(data: bytes) -> None:
        path.write_bytes(data)
        for reader in readers:
            reader.try_on(path)

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        return rng.choice(readers).mutator(data, max_size, rng, atheris.Mutate)

    atheris.Setup(sys.argv, one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
