"""Reads of the reviews app: queues, the list of cases, and what a case page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import ExtractYear

from criteria.assessment import CriterionVerdict
from criteria.queries import spec_of
from criteria.scoring import by_experts, top_of
from criteria.specs import CriterionSpec
from criteria.stored import from_json
from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import Calendar, add_working_days
from portal.core.constants import Can
from portal.core.models import Appointment, CalendarDay, LedgerEntry, Office, Post, Region
from portal.core.paging import Order
from reviews.chain import Mode
from reviews.models import (
    Case,
    CriterionScore,
    MeetingItem,
    PublicNoticeItem,
    ScoreSheet,
    StepRun,
    UnitOpinion,
)
from reviews.models.cases import CASE_OUTCOME_CHOICES, CASE_STATE_CHOICES, CaseQuerySet
from reviews.policies import Reading, reading_of, sees_inside
from towns.models import AssessmentRecord, RelaxationRequest, Round, Town

# States and results in one list: what the filter calls 办理状态.
STANDING_CHOICES = [row for row in CASE_STATE_CHOICES if row[0] != "closed"] + CASE_OUTCOME_CHOICES
SOON_DAYS = 7  # working days
TERM_CHOICES = [
    ("overdue", "已逾期"),
    ("soon", f"{SOON_DAYS} 个工作日内到期"),
    ("correction", "补正逾期"),
]
HOLDING_CHOICES = [("mine", "我承办的"), ("free", "未认领"), ("others", "他人承办")]
# A queue: what is due first stands first, what has no term last.
QUEUE_ORDER = Order("due_on", descending=False, nullable=True)

NUMBER = re.compile(r"[A-Za-z0-9-]+")
MANY_TOWNS = 200
MANY_ROUNDS = 100
COLLECTIVE_PAGES = {Mode.MEETING: "meeting", Mode.NOTICE: "notice", Mode.ISSUE: "document"}


class CaseFilter(NamedTuple):
    """What the list of cases is narrowed to; an empty value does not narrow."""

    search: str = ""
    step: str = ""
    level: str = ""
    category: str = ""
    standing: str = ""
    term: str = ""
    round: str = ""
    region: str = ""
    holding: str = ""


def has_queue(actor: Actor) -> bool:
    """Whether cases can wait for the acting post at all: offices, member units and experts."""
    return actor.scope is not None or actor.can(Can.OPINE) or actor.can(Can.SCORE)


def filter_cases(
    actor: Actor, chosen: CaseFilter, *, waiting: bool = False, calendar: Calendar | None = None
) -> CaseQuerySet:
    """The cases of a list: what the actor sees, or what waits for the acting post.

    ``calendar``: of the next weeks, where the page has read it already.
    """
    rows = Case.objects.awaiting(actor) if waiting else Case.objects.visible_to(actor)
    if chosen.step:
        rows = rows.filter(state="open", step=chosen.step)
    if chosen.level:
        rows = rows.filter(level=chosen.level)
    if chosen.category:
        rows = rows.filter(category=chosen.category)
    if chosen.standing in dict(CASE_OUTCOME_CHOICES):
        rows = rows.filter(outcome=chosen.standing)
    elif chosen.standing:
        rows = rows.filter(state=chosen.standing)
    if chosen.term:
        today = clock.today()
        rows = rows.filter(state="returned" if chosen.term == "correction" else "open")
        if chosen.term in ("overdue", "correction"):
            # One whose clock was stopped in time is not late, however long it stands still.
            rows = rows.filter(due_on__lt=today).exclude(paused_on__lte=F("due_on"))
        else:
            count = calendar.after if calendar is not None else add_working_days
            soon = (today, count(today, SOON_DAYS))
            rows = rows.filter(due_on__range=soon, paused_on__isnull=True)
    if chosen.round:
        rows = rows.filter(round_id=int(chosen.round)) if chosen.round.isdecimal() else rows.none()
    if chosen.holding:
        rows = held_cases(rows, actor, chosen.holding)
    if chosen.region:
        region = Region.objects.filter(code=chosen.region).first()
        if region is None:
            return rows.none()
        rows = rows.filter(scope_code__gte=region.scope_from, scope_code__lt=region.scope_to)
    return search_cases(rows, actor, chosen.search.strip()) if chosen.search.strip() else rows


def terms_ending(actor: Actor, year: int) -> int:
    """How many open cases have a term that ends in a year, from today on."""
    rows = Case.objects.visible_to(actor).filter(state="open", due_on__gte=clock.today())
    return rows.filter(due_on__year=year).order_by().count()


def held_cases(rows: CaseQuerySet, actor: Actor, holding: str) -> CaseQuerySet:
    """Open cases of the acting office by who has them in hand (承办)."""
    rows = rows.filter(state="open", office=actor.office)
    if holding == "free":
        return rows.filter(holder__isnull=True)
    if holding == "mine":
        return rows.filter(holder=actor.post)
    return rows.filter(holder__isnull=False).exclude(holder=actor.post)


def search_cases(rows: CaseQuerySet, actor: Actor, text: str) -> CaseQuerySet:
    """Cases by the beginning of their number, or by a part of the town's name.

    The name is looked up among the towns, of which there are few, and the cases by their town. A
    word that most names share is looked for in the cases themselves: a page of them fills at once.
    """
    if NUMBER.fullmatch(text):
        return rows.filter(number__startswith=text.upper())
    if actor.scope is None:
        return rows.filter(town_name__contains=text)
    named = Town.objects.visible_to(actor).filter(name__contains=text)
    towns = list(named.order_by().values_list("pk", flat=True)[: MANY_TOWNS + 1])
    if len(towns) > MANY_TOWNS:
        return rows.filter(town_name__contains=text)
    return rows.filter(application__town_id__in=towns)


def round_choices(actor: Actor) -> list[tuple[str, str]]:
    """Rounds to choose from, the newest first."""
    rows = Round.objects.visible_to(actor).order_by("-id").values_list("pk", "title")
    return [(str(pk), title) for pk, title in rows[:MANY_ROUNDS]]


def region_choices(actor: Actor) -> list[tuple[str, str]]:
    """The regions right below the acting office's own; none for posts without a scope."""
    if actor.scope is None or actor.office is None:
        return []
    rows = Region.objects.filter(parent_id=actor.office.region_id).order_by("code")
    return list(rows.values_list("code", "name"))


