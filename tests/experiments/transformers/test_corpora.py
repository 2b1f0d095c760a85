"""A text is used only if its checksum is right, and is split by its content alone."""

import csv
import hashlib
import os
from dataclasses import asdict, replace

import numpy as np
import pytest
from text_packages import packages, prose, spec

from experiments.transformers import corpora
from experiments.transformers.extractors import READERS
from experiments.transformers.packages import CorpusError, download, fetch, read_table, text

PACKAGES = packages()
TRAINING = ("addresses", "psalms")
SPECS = {
    name: spec(name, package, "training" if name in TRAINING else "held out")
    for name, package in PACKAGES.items()
}


def registry(spec, folder):
    """Puts a package where the registry's tool would."""
    (folder / spec.file).write_bytes(PACKAGES[spec.name])


def unreachable(spec, folder):
    raise AssertionError(f"{spec.name} must not be fetched")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(asdict(SPECS["code"])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(each) for each in SPECS.values())
    return path


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def test_packages_are_fetched_verified_and_read(cache, table):
    lines = []
    found = corpora.load(cache, table=table, download=registry, report=lines.append)
    assert list(found.held_out) == ["modern", "dictionary", "code"]
    assert found.held_out["modern"].tobytes().startswith(b'The jury said "no".')
    total = sum(SPECS[name].clean_bytes for name in TRAINING)
    assert found.train.size + found.validation.size == total
    assert found.train.dtype == found.validation.dtype == np.uint8
    assert lines[0] == "addresses: fetching some-addresses 1.0-1 (0.5 MB)"
    assert {path.name for path in cache.iterdir()} == {
        *(each.file for each in SPECS.values()),
        *(f"{name}.txt" for name in SPECS),
    }
    again = corpora.load(cache, table=table, download=unreachable)
    assert again.sha256 == found.sha256
    assert np.array_equal(again.train, found.train)


@pytest.mark.parametrize("name", ["code", "psalms"])
def test_truncated_package_is_refused(cache, name):
    each = SPECS[name]
    cache.mkdir()
    cut = PACKAGES[name][:-1]
    (cache / each.file).write_bytes(cut)
    with pytest.raises(CorpusError) as raised:
        fetch(each, cache, download=unreachable)
    said = str(raised.value)
    for part in (each.file, each.sha256, hashlib.sha256(cut).hexdigest(), f"{len(cut)} bytes"):
        assert part in said
    assert f"delete {cache / each.file} and run again" in said


def test_wrong_download_is_refused_and_not_kept(cache):
    def another(spec, folder):
        (folder / spec.file).write_bytes(PACKAGES["modern"])

    with pytest.raises(CorpusError, match=r"some-code-1.0-1.tgz: not the expected package"):
        text(SPECS["code"], cache, download=another)
    assert list(cache.iterdir()) == []
    assert text(SPECS["code"], cache, download=registry).startswith(b"if (a)")


def test_interrupted_download_leaves_nothing(cache):
    def interrupted(spec, folder):
        (folder / spec.file).write_bytes(PACKAGES[spec.name][:100])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        text(SPECS["code"], cache, download=interrupted)
    assert list(cache.iterdir()) == []


def test_download_that_leaves_no_file_is_named(cache):
    with pytest.raises(CorpusError, match=r"code: could not fetch .*left no file.*by hand"):
        fetch(SPECS["code"], cache, download=lambda spec, folder: None)


def test_damaged_cleaned_text_is_made_again(cache):
    right = text(SPECS["code"], cache, download=registry)
    (cache / "code.txt").write_bytes(right[:-1])
    assert text(SPECS["code"], cache, download=unreachable) == right
    assert (cache / "code.txt").read_bytes() == right


def test_changed_cleaning_is_noticed(cache):
    other = replace(SPECS["code"], clean_sha256="0" * 64)
    with pytest.raises(CorpusError, match=r"code: the text read .*extractors.py has changed"):
        text(other, cache, download=registry)
    assert not (cache / "code.txt").exists()
    unreadable = replace(SPECS["code"], reader="novel")
    with pytest.raises(CorpusError, match=r"some-code-1.0-1.tgz: the package holds no file"):
        text(unreadable, cache, download=unreachable)


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder that alone is searched for npm and apt-get."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_tool(path, script):
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "tool", "asked"),
    [
        ("code", "npm", "pack --silent some-code@1.0-1"),
        ("psalms", "apt-get", "-q -o APT::Sandbox::User=root download some-psalms=1.0-1"),
    ],
)
def test_the_registrys_own_tool_is_asked(cache, tools, tmp_path, name, tool, asked):
    each = SPECS[name]
    (tmp_path / "mirror").write_bytes(PACKAGES[name])
    said = f'echo "$@" > {tmp_path}/asked\n{os.defpath.split(":")[0]}/cat'
    write_tool(tools / tool, f"{said} {tmp_path}/mirror > {each.file}\n")
    assert fetch(each, cache).read_bytes() == PACKAGES[name]
    assert (tmp_path / "asked").read_text() == asked + "\n"


