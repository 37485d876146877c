"""An office's own indicators: added, changed while nothing rests on them, taken out of use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.actions import add_indicator, amend_indicator, retire_indicator
from criteria.actions.indicators import IndicatorFacts, fingerprint
from criteria.indicator_queries import asked_of, stated_years, users_of
from criteria.models import Condition, CriteriaSet, Indicator
from criteria.values import out_of_range, shown, too_fine
from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from tests.factories import World, make_draft, make_round, make_world
from towns.figure_queries import asked_indicators
from towns.models import Application, Round

pytestmark = pytest.mark.django_db
CLERK = "puxian.clerk"
BASE = IndicatorFacts("基地面积", "count", "亩", decimals=1, minimum=Decimal(0))
GRADE = IndicatorFacts("示范等级", "choice", choices=("未评", "县级", "市级"))


@pytest.fixture
def world() -> World:
    return make_world()


def put_into(indicator: Indicator, criteria_set: CriteriaSet, year: int | None = None) -> None:
    """A condition of a set looks at the indicator."""
    criterion = criteria_set.criteria.create(
        key="own", ordinal=9, clause="九", title="基地", text="基地面积 100 亩以上。", nature="firm"
    )
    Condition.objects.create(
        criterion=criterion, key="own", indicator=indicator, operator="ge", threshold=100,
        firmness="firm", quote="100 亩以上", year=year,
    )  # fmt: skip


def asked(world: World, place: str) -> list[str]:
    return [row.name for row in asked_of("town", world.towns[place].county)]


def test_an_indicator_is_asked_of_the_towns_of_its_region_only(world: World) -> None:
    row = add_indicator(actor=world.actor(CLERK), facts=BASE)
    assert (row.region, row.source, row.decimals) == (world.offices["puxian"].region, "reported", 1)
    assert "基地面积" in asked(world, "puxian")
    assert "基地面积" not in asked(world, "xixian")
    above = BASE._replace(name="全市口径面积")
    add_indicator(actor=world.actor("linfen.clerk"), facts=above)
    assert "全市口径面积" in asked(world, "puxian")
    assert "全市口径面积" in asked(world, "xixian")
    assert "全市口径面积" not in asked(world, "gaoping")
    seen = Indicator.objects.visible_to(world.actor("xixian.clerk"))
    assert not seen.filter(pk=row.pk).exists()
    assert Indicator.objects.visible_to(world.actor("linfen.clerk")).filter(pk=row.pk).exists()


def test_the_same_one_twice_is_added_once_and_a_namesake_is_refused(world: World) -> None:
    row = add_indicator(actor=world.actor(CLERK), facts=BASE)
    assert add_indicator(actor=world.actor(CLERK), facts=BASE) == row
    assert LedgerEntry.objects.filter(verb="add_indicator").count() == 1
    with pytest.raises(ValidationError, match="蒲县设立的"):
        add_indicator(actor=world.actor(CLERK), facts=BASE._replace(unit="公顷"))
    with pytest.raises(ValidationError, match="文件规定的"):
        add_indicator(actor=world.actor(CLERK), facts=BASE._replace(name="主导产业年产值"))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (BASE._replace(name=" "), "name"),
        (BASE._replace(type="colour"), "type"),
        (BASE._replace(unit=""), "unit"),
        (BASE._replace(year_rule="never"), "year_rule"),
        (BASE._replace(source="computed"), "source"),
        (BASE._replace(type="text", unit=""), "source"),
        (BASE._replace(source="answer"), "source"),
        (BASE._replace(maximum=Decimal(0)), "maximum"),
        (BASE._replace(minimum=Decimal("0.00001")), "minimum"),
        (BASE._replace(decimals=9), "decimals"),
        (GRADE._replace(choices=("未评",)), "choices"),
        (GRADE._replace(choices=("未评", "未评")), "choices"),
        (BASE._replace(description="长" * 301), "description"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    world: World, facts: IndicatorFacts, field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        add_indicator(actor=world.actor(CLERK), facts=facts)
    assert field in caught.value.message_dict


def test_what_the_type_settles_is_not_asked(world: World) -> None:
    money = IndicatorFacts("研发投入", "money", "万元", decimals=0)
    row = add_indicator(actor=world.actor(CLERK), facts=money)
    assert (row.unit, row.decimals) == ("元", 2)
    answer = IndicatorFacts("保护措施", "text", source="answer")
    assert add_indicator(actor=world.actor(CLERK), facts=answer).source == "answer"
    assert "保护措施" not in asked(world, "puxian")
    grade = add_indicator(actor=world.actor(CLERK), facts=GRADE)
    assert grade.choices == [
        {"key": 1, "name": "未评"}, {"key": 2, "name": "县级"}, {"key": 3, "name": "市级"},
    ]  # fmt: skip


def test_those_of_the_documents_and_of_others_are_only_read(world: World) -> None:
    known = Indicator.objects.get(key="output_value")
    with pytest.raises(Refused, match="文件规定的指标"):
        amend_indicator(actor=world.actor(CLERK), indicator=known, facts=BASE)
    above = add_indicator(actor=world.actor("linfen.clerk"), facts=BASE)
    with pytest.raises(Refused, match="临汾市领导小组办公室设立"):
        amend_indicator(actor=world.actor(CLERK), indicator=above, facts=BASE)
    with pytest.raises(Refused, match="编制标准由"):
        add_indicator(actor=world.actor("puxian.filer"), facts=BASE)


def test_the_meaning_is_fixed_once_a_published_set_uses_it(world: World) -> None:
    actor = world.actor(CLERK)
    row = add_indicator(actor=actor, facts=BASE)
    draft = make_draft(world.offices["puxian"])
    put_into(row, draft)
    changed = BASE._replace(unit="公顷", name="种植基地面积")
    row = amend_indicator(actor=actor, indicator=row, facts=changed, seen=fingerprint(row))
    assert row.unit == "公顷"
    CriteriaSet.objects.filter(pk=draft.pk).update(state="published", version=9)
    with pytest.raises(ValidationError, match="已发布的标准使用该指标"):
        amend_indicator(actor=actor, indicator=row, facts=changed._replace(unit="亩"))
    with pytest.raises(Refused, match="施行中或即将施行的标准使用"):
        retire_indicator(actor=actor, indicator=row)


USES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "a condition": {},
    "grounds": {"relaxation_grounds": [{"operator": "ge", "threshold": "1"}]},
    "a priority": {"priorities": [{"operator": "ge", "threshold": "1"}]},
    "bands": {"bands": [{"categories": [], "steps": [["1", "2"]]}]},
}
CHANGES: dict[str, dict[str, Any]] = {
    "name": {"name": "示范荣誉"},
    "description": {"description": "含创建中的。"},
    "type": {"type": "yes_no", "choices": ()},
    "year_rule": {"year_rule": "stated"},
    "choices": {"choices": ("未评", "市级", "县级")},
}


def use(indicator: Indicator, draft: CriteriaSet, how: str) -> None:
    """The draft looks at the indicator in one of the ways there are."""
    if how == "a condition":
        put_into(indicator, draft)
        return
    criterion = draft.criteria.get()
    [(field, [item])] = USES[how].items()
    if how == "grounds":
        criterion.conditions.update(**{field: [{**item, "indicator": indicator.key}]})
    else:
        draft.criteria.update(**{field: [{**item, "indicator": indicator.key}]})


@pytest.mark.parametrize("how", USES)
def test_what_an_indicator_says_is_fixed_with_the_set_that_uses_it(world: World, how: str) -> None:
    actor = world.actor(CLERK)
    row = add_indicator(actor=actor, facts=GRADE)
    draft = make_draft(world.offices["puxian"])
    use(row, draft, how)
    told = GRADE._replace(description="由县级以上评定。")
    row = amend_indicator(actor=actor, indicator=row, facts=told)
    for number, state in enumerate(("proposed", "published", "withdrawn")):
        gone = {"withdrawn_on": clock.today()} if state == "withdrawn" else {}
        version = 0 if state == "proposed" else 9
        CriteriaSet.objects.filter(pk=draft.pk).update(state=state, version=version, **gone)
        for field, change in CHANGES.items():
            with pytest.raises(ValidationError, match="的标准使用该指标") as caught:
                amend_indicator(actor=actor, indicator=row, facts=told._replace(**change))
            assert field in caught.value.message_dict
        told = told._replace(choices=(*told.choices, f"增加{number}"))
        row = amend_indicator(actor=actor, indicator=row, facts=told)
        assert [item["key"] for item in row.choices] == list(range(1, number + 5))
        if state == "proposed":
            CriteriaSet.objects.filter(pk=draft.pk).update(state="draft")
            told = told._replace(name="示范称号")
            row = amend_indicator(actor=actor, indicator=row, facts=told)
            assert row.name == "示范称号"


def test_figures_that_were_entered_fix_the_meaning_too(world: World) -> None:
    actor, town = world.actor(CLERK), world.towns["puxian"]
    row = add_indicator(actor=actor, facts=GRADE)
    town.figures.create(indicator=row, year=2025, value=2)
    with pytest.raises(ValidationError, match="已经按该指标填报数据"):
        amend_indicator(actor=actor, indicator=row, facts=GRADE._replace(choices=("县级", "未评")))
    more = GRADE._replace(choices=(*GRADE.choices, "省级"))
    row = amend_indicator(actor=actor, indicator=row, facts=more)
    assert [item["key"] for item in row.choices] == [1, 2, 3, 4]


def test_a_page_opened_before_another_change_is_stale(world: World) -> None:
    actor = world.actor(CLERK)
    row = add_indicator(actor=actor, facts=BASE)
    seen = fingerprint(row)
    amend_indicator(actor=actor, indicator=row, facts=BASE._replace(description="甲"), seen=seen)
    with pytest.raises(Stale, match="由他人修改"):
        amend_indicator(
            actor=actor, indicator=row, facts=BASE._replace(description="乙"), seen=seen
        )


def test_a_retired_one_is_asked_no_longer_and_its_values_stay(world: World) -> None:
    actor, town = world.actor(CLERK), world.towns["puxian"]
    row = add_indicator(actor=actor, facts=BASE)
    draft = make_draft(world.offices["puxian"])
    put_into(row, draft)
    with pytest.raises(Refused, match="标准草稿使用"):
        retire_indicator(actor=actor, indicator=row)
    Condition.objects.filter(indicator=row).delete()
    town.figures.create(indicator=row, year=2025, value=2)
    row = retire_indicator(actor=actor, indicator=row)
    assert "基地面积" not in asked(world, "puxian")
    assert row in asked_of("town", town.county, kept={row.key})
    with pytest.raises(Stale, match="已经停用"):
        retire_indicator(actor=actor, indicator=row)
    with pytest.raises(Refused, match="已经停用"):
        amend_indicator(actor=actor, indicator=row, facts=BASE)


def test_years_that_clauses_name(world: World) -> None:
    row = add_indicator(actor=world.actor(CLERK), facts=BASE._replace(year_rule="stated"))
    draft = make_draft(world.offices["puxian"])
    put_into(row, draft, year=2021)
    county = world.towns["puxian"].county
    assert stated_years(county) == {}
    CriteriaSet.objects.filter(pk=draft.pk).update(state="published", version=9)
    assert stated_years(county) == {row.key: {2021: [draft.title]}}
    assert stated_years(world.towns["xixian"].county) == {}


def publish(draft: CriteriaSet, **fields: object) -> None:
    """As publication leaves the row; what it checks is another test's matter."""
    CriteriaSet.objects.filter(pk=draft.pk).update(**{"state": "published", **fields})


