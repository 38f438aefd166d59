"""What all tests share: examples may take as long as a busy machine needs."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.mnist.mirror_server import MirrorServer, serving

settings.register_profile("cnnbp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cnnbp")


@pytest.fixture
def mirror() -> Iterator[MirrorServer]:
    with serving() as server:
        yield server
