"""What the cells of the table are asked about: objects in every state, and everybody who may ask.

``Ground`` holds a world with the objects of Pu county twice: ``held["puxian"]`` are those that the
county's own office handles, ``held["sx"]`` those of the same towns in the hands of the province.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, OfficeKind
from portal.core.models import Job, Leave, OfficialDocument
from portal.core.seats import seat_of
from portal.workspace.access import Relation
from reviews.actions import ask_units, assign_experts
from reviews.models import Case, CaseGrant, Meeting, PublicNotice
from tests.access.subjects import MODULES
from tests.access.subjects.uploads import make_page
from tests.factories import (
    SINCE,
    TOWNS,
    World,
    end_appointment,
    make_office,
    make_person,
    make_policy,
    make_post,
    make_town,
    make_world,
)
from tests.scenario import convene, draft, draft_notice, drive, file, fresh, publish, ready
from tests.test_access import County
from towns.models import Application, Town, TownGrant

HOME, NEIGHBOUR, CITY, PROVINCE = "puxian", "xixian", "linfen", "sx"
LEVELS = {HOME: "county", PROVINCE: "province"}
# Which office an actor of a relation belongs to, and who holds the object it is asked about.
PLACES: dict[Relation, tuple[str, str]] = {
    Relation.OWN: (HOME, HOME),
    Relation.LOWER: (CITY, HOME),
    Relation.UPPER: (HOME, PROVINCE),
    Relation.NEIGHBOUR: (NEIGHBOUR, HOME),
    Relation.GRANTED: ("granted", HOME),
    Relation.EXPIRED: ("expired", HOME),
    Relation.NONE: ("former", HOME),
}


@dataclass
class Held:
    """The objects that one office handles, one for every state an action or page needs."""

    slug: str
    world: World
    county: County
    town: Town
    fresh_town: Town
    ready: Application
    accept: Case
    opinions: Case
    scoring: Case
    to_convene: Case
    meeting: Meeting
    to_publish: Case
    notice: PublicNotice
    to_draft: Case
    draft: OfficialDocument


@dataclass
class Ground:
    """The world and what is held in it."""

    world: World
    held: dict[str, Held]
    seats: dict[tuple[str, Relation], Actor | None] = field(default_factory=dict)

    def actor(self, kind: str, relation: Relation) -> Actor:
        """The holder of a kind of post in a relation."""
        return self.world.actor(f"{PLACES[relation][0]}.{kind}")

    def seat(self, kind: str, relation: Relation) -> Actor | None:
        """That person acting today, as the fence makes it; nobody when the appointment ended."""
        if (kind, relation) not in self.seats:
            person = self.actor(kind, relation)
            assert person.user is not None and person.post is not None
            self.seats[kind, relation] = seat_of(person.user, person.post)
        return self.seats[kind, relation]

    def object_of(self, relation: Relation) -> Held:
        """The objects a relation is about."""
        return self.held[PLACES[relation][1]]


def make_ground() -> Ground:
    """Build it with the real actions; takes a while, so once for a package."""
    world = make_world()
    for slug in (CITY, PROVINCE):
        _filing_unit(world, slug)
    for place in ("granted", "expired"):
        _double(world, place, NEIGHBOUR)
    _double(world, "former", HOME)
    held = {slug: _hold(world, slug) for slug in (HOME, PROVINCE)}
    _give(world, held)
    for module in MODULES:
        if hasattr(module, "hold"):
            for one in held.values():
                module.hold(one)
    for kind in POST_KINDS:
        end_appointment(world.actor(f"former.{kind}"))
    return Ground(world, held)


# --- people ---------------------------------------------------------------------------------------


def _filing_unit(world: World, slug: str) -> None:
    region = world.offices[slug].region
    unit = make_office(f"{slug}-filing", f"{region.name}填报单位", OfficeKind.FILING_UNIT, region)
    world.offices[unit.slug] = unit
    for kind in ("filer", "submitter", "contact"):
        world.actors[f"{slug}.{kind}"] = make_post(unit, kind, f"{slug}.{kind}")


def _double(world: World, place: str, slug: str) -> None:
    """A second post of every kind in an office, held by a person of its own."""
    for kind in POST_KINDS:
        office = world.actor(f"{slug}.{kind}").office
        assert office is not None
        world.actors[f"{place}.{kind}"] = make_post(office, kind, f"{place}.{kind}")


def make_nobody() -> Actor:
    """A person who never held a post."""
    user = make_person("nobody")
    return Actor(name=str(user), user=user)


# --- objects --------------------------------------------------------------------------------------


def _hold(world: World, slug: str) -> Held:
    level = LEVELS[slug]
    home = world.towns[HOME]
    stages = iter(range(20))

    def town() -> Town:
        number = next(stages)
        made = make_town(world.regions["141033"], f"蒲县{level}{number}专业镇", *TOWNS[HOME][1:])
        for kind in ("filer", "submitter"):
            _grant(TownGrant, "fill_town", made, world.actor(f"{HOME}.{kind}"))
        world.towns[HOME] = made
        return made

    def case(step: str) -> Case:
        town()
        return drive(world, file(world, level, HOME), step)

    done = case("")
    document = OfficialDocument.objects.get(office=world.offices[slug], state="issued")
    job = Job.objects.get(key=f"render:{document.pk}")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    done_town = world.towns[HOME]
    make_page(fresh(done).application.evidence.get().file)
    town()
    filing = draft(world, level, HOME)
    town()
    handed = ready(world, level, HOME)
    accept = case("county_accept" if slug == HOME else "province_accept")
    opinions, scoring = case("unit_opinions"), case("expert_scoring")
    clerk, member, expert = (
        world.actor(f"{slug}.{kind}") for kind in ("clerk", "member", "expert")
    )
    assert member.office is not None and expert.post is not None
    ask_units(actor=clerk, case_id=opinions.pk, office_ids=[member.office.pk])
    assign_experts(actor=clerk, case_id=scoring.pk, post_ids=[expert.post.pk])
    to_convene = case("meeting")
    meeting = convene(world, case("meeting"))
    to_publish = case("public_notice")
    notice = publish(world, case("public_notice"))
    to_draft = case("issue")
    drafted = draft_notice(world, case("issue"))
    fresh_town = town()
    world.towns[HOME] = home
    seen = world if slug == HOME else _mirror(world)
    county = County(
        world=seen,
        case=fresh(done),
        filing=filing,
        meeting=Meeting.objects.filter(office=world.offices[slug], state="recorded")[0],
        notice=PublicNotice.objects.filter(office=world.offices[slug], state="closed")[0],
        document=document,
        job=job,
        policy=make_policy(world.offices[slug].region),
    )
    # The leave that the pages of offices name has yet to begin: its person acts today.
    tomorrow = clock.today() + timedelta(days=1)
    Leave.objects.filter(valid_from=clock.today()).update(valid_from=tomorrow)
    return Held(
        slug=slug,
        world=seen,
        county=county,
        town=done_town,
        fresh_town=fresh_town,
        ready=handed,
        accept=accept,
        opinions=opinions,
        scoring=scoring,
        to_convene=to_convene,
        meeting=meeting,
        to_publish=to_publish,
        notice=notice,
        to_draft=to_draft,
        draft=drafted,
    )


def _mirror(world: World) -> World:
    """The world in which the county's names stand for the province's objects.

    What belongs to the province and to no office of the county: its office, its people, its round,
    a town of another city.
    """
    offices = {
        name: world.offices.get(name.replace(HOME, PROVINCE, 1), office)
        if name.startswith(HOME)
        else office
        for name, office in world.offices.items()
    }
    actors = {
        name: world.actors.get(name.replace(HOME, PROVINCE, 1), actor)
        if name.startswith(HOME)
        else actor
        for name, actor in world.actors.items()
    }
    return replace(
        world,
        offices=offices,
        actors=actors,
        towns={**world.towns, HOME: world.towns["gaoping"]},
        rounds={**world.rounds, "county": world.rounds["province"]},
    )


# --- grants ---------------------------------------------------------------------------------------


def _grant(model: type, codename: str, row: object, actor: Actor, *, ended: bool = False) -> None:
    assert actor.post is not None
    model.objects.create(  # type: ignore[attr-defined]
        content_object=row,
        group=actor.post.group,
        permission=model.permission_named(codename),  # type: ignore[attr-defined]
        valid_from=SINCE,
        valid_to=clock.today() - timedelta(days=1) if ended else None,
        reason="测试授权",
    )


def _give(world: World, held: dict[str, Held]) -> None:
    """Towns and cases of the county to every kind of post of the neighbour, for now or until
    yesterday; to the county's former people and judges as they have them by their office."""
    towns = list(Town.objects.filter(county=world.regions["141033"]))
    own = list(Case.objects.filter(office=world.offices[HOME]))
    for place in ("granted", "expired"):
        for kind in POST_KINDS:
            actor = world.actor(f"{place}.{kind}")
            for town in towns:
                _grant(TownGrant, "fill_town", town, actor, ended=place == "expired")
            for case in own:
                _grant(CaseGrant, "judge_case", case, actor, ended=place == "expired")
    for kind in ("filer", "submitter"):
        for town in towns:
            _grant(TownGrant, "fill_town", town, world.actor(f"former.{kind}"))
    for kind in ("member", "expert"):
        for place in (HOME, "former"):
            actor = world.actor(f"{place}.{kind}")
            assert actor.post is not None
            # Those of finished steps have ended; here the case is still theirs.
            CaseGrant.objects.filter(group=actor.post.group).delete()
            for case in own:
                _grant(CaseGrant, "judge_case", case, actor)
