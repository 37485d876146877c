"""Reads of the consultation of member units: who is asked what, and what each of them may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.specs import CriterionSpec, SetSpec
from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import working_days_between
from portal.core.constants import Can
from portal.core.models import Office, Post
from portal.core.seats import acting_from
from reviews.models import Case, CriterionUnit, Duty, StepRun, UnitOpinion
from reviews.models.judging import OPINION_CHOICES
from towns.declared import COUNTED_FROM, differs, read
from towns.models import Round, Submission

# The most reserved verdict comes first: what is said of the whole follows from its points.
RESERVED_FIRST = ("disagree", "agree_with_notes", "agree")
# What every submission makes anew, and what no unit is asked about.
NOT_COMPARED = ("commitments", "origins", "entered")


class Asking(NamedTuple):
    """What a unit is asked: criteria (none: the whole declaration) and lead, support or neither.

    ``roles``: criterion -> role, where it leads on one and supports another.
    """

    criteria: tuple[str, ...] = ()
    role: str = ""
    roles: Mapping[str, str] = MappingProxyType({})

    def on(self, criteria: Collection[str], role: str) -> Asking:
        """The same on some criteria; a role that was chosen instead holds for all of them."""
        kept = {key: self.roles[key] for key in criteria if key in self.roles}
        return Asking(tuple(criteria), role, kept if role == self.role else {})


NOTHING_SET = Asking()


# --- who is asked what --------------------------------------------------------------------------


def fields_of_units(office: Office, criteria_set: CriteriaSet) -> dict[int, Asking]:
    """What an office consults each unit on under a set: unit -> its criteria and role.

    A unit that leads on one criterion is asked as a lead, with its role on each; what was set for a
    unit that was merged falls to its successor.
    """
    order = [row.key for row in spec_of(criteria_set).criteria]
    found: dict[int, dict[str, str]] = {}
    rows = CriterionUnit.objects.filter(office=office, criteria_set=criteria_set)
    for row in rows.select_related("unit"):
        if row.criterion not in order:
            continue
        unit = falls_to(row.unit)
        roles = found.setdefault(unit, {})
        roles[row.criterion] = (
            "lead" if "lead" in (row.role, roles.get(row.criterion)) else row.role
        )
    return {
        unit: Asking(
            tuple(key for key in order if key in roles),
            "lead" if "lead" in roles.values() else "support",
            roles,
        )
        for unit, roles in found.items()
    }


def falls_to(unit: Office) -> int:
    """The unit that what was set for a unit falls to: itself, or the one it was merged into."""
    return unit.pk if unit.is_standing else unit.successor_id or unit.pk


def set_now(rows: Iterable[CriterionUnit]) -> dict[int, CriterionUnit]:
    """unit -> what is set for it under one criterion; a lead comes before a support."""
    found: dict[int, CriterionUnit] = {}
    for row in rows:
        unit = falls_to(row.unit)
        if unit not in found or row.role == "lead":
            found[unit] = row
    return found


def roles_of(rows: Mapping[int, CriterionUnit]) -> dict[str, str]:
    """unit -> role, as plain data."""
    return {str(unit): row.role for unit, row in rows.items()}


class Division(NamedTuple):
    """A clause of the documents with its division of work: member unit -> role."""

    document: str
    clause: str
    title: str
    roles: Mapping[int, str]

    @property
    def key(self) -> str:
        """What a form names it by."""
        return f"{self.document} {self.clause} {self.title}"

    @property
    def responsible(self) -> bool:
        """Whether the clause names 责任单位 and says nothing of lead and support."""
        return "responsible" in self.roles.values()


def divisions_for(office: Office) -> list[Division]:
    """The clauses whose division of work names member units of an office, as printed."""
    rows = Duty.objects.filter(unit__parent=office).order_by("document", "ordinal")
    found: dict[tuple[str, str, str], dict[int, str]] = {}
    for row in rows:
        roles = found.setdefault((row.document, row.clause, row.title), {})
        if row.unit_id is not None:
            roles.setdefault(row.unit_id, row.role)
    return [Division(*key, roles) for key, roles in found.items()]


def units_of(office: Office) -> list[Office]:
    """The standing member units of an office, in the order of the leading group's list."""
    return list(Office.objects.standing().filter(kind="member_unit", parent=office).order_by("pk"))


