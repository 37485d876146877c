"""Facts of a document, its links to others both ways, and its chain in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.actor import Actor
from portal.core.constants import DOCUMENT_STANDING
from portal.core.document_tables.steps import Item
from portal.core.models import DocumentLink, LedgerEntry, OfficialDocument
from portal.core.names import who_did

# A later correction leaves a document standing; after these it stands no longer.
ENDS = ("supersedes", "revokes")


def facts_of(document: OfficialDocument, *, named: bool) -> list[Item]:
    """What the document is, apart from its text."""
    numbered = document.spec.numbered
    people = [
        {"label": "拟稿人", "value": document.drafter},
        {"label": "签发人", "value": document.issuer},
    ]
    rows: list[Item] = [
        {"label": "发文机关", "value": "、".join((document.organ, *document.joint_organs))},
        {"label": "文种", "value": f"{document.spec.genre}（{document.spec.label}）"},
        {
            "label": "发文字号",
            "value": document.number or ("签发时编定" if numbered else "不编号"),
        },
        {"label": "成文日期", "value": document.issued_on or "签发时确定"},
        {"label": "公开属性", "value": document.get_openness_display()},
        *(people if named else []),
        {"label": "主送机关", "value": document.addressees},
        {"label": "抄送", "value": document.copy_to},
        {"label": "附注", "value": document.note},
    ]
    return rows


def _name(document: OfficialDocument) -> str:
    return " ".join(part for part in (document.number, f"《{document.title}》") if part)


def acts_on(links: Sequence[DocumentLink], address: Mapping[int, str]) -> list[Item]:
    """What this document does to earlier ones."""
    return [
        {
            "word": link.get_relation_display(),
            "text": _name(link.target),
            "url": address.get(link.target_id, ""),
            "reason": link.reason,
        }
        for link in links
    ]


def acted_on_by(links: Sequence[DocumentLink], address: Mapping[int, str]) -> list[Item]:
    """What later ones do to this one; a draft says that it is one."""
    return [
        {
            "word": link.get_relation_display(),
            "text": _name(link.document),
            "note": "" if link.document.state == "issued" else link.document.get_state_display(),
            "url": address.get(link.document_id, ""),
            "reason": link.reason,
        }
        for link in links
    ]


def standing(links: Sequence[DocumentLink], address: Mapping[int, str]) -> Item | None:
    """How an issued document stands that a later one has acted on; the newest counts."""
    done = [link for link in links if link.document.state == "issued"]
    if not done:
        return None
    link = next((row for row in done if row.relation in ENDS), done[0])
    return {
        "word": DOCUMENT_STANDING[link.relation],
        "tone": "danger" if link.relation in ENDS else "warning",
        "text": _name(link.document),
        "on": link.document.issued_on,
        "url": address.get(link.document_id, ""),
        "reason": link.reason,
    }


def timeline(actor: Actor, entries: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    """The chain of the document, with the names that are for the reader."""
    return [
        {
            "when": entry.at,
            "who": who_did(actor, entry),
            "office": entry.office_name,
            "action": entry.summary,
        }
        for entry in entries
    ]
