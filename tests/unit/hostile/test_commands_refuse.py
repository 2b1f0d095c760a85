"""The command answers, or refuses in one line, whatever is typed behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import table
from hypothesis import strategies as st
from judging import in_time
from trying import tried

from scaling_utils.own import command, intervals

TRIED_HERE = ("main", "fit", "plan", "isoflop")

FLAGS = [
    "--column",
    "--group",
    "--drop",
    "--form",
    "--x",
    "--fix",
    "--tie",
    "--bound",
    "--nothing",
]
FLAGS += [
    "--objective",
    "--budget",
    "--unique",
    "--extrapolate",
    "--budgets",
    "--curve",
    "-",
    "--",
]
WORDS = ["E=1.69", "alpha=beta", "alpha=0.1:0.6", "N=D", "N=", "=N", "1e22", "1e400", "-1", "nan"]
WORDS += ["chinchilla", "power", "repeated", "kaplan-nd", "absolute", "huber", "parabola", "akima"]
WORDS += [
    "C",
    "D",
    "E=nan",
    "E=-1",
    "alpha=9:1",
    "alpha=1:inf",
    "E==1",
    "a:b:c",
    "2.5",
    "1e24",
    "",
]
WORDS += ["runs.csv", "short.csv", "none.csv", ".", "=1+1", "%s", "{}", "\u2028", "\x00", "N=N=N"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(intervals, "RESAMPLES", 10)
    monkeypatch.setattr(intervals, "TRIED", 10)
    table().to_csv("runs.csv", index=False)
    table().head(4).to_csv("short.csv", index=False)
    return tmp_path


def test_any_words_are_answered_or_refused_in_one_line(folder, capsys, record_property) -> None:
    before = sorted(folder.iterdir())

    def look(words: list[str]) -> None:
        with in_time(20):
            code = command.main(words)
        out, err = capsys.readouterr()
        assert code in (0, 1, 2)
        assert "Traceback" not in out + err
        if code == 2:
            assert out == ""
            assert err.count("\n") == 1
            assert len(err) > 10
        else:
            assert out
            assert err == ""
        assert "nan" not in out.split() or code == 1

    word = st.sampled_from([*FLAGS, *WORDS]) | st.text(max_size=4).filter(
        lambda x: not x.startswith(("-s", "-p", "-r", "-h", "--s", "--p", "--r", "--h"))
    )
    asked = st.tuples(
        st.sampled_from(["fit", "plan", "isoflop", "fit", "fti"]),
        st.sampled_from(["runs.csv", "short.csv", "none.csv", "runs.csv"]),
        st.lists(word, max_size=4),
    )
    tried("commands", asked.map(lambda x: [x[0], x[1], *x[2]]), look, record_property)
    assert sorted(folder.iterdir()) == before, "nothing was written that was not asked for"
