"""Runs of your own, as every fit takes them: read, checked, with a word on what is odd."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils import check
from scaling_utils.check import FloatArray
from scaling_utils.fitting.forms import FORMS

NOT_GIVEN: Any = None
VARIABLES = ("N", "D", "C", "S", "unique")
WORDS = {"N": "param", "D": "token", "S": "step"}
EMPTY, MISSING = " ,;\t|\r", ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"]
NAMES = (*VARIABLES, "loss", "weight", "loss_low", "loss_high", "group")

# What is odd: far outside of the runs in this book's data and in the literature.
FEWEST_N, FEWEST_D, MOST_D = 1e3, 1e5, 1e15  # of the largest run; no stock of text has more
LEAST_RATIO, MOST_RATIO = 0.3, 1e5  # tokens a parameter of the middle run; 6e4 has been done
MOST_NATS, HIGH_NATS, LOW_NATS = 13.8, 5.5, 1.0  # a guess among 1e6 tokens, or bytes; a byte
SAME = 1.1  # a tenth more changes nothing that runs can show
MANY, FALLING = 12, 0.8  # tokens per size, in designs about 8; share of steps with falling loss


@dataclass(frozen=True, eq=False, repr=False)
class Runs:
    """Training runs, one row each; `Runs.read` takes them from a file or a table.

    A loss (nats per token) and one variable are enough; N, D and C are NaN where unknown. C is
    `flops_per_parameter_token` N D unless given. Rows of one `group` (a model, a seed, a budget)
    hang together. `loss_low` and `loss_high` change no fit: `bootstrap` can draw losses between
    them. `dropped` holds the rows that were left out, and why.

    >>> Runs(N=[1e8, 2e8, 4e8], D=[2e9, 4e9, 9e9], loss=[3.5, 3.2, 2.9])
    3 runs: N 1e+08 to 4e+08, D 2e+09 to 9e+09, C 1.2e+18 to 2.16e+19, loss 2.9 to 3.5
    """

    N: FloatArray = NOT_GIVEN
    D: FloatArray = NOT_GIVEN
    loss: FloatArray = NOT_GIVEN
    C: FloatArray = NOT_GIVEN
    S: FloatArray | None = None
    unique: FloatArray | None = None
    weight: FloatArray | None = None
    loss_low: FloatArray | None = None
    loss_high: FloatArray | None = None
    group: NDArray[np.object_] | None = None
    dropped: pd.DataFrame = NOT_GIVEN
    flops_per_parameter_token: float = 6.0
    unread: tuple[str, ...] = ()
    places: NDArray[np.object_] = NOT_GIVEN

    def __post_init__(self) -> None:
        given = {x: getattr(self, x) for x in NAMES if _known(getattr(self, x))}
        if "loss" not in given or not given.keys() & {*VARIABLES}:
            raise ValueError(f"runs need a loss, and one or more of {', '.join(VARIABLES)}")
        check.aligned(**given)
        columns: dict[str, Any] = {name: _column(name, value) for name, value in given.items()}
        check.same_length(**columns)
        factor = check.one_number("flops_per_parameter_token", self.flops_per_parameter_token)
        for name in ("N", "D"):
            columns.setdefault(name, np.full(len(columns["loss"]), np.nan))
        with np.errstate(over="ignore", under="ignore"):
            columns.setdefault("C", factor * columns["N"] * columns["D"])
        if given.keys() >= {"N", "D"}:
            check.representable("C", columns["C"])
        left = pd.DataFrame({"row": [], "why": []}) if self.dropped is None else self.dropped
        index = [f"index {k}" for k in range(len(columns["loss"]))]
        places = np.array(index if self.places is None else self.places, dtype=object)
        for name, value in {**columns, "dropped": left, "places": places}.items():
            object.__setattr__(self, name, value)

    @classmethod
    def read(
        cls,
        source: str | Path | pd.DataFrame,
        *,
        drop: bool = False,
        flops_per_parameter_token: float = 6.0,
        **columns: str | None,
    ) -> Runs:
        """Read a CSV (, ; | or tab) or a DataFrame; `columns` says how it calls them.

        As in ``Runs.read("runs.csv", N="params", D="tokens", weight=None)``, which reads no
        weight. A ValueError names rows with a cell that is missing, no number, infinite or not
        positive; `drop` leaves them out, with a note.
        """
        table = source if isinstance(source, pd.DataFrame) else _from_file(source)
        chosen, place = _chosen(table, columns), table.index.name or "index"
        cells = {name: _cells(name, column) for name, column in chosen.items()}
        faults = pd.DataFrame(cells).isna()
        bad = np.flatnonzero(faults.any(axis=1))
        left = pd.DataFrame({name: column.iloc[bad] for name, column in chosen.items()})
        left["row"] = [f"{place} {x}" for x in left.index]
        each = {x: (chosen[x].array, faults[x].to_numpy()) for x in chosen}
        left["why"] = [_fault({x: own[k] for x, (own, no) in each.items() if no[k]}) for k in bad]
        left = left.reset_index(drop=True)
        if (bad.size and not drop) or len(bad) == len(table):
            others = [x for x in faults if faults[x].any() and x not in ("N", "D", "loss")]
            none = len(left) == len(table)
            do = "write numbers as 1e9 or 2.5" if none else "drop=True leaves them out"
            do += "".join(f", or {x}=None to read no {x}" for x in others)
            raise ValueError(f"{len(bad)} of {len(table)} rows cannot be used: {_why(left)}; {do}")
        read: dict[str, Any] = {name: np.delete(values, bad) for name, values in cells.items()}
        read["places"] = np.delete(np.array([f"{place} {x}" for x in table.index], object), bad)
        read["unread"] = tuple(str(x) for x in table if x not in [c.name for c in chosen.values()])
        return cls(**read, dropped=left, flops_per_parameter_token=flops_per_parameter_token)

    def __len__(self) -> int:
        return len(self.loss)

    def __repr__(self) -> str:
        known = [(x, self.table[x]) for x in (*VARIABLES, "loss") if x in self.table]
        spans = [f"{x} {each.min():.3g} to {each.max():.3g}" for x, each in known]
        left = f"; {len(self.dropped)} left out" if len(self.dropped) else ""
        return f"{len(self)} run{'s' * (len(self) > 1)}: {', '.join(spans)}{left}"

    @property
    def table(self) -> pd.DataFrame:
        """All columns that are known, one row for each run."""
        return pd.DataFrame({x: getattr(self, x) for x in NAMES if _known(getattr(self, x))})

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the runs, a sentence each, with what to do about it."""
        with np.errstate(all="ignore"):
            return tuple(note for look in (_units, _losses, _spread, _rows) for note in look(self))

    def columns(self, form: str) -> dict[str, FloatArray]:
        """The columns a form takes; "power" takes C, or what other variable there is."""
        there = [name for name in VARIABLES if _known(getattr(self, name))]
        power = ("C",) if "C" in there else there[:1]
        for name in (wanted := FORMS[check.one_of("form", form, FORMS)].columns or power):
            if name not in there:
                raise ValueError(
                    f"the form {form!r} needs {name}, and the runs have only {', '.join(there)}: "
                    f"say Runs.read(..., {name}={_like(name, self.unread)!r}); columns not read: "
                    + (", ".join(self.unread) or "none")
                )
        return {name: getattr(self, name) for name in wanted}

    def only(self, x: str) -> Runs:
        """The runs with one of their variables, such as "N", for a power of it."""
        check.one_of("x", x, [name for name in VARIABLES if _known(getattr(self, name))])
        return replace(self, **dict.fromkeys({*VARIABLES} - {x}, NOT_GIVEN))

    def without(self, rows: Any, why: str) -> Runs:
        """The runs without some, by place (from 0) or by a mask; `dropped` keeps them, and why."""
        try:
            table, kept = self.table, np.delete(np.arange(len(self)), rows)
        except (IndexError, ValueError) as error:
            wanted = f"give rows from 0 to {len(self) - 1}, or a mask of all"
            raise ValueError(f"{wanted}: {error}") from error
        left = table.loc[~table.index.isin(kept)].assign(why=why)
        left["row"] = self.places[left.index]
        every = [*self.dropped.to_dict("records"), *left.to_dict("records")]
        columns: dict[str, Any] = {str(x): table[x].to_numpy()[kept] for x in table}
        dropped = pd.DataFrame(every, columns=left.columns)
        return replace(self, **columns, dropped=dropped, places=self.places[kept])