def replaced(world: World) -> tuple[Indicator, CriteriaSet]:
    """An indicator of a version that a later one without it has taken the place of."""
    office = world.offices["puxian"]
    row = add_indicator(actor=world.actor(CLERK), facts=BASE._replace(year_rule="stated"))
    first = make_draft(office, effective_to=None)
    put_into(row, first, year=2021)
    publish(first, version=8)
    publish(make_draft(office, key="next"), version=9)
    return row, first


@pytest.mark.parametrize("pin", ["an open round", "a round to come", "an application"])
def test_what_unfinished_work_is_pinned_to_is_asked_still(world: World, pin: str) -> None:
    row, first = replaced(world)
    county, today = world.towns["puxian"].county, clock.today()
    assert stated_years(county) == {}
    days = {
        "an open round": (today, today),
        "a round to come": (today + timedelta(days=5), today + timedelta(days=9)),
        "an application": (today - timedelta(days=9), today - timedelta(days=1)),
    }[pin]
    filer = world.actor("puxian.filer").user
    assert filer is not None
    call = make_round(world.offices["puxian"], first, "old", opens_on=days[0], closes_on=days[1])
    if pin == "an application":
        Application.objects.create(
            town=world.towns["puxian"], round=call, criteria_set=first, scope_code=county.code,
            category="manufacturing", filled_by=filer, state="submitted",
            created_at=clock.now(), saved_at=clock.now(),
        )  # fmt: skip
    with pytest.raises(Refused, match="未截止的批次或者在办的申报"):
        retire_indicator(actor=world.actor(CLERK), indicator=row)
    assert "基地面积" in asked(world, "puxian")
    assert stated_years(county) == {row.key: {2021: [first.title]}}
    assert row in asked_indicators(world.towns["puxian"], [2021])
    CriteriaSet.objects.filter(pk=first.pk).update(
        state="withdrawn", withdrawn_at=clock.now(), withdrawn_on=today
    )
    assert stated_years(county) == {row.key: {2021: [first.title]}}
    Application.objects.update(state="certified")
    Round.objects.update(opens_on=today - timedelta(days=9), closes_on=today - timedelta(days=1))
    assert stated_years(county) == {}
    assert retire_indicator(actor=world.actor(CLERK), indicator=row).retired_at is not None


