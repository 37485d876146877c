"""Internal notes on a case (内部备注): for a post, its office, or those above; never changed."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.actions.moving import lock_case
from reviews.models import CaseNote
from reviews.models.working import NOTE_AUDIENCE_CHOICES
from reviews.policies import may_note

AUDIENCES = dict(NOTE_AUDIENCE_CHOICES)
LONGEST_NOTE = 2000


@transaction.atomic
def add_note(*, actor: Actor, case_id: int, audience: str, text: str) -> CaseNote:
    """Note something on a case. The ledger says that it was made and for whom, not its words.

    The same person's note repeated right away is the one that stands: a note is never taken back.
    """
    case = lock_case(actor, case_id)
    require(may_note(actor))
    words, errors = text.strip(), {}
    if audience not in AUDIENCES:
        errors["audience"] = "请选择谁可以看到这条备注。"
    if not words:
        errors["text"] = "请填写备注内容。"
    elif len(words) > LONGEST_NOTE:
        errors["text"] = f"备注请在 {LONGEST_NOTE} 字以内。"
    if errors:
        raise ValidationError(errors)
    office, post, user = acting_office(actor), acting_seat(actor), acting_user(actor)
    last = CaseNote.objects.filter(case=case, post=post).order_by("-pk").first()
    if last is not None and (last.audience, last.text, last.created_by_id) == (
        audience,
        words,
        user.pk,
    ):
        return last
    note = CaseNote.objects.create(
        case=case,
        office=office,
        post=post,
        audience=audience,
        text=words,
        office_name=office.name,
        created_by=user,
        created_name=actor.name,
        created_at=clock.now(),
    )
    record(
        actor,
        "add_note",
        case,
        f"写内部备注（{AUDIENCES[audience]}可见）",
        data={"note": note.pk, "audience": audience},
        scope_code=case.scope_code,
    )
    hold_in_scope(case, actor)
    return note
