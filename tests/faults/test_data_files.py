"""Faults in what the data say of themselves, and in the files as such."""

from __future__ import annotations

import planting
import pytest
from planting import Fault, rehash

TYPED = "tests/unit/test_typed_twice.py::test_every_"
SAYS = "tests/unit/test_descriptions.py::test_"
COLUMNS = f"{SAYS}a_column_has_the_unit_of_its_name_and_a_description_that_fits_it"
FILES = "tests/unit/test_datasets.py::test_"


def described(kind: str, what: str, old: str, new: str, check: str, says: str) -> Fault:
    """A word of a description that belongs elsewhere."""
    return Fault(kind, what, "data/datapackage.json", old, new, check, says)


FAULTS = [
    described(
        "the unit of a column",
        "parameters are said to be in millions",
        '"unit": "parameters",\n            "description": "Parameters, from the',
        '"unit": "million parameters",\n            "description": "Parameters, from the',
        f"{COLUMNS}[hoffmann2022_table_a4]",
        "params is in 'million parameters', not in 'parameters'",
    ),
    described(
        "the description of a column",
        "parameters are described as tokens",
        '"description": "Parameters as the paper rounds them"',
        '"description": "Training tokens as the paper rounds them"',
        f"{COLUMNS}[hoffmann2022_table4]",
        "params, in parameters, is described as 'Training tokens as the paper rounds them'",
    ),
    described(
        "the description of a column",
        "losses on two texts have each other's description",
        "Loss at the end on text never trained on: Moby-Dick",
        "Loss at the end on text never trained on: JavaScript source code.",
        f"{COLUMNS}[transformer_runs]",
        "loss_novel, in nats per byte, is described as",
    ),
    described(
        "the place of a table",
        "a table is said to be another one",
        "Table A5 (Figure 5)",
        "Table A6 (Figure 6)",
        f"{SAYS}a_place_is_the_one_that_the_name_and_the_list_of_files_say[hoffmann2022_table_a5]",
        "hoffmann2022_table_a5 is said to stand in 'Table A6 (Figure 6)'",
    ),
    described(
        "two descriptions under one name",
        "the later table would win in silence",
        '"name": "hoffmann2022_table2"',
        '"name": "hoffmann2022_table1"',
        f"{FILES}every_file_is_described_and_in_the_readme",
        "two resources are called 'hoffmann2022_table1'",
    ),
    described(
        "known errors that are kept silent",
        "a description loses its list of errors",
        '"known_errors": [\n        "LaMDA is',
        '"known_errors": [],\n      "once": [\n        "LaMDA is',
        f"{FILES}every_file_and_column_says_what_it_is[hoffmann2022_table1]",
        "hoffmann2022_table1 does not say its known_errors",
    ),
    Fault(
        "bytes that are not those described",
        "a digit is changed and the checksum forgotten",
        "data/hoffmann2022_table_a2.csv",
        "C4,0.50",
        "C4,0.51",
        f"{FILES}every_file_and_column_says_what_it_is[hoffmann2022_table_a2]",
        "hoffmann2022_table_a2.csv: not the expected bytes",
    ),
    Fault(
        "a header that belongs to other columns",
        "two names in the first line are exchanged",
        "data/hoffmann2022_table_a5.csv",
        "subset,chinchilla,gopher",
        "subset,gopher,chinchilla",
        f"{FILES}every_file_and_column_says_what_it_is[hoffmann2022_table_a5]",
        "its columns are subset, gopher, chinchilla, jurassic1; the description has",
        rehash,
    ),
    Fault(
        "a number out of its range",
        "a size in millions is written out",
        "data/hoffmann2022_table_a9.csv",
        "\n57,576",
        "\n57000000,576",
        f"{FILES}every_cell_and_row_is_as_described[hoffmann2022_table_a9]",
        'constraint "maximum" is "16183"',
        rehash,
    ),
    Fault(
        "a row that is lost",
        "a model is left out",
        "data/llm_params_tokens.csv",
        "Gopher,2021,280000000000,,300000000000,dense,Hoffmann 2022 Table 1,\n",
        "",
        f"{TYPED}cell_is_what_was_typed_a_second_time[llm_params_tokens]",
        "assert 67 == 68",
        rehash,
    ),
    Fault(
        "a constant that stands twice",
        "the later of two values would win in silence",
        "data/hoffmann2022_constants.csv",
        "hoffmann2022/Fig. 4,N,40e9,40e9,parameters,Fig. 4,",
        "hoffmann2022/Fig. 3,N,40e9,40e9,parameters,Fig. 4,",
        "tests/unit/test_published.py::test_the_files_are_tidy_and_complete",
        "('hoffmann2022/Fig. 3', 'N')",
        rehash,
    ),
    Fault(
        "a value that its digits do not say",
        "the value of a constant is changed and its printed digits are not",
        "data/kaplan2020_constants.csv",
        "kaplan2020/Fig. 23,N_log,7.1e12,7.1e12",
        "kaplan2020/Fig. 23,N_log,7.1e13,7.1e12",
        "tests/unit/test_published.py::test_the_printed_digits_are_the_value",
        "kaplan2020/Fig. 23 N_log",
        rehash,
    ),
    Fault(
        "a file without a description",
        "somebody's table lies beside the others",
        "data/spare.csv",
        "",
        "a,b\n1,2\n",
        f"{FILES}every_file_is_described_and_in_the_readme",
        "spare.csv",
    ),
    Fault(
        "a file that is lost",
        "a described table is deleted",
        "data/hoffmann2022_table_a2.csv",
        "",
        None,
        f"{FILES}every_file_is_described_and_in_the_readme",
        "hoffmann2022_table_a2.csv",
    ),
    Fault(
        "a list of files that is stale",
        "a file is not in the list that readers see",
        "data/README.md",
        "| `hoffmann2022_table_a7.csv` | BIG-bench, 62 tasks | Table A7 |\n",
        "",
        f"{FILES}every_file_is_described_and_in_the_readme",
        "hoffmann2022_table_a7.csv",
    ),
    Fault(
        "a table that nobody can check",
        "the second typing of a table is deleted",
        "tests/unit/typed_twice/hoffmann2022_table_a7.csv",
        "",
        None,
        "tests/unit/test_sealed.py::test_every_table_is_typed_twice_or_sealed",
        "hoffmann2022_table_a7",
    ),
    Fault(
        "a text that is not the one described",
        "the file with the addresses is replaced by a short one",
        "data/state_of_the_union.txt.bz2",
        "",
        None,
        f"{FILES}shipped_text_is_plain_and_as_described",
        "state_of_the_union.txt.bz2 is missing",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_a_file_is_caught(fault, tmp_path):
    planting.assert_caught(fault, tmp_path / "copy")
