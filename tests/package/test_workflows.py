"""Workflows do no more than they must, and nothing that somebody else's text could change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.iterdir())
NEEDED = {
    "publish/build": {"contents": "read", "pages": "read"},
    "publish/deploy": {"pages": "write", "id-token": "write"},
    "publish/release": {"contents": "write"},
    "test/all": {"contents": "read"},
    "test/long": {"contents": "read"},
    "test/package": {"contents": "read"},
}
"""What each job may do."""
EXPRESSIONS = {
    *("github.ref", "github.ref_name", "github.repository", "github.token", "matrix.python"),
    *("steps.pages.outputs.base_url", "steps.deployment.outputs.page_url"),
}
"""What a workflow may put in: nothing that a title, a branch of a fork or a message could be."""


def _read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


JOBS = {
    f"{path.stem}/{name}": (_read(path), job)
    for path in WORKFLOWS
    for name, job in _read(path)["jobs"].items()
}


def _steps(name: str, action: str = "") -> list[dict[str, Any]]:
    return [step for step in JOBS[name][1]["steps"] if step.get("uses", "").startswith(action)]


def test_every_job_is_known():
    assert JOBS.keys() == NEEDED.keys(), "say in NEEDED what a new job may do"


@pytest.mark.parametrize("name", NEEDED)
def test_a_job_may_do_what_it_needs_and_nothing_else(name):
    workflow, job = JOBS[name]
    assert job.get("permissions", workflow["permissions"]) == NEEDED[name]
    assert workflow["permissions"] in ({}, {"contents": "read"}), "what a new job gets by itself"
    assert job["runs-on"] == "ubuntu-24.04", "a name such as latest changes by itself"


@pytest.mark.parametrize("name", NEEDED)
def test_a_checkout_leaves_no_credentials_and_every_action_is_the_hosts_own(name):
    checkouts = _steps(name, "actions/checkout@")
    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)
    assert all(step["uses"].startswith("actions/") for step in _steps(name) if "uses" in step)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_starts_by_a_push_or_a_request_without_rights(path):
    """A request from a fork runs its own code: it gets no secret and may write nothing."""
    events = _read(path)[True]
    assert set(events) <= {"push", "pull_request"}
    if "pull_request" in events:
        rights = [job for name, job in NEEDED.items() if name.startswith(f"{path.stem}/")]
        assert all(set(each.values()) == {"read"} for each in rights)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_puts_in_nothing_that_a_stranger_may_write(path):
    text = path.read_text("utf-8")
    found = set(re.findall(r"\$\{\{\s*(.*?)\s*\}\}", text))
    assert found
    assert found <= EXPRESSIONS
    assert "secrets" not in text


def test_only_the_release_has_a_token():
    with_token = {
        name
        for name, (_, job) in JOBS.items()
        if any("github.token" in str(step) for step in job["steps"])
    }
    assert with_token == {"publish/release"}
    for step in _steps("publish/release"):
        assert not ("github.token" in str(step) and "uses" in step), "no action gets it"
