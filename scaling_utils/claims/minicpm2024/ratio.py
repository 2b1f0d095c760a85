"""Section 4.5: MiniCPM's tokens per parameter."""

from scaling_utils.claims.recompute import recomputes
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


@recomputes("minicpm-s45-exponent")
def exponent() -> float:
    alpha, beta = (constant("minicpm2024", symbol).value for symbol in ("alpha", "beta"))
    return (beta - alpha) / (alpha + beta)


def _ratio_of_llama_2(model: str) -> float:
    C, N = (constant("minicpm2024/Llama 2", f"{symbol}_{model}").value for symbol in "CN")
    return C / (FLOPS_PER_PARAMETER_TOKEN * N**2)


@recomputes("minicpm-s45-llama-2-small")
def llama_2_small() -> float:
    return _ratio_of_llama_2("13B")


@recomputes("minicpm-s45-llama-2-large")
def llama_2_large() -> float:
    return _ratio_of_llama_2("34B")
