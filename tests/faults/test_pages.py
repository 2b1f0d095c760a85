"""Faults in the built site: pages, downloads, figures' files, search. A test of the site fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bookfaults
import chromium
import pytest
from bookfaults import in_site
from planting import Fault

FOUR, TWENTY = "09_four_times_the_tokens_or_parameters", "06_twenty_tokens_per_parameter"
EARLY = "02_convergence_is_inefficient"
HEAD, HOSTS = "test_head.py::", "test_shown.py::test_no_page_asks_another_host"
POLICY = f"{HEAD}test_page_forbids_other_hosts_before_it_loads_anything"
EVIL = '<script src="https://evil.example/a.js"></script></head>'
LEAD = '"in_words(gap, \\".3f\\")": "0.025 ('
OTHER = '"in_words(gap, \\".3f\\")": "0.026 ('
ONCE = "test_one_number.py::test_a_quantity_has_one_number_wherever_it_is_printed"
LATER = "test_notebooks.py::test_no_name_in_the_text_is_bound_to_something_else_later"
CALLED = "test_touch_said.py::test_its_sentence_calls_a_number_what_it_is"
OPENS = "test_touch_said.py::test_it_opens_with_the_settings_that_were_meant"
FILES = "test_figure_files.py::"
LINK = '<a class="reference internal" href="#fig-pile-subsets">'
GONE = f"{FILES}test_no_id_is_lost_and_none_is_missing_from_the_list"
SECOND = '<h2><span class="section-number">2.1. </span>'
WHEEL = "scaling_utils-0.2.0-py3-none-any.whl#sha256="
SHORT = '<div class="short-answer admonition">'
GOPHER = "figures/gopher-against-chinchilla"

FAULTS = [
    in_site(
        "a foreign script",
        "a chapter loads a script from another host",
        f"notebooks/{EARLY}.html",
        "</head>",
        EVIL,
        f"{HOSTS}@",
        "evil.example",
    ),
    in_site(
        "a foreign script",
        "the index loads a script from another host",
        "genindex.html",
        "</head>",
        EVIL,
        f"{HOSTS}@",
        "evil.example",
    ),
    in_site(
        "a foreign script",
        "the search loads a script from another host",
        "search.html",
        "</head>",
        EVIL,
        f"{HOSTS}@",
        "evil.example",
    ),
    in_site(
        "a foreign script",
        "the page for lost addresses loads a script from another host",
        "404.html",
        "</head>",
        EVIL,
        f"{HOSTS}@",
        "evil.example",
    ),
    in_site(
        "a page without its policy",
        "the index has no policy",
        "genindex.html",
        'http-equiv="Content-Security-Policy"',
        'name="policy"',
        f"{POLICY}@",
        "not enough values",
    ),
    in_site(
        "a loose policy",
        "the search may run anybody's scripts",
        "search.html",
        "script-src 'self'",
        "script-src https: 'self'",
        f"{POLICY}@",
        "https:",
    ),
    in_site(
        "two numbers for one quantity",
        "a chapter prints another lead than its neighbour",
        "numbers.json",
        LEAD,
        OTHER,
        f"{ONCE}[Chinchilla's lead]",
        "0.026",
    ),
    in_site(
        "a name bound anew",
        "what a chapter says in its text is something else at its end",
        "numbers_at_end.json",
        LEAD,
        OTHER,
        f"{LATER}[notebooks/{FOUR}]",
        "0.026",
    ),
    in_site(
        "an old download",
        "a notebook to take away has an old number",
        f"notebooks/{FOUR}.ipynb",
        "what stays is a lead of 0.025",
        "what stays is a lead of 0.031",
        f"test_downloads.py::test_every_number_is_that_of_the_page[{FOUR}]",
        "in_words(gap",
    ),
    in_site(
        "an old download",
        "the data of a figure are not what it draws",
        f"{GOPHER}.csv",
        "0.05210986746807394",
        "0.06210986746807394",
        "test_figures.py::test_all_that_is_drawn_is_in_the_table[gopher-against-chinchilla-wide]",
        "'bar'",
    ),
    in_site(
        "a dead link",
        "a figure is linked that the page does not have",
        f"notebooks/{FOUR}.html",
        LINK,
        LINK.replace("pile", "pole"),
        "test_site.py::test_no_link_leads_nowhere@",
        "#fig-pole-subsets",
    ),
    in_site(
        "a lost figure",
        "a figure vanishes from the site",
        "figures/measured-stops.json",
        "",
        None,
        GONE,
        "the figure 'measured-stops' is gone",
    ),
    in_site(
        "a picture without words",
        "a picture has an empty alternative text",
        f"notebooks/{FOUR}.html",
        'tasks-won-and-lost.svg" alt="',
        'tasks-won-and-lost.svg" alt="" title="',
        "test_site.py::test_every_picture_says_what_it_shows@",
        "tasks-won-and-lost.svg",
    ),
    in_site(
        "headings that jump",
        "a heading skips a level",
        f"notebooks/{EARLY}.html",
        SECOND,
        SECOND.replace("2>", "4>", 1),
        "test_access.py::test_headings_go_down_one_step_at_a_time_from_one_title",
        EARLY,
    ),
    in_site(
        "a page's title",
        "a chapter's heading is not the title that is cited",
        f"notebooks/{EARLY}.html",
        "</span>Convergence is inefficient",
        "</span>Convergence is efficient",
        f"{HEAD}test_reference_managers_find_what_they_cite@",
        "Convergence is efficient",
    ),
    in_site(
        "a page's title",
        "a page's title lacks the book's",
        f"notebooks/{EARLY}.html",
        " &#8212; Scaling Laws, Re-executed</title>",
        "</title>",
        f"{HEAD}test_page_is_titled_once_and_has_an_address_only_where_the_site_has_one@",
        "title",
    ),
    in_site(
        "a long short answer",
        "a short answer has more than three numbers",
        f"notebooks/{TWENTY}.html",
        "large models nobody knows it",
        "large models it is 40, 50 or 60",
        "test_reading.py::test_short_answer_is_short@",
        "at most three numbers",
    ),
    in_site(
        "an answer that is not first",
        "the first sentence of an answer is not bold",
        f"notebooks/{TWENTY}.html",
        "<p><strong>Twenty tokens",
        "<p>Well. <strong>Twenty tokens",
        "test_reading.py::test_first_sentence_of_the_answer_is_bold@",
        "strong",
    ),
    in_site(
        "a wrong reading time",
        "a page says that it is read in a minute",
        f"notebooks/{EARLY}.html",
        '<p class="reading-time">',
        '<p class="reading-time">1 minutes · 3 ',
        "test_reading.py::test_page_says_how_long_it_takes@",
        "1 minutes",
    ),
    in_site(
        "an error that is shown",
        "a page shows a traceback",
        f"notebooks/{EARLY}.html",
        SHORT,
        '<p class="output traceback">1 / 0</p>' + SHORT,
        "test_shown.py::test_no_page_shows_the_traceback_of_an_error@",
        "an error is shown",
    ),
    in_site(
        "marks that are not obeyed",
        "a role of the source stands in a sentence",
        f"notebooks/{EARLY}.html",
        "<p>Read one row of dots",
        "<p>{eval}Read one row of dots",
        "test_site.py::test_page_shows_no_raw_markup@",
        "{eval",
    ),
    in_site(
        "an interval without its level",
        "a page no longer says of which level its intervals are",
        "book/questions.html",
        "95\N{NO-BREAK SPACE}%",
        "most of them",
        "test_shown.py::test_a_page_with_intervals_says_which_they_are[book/questions]",
        "say of which level",
    ),
    in_site(
        "a lost claim",
        "a claim is missing from the page of the ledger",
        "book/claims.html",
        'id="claim-kaplan-b5-excess"',
        'id="claim-kaplan-b5"',
        "test_site.py::test_the_ledger_page_holds_every_claim",
        "kaplan-b5",
    ),
    in_site(
        "a figure's files",
        "a picture says inside that it is another",
        f"{GOPHER}.svg",
        "<title>What Gopher",
        "<title>What Kaplan",
        f"{FILES}test_an_svg_says_inside_what_it_is_and_whose[gopher-against-chinchilla]",
        "What Kaplan",
    ),
    in_site(
        "a touchable figure",
        "it opens with another setting",
        "figures/touch/my-budget.json",
        '"start": 23.75',
        '"start": 24.0',
        f"{OPENS}[my-budget]",
        "24.0",
    ),
    in_site(
        "a touchable figure",
        "its sentence calls tokens parameters",
        "figures/touch/my-budget.json",
        "{N:count2} parameters",
        "{D:count2} parameters",
        f"{CALLED}[my-budget]",
        "D parameters",
    ),
    in_site(
        "a wheel",
        "the list of wheels has another checksum",
        "wheels/index.html",
        WHEEL,
        WHEEL + "0",
        "test_downloads.py::test_the_wheels_page_lists_them_with_their_checksums",
        "sha256",
    ),
    Fault(
        "a lost figure",
        "the id of a figure is taken out of the list",
        "book/figure_ids.txt",
        "measured-stops\n",
        "",
        f"tests/book/{GONE}",
        "the figure 'measured-stops' is new",
        bookfaults.built_again,
    ),
]


def without_twenty(copy: Path) -> None:
    """Take the book's headline out of the index of the search, wherever it stands."""
    index = copy / "_build" / "html" / "_static" / "search-index.js"
    text = index.read_text("utf-8").replace("20:1", "the rule")
    index.unlink()
    index.write_text(text, "utf-8")


IN_A_BROWSER = [
    in_site(
        "a touchable figure",
        "its formula is not the law's",
        f"notebooks/{TWENTY}.html",
        '{"name":"N","update":"(',
        '{"name":"N","update":"(1.01 * ',
        "test_touch.py::test_results_are_those_of_the_package[my-budget]",
        "'N'",
    ),
    replace(
        in_site(
            "a search that finds nothing",
            "what everybody types leads nowhere",
            "_static/search-index.js",
            "companionSearch(",
            "companionSearch( ",
            "test_search.py::test_what_readers_type_leads_to_its_place[20:1]",
            "20:1",
        ),
        before=without_twenty,
    ),
]


@pytest.mark.parametrize(
    "fault", [*FAULTS, *IN_A_BROWSER * (chromium.PATH is not None)], ids=lambda fault: fault.what
)
def test_a_fault_in_the_site_is_caught(fault, tmp_path):
    bookfaults.assert_caught(fault, tmp_path / "copy")
