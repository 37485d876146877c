"""What changed between declarations: rows of tables, figures by year, words of what is empty."""

from __future__ import annotations

from typing import Any, NamedTuple

from towns.declared import Field
from towns.tables.changes import ADDED, CHANGED, REMOVED, corrected, since_earlier


class Measure(NamedTuple):
    key: str
    type: str
    unit: str
    choices: tuple[tuple[str, str], ...] = ()


MONEY = (Measure("output_value", "money", "元"),)


def enterprise(number: int, **given: str) -> dict[str, str]:
    row = {"name": f"企业{number}", "uscc": f"U{number}", "role": "leading"}
    return {**row, "entity": "enterprise", "products": "白酒", **given}


def evidence(key: int, sha: str) -> dict[str, Any]:
    row = {"id": key, "criterion": "market", "slot": "", "title": "证明", "name": "证明.pdf"}
    return {**row, "size": 2048, "sha256": sha, "pages": ""}


def test_fields_in_words_old_and_new() -> None:
    fields = [
        Field("summary", "申报概述", "facts"),
        Field("figures.2025.output_value", "2025年产值", "figures"),
        Field("functions.inspection", "检验检测", "functions"),
        Field("relaxations.output", "申请放宽", "criterion.scale"),
        Field("contact", "联系人", "facts"),
    ]
    before = {
        "summary": "产业基础较好。",
        "figures": {"2025": {"output_value": "2000000000"}},
        "functions": {"inspection": "absent"},
        "contact": "",
    }
    after = {
        "summary": "产业基础很好。",
        "figures": {"2025": {"output_value": "2100000000"}},
        "functions": {"inspection": "present"},
        "relaxations": {"output": "受市场影响。"},
        "contact": None,
    }
    rows = {row.path: row for row in corrected(before, after, fields, MONEY)}
    assert [*rows] == [field.path for field in fields[:4]]
    assert (rows["figures.2025.output_value"].before, rows["figures.2025.output_value"].after) == (
        "20亿元",
        "21亿元",
    )
    assert (rows["functions.inspection"].before, rows["functions.inspection"].after) == ("无", "有")
    assert rows["relaxations.output"].before == "未申请放宽"
    assert "".join(run.text for run in rows["summary"].left) == "产业基础较好。"
    assert [run.text for run in rows["summary"].right if run.kind == "ins"] == ["很"]


def test_tables_become_rows_that_were_added_removed_or_changed() -> None:
    fields = [
        Field("enterprises", "企业名单", "enterprises"),
        Field("evidence.market", "佐证材料", "criterion.market"),
    ]
    before = {
        "enterprises": [enterprise(1), enterprise(2), enterprise(3)],
        "evidence": [evidence(1, "aa"), evidence(2, "bb")],
    }
    after = {
        "enterprises": [enterprise(1), enterprise(3, products="陶瓷"), enterprise(4)],
        # The same bytes under another key are the same evidence.
        "evidence": [evidence(7, "aa"), evidence(2, "bb")],
    }
    (row,) = corrected(before, after, fields)
    assert [line.mark for line in row.lines] == [CHANGED, ADDED, REMOVED]
    assert "白酒" in row.lines[0].before and "陶瓷" in row.lines[0].after
    assert "企业4" in row.lines[1].after and "企业2" in row.lines[2].before
    assert row.summary == "新增 1 家，删除 1 家，修改 1 家"
    assert (row.before, row.after) == ("3 家", "3 家")


def test_an_earlier_round_is_compared_year_for_year() -> None:
    fields = [
        Field(f"figures.{year}.output_value", f"{year}年产值", "figures")
        for year in (2025, 2024, 2023)
    ] + [Field("commitments", "承诺", "commitments")]
    figures = {"2024": {"output_value": "1000"}, "2023": {"output_value": "900"}}
    before = {"year": 2024, "figures": figures, "commitments": [{"text": "旧", "name": "甲"}]}
    after = {
        "year": 2025,
        "figures": {
            "2025": {"output_value": "1200"},
            "2024": {"output_value": "1000"},
            "2023": {"output_value": "950"},
        },
        "commitments": [],
    }
    now, restated = since_earlier(before, after, fields, MONEY)
    assert now.label == "2025年产值（上次申报为2024年）" and now.before != now.after
    assert restated.path == "figures.2023.output_value" and "更正" in restated.label
