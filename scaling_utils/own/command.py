"""Your own runs from a terminal: ``python -m scaling_utils fit runs.csv --budget 1e24``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, NoReturn

from scaling_utils.check import one_number

Step = Callable[[str], None]
HELP = """examples:
  python -m scaling_utils fit runs.csv --budget 1e24 --save fit.json --report report.html
  python -m scaling_utils fit runs.csv --column N=params D=tokens loss=val_loss --group model
  python -m scaling_utils fit runs.csv --fix E=1.69 --tie alpha=beta --bound alpha=0.1:0.6
  python -m scaling_utils plan fit.json 1e22 1e23
  python -m scaling_utils isoflop runs.csv --budgets 1e19 1e20 1e21

A file of runs is a CSV with a row for each: N (parameters), D (training tokens), loss (nats per
token) and, if you have them, C (FLOPs), weight, loss_low, loss_high, group, unique, S.

exit codes:
  0  the answer can be used
  1  it cannot, and the output says why; or a budget lies too far outside of the runs
  2  the command was wrong, and one sentence says what to do"""
OPTIONS = (  # of which commands, its name, an example of its value, what it is
    ("fit isoflop", "file", "runs.csv", "your runs"),
    ("fit isoflop", "--column", "N=params", "how the file calls a column"),
    ("fit isoflop", "--group", "model", "the column of what some runs have in common"),
    ("fit isoflop", "--drop", "", "leave bad rows out, and say which"),
    ("fit", "--form", "chinchilla", "or kaplan-nd, kaplan-ns, power, repeated"),
    ("fit", "--fix", "E=1.69", "a constant that is known"),
    ("fit", "--tie", "alpha=beta", "one that equals another"),
    ("fit", "--bound", "alpha=0.1:0.6", "one that lies between two numbers"),
    ("fit", "--objective", "huber", "or 'log squares', absolute"),
    ("fit", "--delta", "1e-3", "where huber turns linear, in log loss"),
    ("fit", "--budget", "1e24", "FLOPs to plan"),
    ("plan", "file", "fit.json", "a fit that --save wrote"),
    ("plan", "budget", "1e24", "FLOPs to plan"),
    ("fit plan", "--extrapolate", "", "plan also more than two decades outside of the runs"),
    ("fit", "--save", "fit.json", "write the fit, for plan"),
    ("fit", "--plot", "fit.png", "draw it; also .svg, .pdf"),
    ("fit", "--report", "report.html", "write all of it as one page"),
    ("isoflop", "--budgets", "1e20", "FLOPs that runs share; found in the file without"),
)
DEFAULTS = ("--form", "--objective", "--delta")
READ: dict[str, Callable[..., Any]] = {
    "column": lambda name, column: (name, column),
    "fix": lambda name, value: (name, float(value)),
    "tie": lambda name, other: (name, other),
    "bound": lambda name, ends: (name, tuple(map(float, ends.split(":")))),
    "budget": lambda flops: one_number("C", float(flops)),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, print its answer, and return the exit code."""
    code = 2
    try:
        args = _parser().parse_args(argv)
        with _progress() as step:
            text, code = args.answer(args, step)
        print(text, flush=True)
    except BrokenPipeError:  # whoever reads has seen enough; Python must not write once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("stopped before the answer was there", file=sys.stderr)
        code = 130
    except (OSError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
    return code


def fit(args: argparse.Namespace, step: Step) -> tuple[str, int]:
    """Fit a law to runs: constants with intervals, what to worry about, plans."""
    from scaling_utils.own import fits

    runs = _runs(args, step)
    step(f"fitting {len(runs)} runs")
    constraints = {"fix": dict(args.fix), "tie": dict(args.tie), "bounds": dict(args.bound)}
    found = fits.fit(runs, args.form, objective=args.objective, delta=args.delta, **constraints)
    answer = _planned(found, args, step, [str(found)])
    if args.save:
        found.save(args.save)
    if args.plot:
        step(f"drawing {args.plot}")
        found.plot().savefig(args.plot)
    if args.report:
        step(f"writing {args.report}")
        found.report(args.report, C=args.budget or None)
    return answer


def plan(args: argparse.Namespace, step: Step) -> tuple[str, int]:
    """Plan budgets by a saved fit: the best size, tokens and loss."""
    from scaling_utils.own import fits

    return _planned(fits.load(args.file), args, step, [])


def isoflop(args: argparse.Namespace, step: Step) -> tuple[str, int]:
    """Find the best size of each budget that runs share (Approach 2)."""
    from scaling_utils.isoflop import isoflops

    runs = _runs(args, step)
    try:
        return str(isoflops(runs.N, runs.D, runs.loss, runs.C, args.budgets or None)), 0
    except ValueError as error:
        return str(error), 1


def _runs(args: argparse.Namespace, step: Step) -> Any:
    from scaling_utils.own.runs import Runs

    step(f"reading {args.file}")
    return Runs.read(args.file, drop=args.drop, **dict(args.column))


def _planned(found: Any, args: Any, step: Step, said: list[str]) -> tuple[str, int]:
    """What was said, and a plan for each budget, or why there is none."""
    from scaling_utils.fitting.result import USABLE

    if found.status not in USABLE:
        return str(found), 1
    code = 0
    for C in args.budget:
        step(f"planning {C:g} FLOPs, with intervals from {len(found.runs)} runs")
        try:
            said.append(str(found.plan(C, extrapolate=args.extrapolate)))
        except ValueError as error:
            said.append(str(error))
            code = 1
    return "\n\n".join(said), code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; {self.prog} --help shows how")


def _parser() -> _Parser:
    plain = argparse.RawDescriptionHelpFormatter
    shown: dict[str, Any] = {"epilog": HELP, "formatter_class": plain, "allow_abbrev": False}
    parser = _Parser(prog="python -m scaling_utils", **shown)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for answer in (fit, plan, isoflop):
        what = answer.__doc__
        command = commands.add_parser(answer.__name__, help=what, description=what, **shown)
        command.set_defaults(answer=answer)
        for of, flag, example, meaning in OPTIONS:
            if answer.__name__ in of.split():
                command.add_argument(flag, help=meaning, **_kind(flag, example))
    return parser


def _kind(flag: str, example: str) -> dict[str, Any]:
    """How an option is read: as its example is."""
    read = READ.get(flag.strip("-s"))
    if read is None:
        default = example if flag in DEFAULTS else None
        return {"metavar": example, "default": default} if example else {"action": "store_true"}

    def value(text: str) -> Any:
        try:
            return read(*text.split("="))
        except (TypeError, ValueError):
            raise argparse.ArgumentTypeError(f"{text!r} is not like {example}") from None

    return {"metavar": example, "type": value, "nargs": "+", "action": "extend", "default": []}


@contextmanager
def _progress() -> Iterator[Step]:
    """Where standard error is a terminal, say each second what is being done, and how long."""
    doing, start = ["starting"], monotonic()

    def show(*_: object) -> None:
        said = f"\r{doing[-1]}, {monotonic() - start:.0f} s\033[K"
        print(said, end="", file=sys.stderr, flush=True)

    each = 1 if sys.stderr.isatty() and hasattr(signal, "setitimer") else 0
    if each:
        signal.signal(signal.SIGALRM, show)
        signal.setitimer(signal.ITIMER_REAL, each, each)
    try:
        yield doing.append
    finally:
        if each:
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("\r\033[K", end="", file=sys.stderr, flush=True)
