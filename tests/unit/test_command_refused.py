"""The command refuses in one sentence: wrong options, wrong columns, hostile files."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import refused, table
from matplotlib.figure import Figure

from scaling_utils.own.fits import Fit
from scaling_utils.own.runs import Runs


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", "COMMAND"),
        ("fti runs.csv", "fti"),
        ("fit", "runs.csv"),
        ("fit nowhere.csv", "nowhere.csv"),
        ("fit runs.csv --form gpt", "gpt"),
        ("fit runs.csv --objective mse", "mse"),
        ("fit runs.csv --delta small", "small"),
        ("fit runs.csv --delta -1", "delta"),
        ("fit runs.csv --fix E", "E=1.69"),
        ("fit runs.csv --fix E=low", "E=low"),
        ("fit runs.csv --fix gamma=1", "gamma"),
        ("fit runs.csv --tie alpha=delta", "delta"),
        ("fit runs.csv --bound alpha=0.5", "alpha=0.1:0.6"),
        ("fit runs.csv --bound alpha=0.6:0.1", "alpha"),
        ("fit runs.csv --budget many", "1e24"),
        ("fit --budget 1e24 runs.csv", "'runs.csv' is not like 1e24"),
        ("fit runs.csv --budget 0", "1e24"),
        ("fit runs.csv --budget inf", "1e24"),
        ("fit runs.csv --budgets 1e24", "--budgets"),
        ("fit runs.csv --save nowhere/fit.json", "nowhere"),
        ("plan runs.csv 1e24", "runs.csv"),
        ("plan fit.json", "1e24"),
        ("plan nowhere.json 1e24", "nowhere.json"),
        ("isoflop nowhere.csv", "nowhere.csv"),
        ("isoflop runs.csv --curve square", "curve 'square' is not known"),
    ],
)
def test_a_wrong_command_is_told_in_one_sentence(give, line, word):
    refused(give(line), word)


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ("--column N=params", "params"),
        ("--column loss=perplexity", "perplexity"),
        ("--column gamma=N", "gamma"),
        ("--column N=N D=N", "N"),
        ("--column N", "N=params"),
        ("--column N=", "N=params"),
        ("--group seed", "seed"),
    ],
)
def test_a_wrong_column_is_told_in_one_sentence(give, columns, word):
    refused(give(f"fit runs.csv {columns}"), word)


def test_a_file_with_other_headers_is_told_how_to_name_them(give, runs):
    for name in ("N", "D", "loss"):
        table().rename(columns={name: "other"}).to_csv(runs, index=False)
        refused(give("fit runs.csv"), f"--column {name}=")
    table().set_axis(["n_params", "tokens", "loss"], axis=1).to_csv(runs, index=False)
    refused(give("fit runs.csv"), "--column N=n_params")


GOOD = table().to_csv(index=False)


HOSTILE = {
    "empty": b"",
    "a header alone": b"N,D,loss\n",
    "no header": GOOD.partition("\n")[2].encode(),
    "one run": b"N,D,loss\n1e8,2e9,3\n",
    "binary": bytes(range(256)) * 20,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(300),
    "text": "Dear reader, these are the runs, as asked.\nYours".encode("utf-16"),
    "ragged": GOOD.encode() + b"1,2,3,4,5\n",
    "an open quote": GOOD.encode() + b'"1e8,2e9,3\n',
    "words": GOOD.replace("50000000.0", "fifty million").encode(),
    "NaN": GOOD.replace("50000000.0", "NaN").encode(),
    "infinite": GOOD.replace("50000000.0", "inf").encode(),
    "negative": GOOD.replace("50000000.0", "-5e7").encode(),
    "huge": GOOD.replace("50000000.0", "1" + "0" * 400).encode(),
    "dates": GOOD.replace("50000000.0", "2024-01-31").encode(),
    "booleans": GOOD.replace("50000000.0", "True").encode(),
    "two columns of one name": GOOD.replace("D,loss", "N,loss").encode(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_words(give, runs, what):
    runs.write_bytes(HOSTILE[what])
    code, out, err = give("fit runs.csv")
    assert (code, len(err.splitlines())) in ((2, 1), (1, 0))
    assert (out + err).strip()
    assert "Traceback" not in err


def test_a_file_in_another_encoding_is_told(give, runs):
    runs.write_bytes(table().assign(model="größe").to_csv(index=False).encode("latin-1"))
    refused(give("fit runs.csv"), "expected a CSV in UTF-8")


def test_a_folder_or_a_file_that_may_not_be_read_is_told_in_one_sentence(give, runs, monkeypatch):
    Path("folder.csv").mkdir()
    refused(give("fit folder.csv"), "folder.csv")
    refused(give("fit runs.csv --save folder.csv"), "folder.csv")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "runs.csv")

    monkeypatch.setattr(Runs, "read", forbidden)
    refused(give("fit runs.csv"), "runs.csv", "ermission")


def test_bad_rows_are_left_out_if_asked_and_said(give, runs):
    runs.write_text(GOOD + ",1e9,3\n")
    refused(give("fit runs.csv"), "--drop")
    code, out, _ = give("fit runs.csv --drop")
    assert code == 0
    assert "left out: line 27 (N is missing)" in " ".join(out.split())


def test_a_file_of_someone_else_is_not_written_over(give, monkeypatch):
    monkeypatch.setattr(Fit, "plot", lambda _: Figure())
    for option, name in (("--save", "a.json"), ("--plot", "a.png")):
        Path(name).write_text("mine")
        refused(give(f"fit runs.csv {option} {name}"), name)
        assert Path(name).read_text() == "mine"
    refused(give("fit runs.csv --plot fit.docx"), "docx")


def test_a_reader_who_stops_it_gets_a_sentence(give, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Runs, "read", stop)
    code, out, err = give("fit runs.csv")
    assert (code, out) == (130, "")
    assert "stopped" in err
