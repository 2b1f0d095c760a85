"""A claim's sentence, its paper and its chapter are those that were read beside the paper."""

from dataclasses import replace

import sentences

import claims


def test_every_sentence_is_the_one_that_was_read_beside_the_paper():
    found = {name: sentences.seal(claim) for name, claim in claims.stated().items()}
    listed = sentences.sealed()
    changed = [name for name in (found | listed) if found.get(name) != listed.get(name)]
    assert not changed, (
        f"another sentence, rule, paper or chapter: {', '.join(changed)}; read it beside "
        "the paper, then python tests/claims/sentences.py ID ..."
    )


def test_a_seal_sees_a_word_a_chapter_a_paper_and_a_rule():
    claim = claims.stated()["kaplan-b12-size-ratio"]
    changes = ("claim", "It is {printed}."), ("chapter", 3), ("paper", "x"), ("seen_if", "1..2")
    for field, value in changes:
        assert sentences.seal(replace(claim, **{field: value})) != sentences.seal(claim), field
