"""The tables are emptied between tests only when no request works on them any more."""

from __future__ import annotations

import threading

import psycopg
from psycopg.pq import TransactionStatus

from tests.conftest import database_url
from tests.emptying import wait_for_open_transactions


def works(connection: psycopg.Connection) -> bool:
    return connection.info.transaction_status == TransactionStatus.INTRANS


def test_an_open_transaction_is_waited_for(transactional_db: None) -> None:
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT count(*) FROM core_region")
        assert works(other)
        threading.Timer(0.4, other.commit).start()
        wait_for_open_transactions()
        assert not works(other)


def test_the_wait_has_an_end(transactional_db: None) -> None:
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT count(*) FROM core_region")
        wait_for_open_transactions(seconds=0.2)
        assert works(other)
