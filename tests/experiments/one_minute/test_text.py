"""The text of the one-minute study: refused if it is not the one, split without a leak."""

import math
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.one_minute import Shape, load_text
from experiments.one_minute.grid import FIRST_MARK, FULL, Grid, marks
from experiments.one_minute.text import BLOCK, CONTEXT, ONE_IN, encode, validation_sample
from scaling_utils import datasets

WORDS = b"".join(b"%d green bottles, " % n for n in range(30_000))


@pytest.fixture(scope="module")
def text():
    return encode(WORDS)


@pytest.fixture
def folder(tmp_path):
    for name in ("datapackage.json", "state_of_the_union.txt.bz2"):
        shutil.copy(datasets.data_path(name), tmp_path)
    return tmp_path


def test_the_text_that_ships_is_read():
    text = load_text()
    assert bytes(text.alphabet[i] for i in text.numbers[:12]) == b"To the Senat"
    share = text.validation.size / (text.validation.size + text.training.size)
    assert share == pytest.approx(1 / ONE_IN, abs=0.03)


def test_the_text_is_read_without_lzma_as_in_a_browser():
    code = "sys.modules['lzma'] = None; from experiments.one_minute import load_text; load_text()"
    subprocess.run([sys.executable, "-c", f"import sys; {code}"], check=True)


@pytest.mark.parametrize("change", ["cut short", "another byte", "another text"])
def test_another_text_is_refused_by_its_checksum(folder, change):
    path = folder / "state_of_the_union.txt.bz2"
    content = bytearray(path.read_bytes())
    if change == "cut short":
        content = content[:-1000]
    elif change == "another byte":
        content[5000] ^= 1
    else:
        content = bytearray(b"not even compressed")
    path.write_bytes(content)
    with pytest.raises(
        datasets.DataError, match=r"state_of_the_union\.txt\.bz2: not the expected"
    ):
        load_text(directory=folder)


def test_a_missing_text_is_named(folder):
    (folder / "state_of_the_union.txt.bz2").unlink()
    with pytest.raises(datasets.DataError, match="is missing"):
        load_text(directory=folder)


def test_no_byte_is_read_in_both_parts_of_the_split(text):
    reach = np.arange(-CONTEXT, 1)
    read = [
        set((part[:, np.newaxis] + reach).ravel().tolist())
        for part in (text.training, text.validation)
    ]
    assert not read[0] & read[1]
    assert len(read[0] | read[1]) == len(WORDS)


def test_the_split_depends_on_a_blocks_bytes_alone():
    longer = encode(WORDS + b"x" * 3 * BLOCK)
    whole = len(WORDS) // BLOCK * BLOCK
    before = encode(WORDS[:whole])
    assert set(before.validation) == {p for p in longer.validation if p < whole}


def test_examples_are_what_stands_in_the_text(text):
    contexts, targets = text.examples(text.validation[::997])
    for position, context, target in zip(text.validation[::997], contexts, targets, strict=True):
        said = bytes(text.alphabet[i] for i in [*context, target])
        assert said == WORDS[position - CONTEXT : position + 1]


def test_an_order_is_one_pass_and_its_seed_decides_it(text):
    first, again, other = text.order(1), text.order(1), text.order(2)
    np.testing.assert_array_equal(np.sort(first), text.training)
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_the_validation_sample_spans_the_validation_blocks(text):
    contexts, targets = validation_sample(text, 500)
    assert contexts.shape == (500, CONTEXT)
    assert targets.shape == (500,)
    everything, _ = validation_sample(text, 10**9)
    assert len(everything) == text.validation.size


@pytest.mark.parametrize("short", [b"", b"too short to split"])
def test_a_text_too_short_to_split_is_refused(short):
    with pytest.raises(ValueError, match="leaves no"):
        encode(short)


@settings(max_examples=50)
@given(
    st.integers(FIRST_MARK, 10**7), st.sampled_from([128, 256, 1000]), st.integers(1, 3 * 10**5)
)
def test_marks_are_on_one_grid_and_end_with_the_run(planned, batch, N):
    steps = marks(planned, batch, N)
    assert steps == sorted(set(steps))
    assert steps[-1] == planned // batch
    everywhere = set(marks(10**8, batch))
    assert set(steps[:-1]) <= everywhere
    ratios = np.diff(np.log(np.array(steps[:-1], float)))
    assert np.all(np.abs(ratios - math.log(2) / 2) < 2 * batch / FIRST_MARK)


def test_runs_of_the_study_keep_to_its_compute_and_to_one_pass():
    available = 5_486_044
    for width in FULL.widths:
        shape = Shape(width, 86)
        planned = FULL.bytes_planned(shape, available, 256)
        assert planned % 256 == 0
        assert planned <= available
        assert 6 * shape.N * planned <= FULL.compute
        assert planned <= FULL.bytes_per_parameter * shape.N


def test_a_grid_that_cannot_be_evaluated_is_refused():
    with pytest.raises(ValueError, match="take a longer text"):
        Grid((1000,), 1e9, 1000).bytes_planned(Shape(1000, 86), 10**6, 256)
