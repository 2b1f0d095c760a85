"""What the data say of themselves: a unit belongs to a name, a description to its column."""

from __future__ import annotations

import json
import re

import pytest

from scaling_utils import datasets
from scaling_utils.published import constants, sets

PACKAGE = json.loads(datasets.data_path("datapackage.json").read_text("utf-8"))
TABLES = {each["name"]: each for each in PACKAGE["resources"] if "schema" in each}
OURS = "one_minute_.*|transformer_.*|text_distances|interval_.*"
README = dict(
    re.findall(
        r"^\| `([\w.]+)` \| .* \| (.*) \|$",
        datasets.data_path("README.md").read_text("utf-8"),
        flags=re.M,
    )
)

UNITS = (
    ("hoffmann2022_results", "value", "see the column unit"),
    ("hoffmann2022_table_a5", "chinchilla|gopher|jurassic1", "bits per byte"),
    ("hoffmann2022_table_a[67]", "chinchilla|gopher", "percent"),
    ("llama2024_figure2_points", "loss", "as drawn"),
    (OURS, "(?!loss_from)([a-z]+_)?loss(_[a-z_]+)?", "nats per byte"),
    (OURS, "context|(unique_)?bytes(_planned|_seen)?", "bytes"),
    (OURS, "steps?", "1"),
    ("kaplan2020/Fig. 10", "loss_drop_per_doubling", "1"),
    ("kaplan2020/Fig. 20 curve .", "scale", "nats per token"),
    ("kaplan2020/Fig. 23", "slope", "nats per token"),
    ("kaplan2020/noise", "runs", "nats per token"),
    ("kaplan2020/Eq. 4.4", "scale", "tokens"),
    ("kaplan2020/WebText2", "text", "bytes"),
    ("kaplan2020/runs", "n_vocab", "1"),
    ("kaplan2020/.*", "C_.+", "PF-days"),
    ("gadre2024/.*", "[ab]", "FLOPs^eta nats per token"),
    ("hoffmann2022/Section 4.1", "shared_tokens", "%"),
    (".*/.*", "share|late|four_epochs|(low|high)_percentile", "per cent"),
    (".*", "share(_gopher)?", "percent"),
    (".*", "N|N_.+|(active_)?params(_at_chinchilla)?", "parameters"),
    (".*", "D_exponent|M_exponent|R_[DN]_star", "1"),
    (".*", "D|D_.+|tokens|test_tokens|batch_tokens_.+|context|n_vocab", "tokens"),
    (".*", "C|C_.+|flops(_as_printed)?", "FLOPs"),
    (".*", "B_.+", "tokens per batch"),
    (".*", "S_.|steps|warmup|smoothing", "steps"),
    (".*", "E|(se|ci95_low|ci95_high)_E(_notebook)?", "nats per token"),
    (".*", "A|(se|ci95_low|ci95_high)_A(_notebook)?", "nats per token x parameters^alpha"),
    (".*", "B|(se|ci95_low|ci95_high)_B(_notebook)?", "nats per token x tokens^beta"),
    (".*", "floor|L_star|loss|loss_low|loss_high", "nats per token"),
    (".*", "tokens_per_parameter|ratio_low|ratio_high|quoted", "tokens per parameter"),
    (".*", "documents|words|epochs|year", "the name itself"),
    (".*", "params_millions", "million parameters"),
    (".*", "disk_terabytes", "terabytes"),
    (".*", "flops_per_byte", "FLOPs per byte"),
    (".*", "bytes_per_second", "bytes per second"),
    (".*", "flops_per_second", "FLOPs per second"),
    (".*", "seconds", "s"),
    (".*", "y_100[BM]", "page units"),
    (".*_constants", "value", "the row's unit"),
    (".*", "omega", "parameters^(2/3)"),
    (".*", "M_scale", "FLOPs per token"),
    (".*", "bytes_per_token", "bytes per token"),
    (".*", "characters", "characters per token"),
    (".*", "batch_sequences", "sequences per batch"),
)
"""Table or set, column or symbol, and its unit; the first that fits. All else is a pure number."""
SPEAKS_OF = (
    ("unit", "parameters", "arameter|size|model"),
    ("unit", "tokens", "oken|atch"),
    ("unit", "FLOPs", "FLOP|ompute|udget"),
    ("unit", "nats per (token|byte)", "oss|nterval|Upper end"),
    ("unit", "percent", "hare|ccuracy"),
    ("unit", "bytes", "yte|ength"),
    ("name", "chinchilla", "Chinchilla"),
    ("name", "(share_)?gopher", "Gopher"),
    ("name", "jurassic1", "Jurassic"),
    ("name", "[ab]_low|(ratio|loss|ci95)_low", "10th|Lower|lower|least|Least|Low"),
    ("name", "[ab]_high|(ratio|loss|ci95)_high", "90th|Upper|upper|reatest|High"),
    ("name", "(n_)?layers", "Layer|Block"),
    ("name", "(n_)?heads", "heads"),
    ("name", "d_model", "esidual"),
    ("name", "d_ff", "feed-forward"),
    ("name", "N_head", "output"),
    ("name", "N_embedding", "embedding"),
    ("name", "loss_commentary", "commentary"),
    ("name", "loss_scripture", "World English Bible"),
    ("name", "loss_novel", "Moby-Dick"),
    ("name", "loss_modern", "Brown corpus"),
    ("name", "loss_dictionary", "dictionary"),
    ("name", "loss_code", "JavaScript"),
    ("name", "train_loss", "training batches"),
)
"""What the description of a column speaks of, by its unit and by its name."""


