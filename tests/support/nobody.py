"""A process without root's rights, which may read and write everything."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can become another user here")


def as_nobody(folder: Path, call: Callable[[], str]) -> str:
    """What `call` returns in a process that may look into `folder` and write nothing there."""
    folder.chmod(0o555)
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        said = "it was ended"
        try:
            if not os.geteuid():
                os.setuid(65534)
            said = call()
        except Exception as error:
            said = repr(error)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said
