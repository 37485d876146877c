"""The public self-check: without an account, by the address alone, carried after signing in."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from criteria.models import Condition, CriteriaSet, Indicator
from portal.core import clock
from tests.factories import World, client_of, make_draft, make_indicator, make_world
from towns.models import TownFigure

pytestmark = pytest.mark.django_db
PAGE = "/public/self-check/"
ENOUGH = {
    "set": "puxian-2023",
    "category": "agriculture",
    "output_value": "30",
    "output_value_unit": "亿元",
    "check": "1",
}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visitor() -> Client:
    return Client()


def ask(client: Client, given: dict[str, str], status: int = 200) -> str:
    answer = client.get(PAGE, given)
    assert answer.status_code == status
    return answer.content.decode()


def test_sets_in_force_are_offered_and_narrowed(world: World, visitor: Client) -> None:
    make_draft(world.offices["puxian"])
    text = ask(visitor, {})
    named = {row.title: row for row in CriteriaSet.objects.filter(state="published")}
    assert CriteriaSet.objects.get(key="puxian-2023").title in text
    assert "自测不是申报" in text
    assert "草稿" not in text
    only = ask(visitor, {"level": "province"})
    assert "puxian-2023" not in only
    assert "没有符合条件的现行标准" in ask(visitor, {"search": "没有这个地区"})
    assert len(named) >= 2


def test_what_a_category_is_asked_for(world: World, visitor: Client) -> None:
    text = ask(visitor, {"set": "puxian-2023", "category": "manufacturing"})
    assert "主导产业年产值" in text
    assert "标准：" in text
    assert "亿元" in text
    assert "已具备书面说明和佐证材料" in text
    assert "自测结果</h2>" not in text
    assert "条款原文" in text


def test_verdicts_distance_and_what_would_have_to_change(world: World, visitor: Client) -> None:
    text = ask(visitor, ENOUGH)
    assert "30亿元" in text
    assert "本次输入" in text
    assert "自测结果" in text
    less = ask(visitor, ENOUGH | {"output_value": "100", "output_value_unit": "万元"})
    assert "未达到" in less
    assert "还差" in less or "差" in less
    assert "怎样达到" in less
    assert "缺数据" in ask(visitor, ENOUGH | {"output_value": ""})


def test_a_statement_that_is_ticked_counts_as_written(world: World, visitor: Client) -> None:
    judged = CriteriaSet.objects.get(key="puxian-2023").criteria.exclude(nature="figures")
    ticks = {f"ready__{row.key}": "on" for row in judged}
    assert "需评议" in ask(visitor, ENOUGH | ticks)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("很多", "请填写数字"),
        ("-1", "不能为负数"),
        ("0.00000000001", "精确到分"),
        ("9" * 20, "数值过大"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_kept(
    world: World, visitor: Client, typed: str, words: str
) -> None:
    text = ask(visitor, ENOUGH | {"output_value": typed}, 422)
    assert words in text
    assert typed in text
    assert "登录后带入" not in text


def test_another_category_keeps_what_was_typed(world: World, visitor: Client) -> None:
    text = ask(visitor, ENOUGH)
    tab = next(
        part.split('"')[0].replace("&amp;", "&")
        for part in text.split('href="')
        if part.startswith(PAGE) and "category=manufacturing" in part.split('"')[0]
    )
    given = parse_qs(urlsplit(tab).query)
    assert given["output_value"] == ["30"]
    assert "check" not in given
    assert 'value="30"' in visitor.get(tab).content.decode()


def test_sets_that_are_unknown_or_over_are_not_used(world: World, visitor: Client) -> None:
    draft = make_draft(world.offices["puxian"])
    ask(visitor, {"set": draft.key}, 404)
    ask(visitor, {"set": "nowhere"}, 404)
    CriteriaSet.objects.filter(pk=draft.pk).update(
        state="withdrawn", version=9, withdrawn_on=clock.today()
    )
    assert "不能用于自测" in ask(visitor, {"set": draft.key})


def test_chosen_values_and_years_of_clauses_are_asked_for(world: World, visitor: Client) -> None:
    office = world.offices["puxian"]
    grade = make_indicator(
        office,
        name="示范等级",
        type="choice",
        unit="",
        choices=[{"key": 1, "name": "县级示范"}, {"key": 2, "name": "市级示范"}],
    )
    draft = make_draft(office, kind="contest")
    criterion = draft.criteria.get(key="scale")
    for key, indicator, year, threshold in (
        ("grade", grade, None, 2),
        ("past", Indicator.objects.get(key="revenue"), 2021, 10**8),
    ):
        Condition.objects.create(
            criterion=criterion, key=key, indicator=indicator, operator="ge", year=year,
            threshold=threshold, firmness="firm", quote="示范",
        )  # fmt: skip
    CriteriaSet.objects.filter(pk=draft.pk).update(state="published", version=1)
    page = ask(visitor, {"set": draft.key})
    assert "市级示范" in page
    assert "（2021年）" in page
    given = {"set": draft.key, "check": "1", f"{grade.key}": "1", "revenue__2021": "2"}
    text = ask(visitor, given | {"revenue__2021_unit": "亿元"})
    assert "县级示范" in text
    assert "2亿元" in text
    signed_in = client_of(world.actor("puxian.filer"))
    carried = signed_in.get(reverse("self-check-carry"), given).content.decode()
    assert "2021年度数据" in carried
    assert f"{clock.today().year - 1}年度数据" in carried
    wrong = ask(visitor, {"set": draft.key, "check": "1", grade.key: "7"}, 422)
    assert "请从列表中选择" in wrong


def test_values_are_carried_through_the_sign_in_and_not_saved(world: World) -> None:
    given = {"set": "puxian-2023", "output_value": "31.5", "output_value_unit": "亿元"}
    address = f"{reverse('self-check-carry')}?{urlencode(given)}"
    sent = Client().get(address)
    assert sent.status_code == 302
    assert parse_qs(urlsplit(sent.headers["Location"]).query)["next"] == [address]
    client, year = client_of(world.actor("puxian.filer")), clock.today().year - 1
    page = client.get(address).content.decode()
    link = next(
        part.split('"')[0].replace("&amp;", "&")
        for part in page.split('href="')
        if f"figures/{year}/" in part.split('"')[0]
    )
    before = TownFigure.objects.count()
    form = client.get(link).content.decode()
    assert "自测带入" in form
    assert 'value="31.5"' in form
    assert "尚未保存" in form
    assert TownFigure.objects.count() == before
    wrong = client.get(link.replace("31.5", "-5")).content.decode()
    assert "自测带入" not in wrong
    others = client_of(world.actor("puxian.clerk")).get(address).content.decode()
    assert "您的岗位没有可以填报的专业镇" in others


def test_figures_of_every_type_are_typed_and_read(world: World) -> None:
    """是 or 否 and options are chosen in the figures' form, and said by name on the pages."""
    flag = make_indicator(world.offices["puxian"], type="yes_no", unit="", minimum=None)
    client, town = client_of(world.actor("puxian.filer")), world.towns["puxian"]
    seat, year = world.actor("puxian.filer").post, clock.today().year - 1
    assert seat is not None
    url = f"/o/{world.actor('puxian.filer').office.slug}/towns/{town.pk}/figures/{year}/"  # type: ignore[union-attr]
    page = client.get(url, {"post": seat.pk}).content.decode()
    assert f'<select name="{flag.key}"' in page
    asked = Indicator.objects.filter(subject="town", source="reported")
    data = {row.key: "" for row in asked} | {flag.key: "1", "acting_post": str(seat.pk)}
    data |= {f"{row.key}_unit": "万元" for row in asked if row.type == "money"}
    assert client.post(url, data).status_code == 302
    assert TownFigure.objects.get(town=town, indicator=flag, year=year).value == Decimal(1)
    shown = client.get(url.replace(f"figures/{year}/", "data/"), {"post": seat.pk})
    assert '<td class="num">是</td>' in shown.content.decode()
    other = client_of(world.actor("xixian.filer"))
    theirs = url.replace(f"/{town.pk}/", f"/{world.towns['xixian'].pk}/")
    slug = world.actor("xixian.filer").office
    assert slug is not None
    theirs = theirs.replace("/o/puxian-filing/", f"/o/{slug.slug}/")
    assert flag.key not in other.get(theirs).content.decode()
