"""Change the code in thousands of ways, and say which changes no test notices.

    make mutants                                              # every module: long
    .venv/bin/python tests/mutants/run.py scaling_utils/laws/kaplan.py
    .venv/bin/python tests/mutants/run.py claims/comparison.py --only agrees

`parts.toml` names the modules and, for each, the tests that are about it besides its examples.
mutmut changes one thing in a function (a number, an operator, an argument, a text ...) and runs
those of the tests that call it. A mutant that fails a test is killed, and so is one that takes
ten times as long and two minutes more.

`mutants.csv` counts them. Each that survives must stand in `survivors.toml` with the reason why
it may; what is printed of a new one can be pasted there. The exit status is 1 if fewer than 90 in
100 are killed in any module, or if the list of survivors is not that of the run.

Not changed are docstrings, constants of modules, fields of data classes, decorators and types.
Everything happens in a temporary copy of the checkout.
"""

from __future__ import annotations

import argparse
import ast
import csv
import difflib
import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MUTMUT = Path(sys.prefix) / "mutmut/bin/mutmut"
PACKAGES = ("scaling_utils", "reanalysis", "claims", "experiments")
LEAST = 0.90
MEMORY = 6 * 2**30  # bytes that a process may take: a mutant that never ends may fill a list
COLUMNS = ("module", "mutants", "killed", "timed_out", "survived", "share")

# What mutmut writes for a mutant: the status with which pytest ended, or its own numbers. 255 is
# pytest's refusal to begin, as where a module of tests cannot be imported with the mutant.
SURVIVED, NO_TESTS = 0, 33
TIMED_OUT = {24, 36, 152, -24}
KILLED = {1, 2, 3, 255} | TIMED_OUT

CACHES = ("cache", "functools.cache")

# Two mutants more in each run: the first must survive, or the tests fail whatever is changed;
# the second must not, or they look at something else.
CONTROLS = "\n\ndef spared_control():\n    return 1\n\n\ndef caught_control():\n    return 1\n"
TEST_OF_CONTROLS = """
from {module} import caught_control, spared_control
def test_spared():
    assert spared_control() in (1, 2)
def test_caught():
    assert caught_control() == 1
"""

CONFIG = """
[tool.mutmut]
source_paths = {packages}
only_mutate = {modules}
also_copy = {others}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-o", "addopts=--import-mode=importlib --doctest-modules -m 'not long'",
  "-p", "no:cacheprovider", "-p", "tests.mutants.brief",
  "-p", "no:unraisableexception", "-p", "no:threadexception"]
# Each mutant starts in a process in which nothing has been computed: what a test has kept
# of an earlier one would hide the change.
process_isolation = "forkserver"
forkserver_warmup = "import"
preload_modules_file = "preload.txt"
timeout_multiplier = 10.0
timeout_constant = 12.0
use_git_change_detection = false
"""
PRELOAD = """
numpy.testing pandas scipy.optimize scipy.interpolate hypothesis doctest pdb unittest.mock
_pytest.doctest _pytest.junitxml _pytest.unittest _pytest.warnings scaling_utils.own.command
"""


class Mutant(NamedTuple):
    """A change that no test noticed: the lines of a function before it and after it."""

    module: str
    function: str
    was: str
    became: str


class Outcome(NamedTuple):
    """What became of the mutants of one module."""

    module: str
    killed: int
    timed_out: int  # of the killed
    survivors: list[Mutant]

    @property
    def mutants(self) -> int:
        """How many there were."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """Share of the killed."""
        return self.killed / self.mutants


def copy_checkout(folder: Path) -> None:
    """Copy every file that Git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def environment() -> dict[str, str]:
    """Let mutmut's Python find the book's libraries, but not the checkout itself.

    The editable install is a .pth file, which is read in the folder of an environment alone and
    not in one that PYTHONPATH names: the packages are found only in mutmut's own copy.
    """
    libraries = sysconfig.get_path("purelib")
    brief = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "CI": "1"}
    return os.environ | brief | {"PYTHONPATH": libraries}


