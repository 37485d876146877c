"""What a home page says of documents: those that wait for the person, and the unread ones."""

from __future__ import annotations

from typing import Any

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.document_register_queries import unread_documents, waiting_for
from portal.core.web import office_url
from portal.workspace.queries import Counted, counted, grouped

NONE = Counted(0, "0")


def documents_waiting(actor: Actor) -> list[dict[str, Any]]:
    """A figure for each step that the post takes, and one for what was received."""
    steps = [
        (state, word)
        for state, word, able in (
            ("checking", "待我核稿的公文", actor.can(Can.CHECK)),
            ("cosigning", "待我会签的公文", actor.can(Can.ISSUE) or actor.can(Can.OPINE)),
            ("signing", "待我签发的公文", actor.can(Can.ISSUE)),
            ("draft", "退回我修改的公文", actor.can(Can.PUBLISH)),
        )
        if able
    ]
    number = grouped(waiting_for(actor), "state") if steps else {}
    waiting = [
        _figure(actor, word, number.get(state, NONE), "documents-waiting", f"state={state}")
        for state, word in steps
    ]
    unread = counted(unread_documents(actor))
    return [*waiting, _figure(actor, "未阅的收文", unread, "documents-received", "read=unread")]


def _figure(actor: Actor, label: str, number: Counted, name: str, chosen: str) -> dict[str, Any]:
    return {
        "label": label,
        "text": number.text,
        "url": f"{office_url(actor, name)}&{chosen}",
        "note": "",
    }
