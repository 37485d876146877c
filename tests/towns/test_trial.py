"""试评: a set, draft or published, assesses a town of the scope now; nothing is stored."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.models import Criterion
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_world
from tests.reviews.asking import get, text
from towns.models import AssessmentRecord, TownFigure
from towns.queries import reporting_years

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_towns_of_the_scope_are_found_by_name(world: World) -> None:
    draft, town = make_draft(world.offices["puxian"]), world.towns["puxian"]
    clerk = world.actor("puxian.clerk")
    page = text(get(clerk, "criteria-trial", draft.key, query=f"&search={town.name[:3]}"))
    assert f"&amp;town={town.pk}" in page
    assert world.towns["xixian"].name not in page
    none = text(get(clerk, "criteria-trial", draft.key, query="&search=没有这个镇"))
    assert "没有找到专业镇" in none


def test_a_draft_assesses_a_town_with_sentences_points_and_rubric(world: World) -> None:
    draft = make_draft(
        world.offices["puxian"], "contest-draft", kind="contest", pass_rule="points", digits=0
    )
    draft.criteria.update(
        score_max=40,
        score_mode="bands",
        bands=[
            {"indicator": "output_value", "categories": [], "steps": [["0", "10"], ["1000", "40"]]}
        ],
    )
    Criterion.objects.create(
        criteria_set=draft,
        key="special",
        ordinal=2,
        clause="二(二)",
        title="特色",
        text="特色鲜明。",
        nature="judgement",
        score_max=60,
        score_mode="expert",
        rubric=[{"low": "0", "high": "60", "words": "看特色"}],
    )
    town, year = world.towns["puxian"], reporting_years()[0]
    TownFigure.objects.filter(town=town, indicator__key="output_value", year=year).update(
        value=Decimal(999_999_999)
    )
    clerk = world.actor("puxian.clerk")
    page = text(get(clerk, "criteria-trial", draft.key, query=f"&town={town.pk}"))
    for part in (
        "二(一)",
        "还差 1元",
        "接近标准",
        f"{year}年，",
        "主导产业年产值再增加 1元即达到。",
        "需评议",
        "看特色",
        "40 分（满分 100 分）",
        "合格线未载明",
        "不写入任何申报和办件",
    ):
        assert part in page, part
    assert not AssessmentRecord.objects.exists()


def test_the_category_and_the_year_may_be_chosen(world: World) -> None:
    draft, town = make_draft(world.offices["puxian"]), world.towns["puxian"]
    clerk, year = world.actor("puxian.clerk"), reporting_years()[1]
    query = f"&town={town.pk}&category=manufacturing&year={year}"
    page = text(get(clerk, "criteria-trial", draft.key, query=query))
    assert f"制造业，{year} 年数据" in page
    bad = client_of(clerk).get(
        office_url(clerk, "criteria-trial", draft.key) + f"&town={town.pk}&year=1900"
    )
    assert bad.status_code == 422


def test_a_category_that_the_set_does_not_name_is_said_so(world: World) -> None:
    draft = make_draft(world.offices["puxian"])
    draft.categories = [{"key": "culture_tourism", "name": "文化旅游"}]
    draft.save()
    town = world.towns["puxian"]
    page = text(
        get(world.actor("puxian.clerk"), "criteria-trial", draft.key, query=f"&town={town.pk}")
    )
    assert "总体：类别不适用。" in page
    assert "数据条件达到，其余待评议" not in page


def test_towns_and_drafts_out_of_scope_are_not_there(world: World) -> None:
    draft, town = make_draft(world.offices["puxian"]), world.towns["puxian"]
    clerk, other = world.actor("puxian.clerk"), world.actor("xixian.clerk")
    address = office_url(other, "criteria-trial", draft.key)
    assert client_of(other).get(address).status_code == 404
    neighbour = world.towns["xixian"].pk
    address = office_url(clerk, "criteria-trial", draft.key) + f"&town={neighbour}"
    assert client_of(clerk).get(address).status_code == 404
    public = office_url(other, "criteria-trial", "province-2022") + f"&town={town.pk}"
    assert client_of(other).get(public).status_code == 404


def test_the_page_costs_few_queries(world: World) -> None:
    draft, town = make_draft(world.offices["puxian"]), world.towns["puxian"]
    clerk = world.actor("puxian.clerk")
    client = client_of(clerk)
    for query in ("", f"&town={town.pk}"):
        address = office_url(clerk, "criteria-trial", draft.key) + query
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= (12 if not query else 20), len(captured)
