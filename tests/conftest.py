"""Settings every test shares."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A loaded machine is no reason to fail: what counts is what comes out, not how fast it was generated.
settings.register_profile("gridpulse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gridpulse")
