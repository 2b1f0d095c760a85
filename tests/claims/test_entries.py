"""Entries that are wrong, functions that are missing, and how a verdict comes about."""

import pytest
from made_up_claims import GOOD, PAPER, claim, write

from claims import ClaimError, judge
from claims.entries import read_claims
from claims.ledger import judge_all
from claims.recompute import Recomputed
from scaling_utils.published import constant


def test_a_good_entry_is_read_with_its_defaults(tmp_path):
    assert read_claims(write(tmp_path, GOOD)) == (claim(),)


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"printed": None}, "printed", "is missing"),
        ({"verdict": None}, "verdict", "is missing"),
        ({"Place": '"Eq. 1"'}, "Place", "is not known; expected some of id, place"),
        ({"chapter": "13"}, "chapter", "must be a chapter's number"),
        ({"chapter": '"1"'}, "chapter", "must be a chapter's number"),
        ({"chapter": "1.0"}, "chapter", "must be a chapter's number"),
        ({"chapter": "true"}, "chapter", "must be a chapter's number"),
        ({"printed": "1.0"}, "printed", "must be a string"),
        ({"printed": '"one"'}, "printed", "'one' is not a printed number"),
        ({"printed": '"2..1"', "compare": '"range"'}, "printed", "from high to low"),
        ({"compare": '"nearly"'}, "compare", "expected one of digits"),
        (
            {"compare": '"words"'},
            "verdict",
            "must be 'never published' or a measurement's where words are printed, unless",
        ),
        ({"verdict": '"true"'}, "verdict", "expected one of reproduced"),
        ({"verdict": '"differs"'}, "reason", "is missing; the verdict 'differs' needs one"),
        ({"verdict": '"rounding"'}, "reason", "is missing"),
        ({"verdict": '"never published"'}, "reason", "is missing"),
        (
            {"claim": '"One is {printed}"'},
            "claim",
            "must be a sentence that ends with a full stop$",
        ),
        ({"claim": '"One is this."'}, "claim", "must have its number in it"),
        ({"kind": None}, "kind", "is missing"),
        ({"claim": "'$1 = 1$.'"}, "claim", "without LaTeX"),
        ({"reason": '" because"'}, "reason", "blanks at its ends"),
        ({"place": '""'}, "place", "is empty"),
        ({"id": '"Test-one"'}, "id", "kebab case and begin with test-"),
        ({"id": '"other-one"'}, "id", "begin with test-"),
        ({"unit": '"bananas"'}, "unit", "expected one of %, FLOPs"),
        ({"kind": '"opinion"'}, "kind", "expected one of result, arithmetic"),
        ({"kind": '"measured"'}, "kind", "must be 'measured' where our runs decide"),
        ({"on_our_reading": '"yes"'}, "on_our_reading", "must be true or false"),
        (
            {"verdict": '"differs"', "reason": '"Why."', "on_our_reading": "true"},
            "verdict",
            "cannot be 'differs' on our own reading",
        ),
        (
            {"verdict": '"on our reading"', "reason": '"Their points."'},
            "on_our_reading",
            "must be true",
        ),
        (
            {"verdict": '"on our reading"', "reason": '"Why."', "on_our_reading": "true"},
            "reason",
            "must say what the authors' own points give$",
        ),
        ({"exact_inputs": '"Counts."'}, "exact_inputs", "'differs' and nothing else$"),
        ({"holds_if": '"about 2"'}, "holds_if", "is no range"),
        ({"printed_from": '"kaplan2020/L(N) N_c"'}, "printed", "from which it is taken$"),
        (
            {"printed": None, "printed_from": '"kaplan2020/L(N) N_d"'},
            "printed_from",
            "expected one of N_c, alpha_N",
        ),
        (
            {"printed": None, "printed_from": '"gadre2024/C4 E"'},
            "printed_from",
            "has no printed digits",
        ),
    ],
)
def test_a_bad_entry_names_file_claim_and_field(tmp_path, changes, field, why):
    entry = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    said = entry["id"].strip('"')
    with pytest.raises(ClaimError, match=rf"test2020\.toml: claim {said}: field {field}: .*{why}"):
        read_claims(write(tmp_path, entry))


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "differs", "reason": "Why.", "exact_inputs": "Counts."},
        {"verdict": "on our reading", "reason": "Their points say 2.", "on_our_reading": True},
        {"verdict": "rounding", "reason": "Of one input."},
        {"verdict": "never published", "reason": "The runs.", "compare": "words"},
        {"compare": "words", "holds_if": "1..2"},
    ],
)
def test_what_a_verdict_calls_for_is_enough(tmp_path, changes):
    said = {
        key: str(value).lower() if value is True else f'"{value}"'
        for key, value in changes.items()
    }
    assert read_claims(write(tmp_path, GOOD | said)) == (claim(**changes),)


