"""Faults in what chapters say: numbers, levels, headers, places, cells. A test reads them."""

from __future__ import annotations

import bookfaults
import pytest
from bookfaults import built_again, in_file, in_text
from planting import Fault

SOURCES, WORDING = "tests/book/test_sources.py::", "tests/book/test_wording.py::"
PROSE = f"{SOURCES}test_no_number_in_prose_is_typed_by_hand@"
CAPTION = f"{SOURCES}test_no_number_in_a_caption_is_typed_by_hand@"
IN_WORDS = f"{WORDING}test_no_number_is_typed_in_words@"
BACKTICKS = f"{WORDING}test_no_number_hides_in_backticks@"
PLACES = f"{WORDING}test_every_chapter_that_is_named_exists_and_no_figure_is_named_by_a_number@"
LEVEL = f"{WORDING}test_an_interval_has_the_level_of_the_book@"
FORMULA = "tests/book/test_formulas_true.py::test_a_formula_gives_what_the_package_gives"
MILLIONS = f"{WORDING}test_what_is_called_millions_is_divided_by_a_million@"
HEADER = f"{WORDING}test_a_header_heads_its_own_column@"
TAGS = f"{WORDING}test_a_cell_has_no_tag_but_those_that_fold_it@"
STRIPPED = f"{SOURCES}test_notebook_is_stripped_and_its_cells_are_short@"
RUN = "tests/book/test_notebooks.py::test_visible_cells_run_when_copied_in_order@"
COST = "is flat around its lowest point"
MEASURED = "Grey: the runs behind the law."
CELL = '"id": "cell-06",\n   '
KEPT = '"metadata": {},\n   "outputs": []'
FIVE = "E, A, B, alpha, beta = ours.constants().values()"
SINGLE = "Single tasks range from"

