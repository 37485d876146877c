"""The importer of enterprises: what each row would do, and that exactly this is written."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor
from portal.core.ledger import chain_of
from portal.core.models import LedgerEntry
from portal.core.workbooks.engine import Book, Rehearsal, judge, read_book
from portal.core.workbooks.registry import importer_of
from portal.core.workbooks.spec import Change, Line, Outcome, Session
from tests.core.sheets import sheet_of
from tests.factories import World, grant_town, make_town, uscc
from tests.importing import committed, rehearsed
from towns.models import Enterprise, EnterpriseFigure, EnterpriseName, Membership, Town

YEAR = clock.today().year - 1
HEADER = (
    *("统一社会信用代码", "企业名称", "主体类型", "企业角色", "主要产品", "加入日期", "数据年度"),
    *("营业收入（万元）", "从业人数", "缴税", "出口额", "研发投入", "数据来源"),
)
NEW = uscc(900_000_001)


def row(code: str = NEW, name: str = "新企业有限公司", **more: Any) -> list[Any]:
    """A row of the sheet."""
    values = {
        "entity": "企业",
        "role": "骨干",
        "products": "肉牛",
        "since": "2024-01-05",
        "year": YEAR,
        "revenue": 1200.5,
        "jobs": 30,
        "tax": None,
        "export": None,
        "rd": None,
        "source": "县统计局",
    } | more
    return [code, name, *values.values()]


def session_of(actor: Actor, book: io.BytesIO) -> tuple[Session, Rehearsal]:
    """A workbook checked against the register."""
    importer = importer_of("enterprises")
    read: Book = read_book(book, importer.fields)
    session = importer.begin(actor, read.rows)
    return session, judge(session, importer, read)


def rehearse(actor: Actor, *rows: Sequence[Any], header: Sequence[str] = HEADER) -> list[Line]:
    """What would become of rows."""
    return session_of(actor, sheet_of(header, *rows))[1].lines


def enter(actor: Actor, *rows: Sequence[Any], header: Sequence[str] = HEADER) -> Rehearsal:
    """Rows entered; nothing of them may be refused."""
    session, found = session_of(actor, sheet_of(header, *rows))
    assert [line.problems for line in found.lines if line.problems] == []
    session.write()
    return found


def problems(line: Line) -> dict[str, str]:
    """Complaints by cell."""
    return {problem.cell: problem.text for problem in line.problems}


@pytest.fixture
def town(world: World) -> Town:
    """The filer's town."""
    return world.towns["puxian"]


@pytest.fixture
def member(town: Town) -> Membership:
    """An enterprise that is part of it."""
    found = (
        Membership.objects.filter(town=town, until=None, role="supporting")
        .select_related("enterprise")
        .first()
    )
    assert found is not None
    return found


def of(member: Membership, **more: Any) -> list[Any]:
    """A row that says of a member what the register says, and whatever is given."""
    same = {
        "entity": None,
        "role": None,
        "products": None,
        "since": None,
        "year": None,
        "revenue": None,
        "jobs": None,
        "source": None,
    }
    return row(member.enterprise.uscc, member.enterprise.name, **(same | more))


# --- adding ---------------------------------------------------------------


def test_a_new_enterprise_with_three_years(filer: Actor, town: Town) -> None:
    years = [row(year=YEAR - back, revenue=1000 + back) for back in range(3)]
    found = enter(filer, *years)
    assert found.counts == {"add": 3, "change": 0, "same": 0, "refuse": 0}
    assert found.lines[0].notes == ["首次登记的企业"]
    assert Change(f"营业收入（{YEAR}年）", "", "1,000万元") in found.lines[0].changes
    enterprise = Enterprise.objects.get(uscc=NEW)
    assert (enterprise.name, enterprise.entity) == ("新企业有限公司", "enterprise")
    seat = Membership.objects.get(enterprise=enterprise)
    assert (seat.town, seat.role, seat.main_products) == (town, "backbone", "肉牛")
    assert (seat.since, seat.until, seat.scope_code) == (date(2024, 1, 5), None, town.scope_code)
    revenue = EnterpriseFigure.objects.filter(
        enterprise=enterprise, indicator__key="enterprise_revenue"
    )
    assert dict(revenue.values_list("year", "value")) == {
        YEAR - back: Decimal(10_000_000 + 10_000 * back) for back in range(3)
    }
    assert set(revenue.values_list("source", flat=True)) == {"县统计局"}


