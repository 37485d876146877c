"""佐证材料: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from criteria.queries import spec_of

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def _paper(held: Held) -> dict[str, Any]:
    piece = held.accept.application.snapshot["evidence"][0]["id"]
    return {"case_id": held.accept.pk, "pieces": [piece]}


def _piece(held: Held) -> dict[str, Any]:
    filing = held.county.filing
    return {"application": filing, "evidence_id": filing.evidence.get().pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "application-evidence:submitted": lambda held: {"pk": held.county.case.application_id},
    "evidence-merge:submitted": lambda held: {"pk": held.county.case.application_id},
    "case-paper-copies": lambda held: {"pk": held.accept.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "evidence-edit": lambda held: {"title": "证明"},
    "evidence-reuse": lambda held: {"source": held.county.filing.evidence.get().pk},
    "case-paper-copies": lambda held: {"pieces": _paper(held)["pieces"], "receive": "1"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.reuse_evidence": lambda held: {
        **_piece(held),
        "criterion": _other(held.county),
        "slot": "",
    },
    "towns.amend_evidence": lambda held: {**_piece(held), "title": "证明", "slot": "", "pages": ""},
    "towns.move_evidence": lambda held: {**_piece(held), "up": True},
    "reviews.receive_paper_copies": _paper,
    "reviews.undo_paper_copies": _paper,
}


def _other(county: County) -> str:
    """A criterion of the draft that has no evidence yet."""
    return spec_of(county.filing.criteria_set).criteria[-1].key


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    filing = {"pk": county.filing.pk}
    piece = {**filing, "evidence": county.filing.evidence.get().pk}
    return {
        "application-evidence": filing,
        "evidence-merge": filing,
        "evidence-reuse": {**filing, "criterion": _other(county)},
        "evidence-edit": piece,
        "case-paper-copies": {"pk": county.case.pk},
    }
