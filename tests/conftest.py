"""The one Hypothesis profile of all tests, with a seed that is printed and can be given again (HYPOTHESIS_SEED)."""

import os
import random

import pytest
from hypothesis import HealthCheck, settings

SEED = os.environ.setdefault("HYPOTHESIS_SEED", str(random.SystemRandom().randrange(2**32)))
"""Workers of pytest-xdist inherit the environment, and so the seed."""

settings.register_profile("dnsguard", deadline=None, derandomize=False, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dnsguard")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = SEED


def pytest_report_header(config):
    return f"hypothesis seed: {config.option.hypothesis_seed} (HYPOTHESIS_SEED={config.option.hypothesis_seed} runs the same again)"