def undecorated(source: str) -> str:
    """Write decorators as assignments, for mutmut leaves decorated functions alone; no caches."""
    lines = source.splitlines()
    after: dict[int, list[str]] = {}
    dropped: set[int] = set()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in functions:
        names = [ast.unparse(decorator) for decorator in node.decorator_list]
        if not names or names in (["classmethod"], ["staticmethod"]):
            continue
        # What is kept of an earlier call would hide from mutmut which tests call the function.
        names = [name for name in names if name not in CACHES]
        dropped.update(range(node.decorator_list[0].lineno, node.lineno))
        assert node.end_lineno is not None
        indent = " " * node.col_offset
        applied = [f"{indent}{node.name} = {name}({node.name})" for name in reversed(names)]
        after.setdefault(node.end_lineno, []).extend(applied)
    whole = []
    for number, line in enumerate(lines, start=1):
        whole += [line] * (number not in dropped) + after.get(number, [])
    return "\n".join(whole) + "\n"


def prepare(folder: Path, module: str, tests: list[str]) -> None:
    """Make the copy in which mutmut mutates one module."""
    copy_checkout(folder)
    source = folder / module
    source.write_text(undecorated(source.read_text("utf-8")) + CONTROLS, "utf-8")
    control = "tests/mutants/test_control.py"
    (folder / control).write_text(TEST_OF_CONTROLS.format(module=dotted(module)), "utf-8")
    preload = [*PRELOAD.split(), dotted(module), "frozen"]
    (folder / "preload.txt").write_text("\n".join(preload), "utf-8")
    (folder / "frozen.py").write_text("import gc\n\ngc.freeze()\n", "utf-8")
    others = [path.name for path in folder.iterdir() if path.name not in (*PACKAGES, "tests")]
    config = CONFIG.format(
        packages=json.dumps(PACKAGES),
        modules=json.dumps([module]),
        others=json.dumps(sorted(others)),
        tests=json.dumps([control, module, *tests]),  # its own examples first
    )
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(config)