@pytest.mark.parametrize("which", ["the one that uses it", "the one after it"])
def test_a_withdrawal_from_a_later_day_keeps_the_indicator(world: World, which: str) -> None:
    """Until then the withdrawn version stands; from then on the one before it stands again."""
    row, first = replaced(world)
    gone = {"state": "withdrawn", "withdrawn_at": clock.now()}
    later = gone | {"withdrawn_on": clock.today() + timedelta(days=3)}
    second = CriteriaSet.objects.filter(key="next")
    if which == "the one after it":
        second.update(**later)
    else:
        second.update(**gone, withdrawn_on=clock.today())
        CriteriaSet.objects.filter(pk=first.pk).update(**later)
        assert stated_years(world.towns["puxian"].county) == {row.key: {2021: [first.title]}}
    with pytest.raises(Refused, match="施行中或即将施行的标准使用"):
        retire_indicator(actor=world.actor(CLERK), indicator=row)


def test_every_rule_that_looks_at_an_indicator_counts_as_use(world: World) -> None:
    draft = make_draft(world.offices["puxian"])
    draft.criteria.create(
        key="own", ordinal=9, clause="九", title="基地", text="基地", nature="firm",
        priorities=[{"indicator": "tax", "operator": "ge", "threshold": "1"}],
        bands=[{"indicator": "revenue", "categories": [], "steps": [["1", "2"]]}],
    )  # fmt: skip
    used = users_of(CriteriaSet.objects.filter(pk=draft.pk))
    assert used["tax"] == used["revenue"] == {draft.pk}


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text"),
    [
        (Decimal(1), "yes_no", "", "是"),
        (Decimal("0.0000"), "yes_no", "", "否"),
        (Decimal(2), "choice", "", "市级"),
        (Decimal(9), "choice", "", "9"),
        (Decimal(30), "percent", "%", "30%"),
        (Decimal(3), "entries", "项", "3项"),
        (Decimal(2_000_000_000), "money", "元", "20亿元"),
        ("已建立", "text", "", "已建立"),
        (None, "yes_no", "", "—"),
    ],
)
def test_values_are_written_by_type(value: object, kind: str, unit: str, text: str) -> None:
    assert shown(value, kind, unit, (("1", "县级"), ("2", "市级"))) == text


def test_ranges_and_digits() -> None:
    assert "小于 -5%" in out_of_range(Decimal(-6), "percent", "%", Decimal(-5))
    assert "大于 200%" in out_of_range(Decimal(201), "percent", "%", None, Decimal(200))
    assert out_of_range(Decimal(-6), "percent", "%") == ""
    assert "是、否" in out_of_range(Decimal(2), "yes_no")
    assert too_fine(Decimal("1.5"), "count", "亩", 1) == ""
    assert "整数（家）" in too_fine(Decimal("1.5"), "count", "家", 0)
    assert "1 位小数" in too_fine(Decimal("1.55"), "count", "亩", 1)