def without_people(units: Iterable[Office]) -> set[int]:
    """Those of the units from whose posts nobody acts today: nobody there can answer."""
    keys = {unit.pk for unit in units}
    posts = Post.objects.filter(office__in=keys, kind="member")
    acting = {actor.office for people in acting_from(posts).values() for actor in people}
    return keys - {office.pk for office in acting if office is not None}


def days_left(run: StepRun) -> int | None:
    """Working days until the term of a step; None where it has no term, or it has passed."""
    if run.due_on is None or run.due_on <= clock.today():
        return None
    return working_days_between(clock.today(), run.due_on) or None


def sets_to_divide(actor: Actor) -> list[CriteriaSet]:
    """Criteria sets that the acting office consults on: its rounds' and those of its own region."""
    if actor.office is None or actor.scope is None:
        return []
    called = Round.objects.visible_to(actor).filter(office=actor.office)
    used = set(called.order_by().values_list("criteria_set_id", flat=True))
    sets = CriteriaSet.objects.visible_to(actor).exclude(state__in=("draft", "proposed"))
    return [
        row
        for row in sets.order_by("-effective_from", "-pk")
        if row.pk in used or row.region_id == actor.office.region_id
    ]


def rows_of_set(actor: Actor, criteria_set: CriteriaSet) -> list[CriterionUnit]:
    """What the acting office set under a criteria set, units still standing or not."""
    rows = CriterionUnit.objects.visible_to(actor).filter(criteria_set=criteria_set)
    return list(rows.select_related("unit").order_by("criterion", "role", "unit"))


# --- what a unit may see ------------------------------------------------------------------------


def asked_of(actor: Actor, case: Case) -> frozenset[str] | None:
    """The criteria of a case that the actor may read; None: all of them.

    A member unit reads what it was asked about when it was asked last, and nothing it was not
    asked about. Everybody else who sees the case reads the whole.
    """
    if not actor.can(Can.OPINE):
        return None
    rows = UnitOpinion.objects.filter(
        case=case, office__in=Office.objects.answered_by(actor)
    ).order_by("-run__ordinal")
    return _criteria_of(rows)


def _criteria_of(rows: Iterable[UnitOpinion]) -> frozenset[str] | None:
    found: set[str] = set()
    last = None
    for row in rows:
        if last not in (None, row.run_id):
            break
        last = row.run_id
        if not row.criteria:
            return None
        found.update(row.criteria)
    return frozenset(found)


def narrowed(spec: SetSpec, keys: Iterable[str] | None) -> SetSpec:
    """A criteria set with these criteria alone; None leaves it whole."""
    if keys is None:
        return spec
    kept = frozenset(keys)
    return spec._replace(criteria=tuple(row for row in spec.criteria if row.key in kept))


def titles_of(criteria: Iterable[CriterionSpec], keys: Sequence[str]) -> list[str]:
    """Clause number and title of the criteria of these keys, in the order of the set."""
    return [f"{row.clause} {row.title}".strip() for row in criteria if row.key in keys]


# --- what has changed ---------------------------------------------------------------------------


def earlier_of(opinion: UnitOpinion) -> UnitOpinion | None:
    """The unit's answer when it was asked the time before, if it covers what is asked now."""
    rows = UnitOpinion.objects.filter(
        case_id=opinion.case_id,
        office_id=opinion.office_id,
        run__ordinal__lt=opinion.run.ordinal,
        given_at__isnull=False,
        revision__isnull=False,
    )
    found = rows.order_by("-run__ordinal").first()
    if found is None or bool(found.criteria) != bool(opinion.criteria):
        return None
    return found if set(opinion.criteria) <= {*found.criteria} else None


def unchanged_since(case: Case, revision: int, keys: Sequence[str]) -> bool:
    """Whether what these criteria rest on is as it was submitted then; no keys: the whole."""
    if revision == case.application.revision:
        return True
    then = Submission.objects.filter(application=case.application_id, revision=revision).first()
    if then is None:
        return False
    before, after = then.snapshot, case.application.snapshot
    paths = paths_of(spec_of(case.application.criteria_set), keys, before, after)
    return not any(differs(_said(before, path), _said(after, path)) for path in paths)


