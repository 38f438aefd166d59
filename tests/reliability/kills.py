"""Trainings that are killed at random moments, again and again, end as the one that never was.

    python -m tests.reliability.kills --kills 200

Each is a real process that gets kill -9 (on Windows: TerminateProcess): every third at any moment after its start,
the others at one after they began to train, most of which is saving: `--checkpoint-every 2`. After every kill the run
folder is looked at, and the training is resumed. Once it has come to its end, all that it left is compared with the
unbroken training's: weights and optimizer bit for bit, metrics.csv line by line. Every second training also writes
TensorBoard event files, which must have each epoch. What is not as promised ends the script with a traceback.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cnnbp_cli.export.tensorboard import FOLDER
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.runs import Run
from tests.cli.small import write_data
from tests.reliability.figures import origin
from tests.reliability.processes import Process, ended, train
from tests.support.event_files import records
from tests.training.trainings import REPORTED, assert_same_runs, files, metrics

SAVE_EVERY = 2

LONGEST = 2.5
"""Seconds that a process may train before it is killed. What follows the last save must fit in, or no training ends.
The kills reach all of a training, because each continues where the last one left it."""

EVERYTHING = """\
name: everything
input: [1, 28, 28]
layers:
  - {type: conv2d, filters: 2, kernel_size: 5, stride: 2}
  - {type: batch_norm, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: dropout, rate: 0.2}
  - {type: flatten}
  - {type: dense, units: 10, activation: softmax}
loss: cross_entropy
train:
  epochs: 2
  batch_size: 64
  optimizer: {type: adamw, learning_rate: 0.01}
  schedule: {type: one_cycle}
  label_smoothing: 0.1
  ema: {decay: 0.9}
  seed: 0
data: {validation: 200, augment: [{type: shift, pixels: 1}]}
"""
"""A network and a training with everything that has to be the same after a kill: noise, augmented images, running
statistics, averaged weights, two vectors of the optimizer, a learning rate that changes with every step."""


@dataclass
class Kills:
    """Kills trainings of `EVERYTHING`.

    Attributes
    ----------
    data, place
        What is trained on; a folder for the runs.
    epochs
        Of a training.
    rng
        Draws the moments.
    counted
        What the kills hit, and how many trainings have ended.
    """

    data: Path
    place: Path
    epochs: int
    rng: random.Random
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.config = self.place / "everything.yaml"
        self.config.write_text(EVERYTHING, encoding="utf-8")
        self.unbroken = self.place / "unbroken"
        began = time.monotonic()
        process = self.begun(self.unbroken)
        assert process.stderr.readline()
        self.start = time.monotonic() - began
        code, printed = ended(process)
        assert code == 0, printed
        self.training = time.monotonic() - began - self.start

    def begun(self, folder: Path) -> Process:
        """A training that resumes what is in the folder, or starts again if there is no checkpoint."""
        options = ["--data-dir", self.data, "--checkpoint-every", SAVE_EVERY]
        options += ["--tensorboard"] if self.counted["trainings"] % 2 else []  # every second training
        if Run(folder).last.exists():
            return train("--resume", folder, *options)
        return train("--config", self.config, "--epochs", self.epochs, "--output-dir", folder, "--force", *options)

    def until(self, kills: int) -> None:
        """Trains to the end again and again, until so many have been killed."""
        while self.counted["kills"] < kills:
            folder = self.place / "run"
            while self.killed(folder):
                pass
            assert_same_runs(folder, self.unbroken)
            assert files(folder) - {FOLDER} == REPORTED
            if self.counted["trainings"] % 2:
                self.look_at_event_files(folder)
            assert [line[0] for line in metrics(folder)[1:]] == [str(epoch + 1) for epoch in range(self.epochs)]
            self.counted["trainings"] += 1
            print(f"{self.counted['kills']} of {kills} kills, {self.counted['trainings']} trainings", file=sys.stderr)
            shutil.rmtree(folder)

    def killed(self, folder: Path) -> bool:
        """Lets a training go on for a while, and kills it; False where it came to its end by itself."""
        before = position(folder)
        process = self.begun(folder)
        if self.rng.random() < 1 / 3:
            opening, most = "", self.start
        else:
            opening, most = process.stderr.readline(), min(self.training, LONGEST)
        try:
            process.wait(self.rng.uniform(0, most))
        except subprocess.TimeoutExpired:
            process.kill()
        code, printed = ended(process)
        printed = opening + printed
        if code == 0:
            return False
        assert "error" not in printed, printed
        self.counted["kills"] += 1
        self.look_at(folder, before, printed)
        return True

    def look_at(self, folder: Path, before: tuple[int, int], printed: str) -> None:
        """What a killed process reported is saved, everything else is unchanged, and one temporary file at most."""
        after = position(folder)
        reported = [int(epoch) for epoch in re.findall(r"^epoch (\d+)/", printed, re.MULTILINE)]
        assert after >= before
        assert after > (max(reported, default=0), 0), f"reported {reported}, found {after}"
        if reported:
            logged = [int(epoch) for epoch, *_ in metrics(folder)[1:]]
            assert logged == list(range(1, len(logged) + 1))
            assert reported[-1] <= len(logged) < after[0]
        if before > (1, 0) and printed:
            place = f"in epoch {before[0]}" if before[0] <= self.epochs else "after its last epoch"
            without_notes = re.sub(r"^note: .*\n", "", printed, flags=re.MULTILINE)
            resuming = f"Resuming {Run(folder).last} {place}.\n"
            assert resuming.startswith(without_notes[: len(resuming)]), printed
        temporary = list(folder.glob(".*.tmp"))
        assert len(temporary) <= 1, temporary
        hit = "start" if not printed else "in a save" if temporary else "between saves"
        self.counted[hit] += 1

    def look_at_event_files(self, folder: Path) -> None:
        """The event files have each epoch with the loss of metrics.csv."""
        events = (event for event in records(folder / FOLDER) if event.HasField("summary"))
        losses = {e.step: v.simple_value for e in events for v in e.summary.value if v.tag == "loss/train"}
        expected = {int(epoch): float(loss) for epoch, loss, *_ in metrics(folder)[1:]}
        assert losses == pytest.approx(expected, rel=1e-6)
        self.counted["trainings with event files"] += 1


def position(folder: Path) -> tuple[int, int]:
    """Epoch and step of last.npz, which is read whole; (1, 0) where there is none yet."""
    last = Run(folder).last
    if not last.exists():
        return 1, 0
    state = load_checkpoint(last).state
    return state.epoch, state.batch


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begun = origin()
    with TemporaryDirectory() as name:
        place = Path(name)
        (place / "data").mkdir()
        kills = Kills(write_data(place / "data"), place, options.epochs, random.Random(options.seed))
        kills.until(options.kills)
    print(json.dumps({**kills.counted, "epochs": options.epochs, "seed": options.seed, **begun}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
