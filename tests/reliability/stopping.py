"""How long a training takes from a signal to its end.

    python -m tests.reliability.stopping --times 20

SIGINT and SIGTERM in turn, each at a random moment of the first seconds of a training of configs/seed.yaml, which has
to save, to print how to resume, and to end with the exit code that shells know. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.reliability.figures import ROOT, origin
from tests.reliability.processes import ended, train

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def stopped(number: signal.Signals, after: float, folder: Path, *options: object) -> float:
    """Seconds from the signal, which comes so long after the training began, to the end of the process."""
    process = train("--output-dir", folder, *options)
    process.stderr.readline()
    time.sleep(after)
    sent = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=60)
    took = time.monotonic() - sent
    code, printed = ended(process)
    assert code == CODES[number], printed
    assert f"To continue: cnnbp train --resume {folder / 'last.npz'}\n" in printed
    state = load_checkpoint(folder / "last.npz").state
    place, _, _ = printed[printed.index("stopped in") :].partition(";")
    assert place == f"stopped in epoch {state.epoch} after step {state.batch}"
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "seed.yaml")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data")
    options = parser.parse_args()
    begun = origin()
    results = {}
    for number in CODES:
        with TemporaryDirectory() as place:
            times = [
                stopped(
                    number,
                    random.uniform(0, 5),
                    Path(place) / str(index),
                    *("--config", options.config, "--data-dir", options.data_dir),
                )
                for index in range(options.times)
            ]
        results[number.name] = {"times": len(times), "median": round(median(times), 3), "longest": round(max(times), 3)}
    print(json.dumps({**results, "config": options.config.name, **begun}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
