"""The ledger, computed once for all tests that look at it."""

import pytest

import claims


@pytest.fixture(scope="session")
def ledger():
    return claims.run()
