"""Your own runs from a terminal: ``python -m scaling_utils fit runs.csv --budget 1e24``."""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from scaling_utils.check import one_number, one_of
from scaling_utils.fitting.result import USABLE
from scaling_utils.isoflop import PROFILES, isoflops
from scaling_utils.own import fits
from scaling_utils.own.files import KIND
from scaling_utils.own.runs import Runs
from scaling_utils.own.words import text

HERE = Path(__file__).parent
HELP = (HERE / "help.txt").read_text("utf-8").rstrip()
with (HERE / "options.csv").open(encoding="utf-8", newline="") as _rows:
    _, *OPTIONS = csv.reader(_rows)
"""Of which commands, its name, an example of its value, what it is."""
READ: dict[str, Callable[..., Any]] = {
    "--column": lambda name, header: (name, header),
    "--fix": lambda name, value: (name, float(value)),
    "--tie": lambda name, other: (name, other),
    "--bound": lambda name, low, high: (name, (float(low), float(high))),
    "--budget": lambda flops: one_number("C", float(flops)),
}
READ |= dict.fromkeys(("budget", "--budgets", "--unique"), READ["--budget"])
SPOKEN = {
    r"\.plan\((\w+)\)": r"--budget \1",
    r"\.plot\(\)": "--plot fit.png",
    r", \.leave_one_size_out\(\)": "",
    r"\.report\('([\w.]+)'\)": r"--report \1",
    r"in \.notes|see runs\.dropped": "in the --report",
    r"(?:leave out by )?runs\.without\((.*?\]), \.\.\.\)": r"leave rows \1 (from 0) out",
    r"fit\(runs, '(\w+)'\)": r"--form \1",
    r"(say |as in )(?:Runs\.read\(.*?)?(\w+)='(\w+)'\)?": r"\1--column \2=\3",
    r"\b(drop|extrapolate)=True": r"--\1",
    r"\bcurve='(\w+)'": r"--curve \1",
    r"\bbudgets=, or change tolerance=[\w.]+": "--budgets",
}
"""What is said in Python, as patterns, and how it is asked of the command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, print its answer, and return the exit code."""
    code = 2
    try:
        args = _parser().parse_args(argv)
        said, code = args.answer(args)
        _doing("")
        print("\n\n".join(said), flush=True)
    except BrokenPipeError:  # whoever reads has seen enough; Python must not write once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, KeyboardInterrupt) as error:
        _doing("")
        print(_words(error) or "stopped before the answer was there", file=sys.stderr)
        code = 130 if isinstance(error, KeyboardInterrupt) else 2
    return code


def fit(args: argparse.Namespace) -> tuple[list[str], int]:
    """Fit a law to runs: constants with intervals, what to worry about, and plans."""
    runs = _runs(args)
    asked = {"form": args.form, "x": args.x, "objective": args.objective}
    asked |= {"fix": dict(args.fix), "tie": dict(args.tie), "bounds": dict(args.bound)}
    found = fits.fit(runs, **{name: value for name, value in asked.items() if value})
    _doing(f"drawing {len(runs)} runs again, for intervals")
    answer = _plans(found, args, text(found, _spoken))
    if args.save:
        found.save(args.save)
    if args.plot:
        _doing(f"drawing {args.plot}")
        if (place := Path(args.plot)).exists() and KIND.encode() not in place.read_bytes():
            raise ValueError(f"{place} is something else, and is not written over")
        found.plot().savefig(place, metadata={"Title": KIND})
    if args.report:
        _doing(f"writing {args.report}")
        asked = {"extrapolate": args.extrapolate, "unique": args.unique}
        found.report(args.report, C=args.budget, **asked)
    return answer


def plan(args: argparse.Namespace) -> tuple[list[str], int]:
    """Plan budgets by a saved fit."""
    return _plans(fits.load(args.file), args)


def isoflop(args: argparse.Namespace) -> tuple[list[str], int]:
    """Find the best size of each budget that runs share (Approach 2)."""
    curve, runs = one_of("curve", args.curve or "parabola", PROFILES), _runs(args)
    try:
        return [_spoken(str(isoflops(runs, budgets=args.budgets or None, curve=curve)))], 0
    except ValueError as error:
        return [_words(error)], 1


def _runs(args: argparse.Namespace) -> Runs:
    _doing(f"reading {args.file}")
    columns = dict(args.column) | ({"group": args.group} if args.group else {})
    runs = Runs.read(args.file, drop=args.drop, **columns)
    _doing(f"fitting {len(runs)} runs")
    return runs


def _plans(found: fits.Fit, args: argparse.Namespace, *told: str) -> tuple[list[str], int]:
    """What was told, and a plan for each budget, or why there is none."""
    if found.status not in USABLE:
        return [text(found, _spoken)], 1
    said, code = list(told), 0
    for C in args.budget:
        try:
            said.append(str(found.plan(C, extrapolate=args.extrapolate, unique=args.unique)))
        except ValueError as error:
            said.append(_words(error))
            code = 1
    return said, code


def _words(error: BaseException) -> str:
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(_spoken(str(error)).split())


def _spoken(said: str) -> str:
    """A text with options of the command in place of Python."""
    for python, ours in SPOKEN.items():
        said = re.sub(python, ours, said)
    return said


def _doing(what: str) -> None:
    """Where standard error is a terminal, say what is being done, over what was said before."""
    if sys.stderr.isatty():
        print(f"\r{what}\033[K", end="", file=sys.stderr, flush=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; {self.prog} --help shows how")


def _parser() -> _Parser:
    plain = argparse.RawDescriptionHelpFormatter
    shown: dict[str, Any] = {"epilog": HELP, "formatter_class": plain, "allow_abbrev": False}
    parser = _Parser(prog="python -m scaling_utils", **shown)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for answer in (fit, plan, isoflop):
        name, shown["help"] = answer.__name__, answer.__doc__
        own = [option for of, *option in OPTIONS if name in of.split()]
        first = " ".join(example for flag, example, _ in own if not flag.startswith("-"))
        command = commands.add_parser(name, usage=f"%(prog)s {first} [options]", **shown)
        command.set_defaults(answer=answer)
        for flag, example, meaning in own:
            how: dict[str, Any] = {"metavar": example} if example else {"action": "store_true"}
            if flag in READ:
                how["type"] = partial(_value, flag, example)
            if flag in READ and flag != "--unique":
                how |= {"nargs": "+", "action": "extend", "default": []}
            command.add_argument(flag, help=meaning, **how)
    return parser


def _value(flag: str, example: str, given: str) -> Any:
    """The value of an option, written as its example is."""
    parts = re.split("[=:]", given, maxsplit=sum(map(example.count, "=:")))
    try:
        return READ[flag](*filter(None, parts))
    except (TypeError, ValueError):
        raise argparse.ArgumentTypeError(f"{given!r} is not like {example}") from None
