"""Keeps Hypothesis to the same examples in continuous integration."""

import os

from hypothesis import settings

# A loaded machine must not fail a test by its pace, nor a new example a change that is innocent.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
