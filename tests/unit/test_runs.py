"""Runs of one's own: read from files, tables and arrays, or refused in a sentence."""

import datetime
import pickle
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from scaling_utils import Runs

HEADER, ROWS = "N,D,loss", ["1e8,2e9,3.5", "2e8,4e9,3.2", "4e8,9e9,2.9"]


@pytest.fixture
def written(tmp_path):
    """Writes lines into a file; returns its path."""

    def write(*lines, end="\n", encoding="utf-8"):
        path = tmp_path / "runs.csv"
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


def table(**changes):
    """A small table of good runs, with some columns changed or added."""
    good = {"N": [1e8, 2e8, 4e8], "D": [2e9, 4e9, 9e9], "loss": [3.5, 3.2, 2.9]}
    return pd.DataFrame(good | changes)


def refused(said, read, *args, **kwargs):
    """It raises a ValueError whose message matches."""
    with pytest.raises(ValueError, match=said) as caught:
        read(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_is_read_with_any_separator_line_end_and_mark(written, separator, end, encoding):
    lines = [line.replace(",", separator) for line in (HEADER, *ROWS)]
    path = written(*lines, end=end, encoding=encoding)
    for source in (path, str(path)):
        runs = Runs.read(source)
        np.testing.assert_array_equal(runs.table[["N", "D", "loss"]], table())
        np.testing.assert_array_equal(runs.C, 6 * table().N * table().D)
        assert len(runs) == 3
        assert runs.notes == ()


def test_numbers_of_a_file_are_exact(written):
    loss = np.random.default_rng(0).uniform(2, 4, 200)
    lines = [f"{1e8 + k},{2e9 + k},{x!r}" for k, x in enumerate(loss.tolist())]
    np.testing.assert_array_equal(Runs.read(written(HEADER, *lines)).loss, loss)


def test_headers_are_named_and_columns_left_unread(written):
    path = written(
        "run,params,tokens,final_loss,model,weight", "a,1e8,2e9,3.5,x,?", "b,2e8,2e9,3.3,y,?"
    )
    runs = Runs.read(path, N="params", D="tokens", loss="final_loss", group="model", weight=None)
    assert runs.N.tolist() == [1e8, 2e8]
    assert runs.group.tolist() == ["x", "y"]
    assert runs.weight is None


@pytest.mark.parametrize(
    ("lines", "named", "said"),
    [
        (
            ["params,tokens,loss", "1e8,2e9,3"],
            {},
            "no column N; the table has params, tokens, loss: say N='params'",
        ),
        (
            ["params,tokens,final_loss", "1e8,2e9,3"],
            {"N": "params"},
            "no column loss.*say loss='final_loss'",
        ),
        (
            [HEADER, *ROWS],
            {"N": "size"},
            "no column size; the table has N, D, loss: say N='N'",
        ),
        ([HEADER, *ROWS], {"params": "N"}, "column 'params' is not known; expected one of C, D"),
        ([HEADER, *ROWS], {"C": "N"}, "more than one use of column N"),
        (
            ["N,D,loss,N", "1e8,2e9,3,4"],
            {},
            "more than one use of column N; the table has N, D, loss, N",
        ),
        (
            ["N/D/loss", "1/2/3"],
            {},
            r"N/D/loss: set columns apart by commas, semicolons, tabs or \|",
        ),
        ([""], {}, "cannot be read: it is empty"),
        ([HEADER], {}, "no rows under N, D, loss"),
        (
            [HEADER, "1e8,2e9,3,5"],
            {},
            "cannot be read: line 2 has 4 cells under 3 names.*decimal point",
        ),
        (
            ["N;D;loss", "1e8;2e9;3,5"],
            {},
            r"line 2 \(loss is 3,5\); write numbers as 1e9 or 2\.5$",
        ),
        ([HEADER, '1e8,"2,000,000",3'], {}, r"line 2 \(D is 2,000,000\)"),
        ([HEADER, "70B,2e9,3"], {}, r"line 2 \(N is 70B\)"),
        (["N,D,loss,C", "1e8,2e9,3,many"], {}, "C is many.*or C=None to read no C"),
        (["N,D,loss,S", "1e8,2e9,3,"], {}, "S is missing"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(written, lines, named, said):
    refused(said, Runs.read, written(*lines), **named)


def test_what_is_no_text_is_refused(written, tmp_path):
    refused("utf-8.*expected a CSV in UTF-8", Runs.read, written(HEADER, *ROWS, encoding="utf-16"))
    (tmp_path / "zeros").write_bytes(bytes(100))
    refused(".", Runs.read, tmp_path / "zeros")
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        Runs.read(tmp_path / "none.csv")
    for source in (None, 5, [1, 2], {"N": [1]}, np.ones((3, 3))):
        refused("cannot be read.*expected a CSV", Runs.read, source)


BAD = ["1e8,2e9,nan", "-1,2e9,3", "1e8,inf,3", "1e8,,", "1e8,2e9,diverged", "0,2e9,3"]


def test_bad_rows_are_named_and_only_dropped_when_asked(written):
    path = written(HEADER, ROWS[0], *BAD, "", ",,", *ROWS[1:])
    said = refused("6 of 9 rows cannot be used", Runs.read, path)
    assert "line 3 (loss is missing), line 4 (N is -1), line 5 (D is inf) and 3 others" in said
    runs = Runs.read(path, drop=True)
    assert runs.loss.tolist() == [3.5, 3.2, 2.9]
    assert runs.dropped.why.tolist()[3:] == [
        "D is missing, loss is missing",
        "loss is diverged",
        "N is 0",
    ]
    assert runs.dropped.row.tolist() == [f"line {k}" for k in range(3, 9)]
    assert "left out: line 3 (loss is missing)" in runs.notes[0]
    assert repr(runs).endswith("; 6 left out")
    refused("6 of 6 rows cannot be used", Runs.read, written(HEADER, *BAD), drop=True)


def test_rows_are_left_out_by_name_and_never_silently():
    runs = Runs.read(table(group=["a", "b", "b"]))
    left = runs.without([1], why="loss spike").without(np.array([True, False]), why="twin")
    assert left.loss.tolist() == [2.9]
    assert left.group.tolist() == ["b"]
    assert left.dropped[["row", "why", "loss"]].to_numpy().tolist() == [
        ["index 1", "loss spike", 3.2],
        ["index 0", "twin", 3.5],
    ]
    assert "left out: index 1 (loss spike), index 0 (twin); see runs.dropped" in left.notes
    assert len(runs.without([], why="none")) == len(runs) == 3
    after = Runs.read(table(loss=[3.5, None, 2.9]), drop=True)
    after = after.without(after.loss > 3, why="x")
    assert after.dropped.row.tolist() == ["index 1", "index 0"]
    refused("N is empty", after.without, [0], why="all of them")
    for rows in ([7], [True], 0.5):
        refused("give rows from 0 to 2, or a mask of all", runs.without, rows, why="no such run")


def test_tables_keep_their_index_in_what_is_said():
    runs = table(loss=[3.5, np.nan, 2.9]).set_axis(["a", "b", "c"])
    refused(r"index b \(loss is missing\)", Runs.read, runs)
    refused(r"run b \(loss is missing\)", Runs.read, runs.rename_axis("run"))
    sizes = pd.Series(runs.N).iloc[::-1]
    refused("different index", Runs, N=sizes, D=runs.D, loss=table().loss)


def test_whole_numbers_do_not_overflow():
    N, D = np.array([10**11, 2 * 10**11]), np.array([10**13, 10**13])
    assert Runs(N=N, D=D, loss=[2.0, 1.9]).C.tolist() == [6e24, 1.2e25]
    nullable = table(N=[10**11] * 3, D=[10**13] * 3).astype({"N": "Int64", "D": "int64"})
    assert Runs.read(nullable).C.tolist() == [6e24] * 3
    missing = table(N=pd.array([10**11, None, 10**10], dtype="Int64"))
    refused(r"index 1 \(N is missing\)", Runs.read, missing)


def test_compute_is_given_or_counted():
    runs = Runs(N=[1e8, 2e8], D=[2e9, 2e9], loss=[3.5, 3.2], flops_per_parameter_token=8)
    assert runs.C.tolist() == [1.6e18, 3.2e18]
    given = Runs.read(table(C=[1.6e18, 6.4e18, 2.88e19]))
    assert given.C[0] == 1.6e18
    assert given.notes == ("C is taken as it is, 8 N D in the middle run and not 6 N D",)
    assert Runs.read(table(C=given.C), flops_per_parameter_token=8).notes == ()
    refused(
        "flops_per_parameter_token must be positive",
        Runs.read,
        table(),
        flops_per_parameter_token=0,
    )
    refused("C would lie beyond double precision", Runs, N=[1e300], D=[1e300], loss=[2.0])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.ma.masked_invalid([1e8, np.nan, 4e8]), "1 of 3 cells masked"),
        (pd.date_range("2026-01-01", periods=3), "dates"),
        (["1e8", "2e8", "4e8"], "text"),
        ([True, True, False], "booleans"),
        (np.array([1e8, 2e8, 4e8], complex), "complex numbers"),
        ([1e8, 2e8, 10**400], "whole number beyond double precision"),
        ([1e8, np.nan, 4e8], "finite"),
        ([1e8, np.inf, 4e8], "finite"),
        ([1e8, -1, 4e8], "positive"),
        ([], "empty"),
        ([1e8, 2e8], "N has 2"),
        (1e8, "one column"),
        (np.ones((3, 1)), "one column"),
        ([[1e8], [2e8], [4e8, 1]], "N"),
        (object(), "got object"),
    ],
)
def test_hostile_arrays_are_refused(wrong, said):
    refused(said, Runs, N=wrong, D=[2e9, 4e9, 9e9], loss=[3.5, 3.2, 2.9])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (pd.date_range("2026-01-01", periods=3), "dates"),
        (["1e8", "2e8", datetime.date(2026, 1, 1)], "dates"),
        ([True, False, True], "booleans"),
        ([1e8, 2e8, 3j], "complex"),
        (np.array([1, 2, 10**400], dtype=object), "whole number beyond"),
        ([1e8, [2e8], 4e8], "N must be a number"),
        ([1e8, 2e8, pd.Period("2026-01")], "N must be a number"),
        (["", "1 000", "0x10"], r"0 \(N is missing\), index 1 \(N is 1 000\)"),
        (["1e8", "1e400", "9" * 400], r"index 1 \(N is 1e400\)"),
    ],
)
def test_hostile_tables_are_refused(wrong, said):
    refused(said, Runs.read, table(N=wrong))


