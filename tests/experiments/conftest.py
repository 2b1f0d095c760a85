"""The study's own tests need PyTorch, which is too large to be in the lock file."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
NEED_TORCH = [f"transformers/test_{name}.py" for name in ("model", "train", "study", "command")]
HAS_TORCH = importlib.util.find_spec("torch") is not None
HOW = "run 'make torch', then 'make test' again"

# Without PyTorch these modules cannot even be imported, so they are not collected.
collect_ignore = [] if HAS_TORCH else NEED_TORCH


def pytest_configure(config: pytest.Config) -> None:
    if not HAS_TORCH and os.environ.get("REQUIRE_TORCH"):
        raise pytest.UsageError(f"REQUIRE_TORCH is set and PyTorch is not installed: {HOW}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_TORCH:
        names = ", ".join(NEED_TORCH)
        terminalreporter.write_line(f"NOT RUN: {names} in tests/experiments, no PyTorch: {HOW}")


@pytest.fixture(scope="session")
def texts():
    """A small text with something to learn, and one that is unlike it."""
    from experiments.transformers.corpora import from_text

    random = np.random.default_rng(0)
    words = [b"loss", b"falls", b"as", b"a", b"power", b"of", b"the", b"compute", b".\n"]
    near = b" ".join(words[k] for k in random.integers(len(words), size=200_000))
    far = bytes(random.integers(33, 127, size=40_000, dtype=np.uint8))
    return from_text(near, {"near": near[::-1][:40_000], "far": far})
