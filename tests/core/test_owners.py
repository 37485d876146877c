"""A stored file is reached through a row that holds it, by whoever sees that row."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import PUBLIC, SYSTEM, Actor, acting_office, acting_seat, acting_user
from portal.core.files import store_bytes
from portal.core.models import ImportRun, Job, StoredFile
from portal.core.owners import held_by, owners, reachable
from portal.core.web import office_url
from reviews.models import CaseGrant
from tests.factories import World, client_of, end_appointment, make_world
from tests.scenario import draft, drive, file, fresh
from towns.models import Certification, Evidence, Honour, TownPaper

pytestmark = pytest.mark.django_db

# A field that points at a stored file and opens it to nobody -> why.
LEFT_OUT = {
    "core.FilePage.source": "a page image is reached through its file",
    "core.Upload.stored": "an upload opens nothing until it has been attached to a row",
}
QUERIES = 4


@pytest.fixture
def world() -> World:
    return make_world()


def stored(name: str = "材料.pdf") -> StoredFile:
    return store_bytes(b"%PDF-1.4 " + name.encode(), name, "application/pdf", SYSTEM)


def reach(actor: Actor, pk: int) -> bool:
    found = held_by(pk, actor) is not None
    try:
        assert reachable(actor, pk).file.pk == pk
    except Http404:
        assert not found
    else:
        assert found
    return found


def test_every_field_that_points_at_a_file_is_registered_or_left_out_with_a_reason() -> None:
    pointing = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is StoredFile
    }
    registered = {f"{owner.label}.{owner.field}" for owner in owners()}
    assert pointing - registered - set(LEFT_OUT) == set(), "register_owner in the app's owners.py"
    assert registered - pointing == set()
    assert set(LEFT_OUT) - pointing == set()
    assert not registered & set(LEFT_OUT)


def test_every_field_that_points_at_a_file_is_indexed() -> None:
    """Finding the holder of a file never reads a table."""
    for owner in owners():
        field = apps.get_model(owner.label)._meta.get_field(owner.field)
        assert getattr(field, "db_index", False) or getattr(field, "unique", False), owner


def test_a_file_nobody_holds_is_reached_by_nobody(world: World) -> None:
    lonely = stored()
    for actor in (*world.actors.values(), SYSTEM, PUBLIC):
        assert not reach(actor, lonely.pk)
    assert not reach(world.actor("sx.clerk"), lonely.pk + 1000)


def test_a_draft_is_reached_by_its_own_side_only(world: World) -> None:
    application = draft(world, "county")
    pk = application.evidence.get().file_id
    seen = {name for name, actor in world.actors.items() if reach(actor, pk)}
    assert seen == {"puxian.filer", "puxian.submitter"}
    end_appointment(world.actor("puxian.filer"))
    Evidence.objects.update(removed_at=clock.now())
    assert not reach(world.actor("puxian.submitter"), pk)


def test_what_was_submitted_is_reached_as_the_case_is(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "expert_scoring"))
    row = case.application.evidence.get()
    late = Evidence.objects.create(
        application=case.application, criterion=row.criterion, title="后补", file=stored()
    )
    for name in ("sx.clerk", "linfen.clerk", "puxian.clerk", "puxian.filer"):
        assert reach(world.actor(name), row.file_id), name
    for name in ("xixian.clerk", "xixian.filer", "jincheng.clerk", "sx.auditor"):
        assert not reach(world.actor(name), row.file_id), name
    # What is not part of the submission is the town's own.
    assert not reach(world.actor("sx.clerk"), late.file_id)
    assert reach(world.actor("puxian.filer"), late.file_id)


def test_the_scan_of_an_earlier_submission_stays_within_reach(world: World) -> None:
    case = file(world, "county")
    application, earlier = case.application, case.application.request_file
    assert earlier is not None
    Evidence.objects.create(
        application=application,
        criterion="request",
        title="申报请示",
        file=earlier,
        removed_at=clock.now(),
    )
    later = stored("补正后的请示.pdf")
    own = {"id": later.pk, "sha256": later.sha256, "name": later.name}
    request = {**application.snapshot["request"], **own}
    application.request_file, application.revision = later, 2
    application.snapshot = {**application.snapshot, "request": request}
    application.save()
    for name, reads in (("puxian.clerk", True), ("puxian.filer", False)):
        actor = world.actor(name)
        assert reach(actor, earlier.pk) is reads, name
        page = client_of(actor).get(office_url(actor, "application-check", application.pk))
        shown = page.content.decode()
        assert "此前提交的请示" in shown and "第 1 次提交" in shown
        assert (f"/files/{earlier.pk}/" in shown) is reads, name
        assert f"/files/{later.pk}/" in shown, name
    for name in ("xixian.clerk", "xixian.filer", "sx.auditor"):
        assert not reach(world.actor(name), earlier.pk), name


def test_experts_and_units_reach_files_of_cases_they_were_given(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "expert_scoring"))
    pk = case.application.evidence.get().file_id
    expert, unit = world.actor("sx.expert"), world.actor("sx.member")
    CaseGrant.objects.all().delete()
    assert not reach(expert, pk)
    for actor in (expert, unit):
        assert actor.post is not None
        CaseGrant.objects.create(
            content_object=case,
            group=actor.post.group,
            permission=CaseGrant.permission_named("judge_case"),
            valid_from=clock.today(),
            reason="评审",
        )
        assert reach(actor, pk)
    assert not reach(world.actor("sx.expert2"), pk)
    late = Evidence.objects.create(
        application=case.application, criterion="scale", title="后补", file=stored()
    )
    assert not reach(expert, late.file_id)


def test_files_of_the_registers_are_reached_as_their_town_is(world: World) -> None:
    town = world.towns["puxian"]
    membership = town.memberships.first()
    assert membership is not None
    paper = TownPaper.objects.create(
        town=town, kind="plan", title="一镇一策", file=stored(), created_at=clock.now()
    )
    honour = Honour.objects.create(
        enterprise=membership.enterprise, kind="technology_centre", certificate=stored("证书.pdf")
    )
    certified = Certification.objects.create(
        town=town,
        level="county",
        scope_code=town.scope_code,
        town_name=town.name,
        category=town.category,
        industry=town.industry,
        year=2020,
        valid_from=clock.today(),
        source_title="关于公布名单的通知",
        source_on=clock.today(),
        source_file=stored("通知.pdf"),
    )
    for pk in (paper.file_id, honour.certificate_id, certified.source_file_id):
        assert pk is not None
        seen = {name for name, actor in world.actors.items() if reach(actor, pk)}
        assert {"puxian.filer", "puxian.clerk", "linfen.clerk", "sx.clerk"} <= seen
        assert not {name for name in seen if name.startswith(("xixian", "jincheng", "zezhou"))}
        assert not reach(PUBLIC, pk) or pk == certified.source_file_id


def test_jobs_and_imports_open_their_files_to_their_post(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    job = Job.objects.create(
        kind="core.any",
        label="导出",
        key="any:1",
        post=clerk.post,
        office=clerk.office,
        file=stored("名单.xlsx"),
        created_at=clock.now(),
    )
    run = ImportRun.objects.create(
        kind="enterprises",
        office=acting_office(clerk),
        post=acting_seat(clerk),
        created_by=acting_user(clerk),
        created_name="经办",
        book=stored("企业.xlsx"),
        marked=stored("企业（标注）.xlsx"),
        created_at=clock.now(),
    )
    for pk in (job.file_id, run.book_id, run.marked_id):
        assert pk is not None
        assert {name for name, actor in world.actors.items() if reach(actor, pk)} == {
            "puxian.clerk"
        }


def test_it_takes_a_handful_of_queries_whoever_asks(world: World) -> None:
    case = fresh(drive(world, file(world, "county"), "county_accept"))
    pk = case.application.evidence.get().file_id
    for name in ("sx.clerk", "puxian.filer", "xixian.clerk", "sx.expert"):
        with CaptureQueriesContext(connection) as queries:
            held_by(pk, world.actor(name))
        assert len(queries) <= QUERIES, name


def test_a_file_in_two_places_is_reached_through_either(world: World) -> None:
    twice = stored()
    for slug in ("puxian", "xixian"):
        TownPaper.objects.create(
            town=world.towns[slug], kind="plan", title=slug, file=twice, created_at=clock.now()
        )
    for slug in ("puxian", "xixian"):
        assert str(held_by(twice.pk, world.actor(f"{slug}.filer"))) == slug
    assert held_by(twice.pk, world.actor("zezhou.filer")) is None
