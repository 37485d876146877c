"""The editor in the browser's words: a contest set authored, errors, two people, preview."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db
DIMENSIONS = ("特色", "规模效益", "创新能力", "服务体系", "发展环境")
BANDS = {
    "band_0_indicator": "output_value",
    "band_0_unit": "亿元",
    "band_0_from_0": "５",
    "band_0_points_0": "5",
    "band_0_from_1": "20",
    "band_0_points_1": "20",
}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    return make_draft(world.offices["puxian"])


@pytest.fixture
def clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def text_of(response: Any) -> str:
    words = re.sub(r"<[^>]+>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(words))


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found is not None, name
    return unescape(found.group(1))


def criterion(title: str, **more: str) -> dict[str, str]:
    return {
        "clause": "（十）",
        "title": title,
        "text": f"从{title}方面评选。",
        "nature": "judgement",
        "score_max": "20",
        "score_mode": "expert",
        **more,
    }


def send(client: Client, actor: Actor, name: str, args: tuple[Any, ...], data: Any) -> Any:
    return client.post(office_url(actor, name, *args), data)


def test_somebody_who_never_saw_it_authors_the_contest_set(clerk: Actor) -> None:
    client = client_of(clerk)
    page = client.get(office_url(clerk, "criteria-new"))
    shown = text_of(page)
    assert all(way in shown for way in ("照文件从头编制", "在现有标准上修改", "导入标准文件"))
    made = client.post(
        office_url(clerk, "criteria-new"),
        {
            "kind": "contest",
            "title": "专业镇竞赛评选标准",
            "document_number": "晋政办发〔2022〕81号",
            "scope_clause": "（十）",
        },
        follow=True,
    )
    assert "还没有认定条件" in text_of(made)
    row = CriteriaSet.objects.get(title="专业镇竞赛评选标准")
    assert (row.level, row.region.name, row.effective_from) == ("county", "蒲县", None)
    for title in DIMENSIONS:
        more = {**BANDS, "score_mode": "bands"} if title == "规模效益" else {}
        rubric = {"rubric_1_low": "15", "rubric_1_high": "20", "rubric_1_words": "突出"}
        data = criterion(title, **(more or rubric))
        assert send(client, clerk, "criterion-new", (row.key,), data).status_code == 302
    shown = text_of(client.get(office_url(clerk, "criteria-edit", row.key)))
    assert "共 5 条，满分合计 100 分" in shown
    assert "满分 20 分，按数据分档计分：主导产业年产值 5亿元起 5 分，20亿元起 20 分。" in shown
    assert "满分 20 分，由专家参照评分：15—20 分，突出。" in shown
    assert [item.title for item in spec_of(row).criteria] == list(DIMENSIONS)
    preview = text_of(client.get(office_url(clerk, "criteria-preview", row.key)))
    assert "本标准不分类别" in preview and "从发展环境方面评选。" in preview
    assert preview.count("本条看的数据：") == 1, "the others are scored by experts"
    assert "本条看的数据：主导产业年产值" in preview


def test_a_form_without_its_fields_keeps_what_was_typed(clerk: Actor, draft: CriteriaSet) -> None:
    client = client_of(clerk)
    page: Any = client.post(
        office_url(clerk, "criteria-new"), {"document_number": "蒲政发〔2026〕9号"}
    )
    assert page.status_code == 422
    assert "请选择标准的种类。" in text_of(page) and "请填写标准名称。" in text_of(page)
    assert "蒲政发〔2026〕9号" in page.content.decode()
    wrong = {
        **BANDS,
        "band_0_from_0": "30",
        "band_0_points_1": "21",
        "band_0_points_3": "7",
        "rubric_2_low": "x",
        "score_max": "二十",
    }
    page = send(client, clerk, "criterion-new", (draft.key,), criterion("特色", **wrong))
    assert page.status_code == 422
    shown = text_of(page)
    assert "请填写数字" in shown and "请填写从多少起。" in shown
    assert 'value="二十"' in page.content.decode()
    wrong |= {"score_max": "20", "rubric_2_low": "", "band_0_points_3": ""}
    page = send(client, clerk, "criterion-new", (draft.key,), criterion("特色", **wrong))
    assert "各档应从小到大填写" in text_of(page) and "超过本条满分 20 分" in text_of(page)
    assert draft.criteria.count() == 1


def test_rows_are_named_where_they_were_typed(clerk: Actor, draft: CriteriaSet) -> None:
    """Empty rows before them do not move the error to another row."""
    late = {
        "rubric_2_low": "5",
        "rubric_2_high": "25",
        "rubric_2_words": "好",
        "band_0_indicator": "output_value",
        "band_0_unit": "",
        "band_0_from_2": "1",
        "band_0_points_2": "30",
    }
    client = client_of(clerk)
    page = send(client, clerk, "criterion-new", (draft.key,), criterion("特色", **late))
    assert "“主导产业年产值”是金额，请选择元、万元或亿元。" in text_of(page)
    data = criterion("特色", **{**late, "band_0_unit": "亿元"})
    page = send(client, clerk, "criterion-new", (draft.key,), data)
    errors = page.context["form"].errors
    assert set(errors) == {"rubric_2_high", "band_0_points_2"}


def test_more_rows_keep_what_was_typed_and_judge_nothing(clerk: Actor, draft: CriteriaSet) -> None:
    data = {"more": "rubric_rows", "title": "特色", "score_max": "二十", "rubric_rows": "3"}
    client = client_of(clerk)
    page = send(client, clerk, "criterion-new", (draft.key,), data)
    html = page.content.decode()
    assert page.status_code == 200 and 'value="二十"' in html and "rubric_5_words" in html
    assert "请填写" not in text_of(page).replace("请填写从", "")
    more = {**data, "more": "band_rows", "rubric_rows": "999", "step_rows": "99999"}
    html = send(client, clerk, "criterion-new", (draft.key,), more).content.decode()
    assert "band_1_from_3" in html and "band_1_from_4" not in html
    assert "rubric_29_words" in html and "rubric_30_words" not in html


def test_amounts_come_back_in_the_unit_they_were_typed_in(clerk: Actor, draft: CriteriaSet) -> None:
    client = client_of(clerk)
    bands = {**BANDS, "band_0_unit": "万元", "band_0_categories": "agriculture"}
    send(client, clerk, "criterion-new", (draft.key,), criterion("特色", **bands))
    row = draft.criteria.get(title="特色")
    assert row.bands == [
        {
            "indicator": "output_value",
            "categories": ["agriculture"],
            "steps": [["50000", "5"], ["200000", "20"]],
        }
    ]
    page = client.get(office_url(clerk, "criterion-edit", draft.key, row.key))
    shown = page.context["form"]
    assert shown["band_0_unit"].value() == "万元"
    assert shown["band_0_from_1"].value() == "20"
    assert shown["band_0_categories"].value() == ["agriculture"]


def opened(client: Client, actor: Actor, draft: CriteriaSet, key: str = "scale") -> str:
    return hidden(client.get(office_url(actor, "criterion-edit", draft.key, key)), "opened")


SCALE = {
    "clause": "二(一)",
    "title": "规模",
    "text": "主导产业产值10亿元以上。",
    "nature": "figures",
    "ask": "填报主导产业产值。",
}


def test_two_people_on_one_criterion(world: World, clerk: Actor, draft: CriteriaSet) -> None:
    director = world.actor("puxian.office_director")
    mine, theirs = client_of(clerk), client_of(director)
    saw = opened(mine, clerk, draft)
    they = {
        **SCALE,
        "opened": opened(theirs, director, draft),
        "ask": "填报产值。",
        "score_max": "25",
    }
    assert send(theirs, director, "criterion-edit", (draft.key, "scale"), they).status_code == 302
    args = (draft.key, "scale")
    i = {**SCALE, "opened": saw, "notes": "口径另定。", "score_max": "30"}
    page = send(mine, clerk, "criterion-edit", args, i)
    assert page.status_code == 409
    shown = text_of(page)
    assert f"您打开之后，{director.name}在" in shown and "口径另定。" in shown
    row = draft.criteria.get(key="scale")
    assert (row.ask, row.notes, row.score_max) == ("填报产值。", "", Decimal(25)), (
        "nothing is overwritten"
    )
    carried = {name: hidden(page, name) for name in ("first", "opened", "mine")}
    page = send(mine, clerk, "criterion-edit", args, carried)
    assert page.status_code == 409 and "满分：请选择保留哪一个。" in text_of(page)
    assert {
        name: hidden(page, name) for name in ("first", "opened", "mine")
    }.keys() == carried.keys()
    page = send(mine, clerk, "criterion-edit", args, {**carried, "take_score_max": "mine"})
    assert page.status_code == 302
    row.refresh_from_db()
    assert (row.ask, row.notes, row.score_max) == ("填报产值。", "口径另定。", Decimal(30))


def test_a_decision_that_does_not_hold_is_shown_as_a_form(
    world: World, clerk: Actor, draft: CriteriaSet
) -> None:
    """Their smaller maximum and my higher rubric: the form comes back with both."""
    director, client = world.actor("puxian.office_director"), client_of(clerk)
    saw = opened(client, clerk, draft)
    they = {**SCALE, "opened": saw, "score_max": "10"}
    send(client_of(director), director, "criterion-edit", (draft.key, "scale"), they)
    rubric = {"rubric_0_low": "15", "rubric_0_high": "20", "rubric_0_words": "突出"}
    i = {**SCALE, "opened": saw, "score_max": "20", **rubric}
    page = send(client, clerk, "criterion-edit", (draft.key, "scale"), i)
    carried = {name: hidden(page, name) for name in ("first", "opened", "mine")}
    data = {**carried, "take_score_max": "theirs"}
    page = send(client, clerk, "criterion-edit", (draft.key, "scale"), data)
    assert page.status_code == 422 and "超过本条满分 10 分" in text_of(page)
    now = {**i, "score_max": "20", "opened": hidden(page, "opened")}
    assert send(client, clerk, "criterion-edit", (draft.key, "scale"), now).status_code == 302


def test_different_criteria_never_conflict(world: World, clerk: Actor, draft: CriteriaSet) -> None:
    director, client = world.actor("puxian.office_director"), client_of(clerk)
    send(client, clerk, "criterion-new", (draft.key,), criterion("特色"))
    saw = opened(client, clerk, draft, "c1")
    they = {**SCALE, "opened": saw, "ask": "填报产值。"}
    other = client_of(director)
    they["opened"] = opened(other, director, draft)
    send(other, director, "criterion-edit", (draft.key, "scale"), they)
    move = {"way": "down", "seen": "1"}
    send(other, director, "criterion-move", (draft.key, "scale"), move)
    i = {**criterion("特色鲜明"), "opened": saw}
    assert send(client, clerk, "criterion-edit", (draft.key, "c1"), i).status_code == 302
    assert [row.title for row in draft.criteria.order_by("ordinal")] == ["特色鲜明", "规模"]


def test_a_criterion_removed_meanwhile_may_become_a_new_one(
    world: World, clerk: Actor, draft: CriteriaSet
) -> None:
    director, client = world.actor("puxian.office_director"), client_of(clerk)
    saw = opened(client, clerk, draft)
    other = client_of(director)
    question = other.get(office_url(director, "criterion-remove", draft.key, "scale"))
    assert "主导产业年产值" in text_of(question), "what would go is shown with its conditions"
    revision = {"revision": hidden(question, "revision")}
    send(other, director, "criterion-remove", (draft.key, "scale"), revision)
    page = send(
        client, clerk, "criterion-edit", (draft.key, "scale"), {**SCALE, "opened": saw, "ask": "新"}
    )
    assert page.status_code == 409
    assert f"这一条已被移除（{director.name}最近修改了本标准）" in text_of(page)
    assert office_url(clerk, "criterion-new", draft.key) in unescape(page.content.decode())
    again = send(client, clerk, "criterion-new", (draft.key,), {**SCALE, "ask": "新"})
    assert again.status_code == 302
    assert draft.criteria.get().ask == "新"
    gone = client.get(office_url(clerk, "criterion-edit", draft.key, "scale"), follow=True)
    assert "已被移除" in text_of(gone)


def test_removing_what_another_has_just_changed_asks_again(
    world: World, clerk: Actor, draft: CriteriaSet
) -> None:
    director, client = world.actor("puxian.office_director"), client_of(clerk)
    question = client.get(office_url(clerk, "criterion-remove", draft.key, "scale"))
    they = {**SCALE, "ask": "填报产值。"}
    other = client_of(director)
    they["opened"] = opened(other, director, draft)
    send(other, director, "criterion-edit", (draft.key, "scale"), they)
    data = {"revision": hidden(question, "revision")}
    page = send(client, clerk, "criterion-remove", (draft.key, "scale"), data)
    assert page.status_code == 409
    assert "没有移除：他人刚刚修改了这一条" in text_of(page)
    data = {"revision": hidden(page, "revision")}
    assert send(client, clerk, "criterion-remove", (draft.key, "scale"), data).status_code == 302
    assert not draft.criteria.exists()


def test_the_order_seen_is_the_order_moved(clerk: Actor, draft: CriteriaSet) -> None:
    client = client_of(clerk)
    send(client, clerk, "criterion-new", (draft.key,), criterion("特色"))
    move = {"way": "up", "seen": "2"}
    send(client, clerk, "criterion-move", (draft.key, "c1"), move)
    url = office_url(clerk, "criterion-move", draft.key, "c1")
    assert "位置已被" in text_of(client.post(url, move, follow=True)), "pressed twice"
    assert "没有移动" in text_of(client.post(url, {"way": "sideways"}, follow=True))
    assert [row.key for row in draft.criteria.order_by("ordinal")] == ["c1", "scale"]


def test_facts_of_two_people(world: World, clerk: Actor, draft: CriteriaSet) -> None:
    director, client, other = world.actor("puxian.office_director"), client_of(clerk), Client()
    other = client_of(director)
    url = office_url(clerk, "criteria-facts", draft.key)
    page = client.get(url)
    saw = hidden(page, "opened")
    base = {
        "title": draft.title,
        "document_number": draft.document_number,
        "document_title": draft.document_title,
        "scope_clause": draft.scope_clause,
        "issued_on": str(draft.issued_on),
        "effective_from": str(draft.effective_from),
        "categories": ["manufacturing", "agriculture"],
        "opened": saw,
    }
    theirs = {**base, "pass_rule": "points", "pass_points": "60", "silent": "权重\n\n 合格线 \n"}
    assert send(other, director, "criteria-facts", (draft.key,), theirs).status_code == 302
    page = client.post(url, {**base, "digits": "1"})
    assert page.status_code == 409 and "总分达到合格线" in text_of(page)
    carried = {name: hidden(page, name) for name in ("first", "opened", "mine")}
    assert client.post(url, carried).status_code == 302, "each changed other fields"
    row = CriteriaSet.objects.get(pk=draft.pk)
    assert (row.pass_rule, row.pass_points, row.digits) == ("points", Decimal(60), 1)
    assert row.silent == ["权重", "合格线"]
    wrong = {**base, "effective_to": "2020-01-01", "opened": hidden(client.get(url), "opened")}
    page = client.post(url, wrong)
    assert page.status_code == 422 and "失效日期不能早于施行日期" in text_of(page)


def test_preview_shows_one_category(clerk: Actor, draft: CriteriaSet) -> None:
    draft.criteria.get(key="scale").conditions.update(categories=["agriculture"])
    url = office_url(clerk, "criteria-preview", draft.key)
    client = client_of(clerk)
    assert "不低于 10亿元" not in text_of(client.get(url))
    assert "不低于 10亿元" in text_of(client.get(f"{url}&category=agriculture"))
    assert "填报提示：填报主导产业产值。" in text_of(client.get(f"{url}&category=nothing"))


@pytest.mark.parametrize("name", ["criteria-edit", "criteria-preview", "criteria-facts"])
def test_pages_of_a_long_draft_keep_their_budget(
    clerk: Actor, draft: CriteriaSet, name: str
) -> None:
    client, url = client_of(clerk), office_url(clerk, name, draft.key)

    def taken() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    few = taken()
    for title in (*DIMENSIONS, *(f"{title}之二" for title in DIMENSIONS)):
        send(client, clerk, "criterion-new", (draft.key,), criterion(title, **BANDS))
    assert draft.criteria.count() == 11
    assert taken() == few <= 20


def test_the_way_to_the_editor(world: World, clerk: Actor, draft: CriteriaSet) -> None:
    client, leader = client_of(clerk), world.actor("puxian.leader")
    listed = client.get(office_url(clerk, "criteria")).content.decode()
    assert office_url(clerk, "criteria-new") in unescape(listed)
    shown = unescape(client.get(office_url(clerk, "criteria-set", draft.key)).content.decode())
    assert office_url(clerk, "criteria-edit", draft.key) in shown
    assert office_url(clerk, "criteria-preview", draft.key) in shown
    read = client_of(leader)
    listed = read.get(office_url(leader, "criteria")).content.decode()
    assert office_url(leader, "criteria-new") not in unescape(listed)
    refused = read.get(office_url(leader, "criteria-edit", draft.key))
    assert refused.status_code == 403 and "编制标准由" in text_of(refused)
    neighbour = world.actor("xixian.clerk")
    hidden_from = client_of(neighbour).get(office_url(neighbour, "criteria-edit", draft.key))
    assert hidden_from.status_code == 404


@pytest.mark.parametrize("name", ["criterion-edit", "criterion-new", "criteria-facts"])
def test_what_was_typed_into_a_proposal_is_shown_again(
    clerk: Actor, draft: CriteriaSet, name: str
) -> None:
    """The draft was proposed while somebody was still typing."""
    client = client_of(clerk)
    args = [draft.key, "scale"] if name == "criterion-edit" else [draft.key]
    client.get(office_url(clerk, name, *args))
    CriteriaSet.objects.filter(pk=draft.pk).update(state="proposed")
    page = send(client, clerk, name, tuple(args), {**SCALE, "title": "打了很久的字"})
    assert page.status_code == 409 and "已提请确认发布" in text_of(page)
    assert 'value="打了很久的字"' in page.content.decode()
    assert client.get(office_url(clerk, name, *args)).status_code == 403
