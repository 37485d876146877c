"""Which cells of the table are asked: all but those for which another answers."""

from __future__ import annotations

from portal.core.constants import POST_KINDS
from portal.workspace.access import Relation, Row, answer, rows
from tests.test_access import parameters

KINDS = tuple(POST_KINDS)
ROWS = list(rows())
# An address that names no office is the same in every relation.
FREE_RELATIONS = (Relation.OWN, Relation.NONE)


def relations(row: Row) -> tuple[Relation, ...]:
    """The relations in which a row is asked."""
    free = bool(row.methods) and "office" not in parameters()[row.target]
    return FREE_RELATIONS if free else tuple(Relation)


def kinds(row: Row, relation: Relation) -> tuple[str, ...]:
    """The kinds of post that ask in a relation.

    Somebody without a seat in the workspace that an address names is of no kind: the fence turns
    him away before it is asked for. One stands for all there, each kind in its turn. A grant that
    gives nothing while it is in force gives nothing when it has ended: taken for one in force it
    would do what is asked of that.
    """
    elsewhere = relation != Relation.OWN and parameters().get(row.target) == {"office"}
    if row.methods and (relation == Relation.NONE or elsewhere):
        turn = ROWS.index(row) + list(Relation).index(relation)
        return (KINDS[turn % len(KINDS)],)
    if relation == Relation.EXPIRED:
        return tuple(kind for kind in KINDS if not _same_with_and_without(row, kind))
    return KINDS


def _same_with_and_without(row: Row, kind: str) -> bool:
    """Whether a cell says the same with a grant, with one that ended and with none."""
    places = (Relation.GRANTED, Relation.EXPIRED, Relation.NEIGHBOUR)
    return len({answer(row, kind, relation) for relation in places}) == 1