def test_the_same_workbook_again_changes_nothing(filer: Actor) -> None:
    rows = [row(), row(uscc(900_000_002), "另一企业", year=YEAR, tax=3.25)]
    enter(filer, *rows)
    assert [line.outcome for line in rehearse(filer, *rows)] == [Outcome.SAME, Outcome.SAME]


def test_a_cooperative_is_known_by_its_name_and_counts_as_supporting(filer: Actor) -> None:
    found = enter(filer, row(name="蒲县某某养殖专业合作社", entity=None, role=None))
    seat = Membership.objects.select_related("enterprise").get(enterprise__uscc=NEW)
    assert (seat.enterprise.entity, seat.role) == ("cooperative", "supporting")
    assert len(found.lines[0].notes) == 3


def test_a_new_enterprise_needs_a_role(filer: Actor) -> None:
    (line,) = rehearse(filer, row(role=None))
    assert problems(line) == {"D2": "新登记的企业请填写企业角色：龙头、骨干或配套。"}


def test_an_enterprise_of_another_town_joins_this_one_too(
    filer: Actor, town: Town, world: World
) -> None:
    other = Membership.objects.filter(town=world.towns["zezhou"]).select_related("enterprise")[0]
    enter(
        filer, row(other.enterprise.uscc, other.enterprise.name, year=None, revenue=None, jobs=None)
    )
    assert set(
        Membership.objects.filter(enterprise=other.enterprise).values_list("town", flat=True)
    ) == {town.pk, other.town_id}


def test_an_enterprise_that_left_comes_back_with_a_new_row(
    filer: Actor, member: Membership
) -> None:
    left = clock.today() - timedelta(days=30)
    Membership.objects.filter(pk=member.pk).update(since=date(2020, 1, 1), until=left)
    (line,) = rehearse(filer, of(member, role="骨干", since="2021-01-01"))
    assert problems(line) == {"F2": f"该企业上一次退出是 {left}，加入日期不能早于这一天。"}
    (line,) = rehearse(filer, of(member, role="骨干"))
    assert problems(line) == {"F2": f"该企业 {left} 退出过，请填写重新加入的日期。"}
    found = enter(filer, of(member, role="骨干", since=left))
    assert found.counts["add"] == 1
    rows = Membership.objects.filter(enterprise=member.enterprise).order_by("pk")
    assert [(seat.since, seat.until) for seat in rows] == [(date(2020, 1, 1), left), (left, None)]


# --- changing ---------------------------------------------------------------


def test_empty_cells_change_nothing(filer: Actor, member: Membership) -> None:
    (line,) = rehearse(filer, of(member))
    assert (line.outcome, line.changes) == (Outcome.SAME, [])


def test_another_name_is_a_change_that_keeps_the_former_one(
    filer: Actor, member: Membership
) -> None:
    old = member.enterprise.name
    renamed = of(member)
    renamed[1] = "改了名的公司"
    found = enter(filer, renamed)
    assert found.lines[0].outcome == Outcome.CHANGE
    assert found.lines[0].changes == [Change("更名", old, "改了名的公司")]
    former = EnterpriseName.objects.get(enterprise=member.enterprise)
    assert (former.name, former.valid_to) == (old, clock.today())
    member.enterprise.refresh_from_db()
    assert member.enterprise.name == "改了名的公司"
    assert rehearse(filer, renamed)[0].outcome == Outcome.SAME
    # An old list with the former name does not take the new one back.
    renamed[1] = old
    (line,) = rehearse(filer, renamed)
    assert problems(line) == {"B2": "这是该企业的曾用名，现名为“改了名的公司”，请按现名填写。"}


