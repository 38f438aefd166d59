"""What all tests share: how Hypothesis draws examples, and a mirror of MNIST.

By default the examples are the same in every run, so a test that passed still passes. The profile `search` draws
others in each run, and many more. In both, an example may take as long as a busy machine needs.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.mnist.mirror_server import MirrorServer, serving
from tests.support.children import EARLIER, all_children
from tests.support.examples import USUAL

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("cnnbp", PATIENT, derandomize=True)
settings.register_profile("search", PATIENT, max_examples=20 * USUAL)
settings.load_profile("cnnbp")


@pytest.fixture(autouse=True)
def earlier_children() -> None:
    """Note which processes are there before a test, so that it finds only its own."""
    EARLIER.clear()
    EARLIER.update(all_children())


@pytest.fixture
def mirror() -> Iterator[MirrorServer]:
    with serving() as server:
        yield server
