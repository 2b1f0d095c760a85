"""Section 3 and Appendix D: shapes and their sizes, and the loss along the context."""

from scaling_utils.claims.comparison import PrintedNumber
from scaling_utils.claims.recompute import Recomputed, recomputes
from scaling_utils.context_law import ContextLaw, figure_20, last_position_out_of_order
from scaling_utils.model_shapes import kaplan_shapes, released_parameters
from scaling_utils.published import constant
from scaling_utils.transformer import Architecture, kaplan_parameters


def _size_that_fits(printed: str, d_model: int) -> float:
    """Parameters of the whole number of layers nearest to a printed size, at a width."""
    layers = round(float(printed) / kaplan_parameters(Architecture.kaplan(1, d_model)))
    return kaplan_parameters(Architecture.kaplan(layers, d_model))


@recomputes("kaplan-fig4-sizes-between")
def sizes_between() -> float:
    apart = []
    for symbol, width in zip(("N_2", "N_3", "N_4", "N_5"), (256, 512, 768, 1024), strict=True):
        printed = PrintedNumber.parse(constant("kaplan2020/Fig. 4", symbol).printed)
        size = _size_that_fits(printed.text, width)
        apart.append(abs(size - float(printed.value)) / float(printed.unit))
    return max(apart)


@recomputes("kaplan-fig5-head-dimension-size")
def head_dimension_size() -> float:
    sizes = [_size_that_fits("25e6", width) for width in (256, 512, 1024)]
    return max(sizes, key=lambda size: abs(size - 25e6))


@recomputes("kaplan-fig20-size-in-training")
def size_in_training() -> float:
    return released_parameters(Architecture.kaplan(36, 1280))


@recomputes("kaplan-s32-billion-parameters")
def billion_parameters() -> float:
    ends = (Architecture.kaplan(6, 4288), Architecture.kaplan(207, 768))
    return min(kaplan_parameters(shape) for shape in ends)


@recomputes("kaplan-fig5-aspect-ratio-tried")
def aspect_ratio_tried() -> float:
    shapes = kaplan_shapes()
    large = shapes[(shapes["kind"] == "named") & (shapes["N"] > 1e9)]
    return float(large["aspect_ratio"].max() / large["aspect_ratio"].min())


@recomputes("kaplan-d5-all-but-first")
def all_but_first() -> Recomputed:
    *smaller, fifth, sixth = figure_20()
    # The two largest models are closest; printed digits allow them to lie further apart.
    apart = (*smaller, _at_the_end_of_its_digits(5, +1), _at_the_end_of_its_digits(6, -1))
    return Recomputed(
        last_position_out_of_order((*smaller, fifth, sixth)),
        from_rounded=last_position_out_of_order(apart),
    )


def _at_the_end_of_its_digits(curve: int, sign: int) -> ContextLaw:
    """The highest (+1) or lowest (-1) curve that the printed digits of Fig. 20 allow."""
    ends = {}
    for symbol, raises in (("floor", +1), ("scale", +1), ("exponent", -1)):
        number = PrintedNumber.parse(constant(f"kaplan2020/Fig. 20 curve {curve}", symbol).printed)
        ends[symbol] = float(number.high if raises == sign else number.low)
    return ContextLaw(ends["floor"], ends["scale"], ends["exponent"])
