"""Train one model and measure it on the way.

The learning rate has no horizon and the losses are those of a running average of the weights:
every point of a curve stands for a finished run of that length.
"""

import copy
import math
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import Tensor

from experiments.transformers.corpora import Corpora
from experiments.transformers.model import VOCABULARY, Transformer, next_byte_loss
from experiments.transformers.plan import CONTEXT, Run

WARM_UP, CONSTANT_UNTIL = 40, 1000
"""Steps over which the rate rises, and after which it falls as 1/√step."""

BETAS = (0.85, 0.95)
EMBEDDING_RATE, HEAD_RATE = 4.0, 4.0
"""Rates of the embedding and the head, relative to the base rate and to the blocks' rate."""

AVERAGE_POWER = 7
"""The average gives step s a weight that grows as s^7: about the last eighth counts."""

DIVERGED_ABOVE = 1.5 * math.log(VOCABULARY)
"""Nats per byte. A model that knows nothing has ln 256; one and a half times it is broken."""

AT_MARKS = {"validation": 256, "held_out": 128}
AT_END = {"validation": 1024, "held_out": 512}
"""Windows that are evaluated along training and once at the end; the same for every run."""

FIRST_MARK = 2**15
"""Bytes at which a run is evaluated first; then at every factor of √2."""


@dataclass
class Record:
    """What a run leaves behind: one row of ``runs.csv`` and its rows of ``curves.csv``."""

    run: dict[str, object]
    curve: list[dict[str, object]] = field(default_factory=list)


def learning_rate(step: int, run: Run, steps: int) -> float:
    """The factor on every rate at a step, counted from 1."""
    warm = min(1.0, step / WARM_UP)
    if run.schedule == "decay":
        return warm * min(1.0, (steps - step + 1) / (steps / 5))
    return warm * min(1.0, math.sqrt(CONSTANT_UNTIL / step))


def marks(steps: int, bytes_per_step: int) -> list[int]:
    """Steps after which a run is evaluated: a grid of bytes that all runs share, and the end."""
    grid = (FIRST_MARK * 2 ** (k / 2) for k in range(64))
    found = {round(bytes_seen / bytes_per_step) for bytes_seen in grid}
    return sorted({step for step in found if 0 < step < steps} | {steps})


def batches(text: np.ndarray, run: Run, device: torch.device) -> Iterator[Tensor]:
    """Windows of `CONTEXT` + 1 bytes in a random order; each once before any comes again."""
    text = text if run.unique_bytes is None else text[: run.unique_bytes + 1]
    count = (len(text) - 1) // CONTEXT
    if count < run.batch:
        raise ValueError(f"{run.name} needs {run.batch} windows of text, there are {count}")
    # A copy: joblib may hand over the text as read-only memory, which PyTorch warns about.
    on_device = torch.from_numpy(text.copy()).to(device)
    windows = on_device.as_strided((count, CONTEXT + 1), (CONTEXT, 1))
    random = np.random.default_rng(run.seed)
    while True:
        order = torch.from_numpy(random.permutation(count)).to(device)
        for start in range(0, count - run.batch + 1, run.batch):
            yield windows[order[start : start + run.batch]]


