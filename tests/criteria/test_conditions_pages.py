"""Pages of conditions: the sentence before it is saved, errors beside fields, nothing lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from criteria.condition_queries import spec_of_criterion
from criteria.models import CriteriaSet, Indicator
from criteria.specs import CriterionSpec
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db

TEXT = (
    "制造业年产值原则上达到20亿元以上，具有传统特色的可适当放宽，但不少于1亿元。"
    "就业人数2000人以上。拥有省级品牌的优先评定。"
)
TYPED = {
    "categories": ["manufacturing"],
    "indicator": "output_value",
    "operator": "ge",
    "number": "２０",
    "unit": "亿元",
    "firmness": "in_principle",
    "year": "",
    "quote": "制造业年产值原则上达到20亿元以上",
    "relaxation_quote": "可适当放宽，但不少于1亿元",
    "floor": "1",
    "floor_unit": "亿元",
    "preconditions": "具有传统特色的",
    "decision": "meeting",
    "ground_rows": "1",
    "ground_0_indicator": "brands_provincial",
    "ground_0_operator": "ge",
    "ground_0_number": "1",
    "ground_0_unit": "",
}
SENTENCE = (
    "制造业：主导产业年产值原则上不低于 20亿元；未达到时提示，可申请放宽"
    "（须具备文件所列前提，不少于 1亿元，且省级以上知名品牌数不低于 1个，由会议审定）"
)


class Desk:
    """A clerk of the office at a draft whose criterion has no conditions yet."""

    def __init__(self) -> None:
        self.world: World = make_world()
        self.draft: CriteriaSet = make_draft(self.world.offices["puxian"])
        criterion = self.draft.criteria.get()
        criterion.conditions.all().delete()
        criterion.text = TEXT
        criterion.save()
        self.client: Client = client_of(self.world.actor("puxian.clerk"))
        self.other: Client = client_of(self.world.actor("puxian.office_director"))

    def url(self, name: str, *args: str) -> str:
        return reverse(name, args=["puxian", self.draft.key, "scale", *args])

    def add(self, **changes: Any) -> Any:
        return self.client.post(self.url("condition-new"), {**TYPED, **changes})

    @property
    def spec(self) -> CriterionSpec:
        return spec_of_criterion(self.draft.criteria.get())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.content.decode())
    assert found is not None
    return unescape(found[1])


def values(response: Any) -> dict[str, Any]:
    """What the form on the page would send when it is saved as it stands."""
    form = response.context["form"]
    found = {}
    for field in form:
        value = field.value()
        found[field.name] = "" if value is None or value is False else value
    return {**found, "opened": response.context["opened"]}


def test_a_condition_is_written_saved_and_shown_again(desk: Desk) -> None:
    page = desk.client.get(desk.url("condition-new"))
    assert "年度数据" in text_of(page)
    assert "含本数：以上、不低于、不少于、达到" in text_of(page)
    assert desk.add().status_code == 302
    spec = desk.spec.conditions[0]
    assert spec.threshold == 2_000_000_000
    assert spec.relaxation is not None
    assert spec.relaxation.floor == 100_000_000
    shown = desk.client.get(desk.url("condition-edit", "n1"))
    assert SENTENCE in text_of(shown)
    sent = values(shown)
    assert {key: sent[key] for key in TYPED} == {**TYPED, "number": "20"}
    # Sent back unchanged, nothing is saved.
    again = desk.client.post(desk.url("condition-edit", "n1"), sent, follow=True)
    assert "没有改动，未作保存。" in text_of(again)


def test_the_sentence_is_shown_without_saving(desk: Desk) -> None:
    page = desk.add(look="1", quote="自己写的话")
    assert page.status_code == 200
    assert SENTENCE in text_of(page)
    assert "本条原文中没有这段话" in text_of(page)
    assert page.context["form"]["quote"].value() == "自己写的话"
    part = desk.client.post(
        desk.url("condition-new"), {**TYPED, "look": "live"}, headers={"HX-Request": "true"}
    )
    assert SENTENCE in text_of(part)
    assert "<form" not in text_of(part)
    begun = desk.client.post(
        desk.url("condition-new"),
        {"indicator": "output_value", "look": "live"},
        headers={"HX-Request": "true"},
    )
    assert "先选择指标、比较和数值" in text_of(begun)
    assert "主导产业年产值的口径" in text_of(begun)
    assert desk.spec.conditions == ()


ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no indicator": ({"indicator": ""}, "indicator", "请选择指标。"),
    "no comparison": ({"operator": ""}, "operator", "请选择怎样比较。"),
    "no number": ({"number": ""}, "number", "请填写数值。"),
    "no number at all": ({"number": "二十"}, "number", "请填写数字"),
    "money without a unit": ({"unit": ""}, "unit", "请选择元、万元或亿元"),
    "people in money": ({"indicator": "employment"}, "unit", "不是金额"),
    "a floor without a unit": ({"floor_unit": ""}, "floor_unit", "请选择元、万元或亿元"),
    "a floor that is no easier": ({"floor": "30"}, "floor", "应小于本条要求的 20亿元"),
    "an unfinished ground": ({"ground_0_number": ""}, "ground_0_number", "请填写数值。"),
    "a ground out of range": ({"ground_0_number": "-1"}, "ground_0_number", "不小于 0个"),
    "a quote of one's own": ({"quote": "不是原文"}, "quote", "请从左侧的条款原文中复制"),
    "a year of words": ({"year": "去年"}, "year", "四位年度"),
}


def test_errors_stand_beside_their_fields_and_nothing_is_lost(desk: Desk) -> None:
    for case, (changes, field, words) in ERRORS.items():
        page = desk.add(**changes)
        assert page.status_code == 422, case
        form = page.context["form"]
        assert words in "".join(form.errors[field]), case
        assert f'href="#id_{field}' in text_of(page), case
        for name, value in {**TYPED, **changes}.items():
            assert form[name].value() == value, case
    assert desk.spec.conditions == ()


def test_an_empty_form_names_everything_that_is_missing(desk: Desk) -> None:
    page = desk.client.post(desk.url("condition-new"), {})
    missing = {"indicator", "operator", "number", "firmness", "quote"}
    assert set(page.context["form"].errors) == missing


def test_a_ground_typed_into_a_later_row_has_its_error_there(desk: Desk) -> None:
    blank = {"ground_0_indicator": "", "ground_0_number": "", "ground_rows": "2"}
    later = {"ground_1_indicator": "employment", "ground_1_operator": "eq", "ground_1_number": "1"}
    page = desk.add(**blank, **later)
    assert "数值请选择" in "".join(page.context["form"].errors["ground_1_operator"])


def test_another_row_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.add(more="ground_rows")
    form = page.context["form"]
    assert page.status_code == 200
    assert "ground_1_indicator" in form.fields
    assert form["ground_0_indicator"].value() == "brands_provincial"
    assert form["number"].value() == "２０"
    most = desk.add(more="ground_rows", ground_rows="20").context["form"]
    assert "ground_19_indicator" in most.fields
    assert "ground_20_indicator" not in most.fields


def test_yes_or_no_and_options_are_chosen(desk: Desk) -> None:
    Indicator.objects.create(
        key="lab", name="建有传统特色", type="yes_no", subject="town", source="reported"
    )
    Indicator.objects.create(
        key="park", name="品牌级别", type="choice", subject="town", source="answer",
        choices=[{"key": 1, "name": "省级"}, {"key": 2, "name": "国家级"}],
    )  # fmt: skip
    plain = {"relaxation_quote": "", "floor": "", "floor_unit": "", "preconditions": "",
             "decision": "", "ground_0_indicator": "", "ground_0_number": "", "unit": "",
             "number": "", "operator": ""}  # fmt: skip
    wrong = desk.add(**plain, indicator="lab", answer="park:1", quote="具有传统特色的")
    assert "应为哪一项" in "".join(wrong.context["form"].errors["answer"])
    made = desk.add(**plain, indicator="lab", answer="yes_no:1", quote="具有传统特色的")
    assert made.status_code == 302
    assert desk.add(**plain, indicator="park", answer="park:1", quote="省级品牌").status_code == 302
    page = text_of(desk.client.get(desk.url("criterion-rules")))
    assert "制造业：原则上具备“建有传统特色”" in page
    assert "制造业：品牌级别原则上为“省级”" in page
    shown = desk.client.get(desk.url("condition-edit", "n2"))
    assert shown.context["form"]["answer"].value() == "park:1"


def test_two_people_on_one_condition_see_each_other(desk: Desk) -> None:
    desk.add()
    mine = values(desk.client.get(desk.url("condition-edit", "n1")))
    theirs = values(desk.other.get(desk.url("condition-edit", "n1")))
    url = desk.url("condition-edit", "n1")
    assert desk.other.post(url, {**theirs, "number": "15"}).status_code == 302
    page = desk.client.post(url, {**mine, "number": "18", "decision": "group"})
    assert page.status_code == 409
    shown = text_of(page)
    for words in ("20亿元", "15亿元", "18亿元", "领导小组决定"):
        assert words in shown
    merge = {name: hidden(page, name) for name in ("first", "opened", "mine")}
    missing = desk.client.post(url, {**merge, "take_decision": "mine"})
    assert missing.status_code == 409
    assert "数值：请选择保留哪一个" in text_of(missing)
    chosen = {**merge, "take_threshold": "theirs", "take_decision": "mine"}
    assert desk.client.post(url, chosen).status_code == 302
    spec = desk.spec.conditions[0]
    assert spec.threshold == 1_500_000_000
    assert spec.relaxation is not None
    assert spec.relaxation.decision == "group"


def test_what_somebody_removed_meanwhile_can_be_added_anew(desk: Desk) -> None:
    desk.add()
    mine = values(desk.client.get(desk.url("condition-edit", "n1")))
    question = desk.other.get(desk.url("condition-remove", "n1"))
    assert SENTENCE in text_of(question)
    gone = desk.other.post(
        desk.url("condition-remove", "n1"), {"opened": hidden(question, "opened")}
    )
    assert gone.status_code == 302
    page = desk.client.post(desk.url("condition-edit", "n1"), {**mine, "number": "18"})
    assert page.status_code == 409
    assert "作为新条件添加" in text_of(page)
    assert page.context["form"]["number"].value() == "18"
    assert page.context["action"].startswith(desk.url("condition-new"))
    assert desk.client.get(desk.url("condition-edit", "n1")).status_code == 404
    assert desk.client.post(desk.url("condition-new"), {**mine, "number": "18"}).status_code == 302
    assert [row.threshold for row in desk.spec.conditions] == [1_800_000_000]


def test_a_changed_condition_is_not_removed_unseen(desk: Desk) -> None:
    desk.add()
    question = desk.client.get(desk.url("condition-remove", "n1"))
    theirs = values(desk.other.get(desk.url("condition-edit", "n1")))
    desk.other.post(desk.url("condition-edit", "n1"), {**theirs, "number": "15"})
    again = desk.client.post(
        desk.url("condition-remove", "n1"), {"opened": hidden(question, "opened")}, follow=True
    )
    assert "已先修改了这一部分" in text_of(again)
    assert "不低于 15亿元" in text_of(again)
    assert len(desk.spec.conditions) == 1


def test_groups_and_priorities_are_set_on_one_page(desk: Desk) -> None:
    desk.add()
    desk.add(
        indicator="employment", number="2000", unit="", firmness="firm", quote="就业人数2000人以上",
        relaxation_quote="", floor="", preconditions="", decision="", ground_0_indicator="",
        ground_0_number="", categories=[],
    )  # fmt: skip
    url = desk.url("criterion-rules")
    first = values(desk.client.get(url))
    grown = desk.client.post(url, {**first, "more": "group_keys"})
    sent = values(grown)
    assert "group_g1_label" in sent
    filled = {
        **sent, "group_g1_label": "规模或就业", "group_g1_joining": "any", "in_n1": "g1",
        "in_n2": "g1", "priority_0_indicator": "brands_provincial", "priority_0_operator": "ge",
        "priority_0_number": "1", "priority_0_quote": "拥有省级品牌的优先评定",
    }  # fmt: skip
    look = desk.client.post(url, {**filled, "look": "1"}, headers={"HX-Request": "true"})
    assert "规模或就业：以下满足其一：（1）制造业：主导产业年产值原则上不低于 20亿元" in text_of(
        look
    )
    assert "优先评定：省级以上知名品牌数不低于 1个" in text_of(look)
    assert desk.spec.groups == ()
    wrong = desk.client.post(url, {**filled, "priority_0_quote": "加分"})
    assert wrong.status_code == 422
    assert "没有这段话" in "".join(wrong.context["form"].errors["priority_0_quote"])
    assert wrong.context["form"]["in_n1"].value() == "g1"
    assert desk.client.post(url, filled).status_code == 302
    assert [row.group for row in desk.spec.conditions] == ["g1", "g1"]
    assert desk.spec.priorities[0].quote == "拥有省级品牌的优先评定"
    # A group that is dropped keeps its conditions.
    stands = values(desk.client.get(url))
    assert desk.client.post(url, {**stands, "group_g1_remove": "on"}).status_code == 302
    assert desk.spec.groups == ()
    assert [row.group for row in desk.spec.conditions] == ["", ""]
    moved = desk.client.post(desk.url("condition-move", "n2"), {"way": "up", "seen": "2"})
    assert moved.status_code == 302
    assert [row.key for row in desk.spec.conditions] == ["n2", "n1"]


def test_two_people_on_the_rules_see_each_other(desk: Desk) -> None:
    desk.add()
    url = desk.url("criterion-rules")
    mine = values(desk.client.get(url))
    theirs = values(desk.other.get(url))
    group = {"group_keys": "g1", "group_g1_joining": "any", "in_n1": "g1"}
    assert desk.other.post(url, {**theirs, **group, "group_g1_label": "甲"}).status_code == 302
    page = desk.client.post(url, {**mine, **group, "group_g1_label": "乙"})
    assert page.status_code == 409
    assert "第 1 组甲：满足其一" in text_of(page)
    merge = {name: hidden(page, name) for name in ("first", "opened", "mine")}
    assert desk.client.post(url, {**merge, "take_groups": "mine"}).status_code == 302
    assert desk.spec.groups[0].label == "乙"


def test_who_writes_to_a_criterion_that_was_removed_is_led_to_the_draft(desk: Desk) -> None:
    url = desk.url("condition-new")
    desk.draft.criteria.all().delete()
    assert desk.client.get(url).status_code == 404
    page = desk.client.post(url, TYPED, follow=True)
    assert "这一条已被移除" in text_of(page)


@pytest.mark.parametrize("name", ["condition-new", "criterion-rules"])
def test_a_published_set_is_refused_with_the_reason(desk: Desk, name: str) -> None:
    CriteriaSet.objects.filter(pk=desk.draft.pk).update(state="proposed")
    page = desk.client.get(desk.url(name))
    assert page.status_code == 403
    assert "已提请确认发布" in text_of(page)
