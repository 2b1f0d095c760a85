"""No code of the project obeys data: calls that could are found in the syntax of every file."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "eval": "ast.literal_eval, or a parser",
    "exec": "an import",
    "compile": "an import",
    "__import__": "importlib.import_module with a name of ours",
    "os.system": "subprocess.run with a list",
    "os.popen": "subprocess.run with a list",
    "subprocess.getoutput": "subprocess.run with a list",
    "pickle.load": "JSON or CSV",
    "pickle.loads": "JSON or CSV",
    "marshal.loads": "JSON or CSV",
    "shelve.open": "JSON or CSV",
    "pandas.read_pickle": "CSV",
    "pd.read_pickle": "CSV",
    "joblib.load": "JSON or CSV",
    "yaml.load": "yaml.safe_load",
    "yaml.unsafe_load": "yaml.safe_load",
    "tempfile.mktemp": "tempfile.TemporaryDirectory",
    "urllib.request.urlopen": "nothing: no code fetches",
    "requests.get": "nothing: no code fetches",
    "ssl._create_unverified_context": "the system's certificates",
    "os.chmod": "the permissions that the user has set",
    "os.umask": "the permissions that the user has set",
}
"""Calls that obey what they read, and what stands in their place."""
OPTIONS = {
    "shell": (True, "a list of arguments"),
    "allow_pickle": (True, "arrays of numbers alone"),
    "weights_only": (False, "weights alone"),
    "verify": (False, "the system's certificates"),
}
PACKAGES = (
    *("scaling_utils/", "reanalysis/", "claims/", "experiments/", "book/", "benchmarks/"),
    *("data/makers/", "notebooks/"),
)


def sources() -> dict[str, str]:
    """Every module and the code of every notebook, by its name."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES]
    names = subprocess.check_output(listed, cwd=ROOT, text=True).split()
    found = {}
    for name in names:
        path = ROOT / name
        if name.endswith(".py") and path.exists():
            found[name] = path.read_text("utf-8")
        elif name.endswith(".ipynb") and path.exists():
            cells = json.loads(path.read_text("utf-8"))["cells"]
            code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
            found[name] = "\n".join(each for each in code if "%pip" not in each)
    return found


def obeyed(source: str) -> list[str]:
    """What a source calls that obeys data."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name in FORBIDDEN:
            found.append(f"line {call.lineno}: {name}; use {FORBIDDEN[name]}")
        for option in call.keywords:
            if option.arg in OPTIONS:
                bad, instead = OPTIONS[option.arg]
                if not isinstance(option.value, ast.Constant) or option.value.value == bad:
                    found.append(f"line {call.lineno}: {option.arg}; use {instead}")
        options = {each.arg for each in call.keywords}
        unpacks = name.endswith(".extractall") or (name.endswith(".extract") and call.args)
        if unpacks and "filter" not in options:
            found.append(f"line {call.lineno}: {name} without filter='data'")
        if name == "torch.load" and "weights_only" not in options:
            found.append(f"line {call.lineno}: torch.load without weights_only=True")
    return found


def test_no_code_obeys_what_it_reads():
    every = sources()
    assert len(every) > 150
    found = [f"{name} {each}" for name, source in every.items() for each in obeyed(source)]
    assert found == []


@pytest.mark.parametrize(
    "bad",
    [
        "eval(text)",
        "pickle.load(file)",
        "yaml.load(text)",
        "subprocess.run(line, shell=True)",
        "subprocess.run(line, shell=ask)",
        "archive.extractall(folder)",
        "np.load(file, allow_pickle=True)",
        "torch.load(file)",
    ],
)
def test_code_that_would_obey_is_found(bad):
    assert obeyed(f"def f(text):\n    return {bad}\n")
    assert not obeyed("subprocess.run([tool], shell=False)\nyaml.safe_load(text)\n")
