"""Text comes out of each form of package without its markup, and clean."""

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_packages import deb, packages, sword_files, tgz

from experiments.transformers.extractors import PackageError, addresses, clean, extract, members


@given(st.text(), st.booleans())
def test_clean_text_is_plain_and_stays_as_it_is(text, code):
    once = clean(text, code=code)
    assert clean(once.decode("ascii"), code=code) == once
    assert re.fullmatch(rb"[ -~\n\t]*" if code else rb"[ -~\n]*", once)
    assert b"\n\n\n" not in once
    assert not re.search(rb"[ \t]\n", once)
    assert once.endswith(b"\n")
    if not code:
        assert b"  " not in once
        assert b"\n " not in once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u2018a\u2019 \u201cb\u201d", b"'a' \"b\"\n"),
        ("1790\u20131799 \u2014 end\u2011on", b"1790-1799 -- end-on\n"),
        ("na\u00efve \u00e6on \u0153uvre", b"naive aeon oeuvre\n"),
        ("2\u00bd \u00bd 3\u00d74", b"2 1/2 1/2 3x4\n"),
        ("wait\u2026\u00a0now \u05d0", b"wait... now\n"),
        ("a\r\nb\rc\x02\x0c", b"a\nb\nc\n"),
        ("  a \t b  \n\n \n\nc", b"a b\n\nc\n"),
    ],
)
def test_typographic_signs_become_plain_ones(text, expected):
    assert clean(text) == expected


def test_code_keeps_its_indentation():
    assert clean("a {\n\tb  =  1;  \n    c\n}", code=True) == b"a {\n\tb  =  1;\n    c\n}\n"


def test_brown_corpus_reads_as_running_text():
    text = extract("brown", packages()["modern"])
    assert text == b'The jury said "no". Why?\n\nIt (did).\n'


def test_addresses_are_in_order_and_can_begin_late():
    years = {f"package/data/{year}_a_n.txt": str(year).encode() for year in (2000, 1790, 1890)}
    files = members(tgz(years | {"package/data/1790_a_n.json": b"{}"}))
    assert addresses(files) == "1790\n\n1890\n\n2000"
    assert addresses(files, since=1890) == "1890\n\n2000"


def test_novel_is_taken_once_and_in_the_order_of_its_chapters():
    names = ("data", "chapter_10", "chapter_2", "epilogue", "etymology", "extracts", "contents")
    package = tgz({f"package/data/{name}.txt": name.encode() for name in names})
    text = extract("novel", package).split()
    assert text == [b"etymology", b"extracts", b"chapter_2", b"chapter_10", b"epilogue"]


def test_code_and_dictionary():
    assert extract("code", packages()["code"]) == b"if (a) {\n\treturn  b;\n}\n"
    assert extract("dictionary", packages()["dictionary"]) == b"term\nwhat it is\n"


def test_old_encodings_are_read():
    assert extract("code", tgz({"package/lodash.js": b"caf\xe9"})) == b"cafe\n"
    assert extract("code", tgz({"package/lodash.js": b"caf\xc3\xa9"})) == b"cafe\n"


def test_sword_module_loses_its_markup():
    genesis = (
        '<title type="x">Genesis</title><div sID="g1" type="x-p"/><w lemma="H1">In</w> the '
        '<hi type="italic">beginning</hi>,<note><reference>1:1</reference>or: at first</note>'
        '<w>God</w><note>a</note>.<div eID="g1" type="x-p"/><l level="1" sID="a"/>one'
        '<l eID="a" level="1"/> <l level="2" sID="b"/>two &amp;\nthree<l eID="b" level="2"/>'
    )
    package = deb(
        sword_files({"nt": [b"<p>Last.</p>"], "ot": [genesis.encode(), b" \xe2\x80\x94 more"]})
    )
    text = extract("sword", package)
    assert text == b"Genesis\n\nIn the beginning, God.\n\none\ntwo & three -- moreLast.\n"


def test_sword_block_of_another_length_is_refused():
    files = sword_files({"ot": [b"some text"]})
    index = next(path for path in files if path.endswith("bzs"))
    files[index] = files[index][:-4] + (7).to_bytes(4, "little")
    with pytest.raises(PackageError, match=r"ot.bzs: a block has 9 bytes, expected 7"):
        extract("sword", deb(files))


def test_other_forms_are_refused():
    whole = packages()["psalms"]
    for package in (b"", b"not an archive", gzip.compress(b"no tar"), whole[: len(whole) // 2]):
        with pytest.raises(PackageError, match=r"not a readable \.tgz or \.deb package"):
            members(package)
    with pytest.raises(PackageError, match=r"no member data\.tar"):
        members(whole[:100])
    with pytest.raises(PackageError, match=r"holds no file package/lodash"):
        extract("code", tgz({"package/index.js": b"x"}))
    with pytest.raises(PackageError, match=r"'code' found no text"):
        extract("code", tgz({"package/lodash.js": b" \n"}))
    with pytest.raises(
        PackageError, match=r"reader 'pdf' is not known; expected one of addresses,"
    ):
        extract("pdf", whole)
