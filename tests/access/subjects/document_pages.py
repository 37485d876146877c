"""公文的送核、核稿、会签、分发、字号: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actions.documents.delivering import deliver_document
from portal.core.models import OfficialDocument
from tests.access.subjects.paperwork import _cosigning, _sent

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def _state(make: Callable[[Held], OfficialDocument]) -> Callable[[Held], dict[str, Any]]:
    return lambda held: {"pk": make(held).pk}


def _to_cosign(held: Held) -> dict[str, Any]:
    document = _cosigning(held)
    return {"pk": document.pk, "cosigner": document.cosigners.get().pk}


def _lines(held: Held) -> dict[str, Any]:
    return {"organ-TOTAL_FORMS": "0", "organ-INITIAL_FORMS": "0"}


def _unread(held: Held) -> dict[str, Any]:
    """The issued document, sent to an office in which nobody has opened it."""
    clerk = held.world.of_office(held.county.document.office, "clerk")
    deliver_document(
        actor=clerk,
        document_id=held.county.document.pk,
        office_ids=[held.world.offices["sx-unit"].pk],
    )
    return {"document_id": held.county.document.pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-send": lambda held: {"pk": held.draft.pk},
    "document-check": _state(_sent),
    "document-recall": _state(_sent),
    "document-cosign": _to_cosign,
    "document-remind": lambda held: {"pk": _unread(held)["document_id"]},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-send": _lines,
    "document-check": lambda held: {"decision": "agree"},
    "document-cosign": lambda held: {"decision": "agree"},
    "document-act-on": lambda held: {"relation": "corrects", "reason": "一处县名有误"},
    "document-deliver": lambda held: {"offices": [held.world.offices["sx-unit2"].pk]},
    "number-rules": lambda held: {"genre": "函", "word": "专镇办函", "source": "portal"},
    "number-void": lambda held: {"word": held.draft.word, "reason": "纸质文件占用"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.deliver_document": lambda held: {
        "document_id": held.county.document.pk,
        "office_ids": [held.world.offices["sx-unit2"].pk],
    },
    "core.remind_unread": _unread,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    document = {"pk": county.document.pk}
    names = ("send", "check", "recall", "sheet", "act-on", "deliver", "remind")
    return {
        **{f"document-{name}": document for name in names},
        "document-cosign": {**document, "cosigner": 1},
    }
