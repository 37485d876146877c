"""Asking for a correction and closing it, inside the transaction of the case's move."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.calendar import add_working_days
from portal.core.constants import OfficeKind
from portal.core.formatting import cn_date
from portal.core.models import Office, Post
from towns.correcting import declared_fields
from towns.models import Application, Correction, CorrectionItem

NOTHING_ASKED = "请至少选择一项需要补正的内容。"
KIND = "correction"
FEW = 3  # labels named in a notification
LONGEST_TERM = 60  # working days; the documents state none


def ask_correction(
    actor: Actor,
    application: Application,
    office: Office,
    *,
    opinion: str,
    items: Mapping[str, str],
    days: int | None = None,
    step: str = "",
) -> Correction:
    """Name the fields that are to be corrected, each with what is asked (called by reviews).

    ``items``: path -> what is asked of it. ``days``: working days from the day after today.
    ValidationError when nothing is named or a path is no field of the declaration.
    """
    fields = {row.path: row for row in declared_fields(application)}
    if not items or any(path not in fields for path in items):
        raise ValidationError({"corrections": NOTHING_ASKED})
    if days is not None and not 1 <= days <= LONGEST_TERM:
        raise ValidationError({"days": f"补正时限请在 1 至 {LONGEST_TERM} 个工作日之间选择。"})
    correction = Correction.objects.create(
        application=application,
        revision=application.revision,
        opinion=opinion,
        days=days,
        due_on=add_working_days(clock.today(), days) if days else None,
        step=step,
        office=office,
        office_name=office.name,
        asked_by=actor.user,
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    CorrectionItem.objects.bulk_create(
        [
            CorrectionItem(
                correction=correction, path=path, label=fields[path].label, reason=reason
            )
            for path, reason in items.items()
        ]
    )
    _tell_filing_units(application, correction)
    return correction


def _tell_filing_units(application: Application, correction: Correction) -> None:
    groups = application.town.grants.on().values("group_id")
    posts = Post.objects.filter(group__in=groups, office__kind=OfficeKind.FILING_UNIT)
    units = set(posts.values_list("office_id", flat=True))
    if application.entered_by_id is not None:
        units.add(application.entered_by_id)
    term = (
        f"请于{cn_date(correction.due_on)}前补正后重新提交"
        if correction.due_on
        else "没有设定补正期限，请尽快补正后重新提交"
    )
    count = correction.items.count()
    labels = [item.label for item in correction.items.all()[:FEW]]
    more = "等" if count > FEW else ""
    tell(
        units,
        kind=KIND,
        key=f"{KIND}:{correction.pk}",
        title=f"退回补正：{application.town.name}",
        text=f"“{application.round.title}”的申报由{correction.office_name}退回补正，"
        f"要求补正 {count} 项（{'、'.join(labels)}{more}）。{term}。",
        url_name="application-corrections",
        url_args=[application.pk],
    )


def close_correction(application: Application) -> None:
    """The correction was answered by a submission, or the application taken back."""
    Correction.objects.filter(application=application, resolved_at__isnull=True).update(
        resolved_at=clock.now()
    )
