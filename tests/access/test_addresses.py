"""Every address, asked by every kind of post in every relation, says what the table says.

Every answer has the strict headers, and no page anything inline (``tests/strictness.py``).
"""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import transaction

from portal.workspace.access import ANONYMOUS, NOBODY, Relation, Row, answer, rows
from tests.access.asking import Asker, cell
from tests.access.cells import kinds, relations
from tests.access.ground import make_nobody

pytestmark = pytest.mark.django_db

ADDRESSES = [row for row in rows() if row.methods]


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: f"{row.name} {row.methods}")
def test_address(asker: Asker, row: Row) -> None:
    """One row: every method, every kind of post that can tell, every relation."""
    asker.faults.clear()
    cache.clear()  # everybody asks from one address: what was counted against it for other rows
    wrong = []
    for method in row.methods.split():
        for relation in relations(row):
            for kind in kinds(row, relation):
                due, real = answer(row, kind, relation), asker.ask(row, method, kind, relation)
                if due != real:
                    wrong.append(f"{cell(row, method, kind, relation)}：应为{due}，实为{real}")
        with transaction.atomic():
            nobody = make_nobody()
            for who in (ANONYMOUS, NOBODY):
                due = answer(row, who, Relation.OWN)
                real = asker.without_post(row, method, who, nobody)
                if due != real:
                    wrong.append(f"{cell(row, method, who, None)}：应为{due}，实为{real}")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(["", *wrong])
    assert asker.faults == {}
