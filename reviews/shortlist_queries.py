"""Reads of shortlists: what waits, what to compare it by, places, letters, the lists one sees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from criteria.wording import value_text
from portal.core.actor import Actor, acting_office
from portal.core.constants import LEVELS
from portal.core.models import OfficialDocument
from reviews.chain import CHAINS, Mode, steps_of
from reviews.collective_queries import WAITING_LIMIT
from reviews.letter_queries import is_to_send, letters_of, sent_cases
from reviews.models import Case, CriterionScore, Shortlist, ShortlistItem, StepRun
from reviews.place_queries import RECOMMEND, recommendations_from
from reviews.summary_queries import columns_of, findings_in, findings_of
from towns.models import AssessmentRecord, Round, RoundQuota
from towns.models.rounds import RoundQuerySet
from towns.round_queries import places_of

# --- rules of a row -------------------------------------------------------------------------------


def stands_at(case: Case, shortlist: Shortlist) -> bool:
    """Whether a case stands at the step that an office works from this list."""
    return (
        case.state == "open"
        and case.round_id == shortlist.round_id
        and case.office_id == shortlist.office_id
        and case.current.mode == Mode.SHORTLIST
    )


def digest_of(items: Iterable[ShortlistItem], note: str = "") -> str:
    """What a list says, in one word: order, standings, reasons, note."""
    said = [
        [item.case_id, item.standing, item.reason]
        for item in sorted(items, key=lambda item: item.rank)
    ]
    return hashlib.sha256(json.dumps([note, said]).encode()).hexdigest()


# --- the page of a list ---------------------------------------------------------------------------


class Line(NamedTuple):
    """One town on the page: what it is compared by, and its row, if it has been ranked."""

    case: Case
    item: ShortlistItem | None
    record: AssessmentRecord | None
    score: str
    figures: list[tuple[str, str]]
    below: str

    @property
    def closed(self) -> str:
        """How the case ended, if it did."""
        return self.case.status_label if self.case.state == "closed" else ""


class Board(NamedTuple):
    """A list as its page shows it: what was decided from it, and what waits to be."""

    shortlist: Shortlist | None
    settled: list[Line]
    waiting: list[Line]
    places: int | None
    recommended: Mapping[int, bool]
    to_send: list[Line]
    draft: OfficialDocument | None

    @property
    def items(self) -> list[ShortlistItem]:
        """The rows that are kept, by rank."""
        found = [line.item for line in (*self.settled, *self.waiting) if line.item is not None]
        return sorted(found, key=lambda item: (item.rank, item.pk))

    @property
    def digest(self) -> str:
        """What the list says now; forms carry it."""
        return digest_of(self.items, self.shortlist.note if self.shortlist else "")

    @property
    def held(self) -> int:
        """Places taken: by what was recommended, and by what is to be."""
        waiting = {line.case.pk for line in self.waiting}
        return sum(
            item.standing == "recommended"
            and (item.case_id in self.recommended or item.case_id in waiting)
            for item in self.items
        )

    @property
    def held_settled(self) -> int:
        """Those of them that do not wait here any more."""
        waiting = [line for line in self.waiting if line.item is not None]
        return self.held - sum(line.item.standing == "recommended" for line in waiting if line.item)

    @property
    def reserves(self) -> list[Line]:
        """Reserves in their order."""
        return [line for line in self.waiting if line.item and line.item.standing == "reserve"]

    @property
    def free(self) -> int:
        """Places that a reserve may move up into; without a quota, those that fell free."""
        if self.places is not None:
            return max(0, self.places - self.held)
        fallen = {item.pk for item in self.items if item.standing == "fallen"}
        return len(fallen - {item.replaces_id for item in self.items})

    @property
    def confirmed(self) -> bool:
        """Whether everything on it is confirmed."""
        return self.shortlist is not None and self.shortlist.state == "confirmed"


def board_of(actor: Actor, call: Round) -> Board:
    """The acting office's list of a round with everything that waits for it."""
    office = actor.office
    assert office is not None
    lists = Shortlist.objects.visible_to(actor).filter(office=office, round=call)
    shortlist = lists.select_related("round__office", "office__region", "letter").first()
    items = {item.case_id: item for item in shortlist.items.all()} if shortlist else {}
    here = Q(state="open", office=office, step__in=steps_of(Mode.SHORTLIST))
    cases = (
        Case.objects.visible_to(actor)
        .filter(here | Q(pk__in=items), round=call)
        .select_related("round", "application__town", "application__criteria_set")
        .defer("application__snapshot")
        .order_by("scope_code", "pk")[:WAITING_LIMIT]
    )
    lines = _lines(list(cases), items, call, office.pk)
    waiting = [
        line
        for line in lines
        if line.case.state == "open"
        and line.case.office_id == office.pk
        and line.case.current.mode == Mode.SHORTLIST
    ]
    settled = [line for line in lines if line not in waiting]
    recommended = recommendations_from(shortlist) if shortlist else {}
    sent = sent_cases(shortlist) if shortlist and recommended else set()
    return Board(
        shortlist,
        settled,
        waiting,
        places_of(call, office.region),
        recommended,
        [
            line
            for line in settled
            if line.item is not None and is_to_send(line.item, line.case, recommended, sent)
        ],
        letters_of(shortlist).exclude(state="issued").first() if shortlist else None,
    )