def page_of(actor: Actor) -> CaseQuerySet:
    """Cases the actor sees, with everything of one that its page reads from single rows.

    ``term_arranged``: whether the holidays of the year in which the term ends have been entered.
    """
    days = CalendarDay.objects.filter(day__year=ExtractYear(OuterRef("due_on")))
    found = Case.objects.visible_to(actor).annotate(term_arranged=Exists(days))
    return found.select_related(
        "round",
        "office__region",
        "application__town__county",
        "application__criteria_set",
        "application__filled_by",
        "application__submitted_by",
    )


def runs_of(case: Case) -> list[StepRun]:
    """Every started step of the case, oldest first."""
    return list(case.runs.select_related("office__region", "decided_post").order_by("ordinal"))


def assessment_of(case: Case) -> AssessmentRecord | None:
    """The assessment stored when the application was last submitted."""
    return AssessmentRecord.objects.filter(
        application=case.application_id, criteria_set=case.application.criteria_set_id
    ).first()


def stored_verdicts(case: Case) -> tuple[CriterionVerdict, ...]:
    """The verdicts of that assessment."""
    stored = assessment_of(case)
    return from_json(spec_of(case.application.criteria_set), stored.verdicts) if stored else ()


def relaxations_of(case: Case) -> dict[str, RelaxationRequest]:
    """Requests to relax a condition, by the condition."""
    return {
        row.condition: row
        for row in RelaxationRequest.objects.filter(application=case.application_id)
    }


def timeline_of(actor: Actor, case: Case) -> list[LedgerEntry]:
    """The case's entries that are for this actor, newest first; none for experts and units.

    A lower office reads what is addressed to the town and what the offices of its region did.
    Notes stand in a part of their own.
    """
    reading = reading_of(actor, case)
    if reading == Reading.MATERIAL:
        return []
    rows = LedgerEntry.objects.filter(chain=f"{Case._meta.label_lower}:{case.pk}")
    rows = rows.select_related("post").exclude(verb="add_note")
    if reading == Reading.RELEASED:
        told = Q(audience="filer")
        if actor.scope is not None:
            told |= Q(office_code__gte=actor.scope.lower, office_code__lt=actor.scope.upper)
        rows = rows.filter(told)
    return list(rows.order_by("-seq"))


def opinions_for(actor: Actor, case: Case, runs: Sequence[StepRun]) -> list[UnitOpinion]:
    """Member units' opinions the actor may read: the office's and those above; a unit its own."""
    rows = case.opinions.select_related("office").order_by("id")
    if actor.can(Can.OPINE):
        return list(rows.filter(office__in=Office.objects.answered_by(actor)))
    inside = _inside(actor, case, runs, Mode.OPINIONS)
    return list(rows.filter(run__in=inside)) if inside else []


