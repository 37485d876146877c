"""Reminders that the clock gives: of the terms of cases, of opinions, of requests for information.

Three and one working days before and once when overdue, to those who have to act and to nobody
else: of a step the posts of its office that can take it, or the post alone that has the case in
hand; of an opinion the unit; of a request for information whoever answers for the town, and who
asked once it is overdue; of a public notice whose window has ended those who close it. Where
nobody acts from such a post today the office is told. A town is never told of an office's terms.
Run as often as one likes: the key of a notification names what is due, the day, the post and the
mark, so that whoever gets a case in hand later is told as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db import transaction

from portal.core import clock
from portal.core.actions.notifications import Notice, tell_all
from portal.core.calendar import late_words, working_days_between
from portal.core.constants import Can
from portal.core.formatting import iso_date
from portal.core.models import Notification, Post
from portal.core.seats import acting_from
from reviews.chain import step_names
from reviews.inquiry_queries import answering
from reviews.models import Case, Inquiry, PublicNotice, StepRun, UnitOpinion
from towns.reminding import DUE_MARKS, mark_of

TERM, OPINION, ANSWER = "case-term", "opinion-term", "inquiry-term"
WINDOW = "notice-ended"
# The marks lie within these days, with the longest holidays between; who was not told of an
# overdue term for a month is told no more.
EARLIEST, LATEST = timedelta(days=20), timedelta(days=30)
AT_ONCE = 200
Row = TypeVar("Row")


class Due(NamedTuple):
    """How far a term is: its mark in the key, and what is said of it."""

    mark: str
    title: str
    words: str


def remind_of_cases() -> int:
    """Tell everybody who has not been told yet; how many notifications were given."""
    today = clock.today()
    found = {day: _due(day, today) for day in _days(today)}
    near = {day: due for day, due in found.items() if due is not None}
    told = 0
    for notices in (_of_steps(near), _of_opinions(near), _of_inquiries(near), _of_windows(today)):
        for some in _batches(notices):
            told += _tell(some)
    return told


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    several = iter(rows)
    while some := list(islice(several, AT_ONCE)):
        yield some


Marks = dict[date, Due]


def _days(today: date) -> Iterator[date]:
    day = today - LATEST
    while day <= today + EARLIEST:
        yield day
        day += timedelta(days=1)


def _due(day: date, today: date) -> Due | None:
    """What is said today of a term that ends on a day; None while it is not near."""
    if day < today:
        late = -working_days_between(today, day)
        words = f"应于 {iso_date(day)} 前办理，{late_words(late)}。"
        return Due("overdue", "已逾期", words)
    left = working_days_between(today, day)
    mark = mark_of(left, DUE_MARKS)
    if mark is None:
        return None
    words = "今天到期" if day == today else f"还有 {left} 个工作日"
    return Due(str(mark), "即将到期", f"期限 {iso_date(day)}，{words}。")


def _of_steps(near: Marks) -> Iterator[Notice]:
    """The posts that can take the open step of a case, or the one alone that has it in hand."""
    runs = StepRun.objects.filter(finished_at__isnull=True).order_by()
    rows = Case.objects.filter(state="open", paused_on__isnull=True, due_on__in=near)
    names = step_names()
    for cases in _batches(rows.order_by("pk").iterator()):
        opened = runs.filter(case__in=[case.pk for case in cases])
        open_runs = dict(opened.values_list("case", "pk"))
        desks = Desks(case.office_id for case in cases)
        for case in cases:
            if case.due_on is None or case.pk not in open_runs:
                continue
            day, due = case.due_on, near[case.due_on]
            notice = Notice(
                [case.office_id],
                kind=TERM,
                key=f"{TERM}:{open_runs[case.pk]}:{day:%Y%m%d}",
                title=f"办理期限{due.title}：{case.town_name}",
                text=f"受理编号 {case.number}，“{names[case.step]}”{due.words}",
                url_name="case",
                url_args=[case.pk],
            )
            able = case.current.ability
            yield from desks.told(notice, able, due.mark, holder=case.holder_id)


class Desks:
    """The posts of some offices from which somebody acts today, holder or deputy."""

    def __init__(self, offices: Iterable[int]) -> None:
        posts = Post.objects.filter(office__in=set(offices))
        self._of: dict[int, list[Post]] = defaultdict(list)
        for _, people in sorted(acting_from(posts).items()):
            post = people[0].post
            if post is not None:
                self._of[post.office_id].append(post)

    def told(
        self, notice: Notice, ability: Can, mark: str, *, holder: int | None = None
    ) -> Iterator[Notice]:
        """A notice to an office for each of its posts that can act on it; the holder's alone.

        To the whole office where nobody acts from such a post.
        """
        for office in notice.offices:
            pk = office if isinstance(office, int) else office.pk
            able = [post for post in self._of[pk] if ability in post.kind_row.can]
            posts: list[Post | None] = [post for post in able if post.pk == holder]
            for post in posts or able or [None]:
                key = f"{notice.key}:{post.pk if post else 0}:{mark}"
                yield notice._replace(offices=[pk], key=key, post=post)


def _of_opinions(near: Marks) -> Iterator[Notice]:
    """The unit that was asked, or the one that took over from it, while the step is open."""
    rows = UnitOpinion.objects.filter(
        given_at__isnull=True,
        silent_at__isnull=True,
        run__finished_at__isnull=True,
        case__state="open",
        due_on__in=near,
    )
    for row in rows.select_related("case", "office").order_by("pk").iterator():
        if row.due_on is None:
            continue
        due = near[row.due_on]
        yield Notice(
            [row.office.successor_id or row.office_id],
            kind=OPINION,
            key=f"{OPINION}:{row.pk}:{row.due_on:%Y%m%d}:{due.mark}",
            title=f"会审意见{due.title}：{row.case.town_name}",
            text=f"受理编号 {row.case.number}，会审意见{due.words}",
            url_name="opinion",
            url_args=[row.case_id, row.pk],
        )


def _of_inquiries(near: Marks) -> Iterator[Notice]:
    """Whoever answers for the town; once it is overdue, those of the office that asked as well."""
    rows = Inquiry.objects.filter(answered_at__isnull=True, closed_at__isnull=True, due_on__in=near)
    rows = rows.select_related("case__application").order_by("pk")
    for some in _batches(rows.iterator()):
        desks = Desks(row.office_id for row in some)
        for row in some:
            if row.due_on is None:
                continue
            due = near[row.due_on]
            key = f"{ANSWER}:{row.pk}:{row.due_on:%Y%m%d}"
            notice = Notice(
                answering(row.case),
                kind=ANSWER,
                key=f"{key}:{due.mark}",
                title=f"补充说明{due.title}：{row.case.town_name}",
                text=f"受理编号 {row.case.number}，补充说明{due.words}",
                url_name="inquiry",
                url_args=[row.case_id, row.pk],
            )
            yield notice
            if due.mark == "overdue":
                asked = notice._replace(offices=[row.office_id], key=key)
                yield from desks.told(asked, Can.HANDLE, due.mark, holder=row.case.holder_id)


def _of_windows(today: date) -> Iterator[Notice]:
    """A public notice whose window has ended can be closed: to those who publish and close."""
    ended = (today - LATEST, today - timedelta(days=1))
    rows = PublicNotice.objects.filter(state="running", ends_on__range=ended).order_by("pk")
    for some in _batches(rows.iterator()):
        desks = Desks(row.office_id for row in some)
        for row in some:
            notice = Notice(
                [row.office_id],
                kind=WINDOW,
                key=f"{WINDOW}:{row.pk}:{row.ends_on:%Y%m%d}",
                title=f"公示期满待办结：{row.title}",
                text=f"公示已于 {iso_date(row.ends_on)} 结束，请核实异议情况后办结。",
                url_name="notice",
                url_args=[row.pk],
            )
            yield from desks.told(notice, Can.PUBLISH, "ended")


@transaction.atomic
def _tell(notices: list[Notice]) -> int:
    """Those of some notices that an office does not have yet."""
    keys = {notice.key for notice in notices}
    rows = Notification.objects.filter(key__in=keys)
    known = set(rows.values_list("office_id", "key"))
    fresh = []
    for notice in notices:
        offices = [
            pk
            for pk in (o if isinstance(o, int) else o.pk for o in notice.offices)
            if (pk, notice.key) not in known
        ]
        if offices:
            fresh.append(notice._replace(offices=offices))
    tell_all(fresh)
    return sum(len(list(notice.offices)) for notice in fresh)
