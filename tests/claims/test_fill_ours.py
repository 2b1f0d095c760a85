"""The command that writes our values into the entries: what it prints, and when it writes."""

import pytest
from made_up_claims import GOOD, write

from claims import fill_ours
from claims.entries import read_claims
from claims.ledger import Ledger, judge_all
from claims.recompute import Recomputed

TWO = GOOD | {"id": '"test-two"', "ours": '"1.04"'}


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """A paper's file of two claims, of which the second has our value, 1.04, already."""
    file = write(tmp_path, GOOD, TWO)

    def run(paper, second=1.041):
        assert paper == "test2020"
        values = {"test-one": lambda: Recomputed(1.02), "test-two": lambda: Recomputed(second)}
        return Ledger(judge_all(read_claims(file), values))

    monkeypatch.setattr(fill_ours, "FOLDER", tmp_path)
    monkeypatch.setattr(fill_ours, "PAPERS", ("test2020",))
    monkeypatch.setattr(fill_ours, "run", run)
    return file


def test_what_would_change_is_printed_and_nothing_is_written(entries, capsys):
    before = entries.read_text("utf-8")
    fill_ours.main([])
    assert capsys.readouterr().out == 'test-one: nothing -> ours = "1.02"\n'
    assert entries.read_text("utf-8") == before


def test_it_is_written_if_asked_to_and_is_then_as_it_should_be(entries, capsys):
    before = entries.read_text("utf-8")
    fill_ours.main(["test2020", "--write"])
    after = entries.read_text("utf-8")
    assert after == before.replace(
        'verdict = "reproduced"\n', 'verdict = "reproduced"\nours = "1.02"\n', 1
    )
    capsys.readouterr()
    fill_ours.main(["--write"])
    assert capsys.readouterr().out == ""
    assert entries.read_text("utf-8") == after


def test_a_value_that_is_the_stated_one_at_its_digits_stays_and_another_does_not(
    entries, capsys, monkeypatch
):
    run = fill_ours.run
    monkeypatch.setattr(fill_ours, "run", lambda paper: run(paper, second=1.046))
    fill_ours.main([])
    changed = capsys.readouterr().out.splitlines()
    assert changed[1] == 'test-two: ours = "1.04" -> ours = "1.046"'