def test_a_loss_and_one_variable_are_enough():
    for known in ("N", "D", "C", "S"):
        runs = Runs(**{known: [1e9, 1e10]}, loss=[3.0, 2.0])
        assert runs.columns("power")[known].tolist() == [1e9, 1e10]
        assert list(runs.table) == [known, "loss"]
        assert runs.notes == ()
        refused(
            rf"'chinchilla' needs [ND], and the runs have only {known}",
            runs.columns,
            "chinchilla",
        )
    refused("a loss, and one or more of N, D, C, S", Runs, loss=[3.0])
    refused("a loss, and one or more of N, D, C, S", Runs, N=[1e9], D=[1e9])
    refused("no column N; the table has loss", Runs.read, table()[["loss"]])


def test_columns_are_those_of_the_form():
    runs = Runs.read(table(S=[1e3, 2e3, 3e3], unique=[1e9, 1e9, 1e9]))
    assert list(runs.columns("kaplan-ns")) == ["N", "S"]
    assert list(runs.columns("repeated")) == ["N", "D", "unique"]
    assert list(runs.columns("kaplan-nd")) == list(runs.columns("chinchilla")) == ["N", "D"]
    assert list(runs.columns("power")) == ["C"]
    for x in ("N", "D", "C", "S", "unique"):
        assert list(runs.only(x).columns("power")) == [x]
    refused("form 'cubic' is not known", runs.columns, "cubic")
    refused("x 'loss' is not known; expected one of C, D, N, S", runs.only, "loss")
    other = Runs.read(table(params=[1, 2, 3]).drop(columns="N"))
    said = "needs N.*have only D: say.*N='params'.; columns not read: params"
    refused(said, other.columns, "chinchilla")
    said = "needs S.*have only N, D, C: say.*S='header'.; columns not read: none"
    refused(said, Runs.read(table()).columns, "kaplan-ns")
    for header in ("n", "N_params", "Parameters"):
        named = table().rename(columns={"N": header})
        said = f"N={header!r}.; columns not read: {header}"
        refused(said, Runs.read(named).columns, "chinchilla")


