"""The letter of recommendation (推荐函): drafted from a confirmed list for what it has not yet
recommended to the office above, checked and issued as every document."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.documents.drafting import Draft, create_document
from portal.core.actions.documents.drafting import enter as enter_document
from portal.core.actor import Actor
from portal.core.documents.kinds import Texts
from portal.core.errors import require
from portal.core.models import OfficialDocument, hold_in_scope
from reviews.actions.shortlists import Locked, enter_list, lock_own
from reviews.letter_queries import is_to_send, letters_of, sent_cases
from reviews.models import Shortlist, ShortlistItem
from reviews.recommendations import KIND, stored_content
from reviews.shortlist_policies import may_draft_letter

CHANGED = "名单在拟稿以后有变化，推荐函所列的专业镇与现在的名单不一致，请撤销拟稿后重新拟写。"


@transaction.atomic
def draft_recommendation(*, actor: Actor, shortlist: Shortlist, texts: Texts) -> OfficialDocument:
    """Draft the letter for the recommended towns that no letter in force has named yet."""
    require(may_draft_letter(actor, shortlist))
    locked = lock_own(actor, shortlist)
    shortlist = locked.shortlist
    if shortlist.state != "confirmed":
        raise ValidationError("推荐名单尚未确定，请先确定名单，再拟写推荐函。")
    draft = letters_of(shortlist).exclude(state="issued").first()
    if draft is not None:
        raise ValidationError(
            f"已有尚未印发的推荐函《{draft.title}》，请在该公文中修改或者撤销拟稿。"
        )
    items = to_send(locked)
    if not items:
        raise ValidationError("名单中推荐的专业镇都已列入印发的推荐函，没有需要再推荐的。")
    content = stored_content(shortlist, items, locked.cases)
    document = create_document(actor, KIND, Draft(texts, content))
    shortlist.letter = document
    shortlist.save(update_fields=["letter"])
    hold_in_scope(shortlist, actor)
    enter_list(
        actor,
        "draft_document",
        shortlist,
        f"拟稿《{texts.title}》",
        {"document": document.pk, "cases": content["case_ids"]},
    )
    enter_document(actor, document, "draft_document", f"拟稿《{texts.title}》")
    return document


def to_send(locked: Locked) -> list[ShortlistItem]:
    """Rows that were recommended and are in no letter in force."""
    sent = sent_cases(locked.shortlist)
    return [
        item
        for item in locked.items
        if is_to_send(item, locked.cases[item.case_id], locked.recommended, sent)
    ]


def _list_of(actor: Actor, document: OfficialDocument) -> Locked:
    shortlist = (
        Shortlist.objects.visible_to(actor)
        .select_related("round", "office")
        .get(pk=document.content["shortlist"])
    )
    return lock_own(actor, shortlist)


def release_list(actor: Actor, document: OfficialDocument) -> None:
    """A draft is given up: the list points at the letter before it, if there was one."""
    shortlist = _list_of(actor, document).shortlist
    shortlist.letter = letters_of(shortlist).exclude(pk=document.pk).order_by("-pk").first()
    shortlist.save(update_fields=["letter"])
    data = {"document": document.pk}
    enter_list(actor, "discard_document", shortlist, f"撤销拟稿《{document.title}》", data)


def prepare_letter(actor: Actor, document: OfficialDocument) -> None:
    """Before the number: the towns of the letter are still those that the list recommends."""
    locked = _list_of(actor, document)
    if locked.shortlist.state != "confirmed":
        raise ValidationError("推荐名单有改动尚未确定，请先确定名单，再印发推荐函。")
    items = to_send(locked)
    if {item.case_id for item in items} != set(document.content["case_ids"]):
        raise ValidationError(CHANGED)
    content = stored_content(locked.shortlist, items, locked.cases)
    document.content = {**document.content, **content}


def send_letter(actor: Actor, document: OfficialDocument, issued_on: date) -> None:
    """After the number: the list's chain knows of it."""
    shortlist = _list_of(actor, document).shortlist
    data = {"document": document.pk, "number": document.number}
    enter_list(actor, "issue_document", shortlist, f"印发推荐函{document.number}", data)
