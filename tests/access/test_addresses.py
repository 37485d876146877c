"""Every address, asked by every kind of post in every relation, says what the table says.

Every answer has the strict headers, and no page anything inline (``tests/strictness.py``).
"""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import transaction

from portal.core.constants import POST_KINDS
from portal.workspace.access import ANONYMOUS, NOBODY, Relation, Row, answer, rows
from tests.access.asking import Asker, cell
from tests.access.ground import make_nobody
from tests.test_access import parameters

pytestmark = pytest.mark.django_db

ADDRESSES = [row for row in rows() if row.methods]
# Every cell of the table may be asked, but one that names no office is the same in every relation.
FREE_RELATIONS = (Relation.OWN, Relation.NONE)


def kinds(row: Row, relation: Relation) -> tuple[str, ...]:
    """The kinds of post that ask: all of them where the kind can tell.

    Somebody without a seat in the workspace that an address names is of no kind: the fence turns
    him away before it is asked for. One stands for all there, each kind in its turn.
    """
    named = parameters()[row.target]
    if relation == Relation.NONE or (named == {"office"} and relation != Relation.OWN):
        turn = ADDRESSES.index(row) + list(Relation).index(relation)
        return (list(POST_KINDS)[turn % len(POST_KINDS)],)
    return tuple(POST_KINDS)


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: f"{row.name} {row.methods}")
def test_address(asker: Asker, row: Row) -> None:
    """One row: every method, every kind of post that can tell, every relation."""
    asker.faults.clear()
    cache.clear()  # everybody asks from one address: what was counted against it for other rows
    relations = tuple(Relation) if "office" in parameters()[row.target] else FREE_RELATIONS
    wrong = []
    for method in row.methods.split():
        for relation in relations:
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
