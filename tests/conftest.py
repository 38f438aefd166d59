"""What all tests share: examples may take as long as a busy machine needs."""

from hypothesis import HealthCheck, settings

settings.register_profile("cnnbp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cnnbp")