def mutate(folder: Path, module: str, only: str | None) -> Outcome:
    """Run mutmut in the copy, and read what became of each mutant."""
    # Names of functions, not of mutants: x_agrees__mutmut_3, xǁLawǁloss__mutmut_1.
    wanted = (
        []
        if only is None
        else [f"{dotted(module)}.x*{name}__mutmut_*" for name in (only, "_control")]
    )
    done = subprocess.run(
        [MUTMUT, "run", *wanted],
        cwd=folder,
        env=environment(),
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    if done.returncode:
        raise SystemExit(f"mutmut ended with status {done.returncode} for {module}: see above")
    codes = json.loads((folder / "mutants" / f"{module}.meta").read_text("utf-8"))
    found = {name: code for name, code in codes["exit_code_by_key"].items() if code is not None}
    stem = f"{dotted(module)}.x_"
    spared, caught = (
        found.pop(f"{stem}{kind}_control__mutmut_1") for kind in ("spared", "caught")
    )
    if (spared, caught) != (SURVIVED, 1):
        raise SystemExit(
            f"{module}: the controls ended with {spared}, {caught}, not {SURVIVED}, 1"
        )
    if odd := {code for code in found.values() if code not in {SURVIVED, NO_TESTS} | KILLED}:
        raise SystemExit(f"{module}: pytest ended with status {odd}, which says nothing")
    bodies = functions(folder / "mutants" / module)
    alive = [name for name, code in found.items() if code in (SURVIVED, NO_TESTS)]
    survivors = [difference(module, name.rpartition(".")[2], bodies) for name in alive]
    timed_out = sum(code in TIMED_OUT for code in found.values())
    return Outcome(module, len(found) - len(alive), timed_out, survivors)


def dotted(module: str) -> str:
    """Return the name by which a module is imported."""
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def functions(path: Path) -> dict[str, list[str]]:
    """Return the lines of every function and method of a file by its name."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {node.name: lines[node.lineno - 1 : node.end_lineno] for node in found}


def difference(module: str, name: str, bodies: dict[str, list[str]]) -> Mutant:
    """Return which lines of a function a mutant has changed."""
    stem = name.partition("__mutmut_")[0]
    function = stem.removeprefix("xǁ") if "ǁ" in stem else stem.removeprefix("x_")
    before, after = bodies[f"{stem}__mutmut_orig"], bodies[name]
    after = [line.replace(name, f"{stem}__mutmut_orig") for line in after]
    changed = [
        (before[i1:i2], after[j1:j2])
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after).get_opcodes()
        if tag != "equal"
    ]
    was = " ".join(line.strip() for lines, _ in changed for line in lines)
    became = " ".join(line.strip() for _, lines in changed for line in lines)
    own = f"{stem}__mutmut_orig", function.rpartition("ǁ")[2]
    return Mutant(module, function.replace("ǁ", "."), was.replace(*own), became.replace(*own))


def listed() -> dict[Mutant, str]:
    """Return the reason of every survivor that is listed."""
    entries = tomllib.loads((HERE / "survivors.toml").read_text("utf-8")).get("survivors", [])
    return {
        Mutant(entry["module"], entry["function"], *change): entry["reason"]
        for entry in entries
        for change in entry["changes"]
    }


def write(outcomes: list[Outcome]) -> None:
    """Put the counts into mutants.csv; rows of other modules stay."""
    path = HERE / "mutants.csv"
    rows: dict[str, dict[str, object]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["module"]: dict(row) for row in csv.DictReader(file)}
    for one in outcomes:
        counts = one.mutants, one.killed, one.timed_out, len(one.survivors), f"{one.share:.4f}"
        rows[one.module] = dict(zip(COLUMNS, (one.module, *counts), strict=True))
    order = [module for module in parts() if module in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[module] for module in order)


def parts() -> dict[str, list[str]]:
    """Return the modules that are mutated, each with the tests that are about it."""
    said = tomllib.loads((HERE / "parts.toml").read_text("utf-8"))
    return {module: tests for group in said.values() for module, tests in group.items()}


def complaints(outcomes: list[Outcome], whole: bool) -> list[str]:
    """Say what is wrong: too few killed, a survivor without a reason, a reason without one."""
    reasons = listed()
    said = []
    for one in outcomes:
        if whole and one.share < LEAST:
            said.append(f"{one.module}: {one.share:.1%} killed, fewer than {LEAST:.0%}")
        new = sorted(set(one.survivors) - set(reasons))
        for function in dict.fromkeys(mutant.function for mutant in new):
            changes = [[m.was, m.became] for m in new if m.function == function]
            pairs = "".join(f"  {json.dumps(pair, ensure_ascii=False)},\n" for pair in changes)
            said.append(
                f'survivors.toml lacks\n\n[[survivors]]\nmodule = "{one.module}"\n'
                f'function = "{function}"\nreason = ""\nchanges = [\n{pairs}]\n'
            )
        of_module = {mutant for mutant in reasons if mutant.module == one.module}
        for mutant in sorted(of_module - set(one.survivors)) if whole else ():
            said.append(f"survivors.toml lists what survives no longer: {mutant}")
    return said


def main() -> int:
    """Mutate the modules that are asked for, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="such as scaling_utils/laws/kaplan.py; or all")
    parser.add_argument("--only", help="mutants of one function or method alone, for trials")
    options = parser.parse_args()
    tests = parts()
    if unknown := set(options.modules) - set(tests):
        parser.error(f"parts.toml does not name {', '.join(sorted(unknown))}")
    outcomes = []
    for module in options.modules or tests:
        began = time.monotonic()
        print(f"\n{module}", flush=True)
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            prepare(Path(folder), module, tests[module])
            one = mutate(Path(folder), module, options.only)
        outcomes.append(one)
        seconds = f"{time.monotonic() - began:.0f} s"
        killed = f"{one.killed} killed ({one.timed_out} by the time limit), {one.share:.1%}"
        print(f"{one.mutants} mutants, {killed}, {seconds}", flush=True)
        if options.only is None:
            write([one])
    said = complaints(outcomes, whole=options.only is None)
    print("\n".join(["", *said]))
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main())
