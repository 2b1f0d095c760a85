"""What several tests of the package are given."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from commands import table
from planning import runs as made_up

from scaling_utils.own import command, intervals
from scaling_utils.own.fits import fit


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many hostile inputs were really tried."""
    passed = terminalreporter.stats.get("passed", [])
    counts = [dict(each.user_properties).get("inputs", 0) for each in passed]
    if tried := sum(counts):
        terminalreporter.write_line(f"{tried:,} inputs tried, by {sum(map(bool, counts))} tests")


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    """The file runs.csv, in the folder where commands are given; intervals are rough here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(intervals, "RESAMPLES", 60)
    path = tmp_path / "runs.csv"
    table().to_csv(path, index=False)
    return path


@pytest.fixture
def give(runs, capsys):
    """Gives a command; returns its exit code, what it printed, and what it complained of."""

    def run(line: str) -> tuple[int, str, str]:
        code = command.main(shlex.split(line))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def noisy():
    return fit(made_up())


@pytest.fixture(scope="session")
def planned(noisy):
    return noisy.plan(1e22)
