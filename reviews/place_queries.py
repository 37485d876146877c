"""Who holds a place (推荐名额): the one rule that lists, counties and reversals count by."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from reviews.chain import REVERSE, Mode, steps_of
from reviews.models import Shortlist, ShortlistItem, StepRun

RECOMMEND = "recommend"


def given_places() -> QuerySet[StepRun]:
    """Recommendations that give their case a place.

    One that its office took back gives the place free, and so those of the same step before it, on
    earlier submissions. A return takes no place back.
    """
    reversal = StepRun.objects.filter(
        case=OuterRef("case"), ordinal=OuterRef("ordinal") + 1, outcome=REVERSE
    )
    taken_back = StepRun.objects.filter(
        Exists(reversal),
        case=OuterRef("case"),
        step=OuterRef("step"),
        outcome=RECOMMEND,
        ordinal__gte=OuterRef("ordinal"),
    )
    return StepRun.objects.filter(~Exists(taken_back), outcome=RECOMMEND)


def recommendations_from(shortlist: Shortlist) -> dict[int, bool]:
    """Cases recommended from the list that hold their place by it -> whether it still stands.

    A return voids it until the case comes back: the place is kept, but nothing is recommended.
    """
    runs = given_places().filter(shortlist=shortlist).order_by("ordinal")
    return {case: not voided for case, voided in runs.values_list("case_id", "voided")}


def holding_rows(shortlist: Shortlist) -> QuerySet[ShortlistItem]:
    """The rows of a list that hold a place: recommended from it, or waiting to be."""
    waits = Q(
        case__state="open",
        case__office=shortlist.office_id,
        case__step__in=steps_of(Mode.SHORTLIST),
    )
    given = given_places().filter(shortlist=shortlist).values("case")
    return shortlist.items.filter(waits | Q(case__in=given), standing="recommended")