def test_groups_are_labels_and_none_is_missing():
    assert Runs.read(table(group=[1, "a", 2.5])).group.tolist() == ["1", "a", "2.5"]
    refused(r"index 1 \(group is missing\)", Runs.read, table(group=["a", None, "b"]))
    refused(
        "group has cells that are missing", Runs, *table().to_numpy().T, group=["a", None, "b"]
    )
    masked = np.ma.array([1, 2, 3], mask=[0, 1, 0])
    refused("group has cells that are missing", Runs, *table().to_numpy().T, group=masked)


def test_runs_are_copied_replaced_and_pickled_whole():
    N = np.array([1e8, 2e8, 4e8])
    runs = Runs(N=N, D=[2e9, 4e9, 9e9], loss=[3.5, 3.2, 2.9], weight=[1, 0, 2])
    N[0] = 5
    assert runs.N[0] == 1e8
    for again in (
        pickle.loads(pickle.dumps(runs)),
        replace(runs),
        Runs(**{f.name: getattr(runs, f.name) for f in fields(runs)}),
    ):
        pd.testing.assert_frame_equal(again.table, runs.table)
    few = replace(Runs(C=[1e18, 1e19], loss=[3, 2.5]), loss=np.array([3, 2.6]))
    assert list(few.table) == ["C", "loss"]
