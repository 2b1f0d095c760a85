"""Recompute what Kaplan et al. (2020) and Hoffmann et al. (2022) say about scaling laws.

For runs of your own: `Runs`, `fit`, `load` and `isoflops`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scaling_utils.isoflop import isoflops as isoflops
    from scaling_utils.own.fits import fit as fit
    from scaling_utils.own.fits import load as load
    from scaling_utils.own.runs import Runs as Runs

__version__ = "0.2.0"

_FRONT = {"Runs": "own.runs", "fit": "own.fits", "load": "own.fits", "isoflops": "isoflop"}


def __getattr__(name: str) -> Any:
    """Import the front door when it is used: laws and constants need none of it."""
    if name not in _FRONT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FRONT[name]}"), name)
