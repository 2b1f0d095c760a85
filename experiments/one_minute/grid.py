"""Which models are trained, on how many bytes, and when they are evaluated."""

from dataclasses import dataclass

from experiments.one_minute.mlp import Shape
from scaling_utils.check import positive
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

KB = 1024
FIRST_MARK = 8 * KB
"""Bytes at the first evaluation of small models; before it, nothing but the start is seen."""

FIRST_BYTES_PER_PARAMETER = 0.35
"""Bytes per parameter at the first evaluation of large ones; the best is near 12."""


@dataclass(frozen=True)
class Grid:
    """The sizes of a study, and where each stops.

    - widths: Hidden units, rising.
    - compute: FLOPs, as 6 N D with all parameters counted, that a run may reach.
    - bytes_per_parameter: Where the small ones stop; 300 is some 25 times the best.
    """

    widths: tuple[int, ...]
    compute: float
    bytes_per_parameter: float

    def bytes_planned(self, shape: Shape, available: int, batch: int) -> int:
        """Bytes that a model is trained on: whole batches, one pass at most."""
        paid = self.compute / (FLOPS_PER_PARAMETER_TOKEN * shape.N)
        most = min(float(available), paid, self.bytes_per_parameter * shape.N)
        planned = int(most) // batch * batch
        if planned < FIRST_MARK:
            raise ValueError(
                f"width {shape.width} would see {planned} bytes of {available}; expected at "
                f"least {FIRST_MARK}: take a longer text, or a grid of more compute"
            )
        return planned


FULL = Grid((4, 8, 12, 20, 32, 56, 96, 160, 256, 448, 768, 1280), 4.2e11, 300.0)


def marks(bytes_planned: int, batch: int, N: int = 1) -> list[int]:
    """Steps after which a run is evaluated: at 2**(j/2) kB from its first mark on, and its end."""
    positive("bytes_planned", bytes_planned)
    last, found, j = bytes_planned // batch, set[int](), 0
    while (step := round(FIRST_MARK * 2 ** (j / 2) / batch)) < last:
        if step >= 1 and step * batch >= FIRST_BYTES_PER_PARAMETER * N:
            found.add(step)
        j += 1
    return sorted(found | {last})