def lines_of(shortlist: Shortlist, actor: Actor) -> list[Line]:
    """The rows of a list that an office above reads: what was decided, and the reserves."""
    decided = set(StepRun.objects.filter(shortlist=shortlist).values_list("case_id", flat=True))
    items = {item.case_id: item for item in shortlist.items.all()}
    cases = (
        Case.objects.visible_to(actor)
        .filter(pk__in=items)
        .select_related("round", "application__town", "application__criteria_set")
        .defer("application__snapshot")
        .order_by("scope_code", "pk")
    )
    lines = _lines(list(cases), items, shortlist.round, shortlist.office_id)
    return [
        line
        for line in lines
        if line.item is not None
        and (
            line.item.standing == "reserve"
            or (line.case.pk in decided and not stands_at(line.case, shortlist))
        )
    ]


def _lines(
    cases: list[Case], items: dict[int, ShortlistItem], call: Round, office_id: int
) -> list[Line]:
    """The cases by rank, those not ranked yet last, with what they are compared by."""
    found = findings_of(cases, call)
    columns = columns_of(verdicts for _, verdicts in found.values())
    below = _reasons_below(cases, office_id)
    scores = _scores(cases, office_id)
    last = max((item.rank for item in items.values()), default=0) + 1
    lines = []
    for case in sorted(cases, key=lambda row: items[row.pk].rank if row.pk in items else last):
        told = {
            row.indicator: value_text(row.spec, row.value)
            for row in findings_in(found[case.pk][1])
            if row.value is not None
        }
        lines.append(
            Line(
                case,
                items.get(case.pk),
                found[case.pk][0],
                scores.get(case.pk, ""),
                [(name, told.get(key, "未填报")) for key, (name, _) in columns.items()],
                below.get(case.pk, ""),
            )
        )
    return lines


def _reasons_below(cases: list[Case], office_id: int) -> dict[int, str]:
    """Why the office below recommended each case."""
    runs = (
        StepRun.objects.filter(case__in=cases, outcome=RECOMMEND, voided=False)
        .exclude(office=office_id)
        .order_by("ordinal")
        .values_list("case_id", "opinion")
    )
    return dict(runs)


def _scores(cases: list[Case], office_id: int) -> dict[int, str]:
    """The mean of the experts whom the office of the list asked; never of another's."""
    rows = CriterionScore.objects.filter(
        sheet__case__in=cases,
        sheet__submitted_at__isnull=False,
        sheet__run__voided=False,
        sheet__run__office=office_id,
    )
    counted = rows.values("sheet__case").annotate(
        total=Sum("score"), sheets=Count("sheet", distinct=True)
    )
    return {
        case: f"{(total / sheets).quantize(Decimal('0.1'))} 分（{sheets} 位专家）"
        for case, total, sheets in counted.values_list("sheet__case", "total", "sheets")
        if total is not None
    }


