"""A scaling study in a minute: small language models trained here, on one thread, in NumPy.

`run_study` trains a dozen models of one hidden layer (`mlp`) on the State of the Union
addresses (`text`), each for one pass at most (`grid`, `optimiser`, `training`), and returns
the runs and their curves (`study_result`). `load_shipped` reads the same study of five seeds.
"""

from experiments.one_minute.mlp import Shape
from experiments.one_minute.study_result import load_shipped
from experiments.one_minute.text import load_text
from experiments.one_minute.train_all import run_study

__all__ = ["Shape", "load_shipped", "load_text", "run_study"]
