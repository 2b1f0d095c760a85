"""A scaling study in a minute: small language models trained here, on one thread, in NumPy.

`run_study` trains a dozen models of one hidden layer (`mlp`) on the State of the Union
addresses (`text`), each for one pass at most (`grid`, `optimiser`, `training`), and returns
the runs and their curves (`result`). `load_shipped` reads the same study of five seeds.
"""

from experiments.one_minute.grid import FULL, Grid, marks
from experiments.one_minute.mlp import MLP, Shape
from experiments.one_minute.optimiser import Recipe, kept, schedule
from experiments.one_minute.result import StudyResult, load_shipped
from experiments.one_minute.text import Text, encode, load_text
from experiments.one_minute.train_all import run_study
from experiments.one_minute.training import Mark, train

__all__ = [
    "FULL",
    "MLP",
    "Grid",
    "Mark",
    "Recipe",
    "Shape",
    "StudyResult",
    "Text",
    "encode",
    "kept",
    "load_shipped",
    "load_text",
    "marks",
    "run_study",
    "schedule",
    "train",
]
