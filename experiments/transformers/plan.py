"""Which runs the study makes, and in which order.

An interrupted study is worth the most: one seed of every size first, then the side questions,
then more seeds; within each the longest run comes first.
"""

from dataclasses import dataclass

from scaling_utils.transformer import Architecture, kaplan_forward_flops, kaplan_parameters

VOCABULARY = 256
CONTEXT = 128
"""Bytes of context. A later, larger study must keep it, or the losses do not join."""

RATE = 8e-3
"""Base learning rate, for a width of 32; `train` says how it is scaled."""

SHAPES = {
    8: (2, 1), 12: (2, 1), 16: (2, 1), 24: (2, 2), 32: (2, 2), 40: (3, 2),
    48: (3, 3), 56: (4, 4), 64: (4, 4), 80: (4, 5), 96: (5, 6), 128: (6, 8),
}  # fmt: skip
"""Width: (layers, heads) of the twelve sizes."""

LARGEST_BUDGET = 8e12
"""FLOPs that every size from width 48 on reaches, however the parameters are counted."""

SMALL_BYTES = {8: 4.0e6, 12: 5.0e6, 16: 8.0e6, 24: 12.0e6, 32: 17.5e6, 40: 17.5e6}
"""Bytes of the smaller sizes, which would need years of text to reach the largest budget."""

DEPTHS = {
    25_000: ((1, 44, 2), (2, 32, 2), (3, 26, 1), (4, 22, 1), (8, 16, 1)),
    100_000: ((1, 90, 5), (2, 64, 4), (3, 52, 2), (5, 40, 2), (8, 32, 2)),
}
"""Shapes (layers, width, heads) with about the same parameters without embeddings."""


@dataclass(frozen=True)
class Run:
    """One model to train: everything that decides its result, besides text and code.

    - group: The question it belongs to, such as "sizes" or "depth".
    - bytes_planned, unique_bytes: To train on, repetitions counted; different ones (None: all).
    - schedule: "average": no horizon, losses of averaged weights; "decay": the rate falls to
      zero over the last fifth, losses of the weights themselves.
    - batch: Windows of `CONTEXT` bytes in a step.
    """

    group: str
    layers: int
    width: int
    heads: int
    bytes_planned: int
    seed: int
    rate: float = RATE
    schedule: str = "average"
    unique_bytes: int | None = None
    batch: int = 4

    @property
    def name(self) -> str:
        """A name that no other run of the study has, and that a file may have."""
        parts = [self.group.replace(" ", "_"), f"l{self.layers}", f"d{self.width:03d}"]
        if self.group == "learning rate":
            parts.append(f"r{self.rate:g}")
        if self.unique_bytes is not None:
            parts.append(f"u{self.unique_bytes}")
        return "-".join([*parts, f"s{self.seed}"])

    @property
    def architecture(self) -> Architecture:
        """The shape as the package counts it."""
        kv_size = self.width // self.heads
        return Architecture(
            self.width, self.layers, self.heads, kv_size, 4 * self.width, VOCABULARY, CONTEXT
        )

    def counts(self) -> dict[str, int]:
        """Parameters by part, and the exact FLOPs of training on one byte (Kaplan, Table 1)."""
        body, head = kaplan_parameters(self.architecture), VOCABULARY * self.width
        return {
            "N_body": body,
            "N_head": head,
            "N_embedding": VOCABULARY * self.width,
            "flops_per_byte": 3 * (kaplan_forward_flops(self.architecture) + 2 * head),
        }

    @property
    def cost(self) -> float:
        """Expected work, overhead included, in arbitrary units: for order and time left."""
        per_byte = self.counts()["flops_per_byte"] * 1e-5 + 2.0 * self.layers + 2.0
        return per_byte * (self.bytes_planned + 400_000)  # evaluations cost as much as these


def size(width: int, seed: int, *, group: str = "sizes", **changes: object) -> Run:
    """One of the twelve sizes, trained for its own number of bytes unless `changes` say else."""
    layers, heads = SHAPES[width]
    body = 12 * layers * width**2
    planned = SMALL_BYTES.get(width, LARGEST_BUDGET / (6 * body))
    settings = {"bytes_planned": int(planned), **changes}
    return Run(group, layers, width, heads, seed=seed, **settings)


def sizes(seed: int) -> list[Run]:
    """Every size once: loss against parameters, bytes and compute."""
    return [size(width, seed) for width in SHAPES]


def depths(seed: int) -> list[Run]:
    """Deep and shallow models of the same number of parameters."""
    shapes = [shape for group in DEPTHS.values() for shape in group]
    return [Run("depth", *shape, bytes_planned=1_500_000, seed=seed) for shape in shapes]


def fixed_data(seed: int) -> list[Run]:
    """Growing models on little text that repeats."""
    return [
        size(width, seed, group="fixed data", bytes_planned=2_000_000, unique_bytes=unique)
        for unique in (2**15, 2**17, 2**19)
        for width in (8, 16, 32, 48, 64)
    ]


def controls(seed: int) -> list[Run]:
    """Is the learning rate right at every width, and does a dedicated decay do better?"""
    rates = [
        size(width, seed, group="learning rate", bytes_planned=600_000, rate=rate)
        for width in (16, 32, 64)
        for rate in (RATE / 2, RATE, RATE * 2)
    ]
    decays = [
        size(width, seed, group="dedicated decay", bytes_planned=2**21, schedule="decay")
        for width in (16, 32, 64)
    ]
    return rates + decays


def full() -> list[Run]:
    """The whole study, in the order in which it runs."""
    blocks = [
        sizes(0), fixed_data(0) + depths(0), sizes(1), depths(1) + controls(0), sizes(2),
        fixed_data(1) + depths(2) + controls(1), fixed_data(2) + controls(2),
    ]  # fmt: skip
    return [run for block in blocks for run in sorted(block, key=lambda run: -run.cost)]


def smoke() -> list[Run]:
    """A minute's worth of every kind of run, to see that everything works."""
    small = [size(width, 0, bytes_planned=65_536) for width in (8, 16, 24, 32)]
    return [
        *small,
        Run("depth", 4, 16, 1, 65_536, seed=0),
        size(8, 0, group="fixed data", bytes_planned=65_536, unique_bytes=2**14),
        size(8, 0, group="dedicated decay", bytes_planned=65_536, schedule="decay"),
    ]


def larger() -> list[Run]:
    """Larger sizes for one accelerator, at a larger batch; not run for the shipped results."""
    shapes = ((128, 6, 8), (192, 7, 6), (256, 8, 8), (320, 9, 10), (384, 10, 12), (512, 10, 16))
    return [
        Run(
            "larger", layers, width, heads,
            bytes_planned=int(min(1e15 / (72 * layers * width**2), 4.4e7)), seed=seed, batch=32,
        )
        for seed in (0, 1)
        for width, layers, heads in shapes
    ]  # fmt: skip


PLANS = {"full": full, "smoke": smoke, "larger": larger}
