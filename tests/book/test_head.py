"""What pages say of themselves, what they may load, and whose work the site carries."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from importlib.metadata import version
from urllib.parse import urlsplit
from xml.etree import ElementTree

import about
import companion_foot
import companion_head
import finish
import notices
import policy
import pytest
from about import ROOT, SITE
from bs4 import BeautifulSoup
from built import page_paths
from contents import own_files

BOOK, ADDRESS = about.citation(), "https://example.org/book/"
REPOSITORY = "https://github.com/someone/book/"
THEMED = [*page_paths(), "404.html", "genindex.html", "py-modindex.html", "search.html"]
ALL = [path.relative_to(SITE).as_posix() for path in own_files(SITE)]
MADE = {"claims-folds.js", "lite.js", "logo.svg", "search-index.js"}
ALLOWED = re.compile(r"'(self|none|unsafe-inline|unsafe-hashes|sha256-[\w+/]+=*)'|(data|blob):")
CHAPTERS = [name for name in page_paths() if name.startswith("notebooks/")]


@pytest.fixture(scope="module")
def heads() -> dict[str, BeautifulSoup]:
    """The head of every page."""
    texts = {name: (SITE / name).read_text("utf-8").split("</head>")[0] for name in ALL}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def _meta(head: BeautifulSoup, name: str) -> list[str]:
    return [tag["content"] for tag in head.find_all("meta", attrs={"name": name})]


@pytest.mark.parametrize("name", THEMED)
def test_page_says_in_a_sentence_what_it_is(heads, name):
    (words,) = _meta(heads[name], "description")
    assert 15 <= len(words) <= companion_head.LONGEST
    assert not re.search(r"[<>{}\\`]|\bNone\b|et al\.$", words)


def test_no_two_pages_are_described_alike(heads):
    words = [_meta(heads[name], "description")[0] for name in page_paths()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("name", THEMED)
def test_page_is_titled_once_and_has_an_address_only_where_the_site_has_one(heads, name):
    assert heads[name].title.get_text().count(BOOK["title"]) == 1
    canonical = [link["href"] for link in heads[name].find_all("link", rel="canonical")]
    address = about.address()
    assert canonical == ([f"{address}{name}"] if address and name != "404.html" else [])
    sent = heads[name].find_all("meta", property=re.compile("^og:"))
    assert bool(sent) == bool(address and name in page_paths())


@pytest.mark.parametrize("name", [*CHAPTERS, "book/intro.html"])
def test_reference_managers_find_what_they_cite(heads, pages, name):
    head = heads[name]
    assert _meta(head, "citation_author") == [author["name"] for author in BOOK["authors"]]
    (day,) = _meta(head, "citation_publication_date")
    assert day.replace("/", "-") == str(BOOK["date-released"])
    (title,) = _meta(head, "citation_title")
    heading = pages[name].find("h1").get_text().rstrip("#")
    assert re.sub(r"^\d+\. ", "", heading) == title
    inside = [] if title == BOOK["title"] else [BOOK["title"]]
    assert _meta(head, "citation_inbook_title") == inside


def test_a_description_is_whole_sentences_or_ends_where_a_word_does():
    short = '<div class="short-answer"><p class="admonition-title">Short answer</p><p>{}</p></div>'
    bold = "<strong>The exponent is 0.27 of <i>C</i><sup>2</sup>.</strong> More."
    assert companion_head.description(short.format(bold)) == "The exponent is 0.27 of C^2."
    long = "Kaplan et al. say so. " + "word " * 40 + ". "
    assert companion_head.description(f"<h1>A</h1><p>{long}</p>") == "Kaplan et al. say so."
    cut = companion_head.description(f"<p>{'word ' * 50}</p>")
    assert cut.endswith("word…")
    assert len(cut) <= companion_head.LONGEST


def test_a_page_is_sent_with_its_address_and_a_picture_of_the_size_it_says(monkeypatch):
    monkeypatch.setattr(companion_head, "_address", lambda: ADDRESS)
    tags = "".join(companion_head.citation_tags("A chapter", "notebooks/a.html"))
    assert f'name="citation_public_url" content="{ADDRESS}notebooks/a.html"' in tags
    sent = companion_head.preview(companion_head.PREVIEW, SITE / "figures")
    picture = SITE / sent["og:image"].removeprefix(ADDRESS)
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    assert (sent["og:image:width"], sent["og:image:height"]) == (str(width), str(height))
    assert width >= 600
    assert len(sent["og:image:alt"]) > 20


def test_the_first_page_leads_on_and_says_where_it_leads(heads):
    head = heads["index.html"]
    assert head.html["lang"] == "en"
    assert head.title.get_text() == BOOK["title"]
    target = head.find("meta", attrs={"http-equiv": "refresh"})["content"].split("url=")[1]
    assert _meta(head, "description") == _meta(heads[target], "description")
    page = finish.leads_to(target, "", ADDRESS)
    assert f'<link rel="canonical" href="{ADDRESS}{target}" />' in page
    assert f'<a href="{target}">' in page


def test_a_host_is_told_of_every_page_once_there_is_an_address():
    listed = finish.sitemap(page_paths(), ADDRESS)
    places = [each.text for each in ElementTree.fromstring(listed).iterfind("{*}url/{*}loc")]
    assert places == [f"{ADDRESS}{name}" for name in page_paths()]
    for name in ("sitemap.xml", "robots.txt"):
        assert (SITE / name).exists() == bool(about.address())
    assert (SITE / ".nojekyll").exists()


@pytest.mark.parametrize("name", ALL)
def test_page_forbids_other_hosts_before_it_loads_anything(heads, name):
    (said,) = heads[name].find_all("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert not said.find_all_previous(["script", "link", "style"])
    rules = dict(rule.split(" ", 1) for rule in said["content"].split("; "))
    assert {"default-src", "script-src", "object-src", "base-uri", "form-action"} <= set(rules)
    words = {word for sources in rules.values() for word in sources.split()}
    assert not [word for word in words if not ALLOWED.fullmatch(word)]
    assert "'unsafe-inline'" not in rules["script-src"]


def test_a_policy_knows_what_runs_from_what_is_data():
    known = ["DOCUMENTATION_OPTIONS.pagename = 'a';", "kernelName = 'python3'", "window.print()"]
    page = (
        f'<script src="a.js"></script><script>{known[0]}</script><script type="application/json">'
        f'{{}}</script><script type="module">{known[1]}</script><button onclick="{known[2]}">'
    )
    sums = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in known
    }
    rule = policy.policy(page).split("script-src ")[1]
    assert set(rule.split()) == {"'self'", "'unsafe-hashes'", *sums}
    assert "unsafe" not in policy.policy(f"<script>{known[0]}</script>").split("script-src ")[1]


def test_what_others_made_is_listed_and_its_notice_goes_along(pages):
    ours = {path.name for path in (ROOT / "book" / "_static").glob("*")} | MADE
    files = [path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()]
    shipped = [name for name in files if name.startswith("_static/")]
    shipped = [name for name in shipped if not name.startswith(notices.FOLDER)]
    unlisted = [
        name
        for name in shipped
        if (name.count("/") > 1 or name.split("/")[1] not in ours)
        and not any(part.holds(name) for part in notices.PARTS)
    ]
    assert not unlisted, "whose are these? add them to book/notices.py"
    assert not [p.name for p in notices.PARTS if not any(map(p.holds, files))], (
        "not there any more"
    )
    links = {a["href"].split("/")[-1] for a in pages["book/licences.html"].select("td a")}
    assert links == {part.notice for part in notices.PARTS}
    for part in notices.PARTS:
        text = (SITE / notices.FOLDER / part.notice).read_text("utf-8")
        assert re.search(r"copyright|\(c\)|licen[cs]e", text, re.I)


def test_the_notice_of_vega_is_that_of_the_bundle_in_use():
    """If this fails, look which packages the new bundle has, and correct the notice."""
    (vega,) = (part for part in notices.PARTS if part.name == "Vega")
    assert version("vl-convert-python") in vega.text()


@pytest.mark.parametrize("name", THEMED)
def test_the_foot_says_which_version_this_is_and_under_which_licence(name):
    page = BeautifulSoup((SITE / name).read_text("utf-8").split("<footer")[-2], "html.parser")
    text = page.get_text(" ", strip=True)
    assert f"Version {BOOK['version']}" in text
    assert "CC BY 4.0" in text
    assert "MIT" in text


def test_the_foot_links_the_commit_and_the_form_where_the_sources_have_an_address():
    foot = companion_foot.foot(lambda page: f"{page}.html", REPOSITORY, "0123456789abcdef")
    assert f'<a href="{REPOSITORY}commit/0123456789abcdef">commit 0123456</a>' in foot
    assert f'href="{REPOSITORY}issues/new?template=dispute-a-claim.yml"' in foot
    alone = companion_foot.foot(lambda page: f"{page}.html", "", "")
    assert "http" not in alone
    assert "changed sources" in alone


def test_the_page_for_lost_addresses_leads_to_every_chapter_from_anywhere(heads):
    prefix = urlsplit(about.address()).path or "/"
    page = BeautifulSoup((SITE / "404.html").read_text("utf-8"), "html.parser")
    links = [a["href"] for a in page.find("article").select("p a, li a")]
    links += [link["href"] for link in page.head.find_all("link", rel="stylesheet")]
    links += [script["src"] for script in page.find_all("script", src=True)]
    assert not [link for link in links if not link.startswith(prefix)]
    files = [urlsplit(link).path.removeprefix(prefix) for link in links]
    assert not [name for name in files if not (SITE / name).exists()]
    assert set(CHAPTERS) | {"search.html", "book/claims.html"} <= set(files)
    assert _meta(heads["404.html"], "robots") == ["noindex"]
