"""Whoever reads a checkpoint while it is saved again and again sees one whole checkpoint or the next.

    python -m tests.reliability.readers --reads 10000

A process of its own saves checkpoints whose every weight is the number of the save; this one loads the file in a loop
and compares. What is not as promised ends the script with a traceback.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cnnbp_cli.files import durable
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import load_checkpoint, to_bytes
from cnnbp_cli.training.state import State
from tests.reliability.figures import ROOT, origin
from tests.training.trainings import make_config


def save_for_ever(path: Path) -> None:
    """Save after save, without a pause."""
    config = make_config()
    state = State.new(config, Network(config.input, config.layers, config.loss))
    for number in count(1):
        state.params.flat.fill(number)
        state.batch = number
        durable.write(path, to_bytes(config, state, "none"))


def read(path: Path, reads: int) -> dict[str, Any]:
    """So many reads while another process saves, and how many different saves they saw."""
    command = [sys.executable, "-m", "tests.reliability.readers", "--save", str(path)]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT) as writer:
        try:
            while not path.exists() and writer.poll() is None:
                time.sleep(0.01)
            seen = [0]
            for _ in range(reads):
                state = load_checkpoint(path).state
                assert (state.params.flat == state.batch).all(), "half a checkpoint"
                assert state.batch >= seen[-1], "an older one than before"
                seen.append(state.batch)
            assert writer.poll() is None, "the saves ended before the reads"
        finally:
            writer.kill()
    return {"reads": reads, "saves": seen[-1], "seen": len(set(seen)) - 1, "seconds": round(time.monotonic() - began)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--save", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.save:
        save_for_ever(options.save)
    begun = origin()
    with TemporaryDirectory() as folder:
        print(json.dumps({**read(Path(folder) / "last.npz", options.reads), **begun}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
