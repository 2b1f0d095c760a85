"""Faults in the tests: those that cannot fail, never run, or are left out in silence."""

from __future__ import annotations

import planting
import pytest
from planting import Fault

CANNOT_FAIL = "tests/package/test_teeth.py::test_no_test_is_one_that_cannot_fail[{}]"
NOT_FOUND = "tests/package/test_teeth.py::test_every_test_stands_where_a_command_finds_it"
TWICE = "tests/unit/test_data_twice.py"


def toothless(kind: str, what: str, old: str, new: str, says: str) -> Fault:
    """A test of the data that somebody has made pass."""
    return Fault(kind, what, TWICE, old, new, CANNOT_FAIL.format(TWICE), says)


FAULTS = [
    toothless(
        "a test that asserts nothing",
        "an assertion is replaced by a truth",
        'assert (shape["d_ff"] == 4 * shape["d_model"]).all()',
        "assert True",
        f"{TWICE}, line ",
    ),
    toothless(
        "a test that asserts nothing",
        "an assertion with its reason is put into brackets",
        'assert (shape["d_ff"] == 4 * shape["d_model"]).all()',
        'assert ((shape["d_ff"] == 4 * shape["d_model"]).all(), "four times as wide")',
        "asserts what is always true",
    ),
    toothless(
        "a test that asserts nothing",
        "a comparison stands by itself",
        '    np.testing.assert_allclose(lines["exponent"], rise, atol=1e-6)',
        '    np.isclose(lines["exponent"], rise, atol=1e-6)',
        "test_the_exponent_of_a_frontier_is_that_of_its_ends checks nothing",
    ),
    toothless(
        "a thing compared with itself",
        "both sides of a comparison come from the same column",
        'np.testing.assert_allclose(lines["exponent"], rise, atol=1e-6)',
        "np.testing.assert_allclose(rise, rise, atol=1e-6)",
        "compares a thing with itself",
    ),
    toothless(
        "a tolerance that lets all pass",
        "a value may be twice what it should be",
        "assert far == pytest.approx(row.params_at_chinchilla, rel=0.01)",
        "assert far == pytest.approx(row.params_at_chinchilla, rel=1)",
        "allows 100%, which nearly anything passes",
    ),
    toothless(
        "an error that is swallowed",
        "a test catches the failure of its own assertion",
        '    assert (shape["batch_tokens_end"] == 2 * shape["batch_tokens_start"]).all()',
        '    try:\n        assert (shape["batch_tokens_end"] == 2).all()\n'
        "    except AssertionError:\n        pass",
        "swallows the error that would fail it",
    ),
    toothless(
        "nothing to try",
        "a test is given no value at all",
        '@pytest.mark.parametrize("study", ["one_minute", "transformer"])',
        '@pytest.mark.parametrize("study", [])',
        "is given nothing to try",
    ),
    Fault(
        "nothing to try",
        "a pattern of files finds none",
        TWICE,
        '@pytest.mark.parametrize("study", ["one_minute", "transformer"])',
        '@pytest.mark.parametrize("study", sorted(set() & {"one_minute"}))',
        TWICE,
        "test_a_run_ends_where_its_curve_ends[NOTSET]: there is nothing to try it on",
    ),
    toothless(
        "a test that another one hides",
        "two tests of a file have one name",
        "def test_a_curve_has_no_step_aside():",
        "def test_heads_times_their_size_is_the_width():",
        "hides another test_heads_times_their_size_is_the_width, which never runs",
    ),
    toothless(
        "a test that ends before it looks",
        "a return was left above the assertions",
        '    shape = load("hoffmann2022_table4")\n',
        '    shape = load("hoffmann2022_table4")\n    return\n',
        "is never reached",
    ),
    toothless(
        "a test that is left out",
        "a test that fails is skipped for now",
        "def test_heads_times_their_size_is_the_width():\n",
        "def test_heads_times_their_size_is_the_width():\n    pytest.skip('later')\n",
        "uses skip",
    ),
    toothless(
        "a test that is left out",
        "a test is expected to fail",
        "def test_heads_times_their_size_is_the_width():\n",
        "@pytest.mark.xfail\ndef test_heads_times_their_size_is_the_width():\n",
        "uses xfail",
    ),
    Fault(
        "a test that nothing collects",
        "a file of tests is called otherwise than pytest looks for",
        "tests/unit/check_tables.py",
        "",
        "def test_one():\n    assert 1 < 2\n",
        NOT_FOUND,
        "tests/unit/check_tables.py has tests that no command collects",
    ),
    Fault(
        "a test that nothing collects",
        "a folder of tests is in no command",
        "tests/later/test_tables.py",
        "",
        "def test_one(x):\n    assert x < 2\n",
        NOT_FOUND,
        "tests/later/test_tables.py has tests that no command collects",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_the_tests_is_caught(fault, tmp_path):
    planting.assert_caught(fault, tmp_path / "copy")
