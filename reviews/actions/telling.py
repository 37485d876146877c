"""Telling offices of a submission: who handles it now, and whoever filed it."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.formatting import cn_date, cn_datetime
from portal.core.models import Office, Post
from reviews.models import Case
from towns.models import Application

KIND = "submission"


def tell_of_submission(
    actor: Actor, application: Application, case: Case, *, again: bool = False
) -> None:
    """One notification for the office that handles it, one for the units that filed it."""
    name, call = case.town_name, application.round.title
    event = f"{application.pk}:{application.revision}"
    term = f"，期限 {cn_date(case.due_on)}" if case.due_on else ""
    tell(
        [case.office],
        kind=KIND,
        key=f"submission:{event}",
        title=f"{name}{'补正后重新提交了申报' if again else '提交了申报'}：{call}",
        text=f"受理编号 {case.number}，请办理“{case.current.name}”{term}。",
        url_name="case",
        url_args=[case.pk],
    )
    tell(
        _filing_offices(actor, application).exclude(pk=case.office_id),
        kind="receipt",
        key=f"receipt:{event}",
        title=f"{name}的申报已{'重新' if again else ''}提交，受理编号 {case.number}",
        text=f"{call}，{cn_datetime(application.submitted_at)}提交，现由{case.office.name}办理。",
        url_name="application-receipt",
        url_args=[application.pk],
    )


def _filing_offices(actor: Actor, application: Application) -> QuerySet[Office]:
    """The offices of the posts that fill or submit for the town, and the acting one."""
    groups = application.town.grants.on().values("group_id")
    offices = set(Post.objects.filter(group__in=groups).values_list("office_id", flat=True))
    if actor.office is not None:
        offices.add(actor.office.pk)
    return Office.objects.filter(pk__in=offices)