def test_missing_or_failing_tool_says_what_to_do_by_hand(cache, tools):
    each = SPECS["code"]
    with pytest.raises(CorpusError) as raised:
        fetch(each, cache)
    for part in ("npm is not installed", each.file, each.sha256, str(cache), "by hand"):
        assert part in str(raised.value)
    write_tool(tools / "npm", "echo first; echo 'no such version' >&2; exit 3\n")
    with pytest.raises(CorpusError, match=r"some-code@1.0-1 failed and said: no such version"):
        fetch(each, cache)
    assert list(cache.iterdir()) == []


def test_unknown_registry_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"registry 'floppy' is not one of npm, debian"):
        download(replace(SPECS["code"], registry="floppy"), tmp_path)


def blocks(array):
    content = array.tobytes()
    return {content[i : i + corpora.BLOCK] for i in range(0, len(content), corpora.BLOCK)}


def test_two_blocks_in_a_hundred_are_for_validation():
    count = 2000
    whole = prose("some", count * corpora.BLOCK).encode()[: count * corpora.BLOCK]
    train, validation = corpora.split([whole])
    share = len(validation) / len(whole)
    deviation = (0.02 * 0.98 / count) ** 0.5
    assert abs(share - 0.02) < 4 * deviation
    pieces = {whole[i : i + corpora.BLOCK] for i in range(0, len(whole), corpora.BLOCK)}
    found = corpora.from_text(whole, {})
    assert blocks(found.train) | blocks(found.validation) == pieces
    assert not blocks(found.train) & blocks(found.validation)
    assert (found.train.tobytes(), found.validation.tobytes()) == (train, validation)
    assert train != whole[: len(train)], "training blocks stand in no order of the text"


def test_split_depends_on_nothing_but_a_block():
    first, second = prose("a", 900_000).encode(), prose("b", 800_000).encode()
    train, validation = corpora.split([first, second])
    swapped_train, swapped = corpora.split([second, first])
    assert train == swapped_train
    of_first, of_second = corpora.split([first])[1], corpora.split([second])[1]
    assert validation == of_first + of_second
    assert swapped == of_second + of_first


def test_text_too_short_to_split_is_refused():
    with pytest.raises(CorpusError, match=r"3 bytes of training text gave 1 blocks for training"):
        corpora.from_text(b"abc", {})


def test_checksum_covers_names_and_texts():
    train = prose("a", 900_000).encode()
    variants = [
        corpora.from_text(train, {"near": b"x", "far": b"yz"}),
        corpora.from_text(train, {"near": b"xy", "far": b"z"}),
        corpora.from_text(train, {"near": b"x", "other": b"yz"}),
        corpora.from_text(train + b"!", {"near": b"x", "far": b"yz"}),
    ]
    assert len({each.sha256 for each in variants}) == len(variants)
    assert corpora.from_text(train, {"near": b"x", "far": b"yz"}).sha256 == variants[0].sha256


def test_shipped_addresses_make_corpora():
    found = corpora.shipped()
    assert found.held_out["latest"].size == corpora.LATEST
    assert 0.01 < found.validation.size / found.train.size < 0.03
    assert b"Sputnik, we had no idea" in found.held_out["latest"].tobytes()
    assert b"Sputnik, we had no idea" not in found.train.tobytes() + found.validation.tobytes()


def test_table_of_the_study_is_complete():
    specs = read_table(corpora.TABLE)
    assert [each.name for each in specs if each.role == "training"] == [
        "addresses",
        "psalms commentary",
    ]
    held_out = [each.name for each in specs if each.role == "held out"]
    assert held_out == ["commentary", "scripture", "novel", "modern", "dictionary", "code"]
    assert len(held_out) + 2 == len(specs)
    for each in specs:
        assert each.reader in READERS
        assert each.registry in ("npm", "debian")
        assert len(each.sha256) == len(each.clean_sha256) == 64
        assert each.version in each.file
        assert each.licence


def test_command_prints_a_table(cache, table, capsys):
    corpora.load(cache, table=table, download=registry)
    corpora.main(["--cache", str(cache), "--table", str(table)])
    printed = capsys.readouterr().out
    for each in SPECS.values():
        assert f"{each.clean_bytes:,}" in printed
    assert "sha256 of all texts: " in printed
