"""Claims of Hu et al. 2024, *MiniCPM*: its tokens per parameter (Section 4.5)."""

from claims.recompute import Recipe
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def _exponent() -> float:
    alpha, beta = (constant("minicpm2024", symbol).value for symbol in ("alpha", "beta"))
    return (beta - alpha) / (alpha + beta)


def _ratio_of_llama_2(model: str) -> float:
    C, N = (constant("minicpm2024/Llama 2", f"{symbol}_{model}").value for symbol in "CN")
    return C / (FLOPS_PER_PARAMETER_TOKEN * N**2)


VALUES: dict[str, Recipe] = {
    "minicpm-s45-exponent": _exponent,
    "minicpm-s45-llama-2-small": lambda: _ratio_of_llama_2("13B"),
    "minicpm-s45-llama-2-large": lambda: _ratio_of_llama_2("34B"),
}