def _said(declared: Mapping[str, Any], path: str) -> Any:
    """What stands at a path, or in a whole part; files are told apart by their digests."""
    part, _, rest = path.partition(".")
    if part == "evidence":
        return [
            [row.get(name) for name in ("criterion", "slot", "title", "sha256")]
            for row in declared.get(part) or []
            if rest in ("", row.get("criterion"))
        ]
    return read(declared, path) if rest else declared.get(part)


def paths_of(
    spec: SetSpec, keys: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """The paths of a declaration that the criteria of these keys rest on."""
    if not keys:
        return sorted(({*before} | {*after}) - {*NOT_COMPARED})
    own = narrowed(spec, keys)
    years = {*before.get("figures", {})} | {*after.get("figures", {})}
    paths = [f"{part}.{row.key}" for row in own.criteria for part in ("answers", "evidence")]
    paths += [f"relaxations.{item.key}" for row in own.criteria for item in row.conditions]
    paths += [f"figures.{year}.{key}" for year in sorted(years) for key in sorted(own.indicators)]
    paths += [f"values.{key}" for key in sorted(own.figures)]
    paths += sorted({COUNTED_FROM[key] for key in own.indicators if key in COUNTED_FROM})
    return paths


def may_be_kept(case: Case, opinion: UnitOpinion) -> UnitOpinion | None:
    """The earlier answer that can be kept as it stands: nothing it rests on has changed since."""
    if opinion.given_at is not None or opinion.run.finished_at is not None:
        return None
    earlier = earlier_of(opinion)
    if earlier is None or earlier.revision is None:
        return None
    return earlier if unchanged_since(case, earlier.revision, opinion.criteria) else None


# --- what came of it ----------------------------------------------------------------------------


def said_by(opinion: UnitOpinion) -> list[Any]:
    """What a unit's answer says now, as plain data."""
    return [opinion.verdict, opinion.text, opinion.points]


class Said(NamedTuple):
    """What a unit said of a criterion, or of the whole."""

    opinion: UnitOpinion
    verdict: str
    text: str
    role: str = ""


def role_on(opinion: UnitOpinion, criterion: str) -> str:
    """The role in which a unit is asked on a criterion."""
    return str(opinion.roles.get(criterion, opinion.role))


def standing_of(opinion: UnitOpinion, *, live: bool = True) -> str:
    """given, late, silent, waiting, or unanswered when the step is over."""
    if opinion.given_at is not None:
        return "late" if opinion.silent_at is not None else "given"
    if opinion.silent_at is not None or is_silent(opinion):
        return "silent"
    return "waiting" if live else "unanswered"


def is_silent(opinion: UnitOpinion) -> bool:
    """Whether the limit has passed without an answer."""
    return (
        opinion.given_at is None and opinion.due_on is not None and opinion.due_on < clock.today()
    )


def by_criterion(
    spec: SetSpec, opinions: Iterable[UnitOpinion]
) -> list[tuple[CriterionSpec, list[Said]]]:
    """What the units said of each criterion that anybody was asked about point by point."""
    rows = [row for row in opinions if row.criteria]
    found = []
    for criterion in spec.criteria:
        said = [
            Said(
                row,
                point.get("verdict", ""),
                point.get("text", ""),
                role_on(row, criterion.key),
            )
            for row in rows
            if criterion.key in row.criteria
            for point in [row.points.get(criterion.key, {})]
        ]
        if said:
            found.append((criterion, said))
    return found


def strictest(verdicts: Iterable[str]) -> str:
    """What is said of the whole: the most reserved of what is said of its parts."""
    given = set(verdicts)
    return next((word for word in RESERVED_FIRST if word in given), "")


def counts_of(opinions: Iterable[UnitOpinion]) -> dict[str, int]:
    """How many units said what, in the order of the choices, and how many are silent or awaited."""
    rows = list(opinions)
    found = {
        label: sum(row.verdict == key and row.given_at is not None for row in rows)
        for key, label in OPINION_CHOICES
    }
    states = [standing_of(row) for row in rows]
    return {**found, "逾期未答复": states.count("silent"), "待答复": states.count("waiting")}
