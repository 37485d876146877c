"""Drafting (拟稿): a document begins, is revised, is given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.documents.coverage import missing, pieces_of
from portal.core.documents.drafts import plain_document, plain_draft
from portal.core.documents.fonts import FontsUnavailableError
from portal.core.documents.kinds import Texts, kind_of
from portal.core.documents.stored import content_of
from portal.core.errors import Stale, require
from portal.core.ledger import chain_of, record
from portal.core.merging import Overtaken, overtaken
from portal.core.models import (
    DocumentTemplate,
    LedgerEntry,
    NumberRule,
    Office,
    OfficialDocument,
    hold_in_scope,
)
from portal.core.policies.documents import may_begin_document, may_draft

WORDLESS = "本办公室还没有设定机关代字（文件未载明），请先在“编号规则”中设定后再拟稿。"
CHANGED = "正文已经修改，请重新打开公文核对后再办理。"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a drafter decides: the wording, tables and people as they are stored, openness."""

    texts: Texts
    content: dict[str, Any]
    openness: str = ""


def numbering_of(office: Office, genre: str) -> tuple[str, str]:
    """机关代字 and source of numbers of an office for a genre: its rule, else the office's word."""
    rule = NumberRule.objects.filter(office=office, genre=genre).first()
    if rule is not None:
        return rule.word, rule.source
    return office.document_word, "portal"


def current_template(office: Office, kind: str) -> DocumentTemplate | None:
    """The office's own wording in use, if it has one."""
    return DocumentTemplate.objects.filter(office=office, kind=kind).current().first()


def create_document(actor: Actor, kind: str, draft: Draft) -> OfficialDocument:
    """Enter a draft; the action that calls it has asked its policy. Raises ValidationError."""
    office = acting_office(actor)
    spec = kind_of(kind)
    word, source = numbering_of(office, spec.genre) if spec.numbered else ("", "portal")
    if spec.numbered and not word:
        raise ValidationError(WORDLESS)
    document = OfficialDocument.objects.create(
        office=office,
        kind=kind,
        content=draft.content,
        openness=draft.openness or spec.openness,
        template=current_template(office, kind),
        word=word,
        number_source=source,
        writers=[acting_user(actor).pk],
        drafted_by=actor.user,
        drafted_name=actor.name,
        created_at=clock.now(),
        **draft.texts._asdict(),
    )
    hold_in_scope(document, actor)
    return document


def _drafted_with(actor: Actor, form_key: str) -> OfficialDocument | None:
    """What the person has drafted with that form; the office's lock keeps a second one waiting."""
    office = acting_office(actor)
    Office.objects.select_for_update(of=("self",), no_key=True).get(pk=office.pk)
    rows = OfficialDocument.objects.visible_to(actor).filter(office=office)
    return rows.filter(drafted_by=acting_user(actor), content__form=form_key).first()


@transaction.atomic
def begin_document(
    *, actor: Actor, kind: str, draft: Draft, form_key: str = ""
) -> OfficialDocument:
    """Draft a document of a free kind (通知、通报、函、纪要、公示).

    ``form_key``: the one-time key of the form; sent twice with the same one it is one draft.
    """
    require(may_begin_document(actor))
    if not kind_of(kind).free:
        raise ValidationError({"kind": f"{kind_of(kind).label}须从相应的办理页面拟稿。"})
    if form_key:
        earlier = _drafted_with(actor, form_key)
        if earlier is not None:
            return earlier
        draft = replace(draft, content={**draft.content, "form": form_key})
    document = create_document(actor, kind, draft)
    enter(actor, document, "draft_document", f"拟稿《{document.title}》")
    return document


def lock_document(actor: Actor, document_id: int) -> OfficialDocument:
    """The document, locked, from what the actor sees; Stale when it is gone from there."""
    document = (
        OfficialDocument.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .filter(pk=document_id)
        .first()
    )
    if document is None:
        raise Stale("该公文拟稿已撤销。")
    return document


def lock_unissued(actor: Actor, document_id: int) -> OfficialDocument:
    """The same of a document that must not be issued yet."""
    document = lock_document(actor, document_id)
    if document.state == "issued":
        raise Stale(f"该公文已印发，文号{document.number or '（不编号）'}，无需重复办理。")
    return document


def require_unchanged(document: OfficialDocument, revision: int | None) -> None:
    """Stale when the text is no longer the one that was read; None asks nothing."""
    if revision is not None and revision != document.revision:
        raise Stale(CHANGED)


def enter(actor: Actor, document: OfficialDocument, verb: str, summary: str, **data: Any) -> None:
    """One entry of the document's chain."""
    record(actor, verb, document, summary, data=data, scope_code=document.office.region.code)


@transaction.atomic
def revise_document(
    *,
    actor: Actor,
    document_id: int,
    draft: Draft,
    opened: Mapping[str, Any] | None = None,
) -> OfficialDocument:
    """Change a draft. Whoever changes it is one of its writers.

    ``opened``: the plain values that the form was opened with (``documents.drafts``); Overtaken
    is raised when somebody has changed the same values since.
    """
    document = lock_unissued(actor, document_id)
    require(may_draft(actor, document))
    if opened is not None:
        _not_overtaken(actor, document, draft, opened)
    for name, value in draft.texts._asdict().items():
        setattr(document, name, value)
    document.content = draft.content
    document.openness = draft.openness or document.openness
    user = acting_user(actor)
    if user.pk not in document.writers:
        document.writers = [*document.writers, user.pk]
    document.revision += 1
    document.save()
    hold_in_scope(document, actor)
    enter(
        actor,
        document,
        "revise_document",
        f"修改拟稿《{document.title}》",
        **draft.texts._asdict(),
    )
    return document


def _not_overtaken(
    actor: Actor, document: OfficialDocument, draft: Draft, opened: Mapping[str, Any]
) -> None:
    now = plain_document(document)
    mine = plain_draft(draft.texts, draft.content, draft.openness or document.openness)
    if overtaken(opened, now, mine):
        last = (
            LedgerEntry.objects.visible_to(actor)
            .filter(chain=chain_of(document), verb="revise_document")
            .order_by("-seq")
            .first()
        )
        who, when = (last.actor_name, last.at) if last is not None else ("", None)
        raise Overtaken(now, document.revision, who, when)


@transaction.atomic
def discard_document(*, actor: Actor, document_id: int, revision: int | None = None) -> None:
    """Give up a draft; what it was about is free for another.

    ``revision``: the text that was read; Stale when it has been changed since.
    """
    document = lock_unissued(actor, document_id)
    require(may_draft(actor, document))
    require_unchanged(document, revision)
    document.spec.discarded(actor, document)
    enter(actor, document, "discard_document", f"撤销拟稿《{document.title}》")
    document.delete()


def missing_characters(document: OfficialDocument) -> list[str]:
    """A sentence for every character that no font of its stack has, or for missing fonts."""
    try:
        gaps = missing(pieces_of(content_of(document, draft=False, on=clock.today())))
    except FontsUnavailableError as error:
        return [f"{error}。"]
    return [f"{gap.message}。" for gap in gaps]


def check_characters(document: OfficialDocument) -> None:
    """Refuse a document with a character that no font of its stack has.

    One such glyph makes some readers lose all the text of that font in the document.
    """
    gaps = missing_characters(document)
    if gaps:
        raise ValidationError(gaps)
