"""A made-up study whose answers are known: sizes, depths of two sizes, and repeated text."""

import numpy as np
import pandas as pd
from simulated import simulated_tables

from experiments.analysis.counts import BODY
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import Study
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
TEXTS = {
    "commentary": (0.95, 0.10),
    "scripture": (0.85, 0.40),
    "novel": (0.65, 0.95),
    "modern": (0.75, 0.70),
    "dictionary": (-0.2, 4.0),
    "code": (-1.0, 7.0),
}
"""Slope and intercept of the loss on each text against validation loss."""

SHAPES = {  # layers: width
    24_000: {1: 44, 2: 32, 3: 26, 4: 22, 8: 16},
    97_000: {1: 90, 2: 64, 3: 52, 5: 40, 8: 32},
}
EXCESS = {24_000: {1: 0.04, 3: 0.01, 8: 0.05}, 97_000: {1: 0.03, 5: 0.015}}
"""By how much a shape is worse than the law of size."""


def sizes(noise=0.0, texts=None, seed=1):
    """Twelve sizes with three seeds, on fresh text."""
    tables = simulated_tables(LAW, counting=BODY, noise=noise, texts=texts or TEXTS, seed=seed)
    return Drawn.of(Study.of(*tables), resamples=200)


def depths(noise=0.0, elsewhere=0.0, seed=2):
    """Five shapes of two sizes; `elsewhere` times ln(layers) is added to ln of other losses."""
    rng = np.random.default_rng(seed)
    runs, curves = [], []
    D = np.array([2.0**17, 2.0**19, 2.0**20, 1.5e6])
    for size, shapes in SHAPES.items():
        for layers, width in shapes.items():
            N = 12 * layers * width**2
            for k in range(3):
                run = f"{size}-{layers}-{k}"
                excess = 1.0 + EXCESS[size].get(layers, 0.0) + rng.normal(0.0, noise)
                loss = np.asarray(LAW.loss(N, D)) * excess
                others = {
                    f"loss_{text}": (slope * loss + start) * layers**elsewhere
                    for text, (slope, start) in TEXTS.items()
                }
                curves.append(pd.DataFrame({"run": run, "bytes_seen": D, "loss": loss, **others}))
                shape = {"layers": layers, "width": width, "N_body": N, "N_head": 256 * width}
                shape |= {"N_embedding": 256 * width, "flops_per_byte": 6 * N}
                runs.append({"run": run, "group": "depth", "seed": k, **shape})
    return Drawn.of(Study.of(pd.DataFrame(runs), pd.concat(curves)), resamples=200, seed=1)


def repeated(away=0.0):
    """Four sizes on two amounts of text; at their best, other losses are `away` off the lines."""
    D = np.geomspace(2.0**17, 2.0**21, 9)
    runs, curves = [], []
    for width in (8, 16, 32, 48):
        for unique in (2**15, 2**17):
            N = 24 * width**2
            for k in range(2):
                run = f"{width}-{unique}-{k}"
                loss = np.asarray(LAW.loss(N, D)) + 0.3 * np.log(D / 2.0**19).clip(0.0)
                off = away if unique == 2**15 else -away
                others = {
                    f"loss_{text}": (slope * loss + start) / (1.0 - off)
                    for text, (slope, start) in TEXTS.items()
                }
                curves.append(pd.DataFrame({"run": run, "bytes_seen": D, "loss": loss, **others}))
                shape = {"layers": 2, "width": width, "N_body": N, "N_head": 256 * width}
                shape |= {"N_embedding": 256 * width, "flops_per_byte": 6 * N}
                kind = {"group": "fixed data", "unique_bytes": unique, "seed": k}
                runs.append({"run": run, **kind, **shape})
    return Drawn.of(Study.of(pd.DataFrame(runs), pd.concat(curves)), resamples=200, seed=2)