def test_printed_digits_come_from_the_published_constants(tmp_path):
    entry = {key: value for key, value in GOOD.items() if key != "printed"}
    entry["printed_from"] = '"kaplan2020/L(N,S) Table 5 N_c"'
    (read,) = read_claims(write(tmp_path, entry))
    assert read.printed == constant("kaplan2020/L(N,S) Table 5", "N_c").printed == "8.8e13"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"claim": "One is {printed}."}, "One is 1.0."),
        ({"claim": "One is {printed}.", "unit": "times"}, "One is 1.0 times."),
        ({"claim": "One is {printed}.", "unit": "%"}, "One is 1.0\N{NO-BREAK SPACE}%."),
        ({"claim": "{number} times one.", "unit": "times"}, "1.0 times one."),
        ({"claim": "Over {printed}.", "printed": "1e6", "compare": "at least"}, "Over 10⁶."),
        ({"claim": "{printed}.", "printed": "1..2", "compare": "range"}, "1 to 2."),
        ({"claim": "It is {printed}.", "printed": "slow", "compare": "words"}, "It is slow."),
        ({"printed": "few", "compare": "words", "unit": "tokens"}, "One is few."),
    ],
)
def test_the_sentence_has_its_number(changes, sentence):
    assert claim(**changes).sentence == sentence


def test_an_entry_without_id_is_named_by_its_number(tmp_path):
    entry = {key: value for key, value in GOOD.items() if key != "id"}
    with pytest.raises(ClaimError, match="claim number 2: field id: is missing"):
        read_claims(write(tmp_path, GOOD, entry))


def test_an_id_that_appears_twice_is_refused(tmp_path):
    with pytest.raises(ClaimError, match="claim test-one: field id: appears twice"):
        read_claims(write(tmp_path, GOOD, GOOD))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[paper", "is not valid TOML"),
        ('[[claim]]\nid = "test-one"\n', r"needs a table \[paper\]"),
        (
            '[paper]\nkey = "test2020"\n',
            r"needs a table \[paper\] with key, prefix, title, short, url",
        ),
        (PAPER, r"needs at least one \[\[claim\]\]"),
        ("claim = []\n" + PAPER, r"needs at least one \[\[claim\]\]"),
        (PAPER.replace("https:", "http:"), r"\[paper\] url must begin with https://$"),
        ("claim = 1\n" + PAPER, r"needs at least one \[\[claim\]\]"),
    ],
)
def test_a_bad_file_is_named(tmp_path, text, message):
    file = tmp_path / "test2020.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ClaimError, match=rf"test2020\.toml: {message}"):
        read_claims(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ClaimError, match=r"none\.toml: cannot be read"):
        read_claims(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("recipe", "verdict"),
    [
        (lambda: Recomputed(1.04), "reproduced"),
        (lambda: Recomputed(1.04, from_rounded=2.0), "reproduced"),
        (lambda: Recomputed(1.06, from_rounded=1.0), "rounding"),
        (lambda: Recomputed(1.06, from_rounded=(1.04, 1.08)), "rounding"),
        (lambda: Recomputed(1.06, from_rounded=(0.8, 1.2)), "rounding"),
        (lambda: Recomputed(1.06, from_rounded=2.0), "differs"),
        (lambda: Recomputed(1.06, from_rounded=(1.06, 1.08)), "differs"),
        (None, "never published"),
    ],
)
def test_the_verdict_is_computed_not_copied(recipe, verdict):
    for expected in ("reproduced", "differs"):
        assert judge(claim(verdict=expected), recipe).verdict == verdict


def test_a_claim_without_recipe_was_never_published():
    (result,) = judge_all([claim()], {})
    assert (result.verdict, result.value) == ("never published", None)


def test_a_recipe_without_claim_is_refused():
    with pytest.raises(ClaimError, match="no entry states: test-two"):
        judge_all([claim()], {"test-two": lambda: 2.0})


def test_words_cannot_be_recomputed():
    with pytest.raises(ClaimError, match="test-one: no number can be compared"):
        judge(claim(printed="slowly", compare="words"), lambda: 1.0)


def fail():
    raise KeyError("N_c")


@pytest.mark.parametrize("recipe", [fail, lambda: "one", lambda: 1 / 0, lambda: None])
def test_a_recipe_that_fails_is_named(recipe):
    with pytest.raises(ClaimError, match="test-one could not be recomputed"):
        judge(claim(), recipe)


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(ClaimError, match="test-one: a recomputed value must be finite"):
        judge(claim(), lambda: float("nan"))