def _inside(actor: Actor, case: Case, runs: Sequence[StepRun], mode: Mode) -> list[int]:
    """The runs of steps worked in a mode whose inside the actor reads."""
    chain = case.chain
    worked = [run for run in runs if chain.step(run.step).mode == mode]
    return [run.pk for run in worked if sees_inside(actor, run)]


def sheets_for(actor: Actor, case: Case, runs: Sequence[StepRun]) -> list[ScoreSheet]:
    """Score sheets the actor may read, with their marks: as for opinions; an expert the own one."""
    rows = case.sheets.select_related("post").prefetch_related("scores").order_by("id")
    if actor.can(Can.SCORE):
        return list(rows.filter(post=actor.post))
    inside = _inside(actor, case, runs, Mode.SCORES)
    return list(rows.filter(run__in=inside)) if inside else []


def tops_of(case: Case) -> dict[str, Decimal]:
    """The highest mark of each criterion that experts score: the set's own, else the round's."""
    return {
        row.key: top_of(row, case.round.score_max) or Decimal(0)
        for row in by_experts(spec_of(case.application.criteria_set).criteria)
    }


class MarkRow(NamedTuple):
    """A criterion with each expert's mark and their mean; None where nothing was given yet."""

    key: str
    title: str
    clause: str
    marks: tuple[Decimal | None, ...]
    mean: Decimal | None


def score_summary(
    criteria: Iterable[CriterionSpec], sheets: Sequence[ScoreSheet]
) -> tuple[list[MarkRow], MarkRow]:
    """Means per criterion over the submitted sheets, and the row of totals.

    A plain sum of the criteria: the documents state no weights (未载明) and none is invented.
    """
    given = [
        {score.criterion: score for score in sheet.scores.all()} for sheet in sheets
    ]  # a sheet not submitted yet shows nothing and counts for nothing
    rows: list[MarkRow] = []
    for criterion in criteria:
        marks = tuple(
            _mark(sheet, row.get(criterion.key)) for sheet, row in zip(sheets, given, strict=True)
        )
        rows.append(MarkRow(criterion.key, criterion.title, criterion.clause, marks, _mean(marks)))
    totals = tuple(_total([row.marks[place] for row in rows]) for place in range(len(sheets)))
    return rows, MarkRow("", "合计", "", totals, _mean(totals))


def _mark(sheet: ScoreSheet, score: CriterionScore | None) -> Decimal | None:
    return score.score if score is not None and sheet.submitted_at is not None else None


def _mean(marks: Iterable[Decimal | None]) -> Decimal | None:
    given = [mark for mark in marks if mark is not None]
    return sum(given, Decimal(0)) / len(given) if given else None


def _total(marks: Iterable[Decimal | None]) -> Decimal | None:
    given = [mark for mark in marks if mark is not None]
    return sum(given, Decimal(0)) if given else None


def units_to_ask(case: Case, run: StepRun) -> list[Office]:
    """Member units of the handling office that have not been asked in this run.

    One that took over from a unit that was asked answers for it already.
    """
    asked = UnitOpinion.objects.filter(run=run)
    units = Office.objects.standing().filter(kind="member_unit", parent=case.office_id)
    heirs = asked.filter(office__successor__isnull=False).values("office__successor")
    return list(units.exclude(pk__in=asked.values("office")).exclude(pk__in=heirs))


def experts_to_assign(case: Case, run: StepRun) -> list[tuple[int, str]]:
    """Expert posts of the handling office without a sheet in this run: (post, holder and title)."""
    assigned = ScoreSheet.objects.filter(run=run).values("post")
    posts = (
        Post.objects.standing()
        .filter(office=case.office_id, kind="expert")
        .exclude(pk__in=assigned)
    )
    holders = {
        row.post_id: str(row.user)
        for row in Appointment.objects.in_force().filter(post__in=posts).select_related("user")
    }
    return [
        (post.pk, f"{holders[post.pk]}（{post.title}）") for post in posts if post.pk in holders
    ]


def collective_place(case: Case, runs: Sequence[StepRun]) -> tuple[str, int] | None:
    """Where the case is being dealt with together with others: (URL name, key), or None."""
    mode, found = case.current.mode, None
    if mode == Mode.SHORTLIST:
        return ("shortlist", case.round_id)
    if mode == Mode.MEETING:
        items = MeetingItem.objects.filter(case=case, decided=False)
        found = items.values_list("meeting_id", flat=True).first()
    elif mode == Mode.NOTICE:
        notices = PublicNoticeItem.objects.filter(case=case, decided=False)
        found = notices.values_list("notice_id", flat=True).first()
    elif mode == Mode.ISSUE and runs:
        found = runs[-1].document_id
    return (COLLECTIVE_PAGES[mode], found) if found is not None else None
