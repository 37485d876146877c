"""Which filing units a criteria set concerns, and which rounds and applications keep
its version."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from django.db.models import Q
from django.utils import timezone

from criteria.concerned import Keeper, register_concern
from criteria.models import CriteriaSet
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import Office
from towns.constants import LIVE_FILINGS
from towns.models import Application, Certification, Extension, Round, Town, TownGrant

MOST_ROUNDS = 20


def filing_units(criteria_set: CriteriaSet) -> list[int]:
    """Units that fill for a town of the region with an application of that level in hand, with a
    certification of it, or, for a certification set, without one: those may file under it."""
    scope, level = criteria_set.region.scope, criteria_set.level
    towns = Town.objects.standing().filter(scope_code__gte=scope.lower, scope_code__lt=scope.upper)
    if criteria_set.kind != "certification":
        filing = Application.objects.filter(round__level=level, state__in=LIVE_FILINGS, trial=False)
        certified = Certification.objects.filter(level=level, state="valid")
        towns = towns.filter(
            Q(pk__in=filing.order_by().values("town"))
            | Q(pk__in=certified.order_by().values("town"))
        )
    grants = TownGrant.objects.on().filter(content_object__in=towns.order_by().values("pk"))
    units = Office.objects.standing().filter(
        kind=OfficeKind.FILING_UNIT, posts__group__in=grants.values("group")
    )
    return list(units.order_by().values_list("pk", flat=True).distinct())


def rounds_on(actor: Actor, criteria_set: CriteriaSet) -> list[Keeper]:
    """The rounds that were opened on this version, those that close last first."""
    rows = Round.objects.visible_to(actor).filter(criteria_set=criteria_set)
    shown = list(rows.order_by("-closes_on", "-pk")[:MOST_ROUNDS])
    counted = Application.objects.filter(round__in=shown, trial=False)
    filed = Counter(counted.values_list("round", flat=True))
    return [
        Keeper(row.title, f"{row.state_label}，申报 {filed[row.pk]} 件", "round", (row.pk,))
        for row in shown
    ]


def unfinished(day: date) -> Q:
    """Versions of rounds that are open, extended or to come, and of applications under way."""
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    later = Extension.objects.filter(until__gte=midnight, revoked_at__isnull=True).order_by()
    runs = Q(closes_on__gte=day) | Q(pk__in=later.values("round"))
    rounds = Round.objects.filter(runs).order_by()
    filed = Application.objects.filter(state__in=LIVE_FILINGS).order_by()
    return Q(pk__in=rounds.values("criteria_set")) | Q(pk__in=filed.values("criteria_set"))


register_concern(filing_units, rounds_on, unfinished)
