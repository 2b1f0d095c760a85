"""What pytest is told while mutants are tried.

Hypothesis takes the same few examples each time, and does not look for the smallest that fails.
mutmut keeps a copy of a function for each of its mutants: only the example of one is tried.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    max_examples=50,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Take the place of the profile that tests/conftest.py has chosen."""
    settings.load_profile("mutants")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the examples in the docstrings of mutmut's copies; what tries many comes last."""
    copies = [item for item in items if "__mutmut_" in item.nodeid]
    config.hook.pytest_deselected(items=copies)
    rest = [item for item in items if "__mutmut_" not in item.nodeid]
    items[:] = sorted(rest, key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))
