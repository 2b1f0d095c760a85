"""Entries of a paper that does not exist, for the tests of the ledger."""

from claims import Claim

PAPER = '[paper]\nkey = "test2020"\nprefix = "test"\ntitle = "A test"\nshort = "Test 2020"\n'
PAPER += 'url = "https://example.org"\n'
GOOD = {
    "id": '"test-one"',
    "place": '"Eq. 1"',
    "claim": '"One is {printed}."',
    "printed": '"1.0"',
    "kind": '"result"',
    "chapter": "1",
    "verdict": '"reproduced"',
}


def write(path, *entries, paper=PAPER):
    """A file of claims below `path`."""
    text = paper + "".join(
        "[[claim]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items())
        for entry in entries
    )
    file = path / "test2020.toml"
    file.write_text(text, encoding="utf-8")
    return file


def claim(**changes):
    """The claim that `GOOD` states, with changes."""
    fields = {
        "id": "test-one",
        "paper": "test2020",
        "place": "Eq. 1",
        "claim": "One is {printed}.",
        "printed": "1.0",
        "kind": "result",
        "chapter": 1,
        "verdict": "reproduced",
        "work": "Test 2020",
        "url": "https://example.org",
    }
    if changes.get("seen_if"):
        fields["kind"] = "measured"
    return Claim(**{**fields, **changes})
