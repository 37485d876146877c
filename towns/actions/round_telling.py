"""What offices are told of a round: a later end, an extension, places."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.constants import OfficeKind
from portal.core.models import Office, Region
from towns.models import Round, Town, TownGrant


def leading_offices(call: Round) -> list[int]:
    """The leading-group offices of the round's region, its own left out."""
    scope = call.office.region.scope
    rows = Office.objects.standing().filter(
        kind=OfficeKind.LEADING_GROUP_OFFICE,
        region__code__gte=scope.lower,
        region__code__lt=scope.upper,
    )
    return list(rows.exclude(pk=call.office_id).order_by().values_list("pk", flat=True))


def units_of(towns: Iterable[int] | None, call: Round) -> list[int]:
    """The units that fill or submit for towns of the round's region, or for those named."""
    scope = call.office.region.scope
    rows = Town.objects.standing().filter(scope_code__gte=scope.lower, scope_code__lt=scope.upper)
    if call.categories:
        rows = rows.filter(category__in=call.categories)
    if towns is not None:
        rows = rows.filter(pk__in=towns)
    grants = TownGrant.objects.on().filter(content_object__in=rows.order_by().values("pk"))
    units = Office.objects.standing().filter(
        kind=OfficeKind.FILING_UNIT, posts__group__in=grants.values("group")
    )
    return list(units.order_by().values_list("pk", flat=True).distinct())


def tell_of_round(
    offices: Iterable[int], call: Round, event: str, title: str, text: str, subject: str = ""
) -> None:
    """Tell offices; each telling of a moment is one."""
    moment = int(clock.now().timestamp() * 1000)
    tell(
        offices,
        kind=f"round-{event}",
        key=f"round-{event}:{call.pk}:{subject}:{moment}",
        title=title,
        text=text,
        url_name="round",
        url_args=[call.pk],
    )


def office_of(region: Region) -> list[int]:
    """The leading-group office of a region."""
    rows = Office.objects.standing().filter(kind=OfficeKind.LEADING_GROUP_OFFICE, region=region)
    return list(rows.values_list("pk", flat=True))