def fixed_windows(text: np.ndarray, count: int, device: torch.device) -> Tensor:
    """Evenly spaced windows of a text, the same for every run; fewer if the text is short."""
    count = min(count, (len(text) - 1) // CONTEXT)
    starts = np.linspace(0, len(text) - CONTEXT - 1, count).astype(int)
    return torch.from_numpy(np.stack([text[s : s + CONTEXT + 1] for s in starts])).to(device)


@torch.no_grad()
def evaluate(model: Transformer, texts: dict[str, Tensor]) -> dict[str, float]:
    """Loss of each text in nats per byte; 64 windows at a time."""
    return {
        name: sum(float(next_byte_loss(model, part)) * len(part) for part in windows.split(64))
        / len(windows)
        for name, windows in texts.items()
    }


def train(run: Run, corpora: Corpora, device: str = "cpu") -> Record:
    """Train one model and evaluate it at its marks, to its end or until it has diverged."""
    began = time.perf_counter()
    where = torch.device(device)
    torch.manual_seed(run.seed)
    model = Transformer(run.width, run.layers, run.heads, CONTEXT).to(where)
    averaged = copy.deepcopy(model).requires_grad_(False)
    shown = averaged if run.schedule == "average" else model
    optimiser = _optimiser(model, run)
    pairs = list(averaged.parameters()), [p.detach() for p in model.parameters()]

    bytes_per_step = run.batch * CONTEXT
    steps = max(1, round(run.bytes_planned / bytes_per_step))
    to_evaluate = set(marks(steps, bytes_per_step))
    texts = _texts(corpora, AT_MARKS, where)
    stream = batches(corpora.train, run, where)

    record, status, step = Record({}), "finished", 0
    since_mark, total = 0, torch.zeros((), device=where)
    for step in range(1, steps + 1):
        factor = learning_rate(step, run, steps)
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor
        with torch.autocast(where.type, torch.bfloat16, enabled=where.type != "cpu"):
            loss = next_byte_loss(model, next(stream))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        torch._foreach_lerp_(*pairs, 1 - (1 - 1 / step) ** (AVERAGE_POWER + 1))
        total += loss.detach()
        since_mark += 1
        if step in to_evaluate:
            row = {"step": step, "bytes_seen": step * bytes_per_step}
            row |= {"train_loss": float(total) / since_mark, **_columns(evaluate(shown, texts))}
            record.curve.append(row)
            since_mark, total = 0, torch.zeros((), device=where)
            if not _healthy(row):
                status = "diverged"
                break
    training_seconds = time.perf_counter() - began
    at_end = _columns(evaluate(shown, _texts(corpora, AT_END, where)))
    raw = evaluate(model, {"raw": _texts(corpora, AT_END, where)["validation"]})["raw"]
    seconds = time.perf_counter() - began
    seen = step * bytes_per_step
    flops = run.counts()["flops_per_byte"] * seen
    record.run = {
        "run": run.name,
        **asdict(run),
        **run.counts(),
        "context": CONTEXT,
        "unique_bytes": min(run.unique_bytes or len(corpora.train), seen),
        "bytes_seen": seen,
        "steps": step,
        "status": status,
        **at_end,
        "loss_raw_weights": raw,
        "seconds": seconds,
        "bytes_per_second": seen / training_seconds,
        "flops_per_second": flops / training_seconds,
    }
    versions = {"corpus_sha256": corpora.sha256, "torch": torch.__version__}
    versions |= {"python": platform.python_version(), "device": device}
    for row in (record.run, *record.curve):
        row.update(versions)
    return record


def _optimiser(model: Transformer, run: Run) -> torch.optim.Optimizer:
    """AdamW. The blocks' and the head's rates fall as 1/width, so that one base rate fits all."""
    by_width = run.rate * 32 / run.width
    groups = [
        {"params": list(model.blocks.parameters()), "lr": by_width},
        {"params": [model.embedding.weight], "lr": run.rate * EMBEDDING_RATE},
        {"params": [model.head.weight], "lr": by_width * HEAD_RATE},
    ]
    for group in groups:
        group["initial_lr"] = group["lr"]
    return torch.optim.AdamW(groups, betas=BETAS, weight_decay=0.0, fused=True)


def _texts(corpora: Corpora, windows: dict[str, int], device: torch.device) -> dict[str, Tensor]:
    """The windows of the validation text and of each held-out text."""
    held_out = {
        name: fixed_windows(text, windows["held_out"], device)
        for name, text in corpora.held_out.items()
    }
    validation = fixed_windows(corpora.validation, windows["validation"], device)
    return {"validation": validation, **held_out}


def _columns(losses: dict[str, float]) -> dict[str, float]:
    """Name the losses as the tables do."""
    return {
        "loss" if name == "validation" else f"loss_{name}": loss for name, loss in losses.items()
    }


def _healthy(row: dict[str, float]) -> bool:
    """Whether the run may go on. NaN fails every comparison, so it is not healthy either."""
    return row["loss"] < DIVERGED_ABOVE and row["train_loss"] < DIVERGED_ABOVE
