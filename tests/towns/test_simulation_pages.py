"""Pages of simulations: the question, the progress, the numbers, the rows and their workbook."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from criteria.models import Condition, CriteriaSet
from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.listing import Listing
from portal.core.listing.exports import request_list
from portal.core.models import Job
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft
from towns.lists import SIMULATION_ROWS
from towns.models import Simulation, TownFigure

YI = Decimal(100_000_000)


@pytest.fixture
def clerk(world: World) -> Actor:
    """Who drafts for the city."""
    return world.actor("linfen.clerk")


@pytest.fixture
def client(clerk: Actor) -> Client:
    """Signed in as the clerk."""
    return client_of(clerk)


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    """The city's draft; one of its two towns does not reach it."""
    TownFigure.objects.filter(town=world.towns["xixian"], indicator__key="output_value").update(
        value=3 * YI
    )
    return make_draft(world.offices["linfen"])


def post(client: Client, actor: Actor, url: str, **fields: Any) -> Any:
    """Send a form of the page from the actor's post."""
    assert actor.post is not None
    return client.post(url, {"acting_post": actor.post.pk, **fields})


@pytest.fixture
def found(client: Client, clerk: Actor, draft: CriteriaSet) -> Simulation:
    """Started on its page; not yet run."""
    url = office_url(clerk, "criteria-simulate", draft.key)
    answer = post(client, clerk, url, year=clock.today().year - 1)
    made = Simulation.objects.get()
    assert answer.url == office_url(clerk, "simulation", made.pk)
    return made


def run(simulation: Simulation) -> None:
    """Run its job."""
    assert simulation.job_id is not None
    assert jobs.run(simulation.job_id) == JobState.DONE


def read(client: Client, actor: Actor, name: str, *args: object, more: str = "") -> str:
    """A page."""
    answer = client.get(office_url(actor, name, *args) + more)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_the_set_offers_it_and_the_question_says_what_it_does_not_do(
    client: Client, clerk: Actor, draft: CriteriaSet
) -> None:
    address = office_url(clerk, "criteria-simulate", draft.key)
    assert address in read(client, clerk, "criteria-set", draft.key)
    page = read(client, clerk, "criteria-simulate", draft.key)
    for words in ("模拟不改变任何办件", "一律按已填写计", "本级没有现行标准", "2 个"):
        assert words in page
    answer = post(client, clerk, address, year="1999")
    assert answer.status_code == 422
    assert "请从列出的年度中选择" in answer.content.decode()
    assert not Simulation.objects.exists()


def test_progress_then_numbers(client: Client, clerk: Actor, found: Simulation) -> None:
    page = read(client, clerk, "simulation", found.pk)
    assert "排队中" in page
    assert "哪些条款未达到的最多" not in page
    address = office_url(clerk, "simulation", found.pk)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<h1" not in part.content.decode()
    assert "HX-Refresh" not in part.headers
    run(found)
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = read(client, clerk, "simulation", found.pk)
    assert "在库专业镇 2 个，模拟标准下符合 1 个；本级没有现行标准，没有可以对比的结果。" in page
    assert "二(一) 规模" in page
    assert "隰县" in page
    assert "标准在模拟之后又有修改" not in page
    assert found.criteria_set.title in read(client, clerk, "simulations")


def test_a_draft_changed_since_is_said(client: Client, clerk: Actor, found: Simulation) -> None:
    run(found)
    Condition.objects.filter(criterion__criteria_set=found.criteria_set).update(threshold=1)
    assert "标准在模拟之后又有修改" in read(client, clerk, "simulation", found.pk)


def test_a_run_that_failed_can_be_started_again(
    client: Client, clerk: Actor, found: Simulation
) -> None:
    Job.objects.filter(kind="towns.simulate").update(state=JobState.FAILED, reason="数据库连接中断")
    page = read(client, clerk, "simulation", found.pk)
    assert "数据库连接中断" in page
    assert "没有完成" in page
    again = post(client, clerk, office_url(clerk, "job", found.job_id))
    assert again.status_code == 302
    run(found)
    assert "在库专业镇 2 个" in read(client, clerk, "simulation", found.pk)


def test_rows_narrow_by_clause_change_and_place(
    client: Client, clerk: Actor, world: World, found: Simulation
) -> None:
    run(found)
    both = read(client, clerk, "simulation-rows")
    assert "蒲县肉牛专业镇" in both
    assert "二(一) 规模（未达到）" in both
    for more in ("&clause=scale", "&change=other", "&region=141031", "&after=fails", "&q=香梨"):
        page = read(client, clerk, "simulation-rows", more=more)
        assert "隰县玉露香梨专业镇</a>" in page, more
        assert "蒲县肉牛专业镇</a>" not in page, more
    explained = office_url(clerk, "criteria-trial", found.criteria_set.key)
    explained += f"&amp;town={world.towns['xixian'].pk}"
    assert explained in page
    assert client.get(explained.replace("&amp;", "&")).status_code == 200
    nothing = read(client, clerk, "simulation-rows", more="&subject=application")
    assert "没有符合条件的结果" in nothing


def test_only_one_simulation_is_shown_at_a_time(
    client: Client, clerk: Actor, world: World, found: Simulation
) -> None:
    """The newest one unless another is named; another office's never."""
    run(found)
    office = world.actor("puxian.clerk")
    other = client_of(office)
    url = office_url(office, "criteria-simulate", "puxian-2023")
    post(other, office, url, year=clock.today().year - 1)
    theirs = Simulation.objects.exclude(pk=found.pk).get()
    run(theirs)
    page = read(client, clerk, "simulation-rows", more=f"&simulation={theirs.pk}")
    assert "请选择一个有效的选项" in page or "有效" in page
    assert "蒲县肉牛专业镇</a>" not in page
    assert client.get(office_url(clerk, "simulation", theirs.pk)).status_code == 404


def test_the_workbook_holds_exactly_what_is_shown(clerk: Actor, found: Simulation) -> None:
    run(found)
    job = request_list(Listing.of(SIMULATION_ROWS, clerk, f"simulation={found.pk}&clause=scale"))
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert job.file is not None
    with job.file.file.open("rb") as stored:
        sheet = load_workbook(BytesIO(stored.read())).worksheets[0]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert "隰县玉露香梨专业镇" in text
    assert "蒲县肉牛专业镇" not in text
    assert "二(一) 规模（未达到）" in text


def test_an_office_without_a_simulation_is_told_what_to_do(client: Client, clerk: Actor) -> None:
    assert "在“认定标准”中打开一套标准" in read(client, clerk, "simulations")
    assert "没有符合条件的结果" in read(client, clerk, "simulation-rows")
