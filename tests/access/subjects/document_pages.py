"""公文的送核、核稿、会签、分发、字号: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actions.documents import Draft, begin_document, check_document, send_for_check
from portal.core.actions.documents.delivering import deliver_document
from portal.core.actions.documents.sheet import Organ
from portal.core.documents.kinds import Texts
from portal.core.models import OfficialDocument

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

UNREAD, OTHER = "sx-unit", "sx-unit2"


def _begin(county: County, step: str, *organs: Organ) -> OfficialDocument:
    """A document of the office that waits at a step."""
    office, world = county.document.office, county.world
    texts = Texts(f"关于{step}的通知", "各有关单位", "请照办。")
    clerk = world.of_office(office, "clerk")
    document = begin_document(actor=clerk, kind="notice", draft=Draft(texts, {}))
    send_for_check(actor=clerk, document_id=document.pk, organs=organs)
    if step != "checking":
        check_document(actor=world.of_office(office, "checker"), document_id=document.pk)
    return document


def prepare(county: County) -> None:
    """A document at every step, made once with the world, and one that was sent and not read."""
    _begin(county, "checking")
    _begin(county, "signing")
    _begin(county, "cosigning", Organ("县税务局"))
    deliver_document(
        actor=county.world.of_office(county.document.office, "clerk"),
        document_id=county.document.pk,
        office_ids=[county.world.offices[UNREAD].pk],
    )


def _at(county: County, step: str) -> dict[str, Any]:
    title = f"关于{step}的通知"
    found = OfficialDocument.objects.get(office=county.document.office, state=step, title=title)
    return {"pk": found.pk}


def _to_cosign(county: County) -> dict[str, Any]:
    found = _at(county, "cosigning")
    organ = OfficialDocument.objects.get(**found).cosigners.get()
    return {**found, "cosigner": organ.pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-send": lambda held: {"pk": held.draft.pk},
    "document-issue": lambda held: _at(held.county, "signing"),
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-send": lambda held: {"organ-TOTAL_FORMS": "0", "organ-INITIAL_FORMS": "0"},
    "document-check": lambda held: {"decision": "agree"},
    "document-cosign": lambda held: {"decision": "agree"},
    "document-act-on": lambda held: {"relation": "corrects", "reason": "一处县名有误"},
    "document-deliver": lambda held: {"offices": [held.world.offices[OTHER].pk]},
    "number-rules": lambda held: {"genre": "函", "word": "专镇办函", "source": "portal"},
    "number-void": lambda held: {"word": held.draft.word, "reason": "纸质文件占用"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.deliver_document": lambda held: {
        "document_id": held.county.document.pk,
        "office_ids": [held.world.offices[OTHER].pk],
    },
    "core.remind_unread": lambda held: {"document_id": held.county.document.pk},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    issued, checking = {"pk": county.document.pk}, _at(county, "checking")
    return {
        "document-send": checking,
        "document-check": checking,
        "document-recall": checking,
        "document-cosign": _to_cosign(county),
        **{f"document-{name}": issued for name in ("sheet", "act-on", "deliver", "remind")},
    }
