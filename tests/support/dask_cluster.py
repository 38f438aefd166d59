"""A real Dask scheduler and real workers in processes of their own, on the loopback interface."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 60


@dataclass
class DaskCluster:
    """A scheduler, and the workers that joined it."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    spaces: list[Path] = field(default_factory=list)
    scheduler: subprocess.Popen[bytes] | None = None

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def start(self) -> None:
        self.file.unlink(missing_ok=True)
        self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", "0")
        wait_until(lambda: bool(self.file.exists() and self.file.read_text().strip()))

    def add_worker(
        self, *, path: Path | None = None, user: int | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        """A worker with one thread. `path` is searched first for modules; `user` owns the process."""
        from distributed import Client

        extra = {"PYTHONPATH": os.pathsep.join(map(str, filter(None, [path, Path(__file__).parents[2]])))}
        space = Path(tempfile.mkdtemp(prefix="worker-"))
        space.chmod(0o777)
        self.spaces.append(space)
        options = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(space))
        worker = self._run("worker", *options, user=user, **extra, **environment)
        self.workers.append(worker)
        with Client(self.address, set_as_default=False) as client:
            known = len([one for one in self.workers if one.poll() is None])
            client.wait_for_workers(known, timeout=START_SECONDS)
        return worker

    def _run(self, kind: str, *options: str, user: int | None = None, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}"]
        command += ["--scheduler-file", str(self.file)] if kind == "scheduler" else [self.address]
        log = (self.folder / f"{kind}-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [*command, "--no-dashboard", *options],
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment},
                cwd="/" if user else self.folder,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        for space in self.spaces:
            shutil.rmtree(space, ignore_errors=True)


def wait_until(holds: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Return as soon as `holds()` is true; fail if that takes too long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "this took too long"
        time.sleep(0.02)


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    cluster = DaskCluster(folder)
    try:
        cluster.start()
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
