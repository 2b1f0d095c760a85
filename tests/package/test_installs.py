"""Whatever a command of the project installs is the very file that was locked, by its checksum."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TOOLS = r"(?:pip3?|uv pip|uvx|npm|npx|pipx|conda|mamba|apt-get|apt|brew|gem|cargo|curl|wget)"
INSTALLS = re.compile(rf"\b{TOOLS} (?:-\S+ )*(?:install|download|sync|add|ci|http\S*)\b.*")
RUN = ("Makefile", ".ci/run", "binder/postBuild", ".devcontainer/devcontainer.json")
EXEMPT = {
    "--no-deps --no-build-isolation -e .": "the project itself, from the checkout",
    "--no-deps -e .": "the project itself, on Binder; its build tool has its version alone",
    "--upgrade -e '.[chapters,study]'": "the newest versions, which no lock can know",
    "--no-install-recommends chromium make": "signed by the distribution of the machine",
}
"""What is installed without a checksum, and why."""
PINNED = re.compile(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)(.*(?:\n .*)*)")


def commands() -> list[str]:
    """Every command that installs something, on one line."""
    found = []
    for path in (*(ROOT / name for name in RUN), *(ROOT / ".github" / "workflows").glob("*.yml")):
        text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
        text = text.replace("pip $(LOCKED_ONLY)", "pip install $(LOCKED_ONLY)")
        found += [" ".join(hit[0].split()) for hit in INSTALLS.finditer(text)]
    flags = re.search(r"(?m)^LOCKED_ONLY := (.*)$", (ROOT / "Makefile").read_text("utf-8"))
    assert flags is not None
    return [each.replace("$(LOCKED_ONLY)", flags[1]) for each in found]


def locks() -> list[Path]:
    """Every file of requirements that lies in the checkout."""
    names = ("*.lock", "requirements*.txt", "*requirements.txt")
    tracked = subprocess.check_output(["git", "ls-files", *names], cwd=ROOT, text=True).split()
    return [ROOT / name for name in tracked]


def versions(lock: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version, _ in PINNED.findall(lock.read_text("utf-8")):
        found.setdefault(name.lower(), set()).add(version)
    return found


def test_every_command_that_installs_asks_for_checksums():
    found = commands()
    bare = [each for each in found if "--require-hashes" not in each]
    assert len(found) > len(bare) > 0
    unknown = [each for each in bare if not any(known in each for known in EXEMPT)]
    assert unknown == [], "lock what is installed, or say here why it needs no checksum"
    needless = [known for known in EXEMPT if not any(known in each for each in bare)]
    assert needless == [], "no command needs these any more"


def test_nothing_is_built_by_tools_that_are_not_locked():
    """A package that comes as its source alone fetches what builds it, without a checksum."""
    asked = [each for each in commands() if "--require-hashes" in each]
    safe = ("--only-binary :all:", "--build-constraints requirements.lock", "--no-build")
    assert [each for each in asked if not any(flag in each for flag in safe)] == []


def test_a_command_without_checksums_would_be_seen():
    for line in (
        "\t@$(BIN)/pip install -q torch",
        "apt-get -y install x",
        "npx add y",
        "curl https",
    ):
        assert INSTALLS.search(line)


def test_every_file_that_a_command_installs_from_is_a_lock():
    named = {name for each in commands() for name in re.findall(r"-r ([\w./-]+)", each)}
    assert len(named) > 4
    assert named <= {path.relative_to(ROOT).as_posix() for path in locks()}


@pytest.mark.parametrize("lock", locks(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_lock_has_a_version_and_checksums_for_everything_in_it(lock):
    text = re.sub(r"(?m)^\s*#.*\n|\s+#.*$", "", lock.read_text("utf-8"))
    pinned = PINNED.findall(text)
    asked = [line for line in text.splitlines() if line.strip() and not line.startswith(" ")]
    assert 0 < len(asked) == len(pinned)
    for name, _, rest in pinned:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest), name
        assert "://" not in rest


def test_pytorch_is_locked_in_the_version_that_is_asked_for():
    (asked,) = PROJECT["project"]["optional-dependencies"]["torch"]
    everywhere, alone, needed = (
        versions(ROOT / "locks" / f"{name}.lock") for name in ("torch", "torch-cpu", "torch-needs")
    )
    assert asked.removeprefix("torch==") in everywhere["torch"]
    assert alone == {"torch": {f"{version}+cpu" for version in everywhere["torch"]}}
    assert not any(name.startswith(("nvidia", "cuda", "triton")) for name in needed)
    assert all(found <= everywhere[name] for name, found in needed.items())
    book = versions(ROOT / "requirements.lock")
    shared = set(book) & set(everywhere)
    assert {"jinja2", "typing-extensions"} <= shared
    assert all(everywhere[name] <= book[name] for name in shared), "it would change the book's"


def test_the_lowest_versions_are_those_that_are_allowed():
    lowest = versions(ROOT / "tests" / "package" / "lowest.lock")
    project = PROJECT["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["study"]]
    for name, bound in (re.match(r"([\w-]+)>=([\d.]+)", each).groups() for each in asked):
        (found,) = lowest[name]
        assert [*map(int, found.split("."))][: bound.count(".") + 1] == [
            *map(int, bound.split("."))
        ]


def test_what_binder_installs_and_what_builds_the_wheels_is_what_the_book_was_made_with():
    book = versions(ROOT / "requirements.lock")
    binder = versions(ROOT / "binder" / "requirements.txt")
    assert all(found <= book[name] for name, found in binder.items())
    wheel = tomllib.loads((ROOT / "book" / "wheel" / "pyproject.toml").read_text("utf-8"))
    for each in (PROJECT, wheel):
        (builder,) = each["build-system"]["requires"]
        name, _, version = builder.partition("==")
        assert version in book[name]
