"""How the property tests of notebooks run: a busy machine must not make one fail."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("notebook", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("notebook")
