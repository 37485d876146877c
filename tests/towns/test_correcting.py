"""A resubmission differs from what was submitted only in what the office named."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from reviews.actions import submit_application
from reviews.actions.moving import Corrections
from tests import scenario
from tests.factories import World, make_world, uscc
from tests.papers import PDF
from towns.actions import (
    add_honour,
    add_member,
    attach_evidence,
    attach_request,
    change_role,
    end_membership,
    hand_over,
    record_figures,
    remove_evidence,
    remove_request,
    request_relaxation,
    save_answer,
    save_overview,
    set_functions,
)
from towns.actions.drafting import save_section
from towns.actions.honours import HonourFacts
from towns.constants import SERVICE_FUNCTIONS
from towns.correcting import declared_fields, unlocked_paths
from towns.declared import COUNTED_FROM, changes, differs, merged, read
from towns.models import Answer, Application, Evidence, Membership, RelaxationRequest
from towns.queries import declared_now
from towns.sections import typed_sections

pytestmark = pytest.mark.django_db
ROUNDS = 40
CONDITION = "output_agriculture_light_craft"
LEADING, SUPPORTING = ("leading",), ("backbone", "supporting")


@pytest.fixture
def world() -> World:
    return make_world()


def returned(world: World, *paths: str) -> Application:
    """An application that was returned for these fields, all of them when none is named."""
    case = scenario.file(world, "province")
    asked = Corrections(dict.fromkeys(paths, "")) if paths else None
    scenario.decide(world, case, "return", "请补正", asked)
    return living(case.application_id)


def living(pk: int) -> Application:
    """The application as it stands in the database."""
    return Application.objects.select_related(
        "town__county", "round__office__region", "criteria_set", "request_file"
    ).get(pk=pk)


# --- whatever happens in the registers ------------------------------------------------------------


def _figures(chance: random.Random, filer: Actor, application: Application) -> None:
    year = application.round.figures_year - chance.randrange(3)
    key = chance.choice(["output_value", "revenue", "employment", "tax"])
    values = {key: Decimal(chance.randrange(1, 5_000_000_000))}
    record_figures(actor=filer, town=application.town, year=year, values=values)


def _arrival(chance: random.Random, filer: Actor, application: Application) -> None:
    serial = chance.randrange(10_000, 900_000)
    add_member(
        actor=filer,
        town=application.town,
        uscc=uscc(serial),
        name=f"新登记企业{serial}",
        entity="enterprise",
        role=chance.choice(["leading", "backbone", "supporting"]),
    )


def _departure(chance: random.Random, filer: Actor, application: Application) -> None:
    rows = Membership.objects.on().filter(town=application.town).order_by("pk")
    member = chance.choice(list(rows))
    if chance.random() < 0.5:
        end_membership(actor=filer, town=application.town, membership_id=member.pk)


def _role(chance: random.Random, filer: Actor, application: Application) -> None:
    rows = Membership.objects.on().filter(town=application.town, role="supporting")
    change_role(
        actor=filer,
        town=application.town,
        membership_id=chance.choice(list(rows.order_by("pk"))).pk,
        role="leading",
        on=clock.today(),
    )


def _functions(chance: random.Random, filer: Actor, application: Application) -> None:
    keys = chance.sample([key for key, _ in SERVICE_FUNCTIONS], 3)
    states = {key: chance.choice(["present", "building", "absent"]) for key in keys}
    set_functions(actor=filer, town=application.town, states=states, platforms={})


def _honour(chance: random.Random, filer: Actor, application: Application) -> None:
    kind = chance.choice(["technology_centre", "brand_region", "standard_national"])
    number = chance.randrange(1000)
    add_honour(
        actor=filer,
        town=application.town,
        facts=HonourFacts(
            kind=kind,
            level="province" if kind != "standard_national" else "",
            part="lead" if kind == "standard_national" else "",
            title=f"荣誉{number}",
            number=f"GB/T {number}-2020" if kind == "standard_national" else "",
        ),
    )


def _texts(chance: random.Random, _filer: Actor, application: Application) -> None:
    """Rows written past every policy: what is submitted does not depend on who wrote them."""
    Application.objects.filter(pk=application.pk).update(
        **{chance.choice(["contact", "contact_phone", "summary", "industry_text"]): "改过的文字"}
    )
    answer = chance.choice(list(application.answers.order_by("criterion")))
    Answer.objects.filter(pk=answer.pk).update(text=f"改过的说明{chance.random()}")
    RelaxationRequest.objects.update_or_create(
        application=application,
        condition=CONDITION,
        defaults={"reason": "申请"},
    )
    Evidence.objects.filter(application=application).update(pages=str(chance.randrange(1, 99)))


CHANGES: tuple[Callable[[random.Random, Actor, Application], None], ...] = (
    _figures, _arrival, _departure, _role, _functions, _honour, _texts,
)  # fmt: skip


def test_only_named_fields_change_whatever_happens_in_the_registers(world: World) -> None:
    application = returned(world)
    filer, frozen = world.actor("puxian.filer"), application.snapshot
    fields = declared_fields(application)
    everything = [field.path for field in fields]
    changed_at_all: set[str] = set()
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        paths = set(chance.sample(everything, chance.randrange(1, 12)))
        paths |= set(chance.sample(["enterprises", "honours", "standards"], chance.randrange(3)))
        with transaction.atomic():
            for change in chance.choices(CHANGES, k=6):
                change(chance, filer, application)
            now = living(application.pk)
            whole = declared_now(now)
            now.corrections.get().items.exclude(path__in=paths).delete()
            data = declared_now(now)
            transaction.set_rollback(True)
        _check(frozen, whole, data, paths | {"commitments"}, fields, seed)
        changed_at_all |= {
            row.field.path.partition(".")[0] for row in changes(frozen, data, fields)
        }
    assert changed_at_all >= {"figures", "enterprises", "functions", "answers", "summary"}


def _check(frozen: Any, whole: Any, data: Any, paths: set[str], fields: Any, seed: int) -> None:
    moved = {row.field.path for row in changes(frozen, data, fields)}
    assert moved <= paths, f"seed {seed}: {moved - paths}"
    for path in paths:
        assert not differs(read(data, path), read(whole, path)), f"seed {seed}: {path}"
    assert {"town", "year"} <= data.keys()
    assert (data["town"], data["year"]) == (frozen["town"], frozen["year"])
    roles = [row["role"] for row in data["enterprises"]]
    values, year = data["values"], str(data["year"])
    assert int(values["leading_enterprises"]) == sum(role in LEADING for role in roles)
    assert int(values["supporting_enterprises"]) == sum(role in SUPPORTING for role in roles)
    present = sum(state == "present" for state in data["functions"].values())
    assert int(values["service_functions"]) == present
    for key, value in data["figures"][year].items():
        assert values[key] == value, f"seed {seed}: {key}"
    for key, source in COUNTED_FROM.items():
        if source in ("honours", "standards") or key == "platforms_in_place":
            every = {f"functions.{name}" for name, _ in SERVICE_FUNCTIONS} <= paths
            source_taken = source in paths or (source == "functions" and every)
            taken = whole if source_taken else frozen
            assert values[key] == taken["values"][key], f"seed {seed}: {key}"


def test_declarations_of_older_releases_are_read_and_merged(world: World) -> None:
    application = returned(world, "summary", "honours", "evidence.heritage")
    new = ("honours", "standards", "industry_text", "request", "commitments", "origins")
    old = {key: value for key, value in application.snapshot.items() if key not in new}
    old["evidence"] = [
        {key: value for key, value in row.items() if key not in ("slot", "pages")}
        for row in old["evidence"]
    ]
    fields = declared_fields(application)
    assert read(old, "honours") is None and read(old, "figures.1990.revenue") is None
    data = merged(old, application.snapshot, {"summary", "evidence.heritage"})
    assert changes(old, data, fields) == []
    data = merged({}, application.snapshot, {"summary", "figures.2025.revenue", "honours"})
    assert data["summary"] == application.snapshot["summary"]
    # Platforms are no field of one function: their count follows when all of them can change.
    moved = {**application.snapshot, "values": {"platforms_in_place": "7"}}
    each = [f"functions.{key}" for key, _ in SERVICE_FUNCTIONS]
    for paths, count in ((each[:1], "0"), (each, "7")):
        frozen = {**application.snapshot, "values": {"platforms_in_place": "0"}}
        assert merged(frozen, moved, paths)["values"]["platforms_in_place"] == count
    assert not differs("甲\r\n乙", "甲\n乙")
    Application.objects.filter(pk=application.pk).update(snapshot=old, industry_text="后来填写")
    again = declared_now(living(application.pk))
    assert "industry_text" not in again
    assert again["honours"] == application.snapshot["honours"]


# --- every way of writing -------------------------------------------------------------------------


def test_every_way_of_writing_refuses_what_is_locked(world: World) -> None:
    application = returned(world, "contact", "answers.heritage")
    filer = world.actor("puxian.filer")
    unlocked = unlocked_paths(application)
    assert unlocked is not None and set(unlocked) == {"contact", "answers.heritage"}
    evidence = application.evidence.get()
    answer = application.answers.exclude(criterion="heritage").order_by("criterion").first()
    assert answer is not None
    pdf = SimpleUploadedFile("new.pdf", PDF + b"new", "application/pdf")
    base: dict[str, Any] = {"actor": filer, "application": application}
    overview: dict[str, Any] = {"contact": "李联系", "contact_phone": application.contact_phone}
    locked: list[Callable[[], object]] = [
        lambda: save_overview(**base, **overview, summary="改过的概述"),
        lambda: save_answer(**base, criterion=answer.criterion, text="改过的说明"),
        lambda: request_relaxation(**base, condition=CONDITION, reason="申请放宽"),
        lambda: remove_evidence(**base, evidence_id=evidence.pk),
        lambda: attach_evidence(**base, criterion=evidence.criterion, title="新材料", upload=pdf),
        lambda: attach_request(**base, number="蒲政请〔2026〕99号", upload=pdf),
        lambda: remove_request(**base),
    ]
    for write in locked:
        with pytest.raises(Refused, match="不在本次补正范围内"):
            write()
    for section in typed_sections(application):
        for name in list(section.labels(application))[:3]:
            if section.path(name) not in unlocked:
                with pytest.raises(Refused, match="不在本次补正范围内"):
                    save_section(**base, key=section.key, opened=None, typed={name: "12345"})
    save_overview(**base, **overview, summary=application.summary)
    save_answer(**base, criterion="heritage", text="补正后的说明")
    before = application.snapshot
    after = living(application.pk)
    scenario.complete(world, after)
    hand_over(actor=filer, application=living(application.pk))
    submit_application(actor=world.actor("puxian.submitter"), application=after)
    moved = changes(before, living(application.pk).snapshot, declared_fields(after))
    assert {row.field.path for row in moved} - {"commitments"} == {"contact", "answers.heritage"}
