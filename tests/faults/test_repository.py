"""Faults in what hosts, installers and those who cite read of the checkout."""

from __future__ import annotations

import planting
import pytest
from planting import Fault

REPOSITORY = "tests/package/test_repository.py::test_"
PAPERS = "tests/package/test_papers.py::test_"
TIDY = "tests/package/test_tidy.py::test_"
VERSIONS = f"{TIDY}the_newest_version_is_the_same_everywhere"
LOCKED = (
    "tests/package/test_installs.py::test_a_lock_has_a_version_and_checksums_for_everything_in_it"
)
FAULTS = [
    Fault(
        "a version that is stale",
        "the citation names another version than the package",
        "CITATION.cff",
        "\nversion: 0.2.0",
        "\nversion: 9.9.9",
        VERSIONS,
        "9.9.9",
    ),
    Fault(
        "a version that is stale",
        "the changelog has no entry for this version",
        "CHANGELOG.md",
        "## 0.2.0 (2026-11-27)",
        "## 0.1.9 (2026-11-27)",
        VERSIONS,
        "0.1.9",
    ),
    Fault(
        "two files for citing that disagree",
        "Zenodo reads another title",
        ".zenodo.json",
        '"title": "Scaling Laws, Re-executed"',
        '"title": "Scaling Laws, Recomputed"',
        f"{REPOSITORY}what_zenodo_reads_says_the_same_as_the_citation_file",
        "Scaling Laws, Recomputed",
    ),
    Fault(
        "a licence that is lost",
        "the licence of the code is deleted",
        "LICENSE",
        "",
        None,
        f"{TIDY}the_licences_are_there_and_whole",
        "LICENSE is missing: nobody may use what has no licence",
    ),
    Fault(
        "a licence that is lost",
        "the text is under a licence that forbids to sell it",
        "LICENSE-TEXT",
        "International licence (CC BY 4.0)",
        "International licence (CC BY-NC 4.0)",
        f"{TIDY}the_licences_are_there_and_whole",
        "CC BY 4.0",
    ),
    Fault(
        "a paper named by another one's number",
        "two digits of an address at arXiv are exchanged",
        "book/references.bib",
        "arXiv preprint arXiv:2203.15556",
        "arXiv preprint arXiv:2203.15565",
        f"{PAPERS}every_number_of_a_paper_is_known[book/references.bib]",
        "['2203.15565'] is no paper's number",
    ),
    Fault(
        "a paper named by another one's number",
        "an entry of the bibliography has another paper's title",
        "book/references.bib",
        "Chinchilla Scaling: A Replication Attempt",
        "Reconciling Kaplan and Chinchilla Scaling Laws, again",
        f"{PAPERS}the_bibliography_has_each_papers_own_number_year_and_title",
        "besiroglu2024 is called 'Chinchilla Scaling: A Replication Attempt'",
    ),
    Fault(
        "a paper named by another one's number",
        "a source of the data has another paper's number",
        "data/datapackage.json",
        "Besiroglu et al. 2024, arXiv 2404.10102",
        "Besiroglu et al. 2024, arXiv 2406.12907",
        f"{PAPERS}the_data_name_their_papers_by_their_own_number",
        "followups_constants: 2406.12907 is Pearce 2024",
    ),
    Fault(
        "a package without a checksum",
        "a line of the lock has no hash",
        "requirements.lock",
        "alabaster==0.7.16 \\\n"
        "    --hash=sha256:75a8b99c28a5dad50dd7f8ccdd447a121ddb3892da9e53d1ca5cca3106d58d65 \\\n"
        "    --hash=sha256:b46733c07dce03ae4e150330b975c75737fa60f0a7c591b6c8bf4928a28e2c92",
        "alabaster==0.7.16",
        f"{LOCKED}[requirements.lock]",
        "test_a_lock_has_a_version_and_checksums_for_everything_in_it[requirements.lock]",
    ),
    Fault(
        "an action by its tag",
        "a workflow takes whatever a tag points to",
        ".github/workflows/test.yml",
        "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
        "actions/upload-artifact@v4",
        f"{REPOSITORY}every_action_is_pinned_to_one_commit",
        "actions/upload-artifact@v4",
    ),
    Fault(
        "a workflow that may do too much",
        "the tests may write to the repository",
        ".github/workflows/test.yml",
        "contents: read",
        "contents: write",
        f"{REPOSITORY}a_workflow_may_do_no_more_than_it_says",
        "{'contents': 'write'}",
    ),
    Fault(
        "a file that was forgotten",
        "a notebook without a title lies among the chapters",
        "notebooks/Untitled1.ipynb",
        "",
        "{}",
        f"{TIDY}nothing_was_forgotten_in_a_folder",
        "nothing uses these: notebooks/Untitled1.ipynb",
    ),
    Fault(
        "a file that was forgotten",
        "an editor's copy of a module lies beside it",
        "scaling_utils/units.py.orig",
        "",
        "PF_DAY = 1\n",
        f"{TIDY}nothing_was_forgotten_in_a_folder",
        "scaling_utils/units.py.orig",
    ),
    Fault(
        "a paper without its recipes",
        "the claims of a paper stay and their recipes go",
        "claims/czech2026.py",
        "",
        None,
        f"{TIDY}every_paper_has_its_claims_and_its_recipes",
        "czech2026",
    ),
    Fault(
        "a module that grows",
        "a part of the house is larger than it may be",
        "reanalysis/more.py",
        "",
        "x = 1\n" * 400,
        "tests/unit/test_house.py::test_a_part_keeps_to_its_lines[reanalysis]",
        "<= 1600",
    ),
    Fault(
        "a command that is not there",
        "a workflow calls a target that was renamed",
        ".github/workflows/test.yml",
        "- run: make test-unit",
        "- run: make test-package",
        f"{REPOSITORY}every_command_and_path_of_a_workflow_exists",
        "test-package",
    ),
    Fault(
        "a readme that is stale",
        "somebody edits what a command fills in",
        "README.md",
        "<!-- filled in by make readme -->",
        "<!-- filled in by make readme --> by hand",
        f"{REPOSITORY}the_readme_is_filled_in",
        "by hand",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_the_repository_is_caught(fault, tmp_path):
    planting.assert_caught(fault, tmp_path / "copy")
