"""What hosts read of the repository: workflows, forms, citation files, the README's badges."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import about
import pytest
import readme
import release
import yaml

ROOT = about.ROOT
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
ACTION = re.compile(r"uses: (\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
ADDRESS, REPOSITORY = "https://example.org/book/", "https://github.com/someone/book/"
CITATION = about.citation()


def _steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def _read(path: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request) -> Any:
    return request.param


def test_there_is_a_workflow_that_tests_and_one_that_publishes():
    assert [path.stem for path in WORKFLOWS] == ["publish", "test"]


def test_a_workflow_may_do_no_more_than_it_says(workflow):
    found = _read(workflow)
    events = found[True]  # YAML reads "on" as a truth value
    assert "pull_request_target" not in events
    assert found["permissions"] in ({}, {"contents": "read"})
    for name, job in found["jobs"].items():
        asked = {what for what, how in job.get("permissions", {}).items() if how == "write"}
        assert asked <= {"deploy": {"pages", "id-token"}, "release": {"contents"}}.get(name, set())
        assert job["timeout-minutes"] <= 60


def test_every_action_is_pinned_to_one_commit(workflow):
    lines = [line for line in workflow.read_text("utf-8").splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not ACTION.search(line)] == []


def test_what_an_event_says_reaches_a_shell_as_a_variable_only(workflow):
    assert not [step["run"] for step in _steps(_read(workflow)) if "${{" in step.get("run", "")]


def test_every_command_and_path_of_a_workflow_exists(workflow):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    commands = "\n".join(step.get("run", "") for step in _steps(_read(workflow)))
    assert set(re.findall(r"^make ([a-z-]+)", commands, flags=re.M)) <= targets
    paths = re.findall(r"(?:book/\w+\.py|\.ci/\w+)", commands)
    paths += re.findall(r"cache-dependency-path: ([\w.]+)", workflow.read_text("utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_site_is_tested_before_it_is_put_in_place():
    jobs = _read(ROOT / ".github" / "workflows" / "publish.yml")["jobs"]
    runs = [step.get("run") or step["uses"].split("@")[0] for step in jobs["build"]["steps"]]
    order = [".ci/run", ".ci/run long", "make lite", "actions/upload-pages-artifact"]
    places = [next(i for i, run in enumerate(runs) if run.startswith(each)) for each in order]
    assert places == sorted(places)
    assert (jobs["deploy"]["needs"], jobs["release"]["needs"]) == ("build", "deploy")


def test_a_release_has_the_books_version_and_address(monkeypatch):
    monkeypatch.setattr(about, "address", lambda: ADDRESS)
    tag = f"v{CITATION['version']}"
    assert release.refusal(tag, ADDRESS) == release.refusal(tag, ADDRESS.rstrip("/")) == ""
    assert CITATION["version"] in release.refusal("v99", ADDRESS)
    assert ADDRESS in release.refusal(tag, "https://example.org/elsewhere")


def test_a_release_is_gathered_with_its_checksums(tmp_path):
    site = tmp_path / "site"
    (site / "wheels").mkdir(parents=True)
    for name in ("wheels/a.whl", "notebooks.zip", "index.html"):
        (site / name).write_text(name)
    first, second = (release.gather(site, tmp_path / name) for name in ("one", "two"))
    names = ["a.whl", "notebooks.zip", "site.zip"]
    assert [path.name for path in first] == [*names, release.SUMS]
    sums = first[-1].read_text("utf-8")
    assert re.findall(r"^[0-9a-f]{64}  (.*)$", sums, flags=re.M) == names
    assert second[-1].read_text("utf-8") == sums


@pytest.mark.parametrize("form", [path for path in FORMS if path.stem != "config"], ids=str)
def test_a_form_has_what_its_host_asks_for(form):
    found = _read(form)
    assert {"name", "description", "body"} <= set(found)
    fields = [field for field in found["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_a_claim_is_disputed_with_its_id_filled_in():
    url = about.dispute(REPOSITORY, "kaplan-b5-excess")
    form = re.search(r"template=([\w.-]+)&(\w+)=kaplan-b5-excess$", url)
    assert form is not None
    fields = _read(ROOT / ".github" / "ISSUE_TEMPLATE" / form[1])["body"]
    assert fields[0]["id"] == form[2]
    assert about.dispute("", "kaplan-b5-excess") == ""


def test_what_zenodo_reads_says_the_same_as_the_citation_file():
    zenodo = json.loads((ROOT / ".zenodo.json").read_text("utf-8"))
    assert zenodo["title"] == CITATION["title"]
    assert zenodo["description"] == CITATION["abstract"]
    assert zenodo["keywords"] == CITATION["keywords"]
    assert zenodo["creators"] == CITATION["authors"]
    assert zenodo["license"] in CITATION["license"]
    references = [each["identifiers"][0]["value"] for each in CITATION["references"]]
    assert [each["identifier"] for each in zenodo["related_identifiers"]] == references


def test_the_preferred_citation_is_that_of_the_book():
    preferred = CITATION["preferred-citation"]
    assert preferred["type"] == "book"
    for field in ("title", "authors", "version", "date-released"):
        assert preferred[field] == CITATION[field]
    released = CITATION["date-released"]
    assert (preferred["year"], preferred["month"]) == (released.year, released.month)
    assert preferred["license"] in CITATION["license"]


def test_every_place_that_cannot_ask_names_the_addresses_once_they_are_set():
    """If this fails, write the addresses of _config.yml into the file, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    urls = {name.lower(): url.rstrip("/") for name, url in project.get("urls", {}).items()}
    address, repository = about.address().rstrip("/"), about.repository().rstrip("/")
    for said in (CITATION, CITATION["preferred-citation"]):
        assert said.get("url", "").rstrip("/") == address
    assert CITATION.get("repository-code", "").rstrip("/") == repository
    assert urls.get("homepage", "") == address
    assert urls.get("source", "") == repository
    assert project["authors"] == CITATION["authors"]
    assert project["version"] == CITATION["version"]


def test_the_readme_is_filled_in():
    """If this fails, run 'make readme'."""
    text = readme.README.read_text("utf-8")
    assert text == readme.filled(text, about.address(), about.repository())


def test_the_readme_has_badges_and_a_picture_for_any_host_once_addresses_are_set():
    text = readme.README.read_text("utf-8")
    full = readme.filled(text, ADDRESS, REPOSITORY)
    assert f"({ADDRESS}figures/planner.png)" in full
    assert f"[**Read the book**]({ADDRESS})" in full
    assert f"{REPOSITORY}actions/workflows/test.yml/badge.svg" in full
    assert "mybinder.org/v2/gh/someone/book/" in full
    assert readme.filled(full, "", "") == readme.filled(text, "", "")
    assert "badge" not in readme.block("", "")
