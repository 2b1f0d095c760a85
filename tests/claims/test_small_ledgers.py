"""Ledgers of few claims: what is counted, tabulated, found and refused."""

import pandas as pd
import pytest
from made_up_claims import claim

import claims
from claims import ClaimError, Ledger, judge, ledger
from claims.ledger import judge_all
from claims.recompute import Recomputed
from experiments.analysis.effect import Measured

PAPER, CHAPTER = "minicpm2024", 12


def three():
    effect = Measured(1.0, 0.95, 1.05, 36, "95 % over seeds")
    seen = {"effect": "slope", "seen_if": "0.9..1.1", "verdict": "seen at our scale"}
    return Ledger(
        (
            judge(claim(id="test-one"), lambda: 1.0),
            judge(claim(id="test-two", kind="arithmetic"), lambda: Recomputed(1.2, (1.1, 1.3))),
            judge(claim(id="test-three", **seen), lambda: effect),
        )
    )


def test_claims_are_counted_by_verdict_and_kind():
    made = three()
    assert len(made) == 3
    found = {verdict: n for verdict, n in made.counts().items() if n}
    assert found == {"reproduced": 1, "differs": 1, "seen at our scale": 1}
    assert {v: n for v, n in made.counts("result").items() if n} == {"reproduced": 1}
    assert {v: n for v, n in made.counts("arithmetic").items() if n} == {"differs": 1}
    assert tuple(made.counts("transcription")) == claims.VERDICTS


def test_a_frame_keeps_whole_numbers_whole_and_what_is_missing_missing():
    frame = three().to_frame().set_index("id")
    assert list(frame.columns[-7:]) == [
        *("value", "from_rounded_low", "from_rounded_high", "low", "high", "runs", "interval")
    ]
    types = {name: str(frame[name].dtype) for name in frame.columns[-7:]}
    assert types == dict.fromkeys(frame.columns[-7:-2], "float64") | {
        "runs": "Int64",
        "interval": str(pd.Series(["x"]).astype("str").dtype),
    }
    assert frame.loc["test-two", ["from_rounded_low", "from_rounded_high"]].tolist() == [1.1, 1.3]
    assert frame.loc["test-three", ["value", "low", "high", "runs"]].tolist() == [
        1,
        0.95,
        1.05,
        36,
    ]
    assert frame.loc["test-one", ["from_rounded_low", "low", "runs"]].isna().all()
    nothing = Ledger(()).to_frame()
    assert {name: str(nothing[name].dtype) for name in types} == types


def test_a_notebook_shows_the_table_with_its_style():
    html = three()._repr_html_()
    assert html.startswith("<style>")
    assert html.count('<tr id="claim-test-') == 3


def test_claims_are_judged_in_their_order_or_those_of_one_chapter():
    stated = [claim(id="test-b", chapter=2), claim(id="test-a", chapter=1)]
    recipes = {"test-a": lambda: 1.0, "test-b": lambda: 1.0}
    assert [r.id for r in judge_all(stated, recipes)] == ["test-b", "test-a"]
    assert [r.id for r in judge_all(iter(stated), recipes, chapter=1)] == ["test-a"]
    assert judge_all(stated, recipes, chapter=3) == ()


def test_every_recipe_without_a_claim_is_named():
    recipes = {"test-z": lambda: 1.0, "test-b": lambda: 1.0, "test-one": lambda: 1.0}
    with pytest.raises(ClaimError) as caught:
        judge_all([claim()], recipes)
    assert str(caught.value) == ("VALUES recomputes claims that no entry states: test-b, test-z")


def test_one_paper_and_one_chapter_are_run():
    whole = claims.run(paper=PAPER)
    assert {r.claim.paper for r in whole.results} == {PAPER}
    chapters = {r.claim.chapter for r in whole.results}
    for chapter in chapters:
        found = claims.run(paper=PAPER, chapter=chapter).results
        assert found == tuple(r for r in whole.results if r.claim.chapter == chapter)
    without = next(chapter for chapter in claims.CHAPTERS if chapter not in chapters)
    assert len(claims.run(paper=PAPER, chapter=without)) == 0
    for result in whole.results:
        assert claims.stated()[result.id] == result.claim
        assert claims.printed(result.id) == result.claim.printed
        if result.value is not None:
            assert claims.value(result.id) == result.value


def test_one_chapter_is_run_for_all_papers():
    found = [r.id for r in claims.run(chapter=3).results]
    assert found == [claim.id for claim in claims.stated().values() if claim.chapter == 3]


def test_a_value_that_cannot_be_had_is_named(monkeypatch):
    wanted = "kaplan-b12-size-ratio"
    monkeypatch.setattr(ledger, "_recipes", lambda paper: {wanted: lambda: 1 / 0})
    with pytest.raises(ClaimError, match=f"^{wanted} could not be recomputed: division by zero"):
        claims.value(wanted)


def test_papers_are_in_the_order_of_their_years():
    years = [paper[-4:] for paper in claims.PAPERS]
    assert years == sorted(years)
    assert {claim.paper for claim in claims.stated().values()} == set(claims.PAPERS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: three().result("test-tree"),
            "no claim 'test-tree'; did you mean test-three or test-two or test-one?",
        ),
        (lambda: three().result("q"), "no claim 'q'; see claims.run().to_frame()"),
        (lambda: three().result(12), "no claim 12; see claims.run().to_frame()"),
        (lambda: claims.run(chapter=0), "chapter 0 is not known; expected 1 to 12"),
        (lambda: claims.run(paper="minicpm"), "paper 'minicpm'.*minicpm2024"),
        (lambda: three().counts("word"), "kind of claim 'word'.*arithmetic"),
        (
            lambda: claims.value("kaplan-s42-seed-noise"),
            "kaplan-s42-seed-noise cannot be computed, for what it needs was never published: The",
        ),
    ],
)
def test_what_is_not_there_is_named_with_what_is(call, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        call()


def test_one_result_is_found_by_its_id():
    assert three().result("test-two").verdict == "differs"
