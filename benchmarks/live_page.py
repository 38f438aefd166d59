"""The cost of `cnnbp train --live`: trainings with an open page and without, in pairs.

python -m benchmarks.live_page [PAIRS] [EPOCHS]

The page is a reader in another process, which does what the page's script does: it listens to the events and fetches
the sections whenever they have changed. Two figures are taken from the first step to the end: the processor time of the
server's threads and of the training's calls of the page, as a share of the training's time; and how much longer the
training took than without a page, which includes everything else that the machine does. Opening a page is apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from threading import enumerate as enumerate_threads
from time import perf_counter, sleep, thread_time
from typing import NamedTuple

import psutil

from cnnbp_cli.config import load_config
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.start import start

ROOT = Path(__file__).parents[1]

CONFIGS = ("seed", "lenet5")

OPENING = 2.0
"""Seconds that a page has to open, before the training starts."""

READER = """
import json, sys
from urllib.request import urlopen
address, shown = sys.argv[1], -1
urlopen(address).read()
for line in urlopen(address + "events"):
    if line.startswith(b"data: {") and (version := json.loads(line[6:])["version"]) != shown:
        urlopen(address + "sections").read()
        shown = version
"""
"""What a page does, as a program of its own."""


class Took(NamedTuple):
    """Seconds of one training, and processor seconds of the page during it and of its opening."""

    total: float
    page: float
    opening: float


def train(name: str, epochs: int, *, live: bool) -> Took:
    """One training, with an open page or without."""
    from cnnbp_cli.live.monitor import Monitor
    from cnnbp_cli.live.server import LiveServer

    config = load_config(ROOT / "configs" / f"{name}.yaml", [f"train.epochs={epochs}"])
    data = Data.read(ROOT / "data", config)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        training = start(config, data, Path(folder, "run"))
        monitor = Monitor(training)
        if live:
            server = stack.enter_context(LiveServer(monitor.app).in_background())
            reader = subprocess.Popen([sys.executable, "-c", READER, server.address], stderr=subprocess.DEVNULL)
            stack.callback(reader.wait)
            sleep(OPENING)
        events = stack.enter_context(closing(fit(training)))
        opening, began, shown = serving(), perf_counter(), 0.0
        for event in events:
            before = thread_time()
            monitor.show(event)
            shown += thread_time() - before
        return Took(perf_counter() - began, shown + serving() - opening if live else 0.0, opening)


def serving() -> float:
    """Processor seconds of the server's threads."""
    mine = {thread.native_id for thread in enumerate_threads() if thread.name.startswith(("cnnbp-live", "AnyIO"))}
    return sum(one.user_time + one.system_time for one in psutil.Process().threads() if one.id in mine)


def importing() -> float:
    """Processor seconds to import the server, in a process of its own."""
    code = "from time import process_time as t; import cnnbp_cli.training.fit; b = t(); import cnnbp_cli.live.server, "
    code += "cnnbp_cli.live.monitor; print(t() - b)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def main() -> None:
    """Measure each config, and print a line of JSON for each."""
    given = [int(argument) for argument in sys.argv[1:]]
    pairs, epochs = [*given, *(8, 3)[len(given) :]]
    print(json.dumps({"importing": round(min(importing() for _ in range(5)), 3)}), flush=True)
    for name in CONFIGS:
        more, own, opening = [], [], []
        for n in range(pairs):
            took = {live: train(name, epochs, live=live) for live in ((True, False) if n % 2 else (False, True))}
            more.append(100 * (took[True].total / took[False].total - 1))
            own.append(100 * took[True].page / took[True].total)
            opening.append(took[True].opening)
        measured = {
            "percent": round(mean(own), 2),
            "longer than without": round(mean(more), 2),
            "standard error of that": round(stdev(more) / pairs**0.5, 2),
            "opening": round(mean(opening), 2),
        }
        print(json.dumps({"config": name, "pairs": pairs, "epochs": epochs} | measured), flush=True)


if __name__ == "__main__":
    main()