def test_brackets_and_blanks_make_no_other_name(filer: Actor, member: Membership) -> None:
    Enterprise.objects.filter(pk=member.enterprise_id).update(name="山西（集团）公司")
    same = of(member)
    same[1] = "山西 (集团) 公司"
    assert rehearse(filer, same)[0].outcome == Outcome.SAME


def test_another_role_ends_the_membership_and_begins_a_new_one(
    filer: Actor, member: Membership
) -> None:
    joined = date(2021, 3, 4)
    Membership.objects.filter(pk=member.pk).update(since=joined, main_products="旧产品")
    wanted = of(member, role="龙头", since=joined)
    found = enter(filer, wanted)
    assert found.lines[0].changes == [Change("企业角色", "配套", "龙头")]
    old, new = Membership.objects.filter(enterprise=member.enterprise).order_by("pk")
    assert (old.pk, old.role, old.until) == (member.pk, "supporting", clock.today())
    assert (new.role, new.since, new.until) == ("leading", clock.today(), None)
    assert (new.main_products, new.scope_code) == ("旧产品", old.scope_code)
    # The date of joining is the first role's: the sheet still says what the register says.
    assert rehearse(filer, wanted)[0].outcome == Outcome.SAME
    enter(filer, of(member, since="2021-03-05"))
    old.refresh_from_db()
    assert old.since == date(2021, 3, 5)