def _known(column: Any) -> bool:
    """Whether a column is there: neither None nor an array of nothing but NaN."""
    plain = type(column) is np.ndarray and column.dtype.kind == "f"
    return column is not None and not (plain and column.size and bool(np.isnan(column).all()))


def _column(name: str, value: Any) -> NDArray[Any]:
    """An array of its own: of labels for a group, of positive numbers otherwise."""
    if name == "group":
        if isinstance(value, str) or np.ndim(value) != 1:
            raise ValueError(f"group must be one column of labels, got {value!r:.60}")
        array = np.array([str(label) for label in value], dtype=object)
        if np.ma.is_masked(value) or pd.isna(np.asarray(value, dtype=object)).any():
            raise ValueError("group has cells that are missing: every run needs a label")
    else:
        array = np.array((check.finite if name == "weight" else check.positive)(name, value))
    if array.ndim != 1:
        raise ValueError(f"{name} must be one column, got shape {array.shape}; see Runs.read")
    return array


def _from_file(path: str | Path) -> pd.DataFrame:
    """The cells of a file as text, under its headers; lines that begin with # are skipped."""
    try:
        text = Path(path).read_text("utf-8-sig")
        every = enumerate(text.split("\n"), 1)
        lines = [each for each in every if each[1].strip(EMPTY).partition("#")[0]]
        if not lines or "\0" in text or text.lstrip().startswith("<"):
            raise ValueError("it is empty, or a workbook, a page, or UTF-16")
        separator = max(",;\t|", key=lines[0][1].count)
        told: dict[str, Any] = {"delimiter": separator, "skipinitialspace": True, "strict": True}
        header, *rows = csv.reader((line for _, line in lines), **told)
        if len(rows) + 1 < len(lines):
            raise ValueError("a quote is opened, and not closed on its line")
        names = [name.strip() or f"column {k}" for k, name in enumerate(header, 1)]
        for (k, _), row in zip(lines[1:], rows, strict=True):
            if any(cell.strip() for cell in row[len(names) :]):
                raise ValueError(f"line {k} has {len(row)} cells under {len(names)} names")
            row[:] = [row[j].strip() if j < len(row) else "" for j in range(len(names))]
    except (TypeError, ValueError, csv.Error) as error:
        wanted = "a CSV in UTF-8, a name for each column, numbers with a decimal point"
        said = " ".join(str(error).split()) + "; is a quote missing?" * isinstance(
            error, csv.Error
        )
        raise ValueError(f"{path!s:.200} cannot be read: {said}; expected {wanted}") from error
    index = pd.Index([k for k, _ in lines[1:]], name="line")
    cells = pd.DataFrame(rows, index=index, columns=names, dtype=object)
    return cells.where(~cells.isin(MISSING))


