"""What all tests share: Hypothesis's examples in continuous integration, and their order."""

import gc
import os

import pytest
from hypothesis import settings

# A loaded machine must not fail a test by its pace, nor a new example a change that is innocent.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

gc.set_threshold(100_000, 20, 100)  # parsed pages are large: looking for garbage takes its time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing may be tried on no value at all; files that need a browser take longest: first.

    Pytest skips a test whose list of values is empty, such as files that a pattern does not find.
    """
    idle = [item.nodeid for item in items if item.nodeid.endswith("[NOTSET]")]
    if idle:
        raise pytest.UsageError(f"{', '.join(idle)}: there is nothing to try it on")
    slow = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in slow)
