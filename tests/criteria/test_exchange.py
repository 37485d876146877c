"""A set as a file: round trip, every refusal by its clause, the pages of export and import."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from criteria.actions import import_criteria_set
from criteria.exchange import (
    IDENTITY,
    content_of,
    digest_of,
    file_of,
    read,
    spec_of_content,
    validate,
    write_content,
)
from criteria.exchange.shape import (
    BAND,
    CATEGORY,
    CONDITION,
    CRITERION,
    GROUND,
    GROUP,
    MAX_BYTES,
    RELAXATION,
    RUBRIC,
    SET,
    TIER,
)
from criteria.models import CriteriaSet, Indicator
from criteria.queries import spec_of
from portal.core import clock
from portal.core.errors import Refused
from portal.core.models import AccessEntry, LedgerEntry
from tests.factories import World, client_of, make_indicator, make_world
from tests.fixtures.reading import CRITERIA_KEYS
from tests.services import ROOT

RICH: dict[str, Any] = json.loads(
    (ROOT / "fixtures" / "criteria" / "province-2022.json").read_text(encoding="utf-8")
)
del RICH["annex"]
RICH |= {"kind": "contest", "pass_rule": "both", "pass_points": "60", "digits": 1}
_SCALE = RICH["criteria"][3]
_SCALE |= {
    "joining": "any",
    "groups": [{"key": "size", "joining": "any", "label": "规模"}],
    "score_max": "20.5",
    "score_mode": "bands",
    "bands": [
        {
            "indicator": "output_value",
            "categories": ["manufacturing"],
            "steps": [["0", "5"], ["2000000000", "20.5"]],
        }
    ],
    "rubric": [{"low": "0", "high": "20.5", "words": "按产值"}],
}
_SCALE["conditions"][0] |= {"group": "size", "year": 2025}
_SCALE["conditions"][0]["relaxation"] |= {
    "decision": "meeting",
    "grounds": [
        {"indicator": "tax", "operator": "gt", "threshold": "1.5", "quote": "年产值不少于1亿元"}
    ],
}


@pytest.fixture
def world(db: None) -> World:
    """The province, its sets and people."""
    return make_world()


def rich() -> dict[str, Any]:
    """A file that uses every field."""
    return copy.deepcopy(RICH)


def without_identity(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in IDENTITY}


def published(world: World, key: str) -> CriteriaSet:
    return CriteriaSet.objects.visible_to(world.actor("puxian.clerk")).get(key=key)


# --- round trip ---------------------------------------------------------------------------------


def test_every_fixture_comes_back_as_it_was_written(world: World) -> None:
    for key in CRITERIA_KEYS:
        raw = (ROOT / "fixtures" / "criteria" / f"{key}.json").read_bytes()
        data, problems = read(raw)
        assert problems == []
        del data["annex"]
        found = published(world, key)
        assert content_of(found) == data
        assert list(content_of(found)) == list(data)
        assert found.content_sha256 == digest_of(data)


def test_export_and_import_keep_everything_but_the_identity(world: World) -> None:
    actor = world.actor("puxian.clerk")
    data, problems = read(file_of(rich()))
    assert problems == validate(data) == []
    made = import_criteria_set(actor=actor, content=data, name="标准.json", digest="a" * 64)
    content = content_of(made)
    assert without_identity(content) == without_identity(rich())
    assert (content["level"], content["region"], content["version"]) == ("county", "141033", 0)
    again, _ = read(file_of(content))
    assert again == content
    assert spec_of_content(content)._replace(pk=made.pk) == spec_of(made)


def test_the_digest_does_not_depend_on_the_order_of_keys(world: World) -> None:
    content = content_of(published(world, "puxian-2023"))
    turned = dict(reversed(content.items()))
    assert digest_of(turned) == digest_of(content)
    assert digest_of({**content, "title": "别的"}) != digest_of(content)


def test_what_may_be_left_out_has_a_default(world: World) -> None:
    small = {
        "format": "specialty-town-criteria",
        "format_version": 1,
        "key": "small",
        "level": "county",
        "region": "141033",
        "title": "最小的标准",
        "criteria": [
            {"key": "a", "clause": "一", "title": "条", "text": "文字", "nature": "judgement"}
        ],
    }
    assert validate(small) == []
    row = CriteriaSet(
        key="small",
        level="county",
        region=world.offices["puxian"].region,
        created_at=clock.now(),
    )
    write_content(row, small)
    assert content_of(row)["criteria"][0]["joining"] == "all"


# --- refusals -----------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], object]
FOURTH, FIRST = "第 4 条 二(四)", "第 4 条 二(四) 第 1 个条件"
PROBLEMS: list[tuple[Change, str]] = [
    (lambda c: c.update(format="other"), "format（格式）“other”不是本平台的标准文件"),
    (lambda c: c.update(format_version=2), "格式版本 2 不能识别"),
    (lambda c: c.update(format_version=True), "格式版本 True 不能识别"),
    (lambda c: c.update(colour="red"), "有不认识的字段“colour”"),
    (lambda c: c.pop("title"), "缺少字段 title（名称）"),
    (lambda c: c.update(title=" "), "title（名称）不能为空"),
    (lambda c: c.update(title="长" * 121), "最多 120 字，现有 121 字"),
    (lambda c: c.update(title="坏\x00字"), "含有不能显示的字符"),
    (lambda c: c.update(level="village"), "level（层级）“village”不在可选范围内"),
    (lambda c: c.update(region="14"), "不是六位行政区划代码"),
    (lambda c: c.update(issued_on="2022-13-01"), "须写成 2023-01-04 这样的日期"),
    (lambda c: c.update(digits=9), "digits（得分保留小数位）须为 0 至 2 的整数"),
    (lambda c: c.update(pass_rule="", pass_points="60"), "有合格线，但合格规则没有用到总分"),
    (lambda c: c.update(silent="权重"), "silent（文件未载明事项）须为列表"),
    (lambda c: c["categories"].append({"key": "nowhere", "name": "别处"}), "类别表中不存在"),
    (lambda c: c["categories"][0].update(name="别名"), "本平台的名称为“制造业”"),
    (lambda c: c["categories"].append(c["categories"][0]), "类别的标识“manufacturing”重复"),
    (lambda c: c.update(criteria={}), "criteria（认定条件）须为列表"),
    (lambda c: c["criteria"][1].update(key="heritage"),
     "第 2 条 二(二)：认定条件的标识“heritage”重复，第 1 个已用"),
    (lambda c: c["criteria"].append("x"), "第 9 条：须为对象"),
    (lambda c: c["criteria"][3].update(nature="maybe"), f"{FOURTH}：nature（性质）“maybe”"),
    (lambda c: _condition(c).update(indicator="nothing"), f"{FIRST}：指标 nothing 不存在"),
    (lambda c: _condition(c).update(operator="near"), f"{FIRST}：operator（比较）“near”"),
    (lambda c: _condition(c).update(threshold=20), f"{FIRST}：threshold（数值）数值须加引号"),
    (lambda c: _condition(c).update(threshold="1e9"), f"{FIRST}：threshold（数值）“1e9”不是数值"),
    (lambda c: _condition(c).update(threshold="9" * 17), "整数最多 16 位"),
    (lambda c: _condition(c).update(unit="亿元"),
     f"{FIRST}：单位为“亿元”，指标 主导产业年产值 的单位是“元”"),
    (lambda c: _condition(c).update(categories=["culture_tourism"]),
     f"{FIRST}：适用类别 culture_tourism 不在本标准的类别之中"),
    (lambda c: _condition(c).update(quote="应达到30亿元以上"),
     f"{FIRST}：原文“应达到30亿元以上”不在本条原文中"),
    (lambda c: _condition(c).update(group="other"), f"{FIRST}：条件组 other 不存在"),
    (lambda c: _condition(c).update(year=25), f"{FIRST}：year（年度）须为 2000 至 2100 的整数"),
    (lambda c: c["criteria"][3]["conditions"][1].update(key="output_manufacturing"),
     f"{FOURTH}：条件的标识“output_manufacturing”重复"),
    (lambda c: _condition(c)["relaxation"].update(quote=""),
     f"{FIRST} 放宽：quote（放宽条款原文）不能为空"),
    (lambda c: _condition(c)["relaxation"].update(quote="可以放宽"),
     f"{FIRST} 放宽：放宽条款原文“可以放宽”不在本条原文中"),
    (lambda c: _condition(c)["relaxation"]["grounds"][0].update(indicator="nothing"),
     f"{FIRST} 放宽 第 1 个放宽条件：指标 nothing 不存在"),
    (lambda c: c["criteria"][3]["bands"][0].update(steps=[["5", "1"], ["1", "2"]]),
     f"{FOURTH} 第 1 个分档：各档起点须由小到大"),
    (lambda c: c["criteria"][3]["rubric"][0].update(low="21"),
     f"{FOURTH} 第 1 行评分参考：起分 21 大于止分 20.5"),
    (lambda c: c["criteria"][3].update(score_max="-1"), f"{FOURTH}：score_max（满分）“-1”不是分值"),
    (lambda c: _condition(c).update(operator="eq"),
     f"{FIRST}：主导产业年产值的比较方式不对：数值请选择不低于"),
    (lambda c: c["criteria"][3].update(score_max="20"),
     f"{FOURTH} 第 1 个分档：20.5 分超过本条满分 20 分"),
    (lambda c: c["criteria"][3].update(score_max=None), f"{FOURTH}：有分档或评分参考，但没有满分"),
    (lambda c: c["criteria"][3]["bands"].append(c["criteria"][3]["bands"][0]),
     f"{FOURTH} 第 2 个分档：同一类别只能有一组分档"),
    (lambda c: c["criteria"][3]["groups"][0].update(label="长" * 61), "最多 60 字，现有 61 字"),
    (lambda c: c["criteria"][3].update(rubric=c["criteria"][3]["rubric"] * 31),
     "最多 30 行，现有 31 行"),
    (lambda c: c.update(issued_on="2023-01-02", effective_from="2023-01-01"),
     "施行日期早于印发日期"),
    (lambda c: c["criteria"][3].update(text="坏\ud800字"), "含有不能显示的字符"),
    (lambda c: c["criteria"][4]["priorities"][0].update(quote="首先评定"),
     "第 5 条 二(五) 第 1 个优先情形：原文“首先评定”不在本条原文中"),
]  # fmt: skip


def _condition(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["criteria"][3]["conditions"][0]
    return found


@pytest.mark.parametrize(("change", "words"), PROBLEMS, ids=[words for _, words in PROBLEMS])
def test_a_problem_is_named_with_its_clause(world: World, change: Change, words: str) -> None:
    content = rich()
    change(content)
    found = [str(row) for row in validate(content)]
    assert any(words in row for row in found), found


def test_values_stay_within_the_range_and_type_of_the_indicator(world: World) -> None:
    row, content = make_indicator(world.offices["puxian"]), rich()
    _condition(content)["indicator"] = row.key
    Indicator.objects.filter(pk=row.pk).update(maximum=Decimal(10))
    [first, *_] = [str(problem) for problem in validate(content)]
    assert "大于蒲县示范户数的最大值" in first
    Indicator.objects.filter(pk=row.pk).update(type="yes_no", maximum=None)
    assert any("只能是 1（是）或 0（否）" in str(problem) for problem in validate(content))
    Indicator.objects.filter(pk=row.pk).update(type="text")
    assert any("是文字，不能比较大小" in str(problem) for problem in validate(content))


def test_what_the_editor_refuses_a_file_is_refused_too(world: World) -> None:
    row = make_indicator(world.offices["puxian"])
    content = rich()
    _condition(content)["indicator"] = row.key
    _condition(content)["relaxation"]["grounds"][0]["indicator"] = row.key
    content["criteria"][3]["bands"][0]["indicator"] = row.key

    def said(**meaning: Any) -> str:
        Indicator.objects.filter(pk=row.pk).update(**meaning)
        return "\n".join(str(problem) for problem in validate(content))

    found = said(type="choice", choices=[{"key": 2000000000, "name": "大"}])
    assert f"{FIRST}：{row.name}的比较方式不对：是/否和选项请选择“为”" in found
    assert f"{FOURTH} 第 1 个分档：{row.name}不是数值，不能用来分档" in found
    found = said(type="money", year_rule="stated")
    assert f"{FOURTH} 第 1 个分档：“{row.name}”按注明的年度取数" in found
    assert f"{FIRST} 放宽 第 1 个放宽条件：“{row.name}”按注明的年度取数" in found
    found = said(year_rule="latest", source="computed")
    assert f"{FIRST}：“{row.name}”按登记台账现状计算，没有以前年度的数" in found


HALF = "\ud800"
HALVES: list[Change] = [
    lambda c: c.update({HALF: 1}),
    lambda c: c.update(kind=HALF),
    lambda c: c.update(level=HALF),
    lambda c: c.update(region=HALF),
    lambda c: c.update(format=HALF),
    lambda c: c.update(key=HALF),
    lambda c: c.update(title=HALF),
    lambda c: c.update(issued_on=HALF),
    lambda c: c.update(annex=HALF),
    lambda c: c.update(notes=[HALF]),
    lambda c: c["categories"][0].update(key=HALF),
    lambda c: c["criteria"].extend([{"key": HALF}, {"key": HALF, "clause": HALF}]),
    lambda c: _condition(c).update(key=HALF, quote=HALF, unit=HALF, categories=[HALF]),
    lambda c: [row.update(key=HALF) for row in c["criteria"][3]["conditions"]],
    lambda c: _condition(c).update({HALF: HALF, "group": HALF, "threshold": HALF}),
    lambda c: c["criteria"][3]["bands"][0].update(steps=[[HALF, HALF]]),
]


@pytest.mark.parametrize("change", HALVES)
def test_half_a_character_anywhere_is_listed_and_never_an_error(
    world: World, change: Change
) -> None:
    content = rich()
    change(content)
    _, _, answer = _upload(world, json.dumps(content).encode())
    assert answer.status_code == 422
    assert "处问题" in answer.content.decode()


def test_half_a_character_in_a_repeated_key_is_said(world: World) -> None:
    _, _, answer = _upload(world, b'{"\\ud800": 1, "\\ud800": 2, "title": "\\udfff"}')
    assert answer.status_code == 422
    assert "在同一处写了两次" in answer.content.decode()


def test_indicators_of_another_region_do_not_exist_here(world: World) -> None:
    elsewhere = world.offices["xixian"].region
    Indicator.objects.filter(key="output_value").update(region=elsewhere)
    assert validate(rich(), elsewhere) == []
    here = [str(row) for row in validate(rich(), world.offices["puxian"].region)]
    assert f"{FIRST}：指标 output_value 不存在" in here


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


UNREADABLE: list[tuple[bytes, str]] = [
    (b"", "第 1 行第 1 列不是正确的 JSON"),
    (b'{"a": 1,}', "不是正确的 JSON"),
    ("{“a”: 1}".encode("gb18030"), "不是 UTF-8 编码"),
    (b'{"a": NaN}', "NaN 不是数值"),
    (b'{"a": -Infinity}', "-Infinity 不是数值"),
    (b'{"a": 1.5}', '小数 1.5 须加引号写成文字，如 "1.5"'),
    (b'{"a": 1e400}', "小数 1e400 须加引号"),
    (b'{"a": ' + b"9" * 5000 + b"}", "过大"),
    (b'{"a": 1, "a": 2}', "字段“a”在同一处写了两次"),
    (b'{"clause": "x", "title": "1", "title": "2"}', "（在 x 一处）"),
    (_nested(9), "嵌套超过 8 层"),
    (_nested(200_000), "嵌套超过 8 层"),
    (b'"' + b"x" * MAX_BYTES + b'"', "文件超过 1,000 KB"),
]


@pytest.mark.parametrize(("raw", "words"), UNREADABLE, ids=[words for _, words in UNREADABLE])
def test_a_file_that_cannot_be_read_says_why(raw: bytes, words: str) -> None:
    data, problems = read(raw)
    assert data is None
    assert [words in str(row) for row in problems] == [True]


@pytest.mark.parametrize("data", [None, 1, "x", [], {}, {"criteria": [None, 1, {"conditions": 1}]}])
def test_nothing_that_is_json_breaks_the_check(world: World, data: Any) -> None:
    assert validate(data)


def test_a_byte_order_mark_does_no_harm() -> None:
    data, problems = read(b"\xef\xbb\xbf" + file_of(rich()))
    assert problems == [] and data == rich()


def test_the_document_names_every_field(world: World) -> None:
    text = (ROOT / "docs" / "criteria-file.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    tables = (SET, CRITERION, CONDITION, RELAXATION, GROUND, GROUP, BAND, RUBRIC, CATEGORY, TIER)
    assert rows == {field.key for table in tables for field in table}
    example = text.split("```json")[1].split("```")[0]
    data, problems = read(example.encode())
    assert problems == validate(data) == []


# --- actions and pages --------------------------------------------------------------------------


def test_importing_is_entered_in_the_ledger_with_the_digest_of_the_file(world: World) -> None:
    actor = world.actor("puxian.clerk")
    given: dict[str, Any] = {
        "actor": actor,
        "content": rich(),
        "name": "标准.json",
        "digest": "b" * 64,
    }
    made = import_criteria_set(**given)
    entry = LedgerEntry.objects.filter(verb="import_criteria_set").get()
    said = json.loads(entry.payload)
    assert said["sha256"] == "b" * 64
    assert said["content_sha256"] == digest_of(content_of(made))
    assert (made.state, made.version, entry.scope_code) == ("draft", 0, "141033")
    assert import_criteria_set(**given) == made
    assert import_criteria_set(**given | {"digest": "c" * 64}) != made


def test_a_wrong_file_is_refused_by_the_action_as_well(world: World) -> None:
    content = rich()
    _condition(content)["indicator"] = "nothing"
    with pytest.raises(ValidationError, match="指标 nothing 不存在"):
        import_criteria_set(
            actor=world.actor("puxian.clerk"), content=content, name="x", digest="d" * 64
        )
    with pytest.raises(Refused):
        import_criteria_set(
            actor=world.actor("puxian.filer"), content=rich(), name="x", digest="d" * 64
        )
    assert not CriteriaSet.objects.visible_to(world.actor("puxian.clerk")).filter(state="draft")


def test_the_office_exports_and_it_is_noted(world: World) -> None:
    actor = world.actor("puxian.clerk")
    answer = client_of(actor).get(
        reverse("criteria-export", args=[world.offices["puxian"].slug, "province-2022"])
    )
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content) == content_of(published(world, "province-2022"))
    noted = AccessEntry.objects.filter(kind="download").get()
    assert "省级专业镇认定标准" in noted.subject


def test_everybody_exports_what_is_published_and_no_draft(world: World, client: Any) -> None:
    made = import_criteria_set(
        actor=world.actor("puxian.clerk"), content=rich(), name="x", digest="e" * 64
    )
    assert client.get(reverse("public-criteria-export", args=[made.key])).status_code == 404
    answer = client.get(reverse("public-criteria-export", args=["puxian-2023"]))
    assert json.loads(answer.content)["key"] == "puxian-2023"
    assert AccessEntry.objects.filter(kind="download", actor_name="公众").count() == 1


def _upload(world: World, raw: bytes) -> Any:
    actor = world.actor("puxian.clerk")
    client = client_of(actor)
    url = reverse("criteria-import", args=[world.offices["puxian"].slug])
    given = {"file": SimpleUploadedFile("标准.json", raw), "acting_post": actor.post.pk}  # type: ignore[union-attr]
    return client, url, client.post(url, given)


def test_a_file_is_looked_at_and_then_confirmed(world: World) -> None:
    client, url, seen = _upload(world, file_of(rich()))
    page = seen.content.decode()
    assert seen.status_code == 200
    assert "蒲县县级竞赛评选标准草稿" in page and "文件中为山西省省级标准" in page
    assert not CriteriaSet.objects.drafted_by(world.actor("puxian.clerk")).exists()
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed is not None
    post = world.actor("puxian.clerk").post
    assert post is not None
    given = {"sealed": sealed[1], "acting_post": post.pk}
    answer = client.post(url, given)
    made = CriteriaSet.objects.drafted_by(world.actor("puxian.clerk")).get()
    assert answer.status_code == 302 and made.key in answer["Location"]
    # Pressed twice: the same draft.
    assert made.key in client.post(url, given)["Location"]
    # Sealed for this post alone.
    broken = client.post(url, {**given, "sealed": sealed[1][:-4]})
    assert broken.status_code == 302
    assert CriteriaSet.objects.drafted_by(world.actor("puxian.clerk")).count() == 1


def test_a_wrong_file_is_listed_by_clause(world: World) -> None:
    content = rich()
    _condition(content)["indicator"] = "nothing"
    content["criteria"][0]["nature"] = "maybe"
    _, _, answer = _upload(world, file_of(content))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "有 2 处问题" in page
    assert page.index("第 1 条 二(一)") < page.index(f"{FIRST}：指标 nothing 不存在")
    _, _, answer = _upload(world, b"{")
    assert answer.status_code == 422 and "不是正确的 JSON" in answer.content.decode()
