"""How a criteria set stands on a day: derived from dates, never stored.

A version is superseded from the day on which a later one takes effect; it is withdrawn from the day
its withdrawal names. ``standings`` reads the later versions of all the sets it is given at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from criteria.models import CriteriaSet, CriteriaSetQuerySet
from portal.core import clock
from portal.core.actor import Actor


@dataclass(frozen=True)
class Standing:
    """How a set stands: a row of ``STANDINGS``, since or from which day, and what replaced it."""

    key: str
    day: date | None = None
    by: CriteriaSet | None = None

    @property
    def label(self) -> str:
        """The word."""
        return STANDINGS[self.key][0]

    @property
    def tone(self) -> str:
        """The colour of the word."""
        return STANDINGS[self.key][1]

    @property
    def in_force(self) -> bool:
        """Whether new rounds may be opened on it that day."""
        return self.key in IN_FORCE


# key -> word, colour.
STANDINGS: dict[str, tuple[str, str]] = {
    "draft": ("草稿", "warning"),
    "proposed": ("待确认发布", "info"),
    "coming": ("未到施行日期", "info"),
    "in_force": ("现行有效", "success"),
    "unstated": ("有效期未载明", "success"),
    "superseded": ("已被替代", "neutral"),
    "expired": ("已失效", "neutral"),
    "withdrawn": ("已撤回", "danger"),
}
IN_FORCE = ("in_force", "unstated")
UNPUBLISHED = ("draft", "proposed")
STANDING_CHOICES = [(key, word) for key, (word, _) in STANDINGS.items()]


def standing(criteria_set: CriteriaSet, day: date | None = None) -> Standing:
    """How one set stands on a day, today when none is given."""
    return standings([criteria_set], day)[criteria_set.pk]


def standings(sets: Iterable[CriteriaSet], day: date | None = None) -> dict[int, Standing]:
    """Key of a set -> how it stands on a day; one query, whatever their number."""
    day, rows = day or clock.today(), list(sets)
    fixed = [row for row in rows if row.is_fixed]
    later: dict[tuple[str, str, int], list[CriteriaSet]] = defaultdict(list)
    if fixed:
        others = CriteriaSet.objects.filter(
            state__in=("published", "withdrawn"),
            version__gt=1,
            region__in={row.region_id for row in fixed},
        )
        for other in others.order_by("version"):
            later[_line(other)].append(other)
    return {row.pk: _stands(row, later[_line(row)], day) for row in rows}


def _line(row: CriteriaSet) -> tuple[str, str, int]:
    """What the versions of one set have in common."""
    return row.kind, row.level, row.region_id


def _stands(row: CriteriaSet, versions: Iterable[CriteriaSet], day: date) -> Standing:
    if not row.is_fixed:
        return Standing(row.state)
    if row.withdrawn_on is not None and row.withdrawn_on <= day:
        return Standing("withdrawn", row.withdrawn_on)
    if not _begun(row, day):
        return Standing("coming", row.effective_from)
    for other in versions:
        if other.version > row.version and _begun(other, day) and not _ended_by_hand(other, day):
            return Standing("superseded", other.effective_from, other)
    if row.effective_to is None:
        return Standing("unstated")
    return Standing("expired" if row.effective_to < day else "in_force", row.effective_to)


def _begun(row: CriteriaSet, day: date) -> bool:
    return row.effective_from is None or row.effective_from <= day


def _ended_by_hand(row: CriteriaSet, day: date) -> bool:
    return row.withdrawn_on is not None and row.withdrawn_on <= day


# --- the same in the database -------------------------------------------------------------------


def standing_as(
    rows: CriteriaSetQuerySet, key: str, day: date | None = None
) -> CriteriaSetQuerySet:
    """Those of the rows that stand so on a day."""
    day = day or clock.today()
    if key in UNPUBLISHED:
        return rows.filter(state=key)
    rows = rows.filter(state__in=("published", "withdrawn"))
    gone = Q(withdrawn_on__isnull=False, withdrawn_on__lte=day)
    if key == "withdrawn":
        return rows.filter(gone)
    rows = rows.exclude(gone)
    if key == "coming":
        return rows.filter(effective_from__gt=day)
    rows = rows.filter(Q(effective_from__isnull=True) | Q(effective_from__lte=day))
    replaced = replaced_on(day)
    if key == "superseded":
        return rows.filter(replaced)
    rows = rows.filter(~replaced)
    if key == "unstated":
        return rows.filter(effective_to__isnull=True)
    if key == "expired":
        return rows.filter(effective_to__lt=day)
    return rows.filter(effective_to__gte=day)


def replaced_on(day: date) -> Exists:
    """Whether a later version of a row has taken effect by a day and stands."""
    return Exists(
        CriteriaSet.objects.filter(
            Q(effective_from__isnull=True) | Q(effective_from__lte=day),
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day),
            state__in=("published", "withdrawn"),
            kind=OuterRef("kind"),
            level=OuterRef("level"),
            region=OuterRef("region"),
            version__gt=OuterRef("version"),
        )
    )


def stands_on(day: date) -> Q:
    """Whether a published row is in force on a day or to come; one withdrawn later stands still."""
    return (
        (Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day))
        & (Q(effective_to__isnull=True) | Q(effective_to__gte=day))
        & ~Q(replaced_on(day))
    )


def returning_days(day: date) -> list[date]:
    """Later days on which a version is withdrawn: the one before it stands again from then on."""
    rows = CriteriaSet.objects.filter(state="withdrawn", withdrawn_on__gt=day).order_by()
    return sorted({found for found in rows.values_list("withdrawn_on", flat=True) if found})


def versions_of(actor: Actor, criteria_set: CriteriaSet) -> CriteriaSetQuerySet:
    """The versions of the same kind, level and region that the actor sees, its drafts included."""
    return CriteriaSet.objects.visible_to(actor).filter(
        kind=criteria_set.kind, level=criteria_set.level, region=criteria_set.region_id
    )


def predecessor_of(criteria_set: CriteriaSet) -> CriteriaSet | None:
    """The latest published version before a set, or before a draft's publication; None for none.

    Withdrawn versions are passed over: nothing takes their place.
    """
    rows = CriteriaSet.objects.filter(
        state="published",
        kind=criteria_set.kind,
        level=criteria_set.level,
        region=criteria_set.region_id,
    )
    if criteria_set.version:
        rows = rows.filter(version__lt=criteria_set.version)
    return rows.order_by("-version").first()
