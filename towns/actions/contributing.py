"""Opening sections of an application to a contact (填报联系人), and closing them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.formatting import cn_date
from portal.core.ledger import record
from portal.core.models import Post, hold_in_scope
from towns.contributing import section_titles
from towns.models import Application, SectionGrant
from towns.policies import may_edit_application, may_grant_sections

KIND = "contribution"


@transaction.atomic
def grant_sections(
    *,
    actor: Actor,
    application: Application,
    post: Post,
    sections: Sequence[str],
    until: date | None = None,
    reason: str = "",
) -> SectionGrant:
    """Open sections to a contact from today; again is to change which, and the ledger keeps both.

    ValidationError beside ``sections`` or ``until``; Stale when nothing would change.
    """
    application = _lock(application)
    post = Post.objects.select_related("office__region").get(pk=post.pk)
    require(may_grant_sections(actor, application, post))
    titles = section_titles(application)
    chosen = [key for key in titles if key in set(sections)]
    errors: dict[str, str] = {}
    if not chosen:
        errors["sections"] = "请至少选择一个部分。"
    if until is not None and until < clock.today():
        errors["until"] = "截止日期不能早于今天。"
    if errors:
        raise ValidationError(errors)
    key: dict[str, Any] = {
        "content_object": application,
        "group_id": post.group_id,
        "permission": SectionGrant.permission_named("contribute_application"),
    }
    present = SectionGrant.objects.filter(**key).first()
    same = present is not None and present.revoked_at is None
    if present is not None and same and (present.sections, present.valid_to) == (chosen, until):
        raise Stale(f"这些部分已授权给{post}，无需重复办理。")
    before = {"sections": present.sections} if present is not None and same else None
    grant, _ = SectionGrant.objects.update_or_create(
        **key,
        defaults={
            "sections": chosen,
            "valid_from": clock.today(),
            "valid_to": until,
            "reason": reason.strip()[:200] or "填写申报的部分内容",
            "granted_by": actor.user,
            "revoked_at": None,
            "revoked_reason": "",
        },
    )
    hold_in_scope(application, actor)
    names = "、".join(titles[name] for name in chosen)
    record(
        actor,
        "grant_sections",
        application,
        f"将“{names}”授权给{post}填写",
        before=before,
        after={"sections": chosen},
        scope_code=application.scope_code,
        audience="unit",
    )
    until_words = f"请于{cn_date(until)}前" if until is not None else "请在批次截止前"
    tell(
        [post.office_id],
        kind=KIND,
        key=f"{KIND}:{grant.pk}:{clock.now():%Y%m%d%H%M%S%f}",
        title=f"请填报联系人填写：{application.town.name}",
        text=f"“{application.round.title}”的“{names}”已交给{post}填写。"
        f"{until_words}以联系人岗位登录，在“交给我的部分”填写。",
    )
    return grant


@transaction.atomic
def revoke_sections(*, actor: Actor, application: Application, grant: SectionGrant) -> None:
    """Take the sections back from a contact, at once; what was written stays."""
    application = _lock(application)
    require(may_edit_application(actor, application))
    grant = (
        SectionGrant.objects.select_related("group__post__office__region")
        .filter(content_object=application)
        .get(pk=grant.pk)
    )
    if grant.revoked_at is not None:
        raise Stale("这项授权已经收回。")
    grant.revoked_at, grant.revoked_reason = clock.now(), "填报人收回"
    grant.save(update_fields=["revoked_at", "revoked_reason"])
    hold_in_scope(application, actor)
    record(
        actor,
        "revoke_sections",
        application,
        f"收回{grant.group.post}的部分填报授权",
        before={"sections": grant.sections},
        scope_code=application.scope_code,
        audience="unit",
    )


def _lock(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "criteria_set", "round")
        .get(pk=application.pk)
    )
