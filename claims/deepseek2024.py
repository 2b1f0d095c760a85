"""Claims of DeepSeek-AI 2024, *DeepSeek LLM*: its measure of size, and the best allocation."""

from claims.recompute import Recipe
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def _share_counted(model: str, *, embedding: bool) -> float:
    """Six FLOPs for each parameter over M, which counts attention and leaves the embedding out."""
    given = {
        symbol: constant("deepseek2024/Table 3", symbol).value
        for symbol in ("n_vocab", "context", f"n_layers_{model}", f"d_model_{model}")
    }
    layers, d = given[f"n_layers_{model}"], given[f"d_model_{model}"]
    parameters = 12 * layers * d**2 + (given["n_vocab"] * d if embedding else 0)
    M = 72 * layers * d**2 + 12 * layers * d * given["context"]
    return FLOPS_PER_PARAMETER_TOKEN * parameters / M


VALUES: dict[str, Recipe] = {
    "deepseek-table4-size-exponent": lambda: constant("deepseek2024", "M_exponent").value,
    "deepseek-table4-data-exponent": lambda: 1 - constant("deepseek2024", "M_exponent").value,
    "deepseek-table3-small-without-embedding": lambda: _share_counted("small", embedding=False),
    "deepseek-table3-small-with-embedding": lambda: _share_counted("small", embedding=True),
    "deepseek-table3-large-without-embedding": lambda: _share_counted("large", embedding=False),
    "deepseek-table3-large-with-embedding": lambda: _share_counted("large", embedding=True),
}
