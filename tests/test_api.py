"""The read-only API: the fence, the scope and the masks of the pages, as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core import jobs
from portal.core.actor import Actor
from portal.core.models import Job, OfficialDocument
from reviews.actions import assign_experts
from reviews.models import Case
from tests import scenario
from tests.factories import World, client_of, end_appointment, make_world, multiply
from towns.models import Application, Certification

pytestmark = pytest.mark.django_db

LIST_BUDGET = 12


@pytest.fixture
def world() -> World:
    return make_world()


def address(actor: Actor, rest: str) -> str:
    assert actor.office is not None and actor.post is not None
    return f"/api/o/{actor.office.slug}/{rest}?post={actor.post.pk}"


def ask(actor: Actor, rest: str, query: str = "") -> tuple[int, Any]:
    """Status and JSON of an office's address."""
    response = client_of(actor).get(address(actor, rest) + query)
    assert response["Content-Type"].startswith("application/json")
    return response.status_code, response.json()


def test_cases_are_those_of_the_region(world: World) -> None:
    case = scenario.file(world, "province")
    for name, seen in (("puxian.clerk", 1), ("sx.clerk", 1), ("xixian.clerk", 0), ("sx.expert", 0)):
        status, answer = ask(world.actor(name), "cases/")
        assert (status, answer["count"], len(answer["results"])) == (200, seen, seen), name
        status, _ = ask(world.actor(name), f"cases/{case.pk}/")
        assert status == (200 if seen else 404), name
    row = ask(world.actor("puxian.clerk"), "cases/")[1]["results"][0]
    assert row["number"] == case.number and row["county"] == "蒲县"
    assert row["step"] == "county_accept" and row["status"] == "县级受理"
    for query in ("&state=closed", "&state=%00", "&state=nonsense"):
        assert ask(world.actor("sx.clerk"), "cases/", query)[1]["count"] == 0
    assert ask(world.actor("sx.clerk"), "cases/", "&state=open&after=²")[1]["count"] == 1


def test_outcomes_that_are_not_released_stay_above(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "province"), "meeting")
    above = ask(world.actor("sx.clerk"), f"cases/{case.pk}/")[1]
    below = ask(world.actor("puxian.clerk"), f"cases/{case.pk}/")[1]

    def outcomes(answer: Any) -> dict[str, str | None]:
        return {row["step"]: row["outcome"] for row in answer["steps"]}

    assert outcomes(above)["expert_scoring"] == "conclude"
    assert outcomes(below)["expert_scoring"] is None
    assert outcomes(below)["unit_opinions"] is None
    assert outcomes(below)["city_recommend"] == "recommend"
    assert all("opinion" not in row for row in below["steps"])


def test_an_expert_reads_no_outcomes_and_nothing_after_the_step(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "expert_scoring")
    expert = world.actor("puxian.expert")
    assert expert.post is not None
    assert ask(expert, f"cases/{case.pk}/")[0] == 404
    clerk = world.actor("puxian.clerk")
    assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.post.pk])
    assert ask(expert, f"cases/{case.pk}/")[1]["steps"] == []
    scenario.decide(world, case, "return", "请补充材料")
    assert ask(expert, f"cases/{case.pk}/")[0] == 404


def test_nobody_without_a_post_comes_in(world: World) -> None:
    actor = world.actor("puxian.clerk")
    assert Client().get(address(actor, "cases/")).status_code == 403
    assert client_of(world.actor("xixian.clerk")).get(address(actor, "cases/")).status_code == 404
    end_appointment(actor)
    assert ask(actor, "cases/")[0] == 404
    assert ask(actor, "roster/")[0] == 404


def test_nothing_can_be_written(world: World) -> None:
    actor = world.actor("puxian.clerk")
    case = scenario.file(world, "county")
    client = client_of(actor)
    for rest in ("cases/", f"cases/{case.pk}/", "roster/"):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address(actor, rest), {}, "application/json").status_code == 405
    assert client.post("/api/public/roster/").status_code == 405
    html = client.get(address(actor, "cases/"), headers={"accept": "text/html"})
    assert html["Content-Type"].startswith("application/json") or html.status_code == 406


def test_the_roster_is_scoped_and_the_public_one_waits_for_the_file(world: World) -> None:
    scenario.drive(world, scenario.file(world, "county"))
    document = OfficialDocument.objects.get()
    status, answer = ask(world.actor("puxian.clerk"), "roster/")
    assert status == 200
    assert [row["document_number"] for row in answer["results"]] == [document.number]
    assert ask(world.actor("xixian.clerk"), "roster/")[1]["results"] == []
    assert Client().get("/api/public/roster/").json()["results"] == []
    jobs.run(Job.objects.get(key=f"render:{document.pk}").pk)
    [row] = Client().get("/api/public/roster/").json()["results"]
    assert row["town"] == Certification.objects.get().town_name and row["level"] == "county"
    assert Client().get("/api/public/roster/?level=city").json()["count"] == 0
    for query in ("year=abc", "year=²", "search=%00", "region=%00", "level=%00"):
        assert Client().get(f"/api/public/roster/?{query}").json()["count"] == 0, query


def test_pages_follow_one_another_without_gaps(world: World) -> None:
    case = scenario.file(world, "county")
    filed = multiply(Application.objects.get(), 119, number="'N' || n", state="'rejected'")
    multiply(case, 119, number="'N' || n", application_id=f"{filed.start - 1} + n")
    actor = world.actor("puxian.clerk")
    client = client_of(actor)
    seen: list[int] = []
    following: str | None = address(actor, "cases/")
    while following:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(following).json()
        assert len(captured) <= LIST_BUDGET
        seen += [row["id"] for row in answer["results"]]
        following = answer["next"]
    assert seen == sorted(Case.objects.values_list("pk", flat=True), reverse=True)
    assert len(seen) == 120
    last = client.get(address(actor, "cases/") + "&at=last").json()
    assert last["next"] is None and last["results"][-1]["id"] == case.pk
