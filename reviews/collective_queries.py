"""Reads of the collective steps: which cases wait for them, and what is known of each case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum

from criteria.assessment import CriterionVerdict
from criteria.queries import spec_of
from criteria.stored import from_json
from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import arrangement_published, working_days_between
from reviews.chain import Mode, steps_of
from reviews.models import (
    Case,
    CriterionScore,
    Meeting,
    MeetingItem,
    PublicNotice,
    PublicNoticeItem,
    UnitOpinion,
)
from reviews.models.judging import OPINION_CHOICES
from towns.models import AssessmentRecord, RelaxationRequest

WAITING_LIMIT = 500


class Dossier(NamedTuple):
    """What a meeting has before it of one case: assessment, mean score, units' opinions."""

    case: Case
    met: int | None
    not_met: int | None
    mean_score: Decimal | None
    experts: int
    opinions: str

    @property
    def assessment(self) -> str:
        """How many criteria are met, and how many not, on two lines of one cell."""
        if self.met is None:
            return "—"
        return f"达到 {self.met} 条\n未达到、缺数据 {self.not_met} 条"

    @property
    def score(self) -> str:
        """The mean of the experts' totals, and how many experts, on two lines."""
        if self.mean_score is None:
            return "—"
        return f"{self.mean_score} 分\n{self.experts} 位专家"


class Paper(NamedTuple):
    """What a meeting reads of one case: its assessment, experts' means, requests to relax."""

    case: Case
    verdicts: tuple[CriterionVerdict, ...]
    means: dict[str, Decimal]
    relaxations: list[RelaxationRequest]


def waiting_for(actor: Actor, mode: Mode) -> QuerySet[Case]:
    """Cases of the acting office that wait for a collective step and stand in none yet."""
    if actor.scope is None:
        return Case.objects.none()
    taken = {
        Mode.MEETING: Q(meeting_items__decided=False),
        Mode.NOTICE: Q(notice_items__decided=False),
        Mode.ISSUE: Q(runs__finished_at__isnull=True, runs__document__isnull=False),
    }
    return (
        Case.objects.visible_to(actor)
        .filter(state="open", office=actor.office, step__in=steps_of(mode))
        .exclude(pk__in=Case.objects.filter(taken[mode], office=actor.office).values("pk"))
        .select_related("round", "application__town", "application__criteria_set")
        .order_by("scope_code", "pk")
    )


def dossiers(cases: Iterable[Case]) -> list[Dossier]:
    """The cases with what was found about them: three queries, however many cases."""
    found = list(cases)
    keys = [case.pk for case in found]
    assessed = {
        case: (met, not_met)
        for case, met, not_met in AssessmentRecord.objects.filter(
            application__case__in=keys, criteria_set=F("application__criteria_set")
        ).values_list("application__case", "met", "not_met")
    }
    scored = {
        case: (total / sheets, sheets)
        for case, total, sheets in CriterionScore.objects.filter(
            sheet__case__in=keys, sheet__submitted_at__isnull=False, sheet__run__voided=False
        )
        .values("sheet__case")
        .annotate(total=Sum("score"), sheets=Count("sheet", distinct=True))
        .values_list("sheet__case", "total", "sheets")
    }
    opinions = _opinions(keys)
    rows = []
    for case in found:
        met, not_met = assessed.get(case.pk, (None, None))
        mean, experts = scored.get(case.pk, (None, 0))
        rows.append(
            Dossier(
                case,
                met,
                not_met,
                None if mean is None else mean.quantize(Decimal("0.1")),
                experts,
                opinions.get(case.pk, "—"),
            )
        )
    return rows


def papers(cases: Iterable[Case]) -> list[Paper]:
    """The cases with what a meeting reads of them: three queries, however many cases."""
    found = list(cases)
    keys = [case.pk for case in found]
    records = {
        row.application_id: row
        for row in AssessmentRecord.objects.filter(
            application__case__in=keys, criteria_set=F("application__criteria_set")
        )
    }
    means: dict[int, dict[str, Decimal]] = defaultdict(dict)
    marks = (
        CriterionScore.objects.filter(
            sheet__case__in=keys,
            sheet__submitted_at__isnull=False,
            sheet__run__voided=False,
            score__isnull=False,
        )
        .order_by()
        .values("sheet__case", "criterion")
        .annotate(total=Sum("score"), number=Count("pk"))
        .values_list("sheet__case", "criterion", "total", "number")
    )
    for case_id, criterion, total, number in marks:
        means[case_id][criterion] = total / number
    asked: dict[int, list[RelaxationRequest]] = defaultdict(list)
    for request in RelaxationRequest.objects.filter(application__case__in=keys).order_by("pk"):
        asked[request.application_id].append(request)
    return [
        Paper(
            case,
            from_json(spec_of(case.application.criteria_set), record.verdicts)
            if (record := records.get(case.application_id))
            else (),
            means.get(case.pk, {}),
            asked.get(case.application_id, []),
        )
        for case in found
    ]


def _opinions(keys: list[int]) -> dict[int, str]:
    tallies: dict[int, dict[str, int]] = defaultdict(dict)
    counted = (
        UnitOpinion.objects.filter(case__in=keys, run__voided=False, given_at__isnull=False)
        .values("case", "verdict")
        .annotate(number=Count("pk"))
        .values_list("case", "verdict", "number")
    )
    for case, verdict, number in counted:
        tallies[case][verdict] = number
    return {
        case: "\n".join(f"{label} {row[key]}" for key, label in OPINION_CHOICES if key in row)
        for case, row in tallies.items()
    }


def agenda_sizes(meetings: Iterable[Meeting]) -> dict[int, int]:
    """Number of cases on the agenda of each meeting."""
    rows = MeetingItem.objects.filter(meeting__in=list(meetings)).values("meeting")
    return dict(rows.annotate(number=Count("pk")).values_list("meeting", "number"))


def notice_sizes(notices: Iterable[PublicNotice]) -> dict[int, int]:
    """Number of towns in each public notice."""
    rows = PublicNoticeItem.objects.filter(notice__in=list(notices)).values("notice")
    return dict(rows.annotate(number=Count("pk")).values_list("notice", "number"))


def days_left(notice: PublicNotice) -> int:
    """Working days left of a running notice, today included."""
    if notice.is_over:
        return 0
    first = max(clock.today(), notice.starts_on)
    return working_days_between(first - timedelta(days=1), notice.ends_on)


def unpublished_years(*years: int) -> list[int]:
    """Years whose official arrangement of holidays has not been entered."""
    return [year for year in sorted(set(years)) if not arrangement_published(year)]
