"""Sections 1 to 3: shapes and sizes, data, the laws of one variable and how places agree."""

import math

from scaling_utils.claims.recompute import Recomputed, digits, recomputes, span
from scaling_utils.published import constant, constants, law
from scaling_utils.transformer import Architecture, context_share, kaplan_parameters
from scaling_utils.units import PF_DAY, flops_to_pf_days, training_flops


@recomputes("kaplan-s13-pf-day")
def pf_day() -> float:
    return PF_DAY


@recomputes("kaplan-s12-double-model")
def double_model() -> float:
    return float(law("kaplan2020/L(N)").factor(2))


@recomputes("kaplan-s12-range-of-sizes")
def range_of_sizes() -> float:
    smallest, largest = Architecture.kaplan(1, 8), Architecture.kaplan(48, 1600)
    return kaplan_parameters(largest) / kaplan_parameters(smallest)


@recomputes("kaplan-s12-range-of-data")
def range_of_data() -> float:
    # Section 3: 22 million to 23 billion tokens.
    return digits("23e9") / digits("22e6")


@recomputes("kaplan-s3-smallest-model")
def smallest_model() -> float:
    return kaplan_parameters(Architecture.kaplan(1, 8))


@recomputes("kaplan-s23-tokens-per-word")
def tokens_per_word() -> float:
    return constant("kaplan2020/WebText2", "tokens").value / (
        constant("kaplan2020/WebText2", "words").value
    )


@recomputes("kaplan-s63-characters-per-token")
def characters_per_token() -> Recomputed:
    # Bytes, for want of the characters; a GB may have 10^9 bytes or 2^30.
    text, tokens = (constant("kaplan2020/WebText2", symbol) for symbol in ("text", "tokens"))
    low, _ = span(lambda size, count: size / count, text, tokens)
    _, high = span(lambda size, count: size / 1e9 * 2**30 / count, text, tokens)
    return Recomputed(text.value / tokens.value, from_rounded=(low, high))


@recomputes("kaplan-s33-steps-formula")
def steps_formula() -> float:
    # C / (6 B S) as printed, for the default run of a model of 1.5e9 parameters.
    steps = constant("kaplan2020/training", "steps").value
    batch = (
        constant("kaplan2020/training", "batch_sequences").value
        * constant("kaplan2020/training", "context").value
    )
    return float(training_flops(digits("1.5e9"), batch * steps)) / (6 * batch * steps)


@recomputes("kaplan-table5-compute-scale")
def compute_scale() -> float:
    return float(flops_to_pf_days(law("kaplan2020/L(C_min) Fig. 13").scale))


@recomputes("kaplan-fig5-compute-for-loss")
def compute_for_loss() -> float:
    curve = law("kaplan2020/L(C_min)")
    return 100 * (float(curve.inverse(1.0)) / float(curve.inverse(1.01)) - 1)


@recomputes("kaplan-d6-learning-rate-limit")
def learning_rate_limit() -> float:
    # With the natural logarithm; the paper does not state the base.
    rule = {c.symbol: c.value for c in constants("kaplan2020/Eq. D.1")}
    return math.exp(-rule["intercept"] / rule["slope"])


@recomputes("kaplan-fig4-smallest-curve")
def smallest_curve() -> float:
    return kaplan_parameters(Architecture.kaplan(2, 128))


@recomputes("kaplan-fig4-largest-curve")
def largest_curve() -> float:
    return kaplan_parameters(Architecture.kaplan(36, 1280))


@recomputes("kaplan-s31-gpt2-size")
def gpt2_size() -> float:
    return kaplan_parameters(Architecture.kaplan(48, 1600))


@recomputes("kaplan-s31-deepest-size")
def deepest_size() -> float:
    return kaplan_parameters(Architecture.kaplan(207, 768))


@recomputes("kaplan-s21-context-term")
def context_term() -> float:
    # Eq. 2.2: the context term over 2 N is the context over 12 widths.
    shape = Architecture.kaplan(6, 4288)
    return shape.context / (shape.d_model * context_share(shape))