FAULTS = [
    in_text(
        "a typed number",
        "a number is typed into a sentence",
        "02",
        COST,
        "is flat around 2.8 times its lowest point",
        PROSE,
        "2.8",
    ),
    in_text(
        "a typed number",
        "a number is typed where an expression gave it",
        "09",
        'by {eval}`fmt(by_mmlu.mean(), ".1f")` and',
        "by 7.0 and",
        PROSE,
        "7.0",
    ),
    in_text(
        "a typed number",
        "a number is typed into a caption",
        "09",
        MEASURED,
        "Grey: the 245 runs behind the law.",
        CAPTION,
        "caption: ",
    ),
    in_text(
        "a typed number",
        "a number is typed into an alternative text",
        "09",
        "Nearly all lie on Chinchilla's side",
        "53 of 57 lie on Chinchilla's side",
        CAPTION,
        "alt: ",
    ),
    in_text(
        "a typed number",
        "a number is typed into a figure's title",
        "09",
        'title="Tasks won and lost"',
        'title="53 tasks won and 4 lost"',
        CAPTION,
        "title: ",
    ),
    in_text(
        "a typed number",
        "a number is typed into the sentence of a figure that can be touched",
        "09",
        "{ratio:times2} as many: a loss",
        "20 times as many: a loss",
        CAPTION,
        "say: ",
    ),
    in_text(
        "a number in words",
        "forty-two per cent",
        "02",
        COST,
        "is forty-two per cent flatter around its lowest point",
        IN_WORDS,
        "forty-two",
    ),
    in_text(
        "a number in words",
        "five hundred times",
        "09",
        SINGLE,
        "The largest is five hundred times the smallest. " + SINGLE,
        IN_WORDS,
        "five hundred",
    ),
    in_text(
        "a number in backticks",
        "a number passes for code",
        "02",
        COST,
        "is `42.7` times flatter around its lowest point",
        BACKTICKS,
        "42.7",
    ),
    in_text(
        "a place that does not exist",
        "a figure is called by a number that it does not have",
        "02",
        COST,
        "is flat, as Figure 3.9 shows, around its lowest point",
        PLACES,
        "Figure 3.9",
    ),
    in_text(
        "a place that does not exist",
        "a chapter is named that the book does not have",
        "02",
        COST,
        "is flat (chapter 99) around its lowest point",
        PLACES,
        "no chapter [99]",
    ),
    in_text(
        "a level",
        "brackets of 95 % are said to be of 90 %",
        "09",
        "{def}`95 %, budgets drawn again`",
        "90 %, budgets drawn again",
        LEVEL,
        "90",
    ),
    in_text(
        "a level",
        "a caption's 95 % become 99 %",
        "09",
        "Whiskers: the sum by our refit, 95 %, budgets",
        "Whiskers: the sum by our refit, 99 %, budgets",
        LEVEL,
        "99",
    ),
    in_text(
        "a level",
        "a column's 95 % become 80 %",
        "09",
        "lower end of the 95 % interval of the sum",
        "lower end of the 80 % interval of the sum",
        LEVEL,
        "80",
    ),
    in_text(
        "a table's header",
        "what is printed and what is recomputed change places",
        "02",
        "| | the paper | from Table 5 | verdict |",
        "| | from Table 5 | the paper | verdict |",
        HEADER,
        "from Table 5",
    ),
    in_text(
        "a table's header",
        "Gopher and Chinchilla change places",
        "09",
        "| | Gopher | Chinchilla |",
        "| | Chinchilla | Gopher |",
        HEADER,
        "Gopher",
    ),
    in_text(
        "a table's header",
        "parameters and tokens change places",
        "03",
        "| | parameters | tokens |",
        "| | tokens | parameters |",
        HEADER,
        "tokens",
    ),
    in_text(
        "a cell that raises",
        "a visible cell divides by zero",
        "09",
        "for name, (N, D) in pair.items():",
        "for name, (N, D) in (pair, 1 / 0)[0].items():",
        RUN,
        "ZeroDivisionError",
    ),
    in_text(
        "a cell that warns",
        "a visible cell takes the logarithm of nothing",
        "09",
        FIVE,
        FIVE + "; np.log(np.zeros(1))",
        RUN,
        "RuntimeWarning",
    ),
    in_file(
        "a cell that may raise",
        "a cell is tagged raises-exception",
        "02",
        CELL + '"metadata": {}',
        CELL + '"metadata": {"tags": ["raises-exception"]}',
        TAGS,
        "raises-exception",
    ),
    in_file(
        "a notebook with outputs",
        "a cell keeps its execution count",
        "02",
        f"null,\n   {CELL}",
        f"3,\n   {CELL}",
        STRIPPED,
        "holds an execution count",
    ),
    in_file(
        "a notebook with outputs",
        "a cell keeps what it printed",
        "02",
        CELL + KEPT,
        CELL + KEPT.replace("[]", '[{"name": "stdout", "text": "1"}]'),
        STRIPPED,
        "holds outputs",
    ),
    in_text(
        "a number in a picture",
        "a number is typed into a picture",
        "02",
        'words = "same compute,',
        'words = "42 times the compute,',
        f"{WORDING}test_no_number_is_typed_into_a_picture@",
        "42 times",
    ),
    in_text(
        "a level",
        "a picture's band of 95 % is called one of 90 %",
        "06",
        '"our refit of all runs, 95 % band"',
        '"our refit of all runs, 90 % band"',
        LEVEL,
        "90",
    ),
    in_text(
        "a formula",
        "a fraction stands upside down",
        "02",
        r"L = \underbrace{\left(\frac{N_c}{N}\right)",
        r"L = \underbrace{\left(\frac{N}{N_c}\right)",
        FORMULA,
        "chapter 02: L = ",
    ),
    in_text(
        "a formula",
        "an exponent loses its sign",
        "06",
        r"\right)^{-(\alpha+\beta)/\alpha\beta}",
        r"\right)^{(\alpha+\beta)/\alpha\beta}",
        FORMULA,
        "chapter 06: u = ",
    ),
    in_text(
        "millions for billions",
        "a number is divided by a million and called billions",
        "04",
        "bytes_seen / 1e6, '.1f')} million",
        "bytes_seen / 1e6, '.1f')} billion",
        MILLIONS,
        "billion",
    ),
    Fault(
        "HTML that is obeyed",
        "the caption of a figure is given to the parser as it is",
        "book/_ext/companion_figures.py",
        'no_html(card["caption"])',
        'card["caption"]',
        f"{SOURCES}test_a_figure_gives_its_caption_to_the_parser_without_html",
        "HTML of a caption",
        built_again,
    ),
    Fault(
        "HTML that is obeyed",
        "a claim's sentence is written into its card as it is",
        "book/_ext/companion_claims.py",
        "<i>{escape(claim.sentence)}</i>",
        "<i>{claim.sentence}</i>",
        "tests/package/test_markup.py::test_hostile_text_makes_no_element_and_no_attribute",
        "a claim's card",
    ),
    Fault(
        "HTML that is obeyed",
        "a paper's name is written into a filter as it is",
        "book/_ext/companion_ledger.py",
        "{escape(label)}</option>",
        "{label}</option>",
        "tests/claims/test_page.py::test_names_in_a_choice_are_shown_not_obeyed",
        "<img",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_the_prose_is_caught(fault, tmp_path):
    bookfaults.assert_caught(fault, tmp_path / "copy")
