"""What the parts of a criteria file have to do with one another, once each is well formed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from criteria.condition_checks import (
    COUNTED_TYPES,
    OPTION_TYPES,
    WHOLE_TYPES,
    operator_error,
    year_error,
    yearless_error,
)
from criteria.constants import Firmness
from criteria.drafts import overlap
from criteria.exchange.shape import (
    SET,
    Problem,
    check_fields,
    criterion_place,
    number_text,
    shown,
)
from criteria.quotes import normalise, stands_in
from criteria.specs import BandSpec


class IndicatorFact(NamedTuple):
    """What the rules ask of an indicator of the catalogue."""

    name: str
    unit: str
    type: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: frozenset[str] = frozenset()
    source: str = "reported"
    year_rule: str = "latest"


Indicators = Mapping[str, IndicatorFact]
Categories = Mapping[str, str]


def problems_of(content: Any, indicators: Indicators, categories: Categories) -> list[Problem]:
    """Everything wrong with the data of a file, in its order.

    ``indicators``: those that the reader may use; ``categories``: key -> name of those known here.
    """
    found = check_fields(SET, content, "")
    broken = {row.criterion for row in found}
    if not isinstance(content, Mapping):
        return found
    if 0 not in broken:
        found += _of_set(content, categories)
    own = _keys_of(content.get("categories"))
    rows = content.get("criteria")
    rows = rows if isinstance(rows, list) else []
    for number, row in enumerate(rows, start=1):
        if number not in broken:
            rules = _CriterionRules(number, row, indicators, own)
            found += rules.problems()
    found += _twice(rows, "", "认定条件的标识")
    found += _conditions_twice(rows)
    return sorted(found, key=lambda row: row.criterion)


def _keys_of(rows: Any) -> dict[str, str]:
    if not isinstance(rows, list):
        return {}
    return {
        row["key"]: str(row.get("name"))
        for row in rows
        if isinstance(row, Mapping) and isinstance(row.get("key"), str)
    }


def _twice(rows: Iterable[Any], place: str, what: str, criterion: int = 0) -> list[Problem]:
    """Keys that are used more than once."""
    seen: dict[str, int] = {}
    found = []
    for number, row in enumerate(rows, start=1):
        key = row.get("key") if isinstance(row, Mapping) else None
        if not isinstance(key, str):
            continue
        if key in seen:
            at = place or criterion_place(number, row)
            message = f"{what}“{shown(key)}”重复，第 {seen[key]} 个已用"
            found.append(Problem(at, message, criterion or number))
        else:
            seen[key] = number
    return found


def _conditions_twice(rows: Iterable[Any]) -> list[Problem]:
    """Keys of conditions that are used more than once in the set, whichever clause they stand in.

    Relaxations are asked for and granted by them.
    """
    seen: dict[str, str] = {}
    found = []
    for number, row in enumerate(rows, start=1):
        items = row.get("conditions") if isinstance(row, Mapping) else None
        for spot, item in enumerate(items if isinstance(items, list) else (), start=1):
            key = item.get("key") if isinstance(item, Mapping) else None
            if not isinstance(key, str):
                continue
            here = criterion_place(number, row)
            if key in seen:
                message = f"条件的标识“{shown(key)}”重复，{seen[key]}已用"
                found.append(Problem(here, message, number))
            else:
                seen[key] = f"{here} 第 {spot} 个条件"
    return found


def _of_set(content: Mapping[str, Any], categories: Categories) -> list[Problem]:
    rows = content.get("categories", ())
    found = _repeated_in_set(rows)
    for row in rows:
        known = categories.get(row["key"])
        if known is None:
            message = f"类别 {row['key']}（{row['name']}）在本平台类别表中不存在，请先增加该类别"
            found.append(Problem("类别", message))
        elif normalise(known) != normalise(row["name"]):
            message = f"类别 {row['key']} 在本平台的名称为“{known}”，文件中写为“{row['name']}”"
            found.append(Problem("类别", message))
    rule, mark = content.get("pass_rule", ""), content.get("pass_points")
    if mark is not None and rule not in ("points", "both"):
        found.append(Problem("", "有合格线，但合格规则没有用到总分"))
    return found + _days(content)


def _days(content: Mapping[str, Any]) -> list[Problem]:
    """Days that stand the wrong way round."""
    issued, begin, end = (
        date.fromisoformat(content[name]) if content.get(name) else None
        for name in ("issued_on", "effective_from", "effective_to")
    )
    found = []
    if begin and end and end < begin:
        found.append(Problem("", "失效日期早于施行日期"))
    if issued and begin and begin < issued:
        found.append(Problem("", "施行日期早于印发日期"))
    return found


def _repeated_in_set(rows: Iterable[Any]) -> list[Problem]:
    seen: set[str] = set()
    found = []
    for row in rows:
        if row["key"] in seen:
            found.append(Problem("类别", f"类别的标识“{row['key']}”重复"))
        seen.add(row["key"])
    return found


class _CriterionRules:
    """The rules of one criterion; gathers what is wrong."""

    def __init__(
        self, number: int, row: Mapping[str, Any], indicators: Indicators, categories: Categories
    ) -> None:
        self.number, self.row = number, row
        self.indicators, self.categories = indicators, categories
        self.place = criterion_place(number, row)
        self.found: list[Problem] = []

    def problems(self) -> list[Problem]:
        """What is wrong with the criterion."""
        row = self.row
        groups = row.get("groups", ())
        self.found += _twice(groups, self.place, "条件组的标识", self.number)
        names = {item["key"] for item in groups}
        for place, item in self._each(row.get("conditions", ()), "个条件"):
            self._condition(place, item, names)
        for place, item in self._each(row.get("priorities", ()), "个优先情形"):
            self._ground(place, item)
        self._scoring()
        return self.found

    def _scoring(self) -> None:
        row, most = self.row, self.row.get("score_max")
        bands, rubric = row.get("bands", ()), row.get("rubric", ())
        if most is None and (bands or rubric):
            self._say(self.place, "有分档或评分参考，但没有满分")
        elif most is not None and not Decimal(most):
            self._say(self.place, "满分须大于 0，没有规定的写 null")
        taken: list[BandSpec] = []
        for place, item in self._each(bands, "个分档"):
            self._band(place, item)
            band = BandSpec(item["indicator"], tuple(item.get("categories", ())), ())
            if any(overlap(band, other) for other in taken):
                self._say(place, "同一类别只能有一组分档")
            taken.append(band)
            self._within(place, [points for _, points in item["steps"]])
        for place, item in self._each(rubric, "行评分参考"):
            if Decimal(item["low"]) > Decimal(item["high"]):
                self._say(place, f"起分 {item['low']} 大于止分 {item['high']}")
            self._within(place, [item["high"]])

    def _within(self, place: str, given: Iterable[str]) -> None:
        """Points above the criterion's maximum."""
        most = self.row.get("score_max")
        top = max(map(Decimal, given), default=Decimal(0))
        if most is not None and top > Decimal(most):
            self._say(place, f"{number_text(top)} 分超过本条满分 {most} 分")

    def _each(self, rows: Iterable[Any], word: str) -> list[tuple[str, Any]]:
        return [(f"{self.place} 第 {n} {word}", item) for n, item in enumerate(rows, start=1)]

    def _say(self, place: str, message: str) -> None:
        self.found.append(Problem(place, message, self.number))

    def _quote(self, place: str, quote: str, what: str) -> None:
        if quote and not stands_in(quote, self.row["text"]):
            self._say(place, f"{what}“{shown(quote)}”不在本条原文中")

    def _categories(self, place: str, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in self.categories:
                self._say(place, f"适用类别 {key} 不在本标准的类别之中")

    def _condition(self, place: str, item: Mapping[str, Any], groups: set[str]) -> None:
        self._comparison(place, item)
        self._figure(place, item)
        self._categories(place, item.get("categories", ()))
        self._quote(place, item["quote"], "原文")
        group = item.get("group", "")
        if group and group not in groups:
            self._say(place, f"条件组 {group} 不存在")
        known = self.indicators.get(item["indicator"])
        unit = item.get("unit")
        if known is not None and unit is not None and unit != known.unit:
            self._say(place, f"单位为“{unit}”，指标 {known.name} 的单位是“{known.unit}”")
        relaxation = item.get("relaxation")
        if relaxation is not None:
            self._quote(f"{place} 放宽", relaxation["quote"], "放宽条款原文")
            self._quote(f"{place} 放宽", relaxation.get("preconditions", ""), "放宽的前提")
            for number, ground in enumerate(relaxation.get("grounds", ()), start=1):
                self._ground(f"{place} 放宽 第 {number} 个放宽条件", ground)

    def _figure(self, place: str, item: Mapping[str, Any]) -> None:
        """A year for which nobody supplies the figure, words that options have not."""
        known = self.indicators.get(item["indicator"])
        if known is None:
            return
        if wrong := year_error(known.name, known.source, known.year_rule, item.get("year")):
            self._say(place, wrong.rstrip("。"))
        if known.type not in OPTION_TYPES:
            return
        if item["firmness"] == Firmness.APPROXIMATE:
            self._say(place, "是/否和选项没有“左右”")
        if (item.get("relaxation") or {}).get("floor") is not None:
            self._say(place, "是/否和选项没有可放宽到的数值")

    def _yearless(self, place: str, key: str) -> None:
        """A rule without a year on an indicator whose figures are looked up by year."""
        known = self.indicators.get(key)
        if known is not None and (
            wrong := yearless_error(known.name, known.source, known.year_rule)
        ):
            self._say(place, wrong.rstrip("。"))

    def _ground(self, place: str, item: Mapping[str, Any]) -> None:
        self._comparison(place, item)
        self._yearless(place, item["indicator"])
        self._quote(place, item.get("quote", ""), "原文")

    def _band(self, place: str, item: Mapping[str, Any]) -> None:
        known = self.indicators.get(item["indicator"])
        if known is None:
            self._say(place, f"指标 {item['indicator']} 不存在")
        elif known.type not in COUNTED_TYPES:
            self._say(place, f"{known.name}不是数值，不能用来分档")
        self._yearless(place, item["indicator"])
        self._categories(place, item.get("categories", ()))
        starts = [Decimal(start) for start, _ in item["steps"]]
        if not starts:
            self._say(place, "没有分档")
        if starts != sorted(set(starts)):
            self._say(place, "各档起点须由小到大，不得重复")

    def _comparison(self, place: str, item: Mapping[str, Any]) -> None:
        known = self.indicators.get(item["indicator"])
        if known is None:
            self._say(place, f"指标 {item['indicator']} 不存在")
            return
        threshold = Decimal(item["threshold"])
        if known.type == "text":
            self._say(place, f"{known.name}是文字，不能比较大小")
            return
        if unfit := operator_error(known.type, item["operator"]):
            self._say(place, f"{known.name}的比较方式不对：{unfit.rstrip('。')}")
        if known.type == "yes_no" and threshold not in (0, 1):
            self._say(place, f"{known.name}的数值只能是 1（是）或 0（否）")
        elif known.type == "choice" and number_text(threshold) not in known.choices:
            self._say(place, f"{known.name}没有选项 {item['threshold']}")
        elif known.minimum is None and known.type in WHOLE_TYPES and threshold < 0:
            self._say(place, f"{known.name}不小于 0")
        elif known.minimum is not None and threshold < known.minimum:
            self._say(place, f"数值 {item['threshold']} 小于{known.name}的最小值")
        elif known.maximum is not None and threshold > known.maximum:
            self._say(place, f"数值 {item['threshold']} 大于{known.name}的最大值")
