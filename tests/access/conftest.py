"""The ground of the table, built once for the package and rolled back when it is done."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from tests.access.asking import SESSION_SECONDS, Asker
from tests.access.ground import Ground, make_ground


@pytest.fixture(scope="package")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    """One world for every cell: a test asks inside a savepoint and leaves nothing behind.

    Nearly every answer is a 404 or 403 on purpose; the log would keep each of their requests.
    """
    logging.disable(logging.ERROR)
    with django_db_blocker.unblock(), transaction.atomic():
        made = make_ground()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            # So few rows are found in any order of joins; looking for the best took half the time.
            cursor.execute("SET LOCAL join_collapse_limit = 1")
        gc.freeze()
        thresholds = gc.get_threshold()
        gc.set_threshold(50_000, 20, 20)
        yield made
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="package")
def package_asker(ground: Ground) -> Asker:
    """Asks the addresses; what they name is made first, outside of what is rolled back."""
    made = Asker(ground)
    for held in ground.held.values():
        made.fill(held)
    return made


@pytest.fixture(scope="package")
def signed_in() -> list[float]:
    """When the sessions were begun."""
    return [time.monotonic()]


@pytest.fixture
def asker(package_asker: Asker, signed_in: list[float]) -> Asker:
    """The same with fresh sessions: after a while some addresses ask for the password again."""
    if time.monotonic() - signed_in[0] > SESSION_SECONDS:
        package_asker.sessions.clear()
        signed_in[0] = time.monotonic()
    return package_asker


@pytest.fixture
def _django_db_helper(ground: Ground) -> None:
    """The tests of this package live in the transaction of their ground.

    pytest-django's own fixture opens one for each test and closes the connection after it.
    """