# --- lists of lists -------------------------------------------------------------------------------


def lists_something(actor: Actor) -> bool:
    """Whether the acting office, or one below it, recommends from lists."""
    return actor.level is not None and actor.scope is not None and bool(_levels(actor))


def _levels(actor: Actor) -> list[str]:
    assert actor.level is not None
    digits = actor.level.digits
    return [
        step.level
        for chain in CHAINS.values()
        for step in chain.steps
        if step.mode == Mode.SHORTLIST and LEVELS[step.level].digits >= digits
    ]


def listed_rounds(actor: Actor) -> RoundQuerySet:
    """Rounds in which the acting office has a list of its own to make."""
    rows = Round.objects.visible_to(actor)
    if actor.level is None or actor.scope is None:
        return rows.none()
    wanted = Q(pk__in=[])
    for (key, version), chain in CHAINS.items():
        if any(
            step.mode == Mode.SHORTLIST and step.level == actor.level.key for step in chain.steps
        ):
            wanted |= Q(chain_key=key, chain_version=version)
    return rows.filter(wanted, trial=False)


def lists_below(actor: Actor) -> QuerySet[Shortlist]:
    """Confirmed lists of the offices below."""
    rows = Shortlist.objects.visible_to(actor).exclude(office=actor.office)
    return rows.select_related("office__region", "round")


class Tally(NamedTuple):
    """How many rows of each standing a list has, and what waits unranked."""

    recommended: int = 0
    reserve: int = 0
    declined: int = 0
    fallen: int = 0


def tallies(lists: Iterable[Shortlist], *, settled: bool = False) -> dict[int, Tally]:
    """List -> how many rows of each standing: one query.

    ``settled``: those alone that an office above reads, what was decided and the reserves.
    """
    names = Tally._fields
    counted: dict[int, dict[str, Any]] = {}
    rows = ShortlistItem.objects.filter(shortlist__in=list(lists)).exclude(standing="")
    if settled:
        runs = StepRun.objects.filter(shortlist=OuterRef("shortlist"), case=OuterRef("case"))
        rows = rows.filter(Q(standing="reserve") | Exists(runs))
    for key, standing, number in (
        rows.values("shortlist", "standing")
        .annotate(number=Count("pk"))
        .values_list("shortlist", "standing", "number")
        .order_by()
    ):
        counted.setdefault(key, dict.fromkeys(names, 0))[standing] = number
    return {key: Tally(**row) for key, row in counted.items()}


def waiting_in(actor: Actor, calls: Iterable[Round]) -> dict[int, int]:
    """Round -> how many cases wait at the acting office's step of recommending: one query."""
    rows = Case.objects.visible_to(actor).filter(
        state="open",
        office=actor.office,
        step__in=steps_of(Mode.SHORTLIST),
        round__in=list(calls),
    )
    return dict(
        rows.values("round").annotate(number=Count("pk")).values_list("round", "number").order_by()
    )


def places_in(actor: Actor, calls: Iterable[Round]) -> dict[int, int]:
    """Round -> the acting office's places, where some were set: one query."""
    rows = RoundQuota.objects.filter(round__in=list(calls), region=acting_office(actor).region)
    return dict(rows.values_list("round", "places"))


def reviewed_by(actor: Actor, board: Board, *, ranked: bool = True) -> list[str]:
    """Towns whose step before the acting person decided (``may_decide``): another confirms them.

    ``ranked``: those alone that are about to be decided.
    """
    names = {
        line.case.pk: line.case.town_name
        for line in board.waiting
        if not ranked
        or (line.item is not None and line.item.standing in ("recommended", "declined"))
    }
    runs = (
        StepRun.objects.filter(
            case__in=names, office=actor.office, voided=False, finished_at__isnull=False
        )
        .exclude(outcome="return")
        .order_by("ordinal")
        .values_list("case_id", "decided_by")
    )
    user = actor.user.pk if actor.user is not None else None
    return [names[case] for case, decider in dict(runs).items() if decider == user]
