"""Claims of Sardana et al. 2023, *Beyond Chinchilla-Optimal*: training and use on one bill.

In money a FLOP of use costs other than one of training: it runs on other hardware, at another
price, in numbers of eight bits, which double the peak, and with another share of that peak.
"""

from claims.recompute import Recipe, digits
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.lifetime import InferenceOptimum, inference_optimum
from scaling_utils.published import law

_EIGHT_BITS = 2.0
"""An A100's peak in numbers of eight bits over that in numbers of sixteen."""


def _law() -> ChinchillaLaw:
    return law("sardana2023")


def _best(N: float, inference_tokens: float) -> InferenceOptimum:
    """The cheapest model that is as good as a compute-optimal one of N parameters."""
    loss = float(_law().loss(N, _law().optimal_tokens_for(N)))
    return inference_optimum(_law(), loss, inference_tokens)


def _above(best: InferenceOptimum) -> float:
    """Per cent that the model that is cheapest to train costs above the best."""
    return float(100 * (best.total_flops_training / best.total_flops - 1))


def _request() -> tuple[float, float]:
    """Tokens that a mean request reads and writes."""
    return digits("70", "tokens read"), digits("215", "tokens written")


def _priced(read: float, written: float) -> float:
    """Inference tokens that would cost as much money if a FLOP cost what it costs in training."""
    hour_of_use, hour_of_training = digits("1.10", "use"), digits("1.50", "training")
    price = hour_of_use / (_EIGHT_BITS * hour_of_training)
    training, reading, writing = (
        digits(text, f"per cent of the peak in {of}") / 100
        for text, of in (("50", "training"), ("50", "reading"), ("1", "writing"))
    )
    return price * (read * training / reading + written * training / writing)


def _cheapest(N: float, requests: float) -> InferenceOptimum:
    """The model that costs least money, after so many requests."""
    read, written = _request()
    return _best(N, _priced(requests * read, requests * written))


VALUES: dict[str, Recipe] = {
    "sardana-7b-size": lambda: _best(7e9, 1e11).N / 1e9,
    "sardana-7b-data": lambda: _best(7e9, 1e11).data_ratio,
    "sardana-13b-size": lambda: _best(13e9, 2e12).N / 1e9,
    "sardana-13b-saving": lambda: 100 * _best(13e9, 2e12).saving,
    "sardana-13b-saving-flops": lambda: (
        _best(13e9, 2e12).total_flops_training - _best(13e9, 2e12).total_flops
    ),
    "sardana-30b-size": lambda: _best(30e9, 1e13).N / 1e9,
    "sardana-30b-data": lambda: _best(30e9, 1e13).data_ratio,
    "sardana-30b-saving": lambda: 100 * _best(30e9, 1e13).saving,
    "sardana-70b-data": lambda: _law().optimal_tokens_for(70e9),
    "sardana-70b-ignored": lambda: _above(_best(70e9, 2e12)),
    "sardana-70b-size": lambda: _best(70e9, 1e13).N / 1e9,
    "sardana-70b-tokens": lambda: _best(70e9, 1e13).D,
    "sardana-70b-saving": lambda: 100 * _best(70e9, 1e13).saving,
    "sardana-cost-30b-size": lambda: _cheapest(30e9, 1.5e9).N / 1e9,
    "sardana-cost-30b-saving": lambda: 100 * _cheapest(30e9, 1.5e9).saving,
    "sardana-cost-70b-size": lambda: _cheapest(70e9, 35.1e9).N / 1e9,
    "sardana-cost-70b-saving": lambda: 100 * _cheapest(70e9, 35.1e9).saving,
    # Two trillion tokens, split as a mean request is.
    "sardana-cost-70b-ignored": lambda: _above(_cheapest(70e9, 2e12 / sum(_request()))),
}
