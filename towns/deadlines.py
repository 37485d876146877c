"""Until when a town may file in a round: the round's end, an extension, an upload under way.

What counts is the second in which the server received the request, the closing second included.
An upload that was under way at the end (begun before it, finished after) may come to its
application within the round's grace, which may then still be handed over and submitted. Whose
upload it is shows by where its file went: an unfinished one gives nothing to any application.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from portal.core import clock
from portal.core.models import Upload
from towns.models import Application, Extension, Round, Town
from towns.models.filing import ApplicationQuerySet

SECOND = timedelta(seconds=1)


def ends_of(call: Round, towns: Iterable[Town] | None = None) -> dict[int, datetime]:
    """The extended ends of a round by the key of the town, of all or of some; in one query."""
    rows = Extension.objects.filter(round=call, revoked_at__isnull=True)
    if towns is not None:
        rows = rows.filter(town__in=towns)
    found = dict(rows.values_list("town_id", "until"))
    return {town: max(call.closing, until) for town, until in found.items()}


def end_for(call: Round, town: Town) -> datetime:
    """The last second for a town: the round's closing, or the extension it was given."""
    return ends_of(call, [town]).get(town.pk, call.closing)


def with_ends(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Applications of a list, each with the extension of its town, for ``end_of``."""
    given = Extension.objects.filter(
        round=OuterRef("round"), town=OuterRef("town"), revoked_at__isnull=True
    )
    return rows.annotate(extended=Subquery(given.values("until")[:1]))


def end_of(application: Application) -> datetime:
    """The last second of an application that was read ``with_ends``."""
    extended: datetime | None = getattr(application, "extended", None)
    closing = application.round.closing
    return max(closing, extended) if extended is not None else closing


def grace_end(call: Round, end: datetime) -> datetime:
    """The last second in which an upload that was under way at the end still helps."""
    return end + timedelta(minutes=call.upload_grace)


def in_grace(application: Application, end: datetime) -> bool:
    """Whether the round's grace holds: an upload that was under way at the end has come to it."""
    call, now = application.round, clock.received()
    first = end + SECOND
    if not call.upload_grace or not first <= now < grace_end(call, end) + SECOND:
        return False
    files = application.evidence.filter(removed_at__isnull=True).values("file_id")
    arrived = Q(stored__in=files)
    if application.request_file_id is not None:
        arrived |= Q(stored=application.request_file_id)
    return (
        Upload.objects.filter(created_at__lt=first, stored__created_at__gte=first)
        .filter(arrived)
        .exists()
    )


def may_still_file(
    call: Round,
    town: Town,
    application: Application | None = None,
    *,
    ends: dict[int, datetime] | None = None,
) -> bool:
    """Whether the town may begin, hand over or submit now, to the second; on trial always.

    ``ends``: what ``ends_of`` found, where many towns are asked about.
    """
    now = clock.received()
    if call.trial or call.open_at(now):
        return True
    if now < call.opening:
        return False
    end = end_for(call, town) if ends is None else ends.get(town.pk, call.closing)
    if call.open_at(now, end):
        return True
    return application is not None and in_grace(application, end)


class Term(NamedTuple):
    """How long an application can still be submitted, in a sentence and its colour."""

    text: str
    tone: str
    end: datetime


SOON_DAYS = 7


def term_for(application: Application) -> Term:
    """The sentence of the task list and of the pages on which one hands over and submits."""
    call, now = application.round, clock.received()
    end = end_for(call, application.town)
    if application.trial:
        return Term("本批次试运行，不受申报时间限制，提交后不进入办理环节。", "warning", end)
    if application.revision:
        return Term("已受理的申报按退回意见补正，不受批次截止时间限制。", "info", end)
    extended = "（已延期）" if end > call.closing else ""
    last = moment_words(end)
    if call.open_at(now, end):
        left = left_words(end)
        tone = "warning" if (end - now) <= timedelta(days=SOON_DAYS) else "info"
        return Term(f"{last}截止{extended}，{left}。截止的那一秒仍可提交。", tone, end)
    if now < call.opening:
        return Term(f"本批次{moment_words(call.opening)}开始受理，尚不能提交。", "info", end)
    if now < grace_end(call, end) + SECOND:
        until = moment_words(grace_end(call, end))
        return Term(
            f"已于{last}截止{extended}。截止前已经开始分段上传的材料，{until}前传完并加入本申报的，"
            "仍可送提交人并提交。",
            "danger",
            end,
        )
    return Term(f"已于{last}截止{extended}，不能再提交。", "danger", end)


def moment_words(moment: datetime) -> str:
    """2026年12月15日 18:00, with seconds where they are not zero."""
    local = timezone.localtime(moment)
    clocks = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local.year}年{local.month}月{local.day}日 {clocks}"


def left_words(end: datetime) -> str:
    """还剩 3 天: calendar days; on the last day 还剩 2 小时 5 分钟."""
    now = timezone.localtime(clock.received())
    last = timezone.localtime(end)
    days = (last.date() - now.date()).days
    if days > 0:
        return f"还剩 {days} 天"
    seconds = max(int((last + SECOND - now).total_seconds()), 0)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"还剩 {hours} 小时 {minutes} 分钟"
    return f"还剩 {minutes} 分钟" if minutes else f"还剩 {seconds} 秒"


def closing_rule(call: Round) -> str:
    """The rule of closing in words, the same on every page and in the manual."""
    sure = f"以服务器收到请求的时刻为准，{moment_words(call.closing)}这一秒仍可提交。"
    if not call.upload_grace:
        return f"{sure}截止时没有传完的材料不再等候。"
    return (
        f"{sure}截止前已经开始分段上传、截止时没有传完的材料，可在 {call.upload_grace} 分钟内传完；"
        "加入申报后，可在这段时间内送提交人并提交。"
    )
