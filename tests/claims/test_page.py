"""The ledger's page: what is counted, and that nothing in an entry is obeyed as HTML."""

import pytest

pytest.importorskip("myst_nb")

from companion_cite import provenance
from companion_claims import _card, _count
from companion_ledger import _place, _select, filters, inside_fold
from made_up_claims import claim

import claims
from claims import Ledger, judge


def test_counts_by_verdict_and_by_kind():
    ledger = claims.run()
    assert _count("all") == len(ledger)
    assert _count("differs") == ledger.counts()["differs"]
    kinds = [_count(kind) for kind in ("results", "arithmetic", "transcriptions", "measured")]
    assert sum(kinds) == len(ledger)
    assert _count("results differs") == ledger.counts("result")["differs"] <= _count("differs")
    assert _count("measured seen at our scale") == _count("seen at our scale")


@pytest.mark.parametrize("asked", ["result", "results wrong", "wrong"])
def test_a_count_that_is_not_known_is_refused(asked):
    with pytest.raises(ValueError, match="expected all or one of reproduced, rounding"):
        _count(asked)


def test_names_in_a_choice_are_shown_not_obeyed():
    name = '<img src=x onerror="alert(1)">'
    assert "<img" not in _select("paper", "every paper", {name: name})
    entry = claim(work=name, claim=f"{name} is {{printed}}.", reason=name, place=name, url=name)
    result = judge(entry, lambda: 1.0)
    ledger = Ledger((result,))
    assert "<img" not in filters(ledger, name) + ledger._repr_html_()
    assert "<img" not in _place(result, {}) + inside_fold(result, provenance())
    assert "<img" not in _card(result, "card", "row")