def test_a_role_that_was_wrong_for_no_day_is_put_right(filer: Actor, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(since=clock.today())
    enter(filer, of(member, role="骨干", products="牛皮"))
    (seat,) = Membership.objects.filter(enterprise=member.enterprise)
    assert (seat.pk, seat.role, seat.until) == (member.pk, "backbone", None)
    assert seat.main_products == "牛皮"


def test_products_and_dates_are_corrected_in_place(filer: Actor, member: Membership) -> None:
    enter(filer, of(member, products="牛肉干、牛皮", since="2022.5.6"))
    member.refresh_from_db()
    assert (member.main_products, member.since) == ("牛肉干、牛皮", date(2022, 5, 6))
    assert Membership.objects.filter(enterprise=member.enterprise).count() == 1


def test_figures_are_changed_and_keep_their_source_unless_one_is_given(
    filer: Actor, member: Membership
) -> None:
    enter(filer, of(member, year=YEAR, revenue=100, source="县统计局"))
    found = enter(filer, of(member, year=YEAR, revenue=120))
    assert found.lines[0].changes == [Change(f"营业收入（{YEAR}年）", "100万元", "120万元")]
    figure = EnterpriseFigure.objects.get(
        enterprise=member.enterprise, year=YEAR, indicator__key="enterprise_revenue"
    )
    assert (figure.value, figure.source) == (Decimal(1_200_000), "县统计局")
    found = enter(filer, of(member, year=YEAR, revenue=120, source="税务部门"))
    assert found.lines[0].changes == [Change(f"营业收入（{YEAR}年）的来源", "县统计局", "税务部门")]


def test_a_leap_from_what_is_registered_is_pointed_out(filer: Actor, member: Membership) -> None:
    enter(filer, of(member, year=YEAR - 1, revenue=100))
    (line,) = rehearse(filer, of(member, year=YEAR, revenue=1_000_000))
    assert line.outcome == Outcome.CHANGE
    words = f"营业收入（{YEAR}年） 100亿元，是上年（100万元）的 10,000 倍。"
    assert line.notes == [words + "请核对单位，是否把元、万元选错。"]
    assert line.asks
    (line,) = rehearse(filer, of(member, year=YEAR, revenue=9_000))
    assert (line.notes, line.asks) == ([], False)
    enter(filer, of(member, year=YEAR - 1, revenue=20_000))
    (line,) = rehearse(filer, of(member, year=YEAR - 1, revenue=2))
    assert line.notes == [
        f"营业收入（{YEAR - 1}年） 2万元与原有的 20,000万元相差 100 倍以上，请核对单位。"
    ]
    assert line.asks


def test_years_of_one_sheet_are_each_others_last_years(filer: Actor) -> None:
    """In whatever order they stand: one of three years in 元 under a heading in 万元."""
    revenues = {YEAR: 1_300, YEAR - 1: 12_500_000, YEAR - 2: 1_200}
    lines = rehearse(filer, *(row(year=year, revenue=value) for year, value in revenues.items()))
    assert [line.asks for line in lines] == [True, True, False]
    assert "是上年（1,250亿元）的 1/9,615.4" in lines[0].notes[-1]
    assert "是上年（1,200万元）的 10,416.7 倍" in lines[1].notes[-1]


def test_what_the_sheet_says_of_last_year_goes_before_the_register(
    filer: Actor, member: Membership
) -> None:
    enter(filer, of(member, year=YEAR - 1, revenue=100), of(member, year=YEAR, revenue=101))
    lines = rehearse(
        filer,
        of(member, year=YEAR - 1, revenue=1_000_000),
        of(member, year=YEAR, revenue=1_000_001),
    )
    assert ["与原有的" in note for line in lines for note in line.notes] == [True, True]
    # A year that stays is looked at against a year that changes under it.
    lines = rehearse(
        filer,
        of(member, year=YEAR - 1, revenue=1_000_000),
        of(member, year=YEAR, revenue=101),
    )
    assert [line.asks for line in lines] == [True, True]


def test_figures_of_a_stranger_are_not_told(filer: Actor, world: World) -> None:
    other = Membership.objects.filter(town=world.towns["zezhou"]).select_related("enterprise")[0]
    enterprise = other.enterprise
    enter(world.actor("zezhou.filer"), of(other, year=YEAR - 1, revenue=77))
    (line,) = rehearse(filer, row(enterprise.uscc, enterprise.name, revenue=7_700_000))
    assert (line.outcome, line.asks) == (Outcome.ADD, False)
    assert "77" not in "".join(line.notes)


# --- one role after another ---------------------------------------------------


@pytest.fixture
def three_roles(member: Membership) -> Membership:
    """A member that had three roles one after another."""
    Membership.objects.filter(pk=member.pk).update(since=date(2020, 1, 1), until=date(2022, 1, 1))
    for role, since, until in (
        ("backbone", date(2022, 1, 1), date(2024, 1, 1)),
        ("leading", date(2024, 1, 1), None),
    ):
        Membership.objects.create(
            town=member.town, enterprise=member.enterprise, role=role, since=since, until=until
        )
    return member


def test_who_joined_did_so_before_the_first_role_ended(
    filer: Actor, three_roles: Membership
) -> None:
    (line,) = rehearse(filer, of(three_roles, since="2023-06-01"))
    assert problems(line) == {
        "F2": "该企业 2022-01-01 起变更过角色，加入日期不能晚于这一天，请核对。"
    }
    enter(filer, of(three_roles, since="2021-06-01"))
    three_roles.refresh_from_db()
    assert three_roles.since == date(2021, 6, 1)


# --- other towns' lists -------------------------------------------------------


def renaming(member: Membership, name: str) -> list[Any]:
    """A row that gives a member another name."""
    wanted = of(member)
    wanted[1] = name
    return wanted


def test_a_rename_is_entered_in_the_ledger_of_the_other_towns(
    filer: Actor, world: World, town: Town
) -> None:
    first, second = Membership.objects.filter(town=town).select_related("enterprise")[:2]
    others = [world.towns["zezhou"], world.towns["xixian"]]
    for other in others:
        for seat in (first, second):
            Membership.objects.create(town=other, enterprise=seat.enterprise, role="backbone")
    # One that has left learns nothing.
    Membership.objects.filter(town=others[1], enterprise=second.enterprise).update(
        until=clock.today()
    )
    rows = [renaming(first, "改名甲公司"), renaming(second, "改名乙公司")]
    run, _ = rehearsed(filer, "enterprises", [list(HEADER), *rows])
    with CaptureQueriesContext(connection) as captured:
        committed(filer, run)
    locks = [
        query["sql"]
        for query in captured
        if 'FROM "towns_town"' in query["sql"] and "FOR UPDATE" in query["sql"]
    ]
    assert len(locks) == 1 and str(others[0].pk) in locks[0] and 'BY "towns_town"."id"' in locks[0]
    entries = LedgerEntry.objects.filter(verb="rename_enterprise").order_by("chain")
    assert {entry.chain: entry.scope_code for entry in entries} == {
        chain_of(other): other.scope_code for other in others
    }
    both = entries.get(chain=chain_of(others[0]))
    assert both.summary == (
        f"企业“{first.enterprise.name}”更名为“改名甲公司”，"
        f"“{second.enterprise.name}”更名为“改名乙公司”"
    )
    assert (both.audience, "导入表.xlsx" in both.payload) == ("filer", True)
    one = entries.get(chain=chain_of(others[1]))
    assert "改名乙公司" not in one.summary + one.payload + one.after
    former = EnterpriseName.objects.get(enterprise=first.enterprise)
    assert former.source == "导入表.xlsx"


def test_who_has_left_is_not_renamed(filer: Actor, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(until=clock.today())
    wanted = of(member, role="骨干", since=clock.today())
    wanted[1] = "改了名的公司"
    (line,) = rehearse(filer, wanted)
    assert problems(line) == {
        "B2": f"该代码登记的名称是“{member.enterprise.name}”。该企业不在您填报的专业镇现有名单中，"
        "请按登记的名称填写；更名由其所在专业镇的填报人办理。"
    }


# --- refusing ---------------------------------------------------------------


def test_the_same_enterprise_and_year_twice_names_the_other_row(filer: Actor) -> None:
    lines = rehearse(filer, row(), row(uscc(900_000_002), "另一企业"), row())
    assert [line.outcome for line in lines] == [Outcome.ADD, Outcome.ADD, Outcome.REFUSE]
    assert problems(lines[2]) == {"A4": f"与第 2 行是同一企业，同为 {YEAR} 年度。请合并为一行。"}


def test_rows_of_one_enterprise_agree(filer: Actor) -> None:
    lines = rehearse(filer, row(), row(name="别名公司", role="龙头", year=YEAR - 1))
    assert problems(lines[1]) == {
        "B3": "与第 2 行同一企业的企业名称不一致，请统一。",
        "D3": "与第 2 行同一企业的企业角色不一致，请统一。",
    }


@pytest.mark.parametrize(
    ("more", "cell", "words"),
    [
        ({"year": None}, "G2", "请填写数据年度"),
        ({"year": clock.today().year + 1}, "G2", "还没有到"),
        ({"year": "去年"}, "G2", "不是年度"),
        ({"year": 1995}, "G2", f"应在 2000 至 {clock.today().year} 之间"),
        ({"year": date(1999, 12, 31)}, "G2", "应在 2000 至"),
        ({"revenue": -1}, "H2", "不能为负数"),
        ({"revenue": "约一百"}, "H2", "不是数"),
        ({"jobs": 12.5}, "I2", "不是整数"),
        ({"role": "老大"}, "D2", "请填写：龙头、骨干、配套"),
        ({"since": "2999-01-01"}, "F2", "不是日期"),
        ({"since": "2099-01-01"}, "F2", "不能晚于今天"),
        ({"code": "91140500"}, "A2", "应为18位"),
        ({"code": None}, "A2", "请填写统一社会信用代码"),
        ({"name": None}, "B2", "请填写企业名称"),
    ],
)
def test_wrong_cells_are_refused_with_their_address(
    filer: Actor, more: dict[str, Any], cell: str, words: str
) -> None:
    (line,) = rehearse(filer, row(**more))
    assert line.outcome == Outcome.REFUSE
    assert list(problems(line)) == [cell]
    assert words in problems(line)[cell]


def test_all_that_is_wrong_with_a_row_is_said_at_once(filer: Actor) -> None:
    (line,) = rehearse(filer, row("1", None, role="x", since="x", year="x", revenue="x"))  # type: ignore[arg-type]
    assert list(problems(line)) == ["A2", "B2", "D2", "F2", "G2", "H2"]


# --- whose towns ---------------------------------------------------------------

WITH_TOWN = ("专业镇", *HEADER)


def test_only_towns_that_were_given_may_be_written_to(filer: Actor, world: World) -> None:
    other = world.towns["xixian"]
    (line,) = rehearse(filer, [other.name, *row()], header=WITH_TOWN)
    assert problems(line) == {"A2": f"“{other.name}”没有授权给您的岗位填报，或名称不对，请核对。"}


def test_whoever_keeps_several_towns_names_one(filer: Actor, world: World, town: Town) -> None:
    second = make_town(town.county, "蒲县第二专业镇")
    grant_town(filer, second)
    lines = rehearse(filer, [None, *row()], [second.name, *row()], header=WITH_TOWN)
    several = "您填报的专业镇不止一个，请填写专业镇名称，或上传时选择专业镇。"
    assert problems(lines[0]) == {"A2": several}
    assert lines[1].outcome == Outcome.ADD
    (line,) = rehearse(filer, row())
    assert problems(line) == {"": "您填报的专业镇不止一个，请填写专业镇名称，或上传时选择专业镇。"}


def test_an_enterprise_elsewhere_is_neither_renamed_nor_recounted(
    filer: Actor, world: World
) -> None:
    other = Membership.objects.filter(town=world.towns["zezhou"]).select_related("enterprise")[0]
    enterprise = other.enterprise
    known = rehearse(world.actor("zezhou.filer"), of(other, year=YEAR, revenue=77))[0]
    assert known.outcome == Outcome.CHANGE
    enter(world.actor("zezhou.filer"), of(other, year=YEAR, revenue=77))
    (line,) = rehearse(filer, row(enterprise.uscc, "抢注公司", revenue=78))
    assert problems(line) == {
        "B2": f"该代码已登记为“{enterprise.name}”，请核对名称或代码。",
        "H2": "该企业这一年度的数据已由其他专业镇填报，数值不同，请与其核对。",
    }


# --- all or nothing -----------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_what_is_promised_is_what_happens(filer: Actor, town: Town, seed: int) -> None:
    """Random sheets of new, known and wrong rows: a second check finds nothing left to do."""
    dice = random.Random(seed)
    known = list(Membership.objects.filter(town=town, until=None).select_related("enterprise")[:6])
    lines: list[list[Any]] = []
    for number in range(30):
        more = {
            "year": YEAR - number % 3,
            "revenue": dice.choice([None, 0, 12.5, "1,200", "3亿"]),
            "jobs": dice.choice([None, 5, "60人"]),
            "products": dice.choice([None, "牛肉"]),
            "role": "骨干" if number < 15 else None,
            "since": None,
        }
        if number < 15:
            lines.append(row(uscc(930_000_000 + number), f"企业{number}", **more))
        elif number - 15 < len(known):
            lines.append(of(known[number - 15], **more))
    if seed % 2:
        lines.insert(dice.randrange(len(lines)), row("坏代码", "坏", revenue="约一百"))
    dice.shuffle(lines)
    session, found = session_of(filer, sheet_of(HEADER, *lines))
    assert sum(found.counts.values()) == len(lines)
    assert found.refused == seed % 2
    if seed % 2:
        return
    before = Enterprise.objects.count()
    session.write()
    assert Enterprise.objects.count() == before + 15
    assert {line.outcome for line in rehearse(filer, *lines)} == {Outcome.SAME}


# --- cost ---------------------------------------------------------------


def queries_of(actor: Actor, start: int, count: int) -> int:
    """How many queries checking and entering that many rows takes, half of them known."""

    def rows(revenue: int) -> list[list[Any]]:
        return [
            row(uscc(start + number), f"企业{start + number}", revenue=revenue)
            for number in range(count)
        ]

    enter(actor, *rows(1)[: count // 2])
    importer = importer_of("enterprises")
    read = read_book(sheet_of(HEADER, *rows(2)), importer.fields)
    with CaptureQueriesContext(connection) as captured:
        importer.lock(actor, read.rows)
        session = importer.begin(actor, read.rows)
        session.check()
        session.write()
    return len(captured)


def test_queries_do_not_grow_with_the_rows(filer: Actor) -> None:
    few, many = queries_of(filer, 910_000_000, 20), queries_of(filer, 920_000_000, 1_000)
    assert many == few <= 20