def _chosen(table: pd.DataFrame, named: dict[str, Any]) -> dict[str, pd.Series[Any]]:
    """The columns that are read, by the names that they have here."""
    for name, header in named.items():
        check.one_of("column", name, NAMES)
        if not isinstance(header, str | int | float | tuple | None):
            raise ValueError(f"column {name} must be the name of a column, got {header!r:.60}")
    there, listed = list(table.columns), ", ".join(map(str, table)) or "none"
    found: dict[str, Any] = {name: name for name in NAMES if name in there} | named
    found = {name: header for name, header in found.items() if header is not None}
    for name in ("loss",) if found.keys() & set(VARIABLES) else ("N", "D", "loss"):
        found.setdefault(name, name)
    for name, header in found.items():
        if there.count(header) != 1 or [*found.values()].count(header) != 1:
            wrong = "more than one use of" if header in there else "no"
            say = f"say {name}={_like(name, map(str, there))!r}"
            say = say if len(there) > 1 else "set columns apart by commas, semicolons, tabs or |"
            raise ValueError(f"{wrong} column {header}; the table has {listed}: {say}")
    if table.empty:
        raise ValueError(f"there are no rows under {listed}: give one for each run")
    columns: dict[str, pd.Series[Any]] = {x: table.loc[:, y] for x, y in found.items()}
    return columns


def _like(name: str, headers: Iterable[str]) -> str:
    """The header that may be meant by a column that is not there."""
    word, own = WORDS.get(name, name), name.lower()
    return next((h for h in headers if word in h.lower() or h.lower() == own), "header")


def _cells(name: str, column: pd.Series[Any]) -> NDArray[Any]:
    """A column as positive numbers, or as labels of a group; NaN where it has none."""
    cells = column.to_numpy(dtype=object, na_value=np.nan)
    if name == "group":
        return cells
    values = check.numbers(name, np.array([_number(cell) for cell in cells], dtype=object))
    good = np.isfinite(values) & ((values > 0) | ((values == 0) & (name == "weight")))
    return np.where(good, values, np.nan)


def _fault(cells: dict[str, Any]) -> str:
    """What is wrong with a row: its cells that cannot be used."""
    text = {name: "" if pd.isna(cell) else str(cell).strip() for name, cell in cells.items()}
    return ", ".join(f"{name} is {said[:40] or 'missing'}" for name, said in text.items())


