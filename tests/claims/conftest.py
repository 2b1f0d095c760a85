"""The ledger, computed once for all tests that look at it, and by paper for those of one claim."""

from functools import cache

import pytest

import claims


@pytest.fixture(scope="session")
def judged():
    """Gives the ledger of one paper; no other is computed."""
    return cache(claims.run)


@pytest.fixture(scope="session")
def ledger(judged):
    return claims.Ledger(
        tuple(result for each in claims.PAPERS for result in judged(each).results)
    )
