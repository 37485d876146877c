"""公文: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core import clock
from portal.core.actions.documents import Draft, check_document, send_for_check, set_cosigners
from portal.core.actions.documents.sheet import Organ
from portal.core.documents.kinds import Texts
from portal.core.documents.stored import texts_of
from portal.core.models import OfficialDocument
from reviews.documents import default_texts
from tests.scenario import ready_to_issue

if TYPE_CHECKING:
    from tests.access.ground import Held

TEXTS = Texts("关于开会的通知", "各有关单位", "现将有关事项通知如下。")


def _sent(held: Held) -> OfficialDocument:
    """The draft, waiting for its check."""
    clerk = held.world.of_office(held.draft.office, "clerk")
    return send_for_check(actor=clerk, document_id=held.draft.pk)


def _ready(held: Held) -> OfficialDocument:
    return ready_to_issue(held.world, held.draft)


def _cosigning(held: Held) -> OfficialDocument:
    """Checked, and waiting for an organ outside the portal."""
    clerk = held.world.of_office(held.draft.office, "clerk")
    set_cosigners(actor=clerk, document_id=held.draft.pk, organs=[Organ("县税务局")])
    _sent(held)
    checker = held.world.of_office(held.draft.office, "checker")
    return check_document(actor=checker, document_id=held.draft.pk)


def _to_cosign(held: Held) -> dict[str, Any]:
    document = _cosigning(held)
    return {
        "document_id": document.pk,
        "cosigner_id": document.cosigners.get().pk,
        "agrees": True,
    }


def _keys(document: OfficialDocument) -> dict[str, Any]:
    return {"document_id": document.pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document:draft": lambda held: {"pk": held.draft.pk},
    "document-edit": lambda held: {"pk": held.draft.pk},
    "document-preview": lambda held: {"pk": held.draft.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-edit": lambda held: texts_of(held.draft)._asdict(),
    "document-issue": lambda held: {"issued_on": clock.today().isoformat(), "confirmed": "on"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.draft_certification": lambda held: {
        "case_ids": [held.to_draft.pk],
        "texts": default_texts(held.to_draft.office, [held.to_draft], clock.today().year),
    },
    "core.begin_document": lambda held: {"kind": "notice", "draft": Draft(TEXTS, {})},
    "core.revise_document": lambda held: {
        **_keys(held.draft),
        "draft": Draft(TEXTS, held.draft.content),
    },
    "core.discard_document": lambda held: _keys(held.draft),
    "core.set_cosigners": lambda held: {**_keys(held.draft), "organs": [Organ("县税务局")]},
    "core.send_for_check": lambda held: _keys(held.draft),
    "core.recall_document": lambda held: _keys(_sent(held)),
    "core.check_document": lambda held: _keys(_sent(held)),
    "core.return_for_revision": lambda held: {**_keys(_sent(held)), "opinion": "请核对数字"},
    "core.cosign_document": _to_cosign,
    "core.issue_document": lambda held: {
        "document": _ready(held),
        "issued_on": clock.today(),
    },
    "core.draft_on": lambda held: {
        "target_id": held.county.document.pk,
        "relation": "corrects",
        "reason": "一处县名有误",
    },
    "core.void_number": lambda held: {"word": held.draft.word, "reason": "纸质文件占用"},
    "core.set_number_rule": lambda held: {"genre": "函", "word": "专镇办函", "source": "portal"},
}
