"""The Transformer: its parameters are Kaplan's, it sees only the past, it starts ignorant."""

from __future__ import annotations

import math

import pytest
import torch

from experiments.transformers.model import Transformer, next_byte_loss
from experiments.transformers.plan import CONTEXT, SHAPES, size


def random_text(windows: int = 3, length: int = 40) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (windows, length), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("width", SHAPES)
def test_parameters_are_those_of_the_table(width):
    layers, heads = SHAPES[width]
    model, counts = Transformer(width, layers, heads, CONTEXT), size(width, 0).counts()
    assert sum(p.numel() for p in model.blocks.parameters()) == counts["N_body"]
    assert counts["N_body"] == 12 * layers * width**2
    assert model.head.weight.numel() == counts["N_head"]
    assert model.embedding.weight.numel() == counts["N_embedding"]


def test_knows_nothing_before_training():
    loss = next_byte_loss(Transformer(16, 2, 1, CONTEXT), random_text()).detach()
    assert float(loss) == pytest.approx(math.log(256), abs=1e-5)


def test_a_later_byte_changes_no_earlier_guess():
    torch.manual_seed(0)
    model = Transformer(16, 2, 2, CONTEXT)
    torch.nn.init.normal_(model.head.weight)
    text = random_text().long()
    changed = text.clone()
    changed[:, 30] = (changed[:, 30] + 1) % 256
    before, after = model(text), model(changed)
    torch.testing.assert_close(before[:, :30], after[:, :30])
    assert not torch.allclose(before[:, 30:], after[:, 30:])


def test_order_matters():
    torch.manual_seed(0)
    model = Transformer(16, 2, 2, CONTEXT)
    torch.nn.init.normal_(model.head.weight)
    text = random_text(1).long()
    swapped = text[:, [1, 0, *range(2, text.shape[1])]]
    assert not torch.allclose(model(text)[:, -1], model(swapped)[:, -1])


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads do not divide a width of 16"):
        Transformer(16, 2, 3, CONTEXT)
