"""Texts are compared by counts that can be made by hand."""

import numpy as np
import pytest

from experiments.transformers.distances import TrigramModel, distances


def text(letters):
    return np.frombuffer(letters.encode(), np.uint8)


TRAINING = text("the cat sat on the mat. " * 40)


def test_chances_of_all_next_bytes_add_up_to_one():
    model = TrigramModel(TRAINING)
    for before in ("th", "qz", ". "):
        every = np.concatenate([np.append(text(before), np.uint8(k)) for k in range(256)])
        assert np.exp(-model.losses(every)[::3]).sum() == pytest.approx(1.0)


def test_a_history_never_seen_falls_back_on_the_shorter_one():
    model = TrigramModel(TRAINING)
    after_t, after_qt = (model.losses(text(before))[-1] for before in (" th", "qth"))
    # "qt" was never seen; of 200 bytes after t, 80 are h, and there are three kinds.
    kinds = len({"h", " ", "."})
    single = (80 + 11 / 256) / (960 + 11)
    assert after_qt == pytest.approx(-np.log((80 + kinds * single) / (200 + kinds)))
    assert after_t < after_qt


def test_shares_of_rare_bytes_pairs_and_triples():
    table = distances(TRAINING, {"same": TRAINING, "other": text("the {at sat")})
    same, other = table.to_dict("records")
    assert (same["rare_bytes"], same["rare_pairs"], same["new_triples"]) == (0, 0, 0)
    assert same["loss_from_rare_pairs"] == 0
    assert same["loss_elsewhere"] == pytest.approx(same["trigram_loss"])
    assert other["rare_bytes"] == pytest.approx(1 / 11)
    assert other["rare_pairs"] == pytest.approx(2 / 9)  # " {" and "{a", of nine from the third on
    assert other["new_triples"] == pytest.approx(3 / 9)
    assert other["loss_from_rare_pairs"] > 0.5
    assert other["trigram_loss"] > same["trigram_loss"]
