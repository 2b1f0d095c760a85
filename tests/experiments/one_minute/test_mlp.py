"""The small model: its gradient, its counts, its optimiser and the average of its weights."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.one_minute.mlp import MLP, Shape, matrices
from experiments.one_minute.optimiser import Optimiser, Recipe, kept, schedule

SMALL = Shape(width=5, symbols=7, context=3, embedding=2)


def batch(shape, size, seed=0):
    rng = np.random.default_rng(seed)
    contexts = rng.integers(0, shape.symbols, (size, shape.context), dtype=np.uint8)
    return contexts, rng.integers(0, shape.symbols, size, dtype=np.uint8)


def random_model(shape, size, seed=1):
    model = MLP(shape, size, np.float64)
    model.parameters[:] = np.random.default_rng(seed).standard_normal(shape.N)
    return model


@pytest.mark.parametrize("size", [1, 4, 33])
def test_every_element_of_the_gradient_agrees_with_finite_differences(size):
    model = random_model(SMALL, size)
    contexts, targets = batch(SMALL, size)
    model.loss_and_gradient(contexts, targets)
    found, step = model.gradient.copy(), 1e-6
    expected = np.empty(SMALL.N)
    for k in range(SMALL.N):
        middle = model.parameters[k]
        model.parameters[k] = middle + step
        above = model.loss(contexts, targets)
        model.parameters[k] = middle - step
        expected[k] = (above - model.loss(contexts, targets)) / (2 * step)
        model.parameters[k] = middle
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert np.abs(found).max() > 1e-2


def test_a_symbol_that_stands_twice_in_a_context_gets_both_slopes():
    model = random_model(SMALL, 1)
    contexts, targets = np.array([[2, 2, 2]], np.uint8), np.array([1], np.uint8)
    model.loss_and_gradient(contexts, targets)
    embedding = matrices(model.gradient, SMALL)[0]
    assert np.any(embedding[2] != 0)
    assert not np.delete(embedding, 2, axis=0).any()


def test_the_loss_is_the_cross_entropy_written_plainly():
    model = random_model(SMALL, 20)
    contexts, targets = batch(SMALL, 20)
    table, first, bias1, second, bias2 = matrices(model.parameters, SMALL)
    hidden = np.maximum(table[contexts].reshape(20, -1) @ first + bias1, 0)
    logits = hidden @ second + bias2
    plain = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(20), targets]
    assert model.loss(contexts, targets) == pytest.approx(plain.mean(), rel=1e-12)
    assert model.loss_and_gradient(contexts, targets) == model.loss(contexts, targets)


def test_large_logits_do_not_overflow():
    model = random_model(SMALL, 4)
    model.parameters *= 1e3
    with np.errstate(all="raise", under="ignore"):
        assert math.isfinite(model.loss(*batch(SMALL, 4)))


@given(st.integers(1, 300), st.integers(2, 120), st.integers(1, 10), st.integers(1, 9))
def test_parameters_of_the_three_parts_fill_the_vector(width, symbols, context, embedding):
    shape = Shape(width, symbols, context, embedding)
    table, first, bias1, second, bias2 = matrices(np.zeros(shape.N), shape)
    assert table.size == shape.N_embedding
    assert first.size + bias1.size == shape.N_body
    assert second.size + bias2.size == shape.N_head
    assert shape.N_embedding + shape.N_body + shape.N_head == shape.N
    assert shape.flops_per_byte == 6 * (first.size + second.size)


@pytest.mark.parametrize("bad", [{"width": 0}, {"width": 2.5}, {"context": -1}])
def test_sizes_that_are_no_sizes_are_refused(bad):
    with pytest.raises(ValueError, match="must be a positive whole number"):
        Shape(**({"width": 4, "symbols": 9} | bad))


def test_every_model_starts_at_the_loss_of_guessing():
    model = MLP(Shape(16, 50), 64)
    model.initialise(np.random.default_rng(0))
    loss = model.loss(*batch(model.shape, 64))
    assert loss == pytest.approx(math.log(50), rel=1e-6)


def test_steps_are_those_of_adam_as_published():
    """Kingma and Ba 2015, Algorithm 1, with the rates of the three parts."""
    recipe = Recipe(epsilon=1e-3)
    model = MLP(SMALL, 4, np.float64)
    optimiser = Optimiser(model, recipe)
    body, head = SMALL.N_embedding, SMALL.N_embedding + SMALL.N_body
    rate = np.full(SMALL.N, recipe.rate)
    rate[:body] *= recipe.embedding_factor
    rate[head:] *= recipe.head_width / SMALL.width
    rng = np.random.default_rng(3)
    weights, mean, square = np.zeros((3, SMALL.N))
    for step in range(1, 400):
        slope = rng.standard_normal(SMALL.N) * 10 ** rng.uniform(-4, 0)
        model.gradient[:] = slope
        optimiser.step()
        mean = recipe.beta1 * mean + (1 - recipe.beta1) * slope
        square = recipe.beta2 * square + (1 - recipe.beta2) * slope**2
        mean_hat = mean / (1 - recipe.beta1**step)
        square_hat = square / (1 - recipe.beta2**step)
        move = rate * schedule(step, recipe) * mean_hat / (np.sqrt(square_hat) + recipe.epsilon)
        weights = weights - move
    np.testing.assert_allclose(model.parameters, weights, rtol=1e-9, atol=1e-12)


@given(st.integers(2, 300), st.floats(0, 12))
def test_the_average_weighs_each_step_nearly_as_its_power(steps, gamma):
    """The share of step t in the average after s steps, multiplied out."""
    stays = np.array([kept(t, gamma) for t in range(1, steps + 1)])
    share = (1 - stays) * np.append(np.cumprod(stays[:0:-1])[::-1], 1.0)
    assert share.sum() == pytest.approx(1, abs=1e-12)
    # Exactly ((t/s)^(g+1) - ((t-1)/s)^(g+1)): the integral of the power over the step.
    edges = (np.arange(steps + 1) / steps) ** (gamma + 1)
    np.testing.assert_allclose(share, np.diff(edges), atol=1e-12)


def test_the_optimiser_keeps_that_average():
    model = MLP(SMALL, 4, np.float64)
    optimiser = Optimiser(model, Recipe(gamma=3.0))
    values = np.random.default_rng(0).standard_normal(40)
    for value in values:
        model.parameters[:] = value  # with no gradient, Adam does not move them
        optimiser.step()
    share = np.diff((np.arange(41) / 40) ** 4)
    np.testing.assert_allclose(optimiser.average, share @ values, rtol=1e-12)


def test_the_rate_rises_stays_and_falls_without_an_end():
    recipe = Recipe(warm_up=10, constant=100)
    rates = [schedule(step, recipe) for step in (1, 5, 10, 100, 400, 40_000)]
    assert rates == pytest.approx([0.1, 0.5, 1, 1, 0.5, 0.05])