def _number(cell: Any) -> Any:
    """Text as a number, or NaN; what is not text stays, for it may be a date."""
    try:
        return float(cell) if isinstance(cell, str) else cell
    except ValueError:
        return np.nan


def _units(runs: Runs) -> Iterator[str]:
    N, D, factor = runs.N.max(), runs.D.max(), runs.flops_per_parameter_token
    ratio, counted = np.median(runs.D / runs.N), np.median(runs.C / runs.N / runs.D)
    if D > MOST_D:
        yield f"D is up to {D:.3g}, more than all tokens that there are: is it C, in FLOPs?"
    elif N < FEWEST_N or ratio > MOST_RATIO or max(N, D) < FEWEST_D:
        yield f"N is up to {N:.3g}, {ratio:.3g} tokens a parameter: is it in millions or billions?"
    if D < FEWEST_D or ratio < LEAST_RATIO:
        yield f"D is up to {D:.3g}, {ratio:.3g} tokens a parameter: is it in millions, or is it N?"
    if abs(np.log(counted / factor)) > np.log(SAME):
        yield f"C is taken as it is, {counted:.3g} N D in the middle run and not {factor:.3g} N D"


def _losses(runs: Runs) -> Iterator[str]:
    loss, high = runs.loss, np.flatnonzero(runs.loss > MOST_NATS)
    few = high[:9].tolist()
    if loss.min() > HIGH_NATS or high.size > len(runs) / 2:
        yield f"the lowest loss is {loss.min():.3g}: if it is a perplexity, take its logarithm"
    elif high.size:
        out = f"leave out by runs.without({few}, ...)"
        yield f"loss above a blind guess, {MOST_NATS} nats{_at(runs, few)}: {out}"
    elif loss.max() < LOW_NATS:
        yield "all losses are below 1, as bits per byte are: constants are in the loss's unit"
    falls = pd.DataFrame({"C": runs.C, "loss": loss}).rank().corr().to_numpy()[0, 1] < 0
    if runs.C.max() > SAME * runs.C.min() and not falls:
        yield "the loss does not fall with compute: is the column loss what it should be?"


def _spread(runs: Runs) -> Iterator[str]:
    if not (_known(runs.N) and _known(runs.D)):
        return
    ratio = runs.D / runs.N
    if ratio.max() < SAME * ratio.min() and runs.C.max() > SAME * runs.C.min():
        yield (
            f"all runs have about {np.median(ratio):.3g} tokens a parameter, so terms of N and D "
            "cannot be told apart: add runs at a quarter and at four times of it, fix both "
            "exponents, or fit the loss along it by fit(runs, 'power')"
        )


def _rows(runs: Runs) -> Iterator[str]:
    table, left = runs.table, runs.dropped
    if len(left):
        yield f"left out: {_why(left)}; see runs.dropped"
    if runs.unique is not None and (epochs := (runs.D / runs.unique).max()) > SAME:
        yield f"texts were read up to {epochs:.3g} times: only the form 'repeated' counts that"
    if few := np.flatnonzero(table.duplicated())[:9].tolist():
        out = f"if by mistake, runs.without({few}, ...)"
        yield f"rows at index {few}{_at(runs, few)} are copies of others: {out}"
    if runs.group is None and {"N", "D"} <= {*table}:
        sizes = table.groupby("N")["D"]
        each = sizes.transform("nunique").median()
        if each > MANY and max(_falls(table), _falls(table.sort_values(["N", "D"]))) > FALLING:
            yield (
                f"{len(runs)} rows have only {len(sizes)} sizes: if they are points along one run "
                "each, they hang together; name the run by a column group"
            )


def _at(runs: Runs, few: list[int]) -> str:
    """Where some rows stand in the source, if their index does not say it."""
    said = ", ".join(runs.places[few])
    return "" if said == ", ".join(f"index {k}" for k in few) else f" ({said})"


def _falls(table: pd.DataFrame) -> float:
    """Share of rows that follow one of the same N with a larger D and a lower loss."""
    step = table[["N", "D", "loss"]].diff()
    return float(((step["N"] == 0) & (step["D"] > 0) & (step["loss"] < 0)).mean())


def _why(left: pd.DataFrame) -> str:
    """The first of the rows that are left out, and why."""
    said = [f"{row} ({why})" for row, why in zip(left["row"][:3], left["why"], strict=False)]
    return ", ".join(said) + f" and {len(left) - 3} others" * (len(left) > 3)