def unit_of(where: str, name: str) -> str:
    """The unit that a column or symbol of this name has here."""
    for place, names, unit in UNITS:
        if re.fullmatch(place, where) and re.fullmatch(names, name):
            return name if unit == "the name itself" else unit
    return "1"


@pytest.mark.parametrize("table", TABLES)
def test_a_column_has_the_unit_of_its_name_and_a_description_that_fits_it(table):
    wrong = []
    for field in TABLES[table]["schema"]["fields"]:
        if field["type"] == "string":
            continue
        name, unit, said = field["name"], field["unit"], field["description"]
        if unit != unit_of(table, name):
            wrong.append(f"{name} is in {unit!r}, not in {unit_of(table, name)!r}")
        for key, pattern, words in SPEAKS_OF:
            if re.fullmatch(pattern, field[key]) and not re.search(words, said):
                wrong.append(f"{name}, in {unit}, is described as {said!r}")
    assert not wrong, f"{table}: " + "; ".join(wrong)


def test_a_constant_has_the_unit_of_its_symbol():
    wrong = [
        f"{c.set} {c.symbol} is in {c.unit!r}, not in {unit_of(c.set, c.symbol)!r}"
        for name in sets()
        for c in constants(name)
        if c.unit != unit_of(c.set, c.symbol)
    ]
    assert not wrong, "; ".join(wrong)


def numbered(text: str) -> set[str]:
    """The tables and figures that a text names: Table A5, Tables 3, A3 and Fig. 2."""
    found = set()
    for kind, numbers in re.findall(
        r"\b(Tab|Fig)[\w.]* ((?:A?\d+(?:, | and | to )?)+)", re.sub(r" \([a-z][^)]*\)", "", text)
    ):
        found |= {f"{kind} {number}" for number in re.findall(r"A?\d+", numbers)}
    return found


@pytest.mark.parametrize("table", TABLES)
def test_a_place_is_the_one_that_the_name_and_the_list_of_files_say(table):
    source, listed = TABLES[table], README[TABLES[table]["path"]]
    place = source["place"]
    for kind, numbers in re.findall(r"_(table|figure)_?((?:a?\d+_?)+)", table):
        for number in re.findall(r"a?\d+", numbers):
            assert f"{kind[:3].capitalize()} {number.upper()}" in numbered(place), (
                f"{table} is said to stand in {place!r}"
            )
    assert numbered(listed) <= numbered(place), f"{table}: {place!r}, but README: {listed!r}"
    assert (place == "Measured here") == bool(re.fullmatch(OURS, table))
    author, _, year = table.partition("_")[0].partition("20")
    if year.isdigit() and author != "llama":
        assert f"{author.capitalize()}" in source["sources"][0]["title"], table


def test_tables_and_figures_are_read_from_a_text():
    text = "Tables 3 (approach 1) and A3 (approaches 2 and 3), Figure 4; Fig. 1 and Table 1"
    assert numbered(text) == {"Tab 3", "Tab A3", "Fig 4", "Fig 1", "Tab 1"}
