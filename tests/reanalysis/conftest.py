"""Says when Figure 4 cannot be extracted again."""

import os

FIGURE4 = "HOFFMANN_FIGURE4_SVG"
# The figure is not ours to ship. Where the variable names a copy, the points are read anew.
collect_ignore = [] if os.environ.get(FIGURE4) else ["test_figure4_source.py"]


def pytest_report_header() -> str:
    """Name what did not run, and how to run it."""
    if os.environ.get(FIGURE4):
        return f"Figure 4 is extracted again from {FIGURE4}"
    return f"Figure 4 was not re-extracted: set {FIGURE4} to the figure's SVG (see data/README.md)"
