"""`python -m scaling_utils`: its answers, its exit codes, and one sentence for every wrong use."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import LAW, ROOT, refused, table
from matplotlib.figure import Figure

from scaling_utils.own import command
from scaling_utils.own.fits import Fit, fit
from scaling_utils.own.runs import Runs
from scaling_utils.published import repeated_data


def test_a_file_of_runs_is_fitted_and_a_budget_is_planned(give):
    code, out, err = give("fit runs.csv --budget 1e22 3e22")
    assert (code, err) == (0, "")
    for word in ("converged", "alpha", "beta", "1e+22", "3e+22"):
        assert word in out


def test_fit_in_python_takes_a_file_or_a_table_as_the_command_does(runs):
    laws = [fit(given).law for given in ("runs.csv", table(), Runs.read(runs))]
    assert laws[0].constants() == laws[1].constants() == laws[2].constants()


def test_constants_are_fixed_tied_and_bounded(give):
    code, out, _ = give("fit runs.csv --fix E=1.69 --tie alpha=beta --bound alpha=0.1:0.6")
    assert code == 0
    assert re.search(r"E\s+1\.69\b.*fixed", out)
    alpha, beta = (re.search(rf"{name}\s+([\d.]+)", out)[1] for name in ("alpha", "beta"))
    assert alpha == beta


def test_columns_are_called_as_the_file_calls_them(give, runs):
    table().set_axis(["params", "tokens seen", "val=loss"], axis=1).to_csv(runs, index=False)
    code, out, _ = give("fit runs.csv --column N=params 'D=tokens seen' --column 'loss=val=loss'")
    assert code == 0
    assert "converged" in out


def test_a_saved_fit_gives_the_same_plan(give):
    _, fitted, _ = give("fit runs.csv --budget 1e22 --save fit.json")
    code, planned, _ = give("plan fit.json 1e22")
    assert code == 0
    assert planned
    assert fitted.endswith(planned)


def test_what_is_asked_for_is_written_and_a_second_time_over_the_first(give, monkeypatch):
    monkeypatch.setattr(Fit, "plot", lambda _: Figure())
    monkeypatch.setattr(Fit, "report", lambda _, path, **asked: Path(path).write_text(f"{asked}"))
    for _ in range(2):
        code, _, err = give(
            "fit runs.csv --budget 1e22 --plot a.png --report a.html --save a.json"
        )
        assert (code, err) == (0, "")
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert Path("a.html").read_text() == "{'C': [1e+22], 'extrapolate': False, 'unique': None}"


def test_what_is_said_in_a_terminal_is_a_command(give, runs):
    last = give("fit runs.csv")[1].splitlines()[-1]
    assert re.fullmatch(r"Next +--budget \S+, --plot fit.png, --report fit.html", last)
    budget = re.search(r"--budget (\S+),", last)[1]
    assert give(f"fit runs.csv --budget {budget}")[0] == 0
    table(ratio=20).to_csv(runs, index=False)
    said = " ".join(give("fit runs.csv")[1].split())
    assert "ask for less: --form power; --plot fit.png shows the runs" in said
    for python in ("fit(", "={", ".plot", "=True"):
        assert python not in said
    table().assign(loss=lambda t: t.loss.where(t.index != 4, 20.0)).to_csv(runs, index=False)
    with runs.open("a") as file:
        file.write("1e8,2e9,diverged\n")
    said = " ".join(give("fit runs.csv --drop")[1].split())
    assert "(loss is diverged); in the --report" in said
    assert "13.8 nats (line 6): leave rows [4] (from 0) out" in said


def test_tokens_that_differ_are_those_of_the_runs_or_as_given(give, runs):
    N = np.repeat(np.geomspace(1e8, 8e9, 4), 12)
    unique = np.tile(np.repeat([2e9, 2e10, 2e11], 4), 4)
    D = unique * np.tile([0.5, 1, 4, 16], 12)
    loss = repeated_data().loss(N, D, unique) * np.exp(0.001 * np.cos(9 * np.arange(48)))
    pd.DataFrame({"N": N, "D": D, "unique": unique, "loss": loss}).to_csv(runs, index=False)
    code, out, _ = give("fit runs.csv --form repeated --budget 1e22 --save fit.json")
    assert code == 0
    assert "200 billion tokens are unique, the most that a run had" in " ".join(out.split())
    code, out, _ = give("plan fit.json 1e22 --unique 2e10")
    assert code == 0
    assert "20 billion tokens are unique, as given" in " ".join(out.split())
    refused(give("plan fit.json 1e22 --unique all"), "'all' is not like 25e9")


def test_runs_at_one_ratio_give_no_law_and_the_output_says_why(give, runs):
    table(ratio=20).to_csv(runs, index=False)
    code, out, err = give("fit runs.csv --budget 1e22 --save fit.json")
    assert (code, err) == (1, "")
    assert "not identified" in out
    code, again, err = give("plan fit.json 1e22")
    assert (code, err) == (1, "")
    assert "not identified" in again


def test_a_plan_far_outside_of_the_runs_has_to_be_asked_for(give):
    code, out, err = give("fit runs.csv --budget 1e22 1e27")
    assert (code, err) == (1, "")
    assert "--extrapolate" in out
    assert out.count("FLOPs") >= 2
    assert give("fit runs.csv --budget 1e27 --extrapolate")[0] == 0


def test_the_minima_of_budgets_are_found(give, runs):
    C = np.repeat([1e19, 1e20, 1e21], 7)
    N = LAW.N_opt(C) * np.tile(np.geomspace(0.25, 4, 7), 3)
    ladder = pd.DataFrame({"N": N, "D": C / 6 / N, "loss": LAW.loss(N, C / 6 / N), "C": C})
    ladder.to_csv(runs, index=False)
    for line in ("isoflop runs.csv", "isoflop runs.csv --budgets 1e19 1e20 1e21"):
        code, out, err = give(line)
        assert (code, err) == (0, "")
        assert "1e+20" in out


def test_runs_without_common_budgets_have_no_minima_and_the_output_says_why(give):
    code, out, err = give("isoflop runs.csv --budgets 1e30")
    assert (code, err) == (1, "")
    assert "budget" in out


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_help_has_examples_and_keeps_to_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    for line in ("-h", "fit -h", "plan -h", "isoflop -h"):
        with pytest.raises(SystemExit) as end:
            command.main(line.split())
        assert end.value.code == 0
        said = capsys.readouterr().out
        assert "python -m scaling_utils fit runs.csv --budget 1e24" in said
        options, examples = said.split("examples:")
        assert max(map(len, options.splitlines())) <= max(int(columns), 60)
        assert max(map(len, examples.splitlines())) <= 99


@pytest.mark.parametrize("page", ["README.md", "book/api/own.md", "help"])
def test_every_command_that_is_written_down_is_one(page):
    text = command.HELP if page == "help" else (ROOT / page).read_text("utf-8")
    found = re.findall(r"python -m scaling_utils ((?:fit|plan|isoflop) [^`\n]*)", text)
    assert found
    for line in found:
        command._parser().parse_args(line.split())


class Terminal(io.StringIO):
    """Standard error, where somebody looks at it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_being_done_and_then_nothing_of_it(give, monkeypatch):
    assert give("fit runs.csv --budget 1e22")[2] == ""
    monkeypatch.setattr(sys, "stderr", looked_at := Terminal())
    code, out, _ = give("fit runs.csv --budget 1e22")
    shown = looked_at.getvalue()
    assert code == 0
    assert "\rreading runs.csv\033[K\rfitting 25 runs\033[K" in shown
    assert shown.endswith("\r\033[K")
    assert "\033" not in out
    assert give("fit nowhere.csv")[0] == 2
    assert looked_at.getvalue().endswith("\r\033[Knowhere.csv: No such file or directory\n")


def process(folder: Path, *arguments: str, **how: object) -> subprocess.Popen[bytes]:
    line = (sys.executable, "-m", "scaling_utils", *arguments)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(line, cwd=folder, env=environment, stderr=subprocess.PIPE, **how)


def test_as_a_program_it_complains_in_one_line(runs):
    started = process(runs.parent, "fit", "nowhere.csv", stdout=subprocess.PIPE)
    out, err = started.communicate()
    assert (started.returncode, out, err.count(b"\n")) == (2, b"", 1)


def test_a_closed_pipe_is_no_error(runs):
    read, write = os.pipe()
    os.close(read)
    started = process(runs.parent, "fit", "runs.csv", stdout=write)
    os.close(write)
    assert started.communicate()[1] == b""
    assert started.returncode == 0
