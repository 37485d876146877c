"""The task list as a table: sections from set and round, their states, what is left; pure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from criteria.specs import SetSpec
from towns.constants import SERVICE_FUNCTIONS
from towns.tables.tasks import (
    CORRECT,
    DONE,
    FILLING,
    NEW,
    Request,
    Standing,
    Task,
    left_words,
    tasks_of,
)

SPEC = cast(
    SetSpec,
    SimpleNamespace(
        criteria=[
            SimpleNamespace(key="scale", clause="二(一)", title="产业规模大", nature="figures"),
            SimpleNamespace(key="heritage", clause="二(二)", title="历史传承", nature="judgement"),
        ]
    ),
)
FULL: dict[str, Any] = {
    "contact": "张三",
    "contact_phone": "0357",
    "summary": "概述",
    "industry_text": "肉牛",
    "figures": {str(year): {"output": "1", "tax": "2"} for year in (2023, 2024, 2025)},
    "enterprises": [{"role": "leading"}, {"role": "supporting"}],
    "honours": [{"title": "名牌"}],
    "standards": [],
    "functions": {key: "present" for key, _ in SERVICE_FUNCTIONS},
    "answers": {"heritage": "悠久。"},
    "relaxations": {},
    "evidence": [{"criterion": "heritage"}],
    "request": {"number": "蒲政请〔2026〕1号"},
}


def standing(data: dict[str, Any], **more: Any) -> Standing:
    """A round of 2025 that asks two indicators."""
    base = Standing(
        data=data,
        asked=["output", "tax"],
        years=[2025, 2024, 2023],
        promises=3,
        missing={},
        requests=None,
        waiting={},
        relaxable={},
        verdicts={"scale": "达到"},
    )
    return base._replace(**more)


def tasks(found: Standing) -> dict[str, Task]:
    """Key -> the task."""
    return {task.key: task for group in tasks_of(SPEC, found) for task in group.tasks}


def test_sections_follow_the_set_and_an_empty_one_has_not_begun() -> None:
    missing = {"facts": ["填写联系人。"], "commitments": ["还有 3 条。"], "request": ["上传请示。"]}
    groups = tasks_of(SPEC, standing({}, missing=missing))
    keys = [task.key for group in groups for task in group.tasks]
    assert keys == [
        *("facts", "industry", "figures", "enterprises", "honours", "standards", "functions"),
        *("criterion.scale", "criterion.heritage", "request", "commitments"),
    ]
    assert {task.state for group in groups for task in group.tasks} == {NEW}
    # Industry, honours, standards and a criterion of figures may stay empty.
    words = "共 11 个部分，还有 7 个没有完成，其中 4 个不影响送提交人。"
    assert left_words(groups) == words


def test_a_full_one_is_done_and_what_may_be_empty_holds_nothing_up() -> None:
    found = tasks(standing(FULL))
    assert {key for key, task in found.items() if task.state != DONE} == {
        "standards",
        "criterion.scale",
    }
    assert left_words(tasks_of(SPEC, standing(FULL))) == "各部分都已完成，可以核对。"
    assert found["figures"].hint == "2025年 2/2 项，2024年 2/2 项，2023年 2/2 项"
    assert found["enterprises"].hint == "龙头 1 家、骨干 0 家、配套 1 家"
    assert found["criterion.scale"].hint.endswith("对照标准：达到")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"contact": " "}, "facts"),
        ({"figures": {"2025": {"output": "1"}}}, "figures"),
        ({"functions": {"testing": "absent"}}, "functions"),
        ({"request": {"number": ""}}, "request"),
    ],
)
def test_half_of_it_is_being_filled(change: dict[str, Any], key: str) -> None:
    task = tasks(standing(FULL | change))[key]
    assert (task.state, task.left) == (FILLING, True)


def test_a_statement_without_what_the_round_asks_for_is_not_done() -> None:
    asked = {"criterion.heritage": ["“历史传承”还缺材料：县志。"]}
    task = tasks(standing(FULL, missing=asked))["criterion.heritage"]
    assert (task.state, task.missing) == (FILLING, tuple(asked["criterion.heritage"]))
    scale = {"criterion.scale": ["“产业规模大”还缺材料：统计证明。"]}
    task = tasks(standing(FULL, missing=scale))["criterion.scale"]
    assert (task.state, task.left) == (NEW, True)


def test_what_was_typed_and_not_saved_is_not_done() -> None:
    task = tasks(standing(FULL, waiting={"figures": 4}))["figures"]
    assert task.state == FILLING
    assert task.hint.endswith("有 4 项填写后还没有保存")


def test_relaxations_stand_only_where_one_may_be_asked_for() -> None:
    assert "relaxations" not in tasks(standing(FULL))
    task = tasks(standing(FULL, relaxable={"output": "产值"}))["relaxations"]
    assert (task.state, task.left) == (NEW, False)
    assert "“产值”可以申请放宽" in task.hint
    asked = FULL | {"relaxations": {"output": "地理标志"}}
    assert tasks(standing(asked, relaxable={"output": "产值"}))["relaxations"].state == DONE
    assert tasks(standing(asked))["relaxations"].hint == "已申请 1 项"


def test_a_return_asks_for_its_fields_until_they_change_and_locks_the_rest() -> None:
    requests = [
        Request("facts", "申报概述", changed=False),
        Request("figures", "2025年产值", changed=True),
    ]
    found = tasks(standing(FULL | {"contact": ""}, requests=requests))
    assert found["facts"].state == CORRECT
    assert found["facts"].hint == "要求补正：申报概述；已修改 0 项"
    assert found["figures"].state == DONE
    assert found["enterprises"].hint == "不在本次补正范围内"
    assert found["standards"].state == DONE
    words = left_words(tasks_of(SPEC, standing(FULL, requests=requests)))
    assert words == "共 11 个部分，还有 1 个没有完成，其中 1 个需补正。"
    relaxed = [Request("criterion.scale", "放宽产值", changed=False, relaxes=True)]
    both = tasks(standing(FULL | {"relaxations": {"output": "有"}}, requests=relaxed))
    assert {both[key].state for key in ("criterion.scale", "relaxations")} == {CORRECT}
    again = standing(FULL, requests=requests, missing={"commitments": ["还有 3 条。"]})
    assert tasks(again)["commitments"].state == NEW
