"""Sections of an application that show registers: figures of three years, functions, tables."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.models import Indicator
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from portal.core.merging import Overtaken
from portal.core.web import office_url
from tests.factories import World, grant_town, make_post, multiply, report_year
from tests.scenario import file
from towns.actions import (
    drop_typed,
    end_membership,
    grant_sections,
    record_figures,
    save_register_section,
)
from towns.actions.drafting import autosave_section, keep_typed, save_section
from towns.figure_texts import read_figure, text_of
from towns.models import (
    Application,
    Correction,
    CorrectionItem,
    DraftField,
    TownFigure,
    TownFunction,
)
from towns.queries import current_memberships
from towns.sections import find_section, texts, working
from towns.tables.section_fields import asked_of

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1


def stored(world: World, key: str, year: int = YEAR) -> Decimal | None:
    rows = TownFigure.objects.filter(town=world.towns["puxian"], year=year, indicator__key=key)
    return rows.values_list("value", flat=True).first()


def test_a_figure_is_one_text_with_its_unit(world: World) -> None:
    rows = {row.key: row for row in Indicator.objects.filter(source="reported")}
    for text, yuan in (
        ("26000", "260000000"),
        ("2.6亿元", "260000000"),
        ("１，２３４．５ 万", "12345000"),
        ("0.01元", "0.01"),
    ):
        value = read_figure(rows["output_value"], text)
        assert value == Decimal(yuan)
        assert read_figure(rows["output_value"], text_of(rows["output_value"], value)) == value
    assert read_figure(rows["tax"], " ") is None
    for key, text, message in (
        ("tax", "很多", "请填写数字"),
        ("tax", "0.001元", "最多精确到分"),
        ("tax", "-3", "不能为负数"),
        ("tax", "1e999999", "数值过大"),
        ("tax", "1" * 41, "请填写数字"),
        ("employment", "3.5人", "请填写整数"),
        ("market_share_national", "101%", "不能超过 100"),
    ):
        with pytest.raises(ValidationError, match=message):
            read_figure(rows[key], text)


def test_figures_wait_until_they_are_saved(
    world: World, filer: Actor, application: Application
) -> None:
    section = find_section(application, "figures")
    assert section is not None
    name, opened = f"{YEAR}.tax", texts(working(application, section))
    before = stored(world, "tax")
    kept = autosave_section(
        actor=filer, application=application, key="figures", opened=opened, typed={name: "很多"}
    )
    assert kept.kept == [name]
    assert working(application, section)[name].waiting
    assert stored(world, "tax") == before
    with pytest.raises(ValidationError) as caught:
        save_section(
            actor=filer, application=application, key="figures", opened=None, typed={name: "很多"}
        )
    assert "请填写数字" in caught.value.message_dict[name][0]
    assert DraftField.objects.get(application=application, name=name).text == "很多"
    save_section(
        actor=filer, application=application, key="figures", opened=None, typed={name: "8100"}
    )
    assert stored(world, "tax") == Decimal(81_000_000)
    assert not DraftField.objects.filter(application=application).exists()


def test_a_confirmed_year_cannot_be_typed(
    world: World, filer: Actor, application: Application
) -> None:
    report_year(world, "puxian", YEAR - 1, state="confirmed")
    section = find_section(application, "figures")
    assert section is not None
    names = section.labels(application)
    assert f"{YEAR}.tax" in names
    assert f"{YEAR - 1}.tax" not in names
    assert f"{YEAR - 2}.tax" in names


def test_what_a_workbook_said_waits_no_more(
    world: World, filer: Actor, application: Application
) -> None:
    section = find_section(application, "figures")
    assert section is not None
    name = f"{YEAR}.tax"
    keep_typed(filer, application, "figures", {name: "8300"}, clock.now(), source="workbook")
    row = working(application, section)[name]
    assert (row.waiting, row.text) == (False, section.stored(application)[name])
    save_section(
        actor=filer,
        application=application,
        key="figures",
        opened=None,
        typed={f"{YEAR}.revenue": "8100"},
    )
    assert not DraftField.objects.filter(application=application).exists()


def test_the_source_of_a_year_is_corrected_with_its_figures(
    world: World, filer: Actor, application: Application
) -> None:
    Application.objects.filter(pk=application.pk).update(state="returned", revision=1)
    application.refresh_from_db()
    asked = Correction.objects.create(
        application=application,
        revision=1,
        office=application.round.office,
        asked_at=clock.now(),
        asked_name="省办",
    )
    CorrectionItem.objects.create(correction=asked, path=f"figures.{YEAR}.tax", label="税收")
    save: dict[str, Any] = {
        "actor": filer,
        "application": application,
        "key": "figures",
        "opened": None,
    }
    save_section(**save, typed={f"{YEAR}.source": "县税务局", f"{YEAR}.tax": "8100"})
    sources = TownFigure.objects.filter(town=world.towns["puxian"], year=YEAR)
    assert set(sources.values_list("source", flat=True)) == {"县税务局"}
    with pytest.raises(Refused, match="不在本次补正范围内"):
        save_section(**save, typed={f"{YEAR - 1}.source": "县税务局"})
    asked_now = asked_of(application).reasons
    assert f"figures.{YEAR}.source" in asked_now
    assert f"figures.{YEAR - 1}.source" not in asked_now


# --- pages ----------------------------------------------------------------------------------------

SECTIONS = (
    ("figures", "金额按万元填写"),
    ("enterprises", "龙头企业"),
    ("honours", "认定条件怎样计数"),
    ("standards", "认定条件怎样计数"),
    ("functions", "八项功能"),
)
QUERIES = 15


def taken(person, pk: int, key: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = person.get("application-section", pk, key)
    assert answer.status_code == 200, key
    return len(captured)


def test_section_pages_keep_their_budget_with_300_enterprises(
    world: World, application: Application, browse
) -> None:
    person = browse("puxian.filer")
    few = {}
    for key, words in SECTIONS:
        answer = person.get("application-section", application.pk, key)
        assert words in answer.text, key
        assert "上一部分" in answer.text
        back = f"&amp;application={application.pk}&amp;part={key}"
        assert key == "functions" or ("Excel 导入" in answer.text and back in answer.text), key
        few[key] = taken(person, application.pk, key)
    assert {key: count for key, count in few.items() if count > QUERIES} == {}
    member = world.towns["puxian"].memberships.select_related("enterprise").earliest("pk")
    firms = multiply(
        member.enterprise, 300, uscc="'9114' || lpad(n::text, 14, '0')", name="'第' || n || '酒厂'"
    )
    multiply(member, 300, enterprise_id=f"{firms.start - 1} + n")
    assert {key: taken(person, application.pk, key) for key, _ in SECTIONS} == few
    page = person.get("application-section", application.pk, "enterprises")
    back = f"application={application.pk}&amp;part=enterprises"
    assert page.text.count(f"amend/?post={person.actor.post.pk}&amp;{back}") == 50
    second = person.get("application-section", application.pk, "enterprises", extra="&page=2")
    assert "上一页" in second.text
    assert '<td class="seq">51</td>' in second.text
    found = person.get("application-section", application.pk, "enterprises", extra="&q=第299酒厂")
    assert "第299酒厂" in found.text
    assert "第298酒厂" not in found.text
    address = office_url(person.actor, "application-section", application.pk, "honours")
    assert person.client.get(address.replace("honours", "elsewhere")).status_code == 404
    turns = "(ARRAY['supporting', 'backbone', 'leading'])[n]"
    others = multiply(
        member.enterprise, 3, uscc="'9115' || lpad(n::text, 14, '0')", name="'另' || n || '酒厂'"
    )
    multiply(member, 3, enterprise_id=f"{others.start - 1} + n", role=turns)
    roles = [row.role for row in current_memberships(world.towns["puxian"])]
    assert roles == sorted(roles, key=["leading", "backbone", "supporting"].index)
    assert set(roles) == {"leading", "backbone", "supporting"}


def test_figures_are_saved_by_the_form_and_mistakes_come_back(
    world: World, application: Application, browse
) -> None:
    person, name = browse("puxian.filer"), f"{YEAR}.tax"
    page = person.get("application-section", application.pk, "figures").text
    sealed = dict(re.findall(r'name="(opened|below)" value="([^"]*)"', page))
    assert set(sealed) == {"opened", "below"}
    bad = {**sealed, name: "很多", f"{YEAR}.employment": "3700"}
    answer = person.post("application-section", application.pk, "figures", data=bad)
    assert answer.status_code == 422
    assert f'id="id_{YEAR}_tax_error"' in answer.text
    assert 'value="很多"' in answer.text
    assert 'value="3700"' in answer.text
    leap = {**sealed, f"{YEAR}.output_value": "2600亿元"}
    asked = person.post("application-section", application.pk, "figures", data=leap)
    assert asked.status_code == 422
    assert f'name="{YEAR}.output_value_sure" value="260000000000"' in asked.text
    ticked = {**leap, f"{YEAR}.output_value_sure": "260000000000", name: "8100"}
    done = person.post("application-section", application.pk, "figures", data=ticked)
    assert done.status_code == 302
    assert stored(world, "output_value") == Decimal(260_000_000_000)
    assert stored(world, "tax") == Decimal(81_000_000)
    # The register was changed since this form was opened: what stands is shown beside.
    old = {**sealed, name: "8200"}
    clash = person.post("application-section", application.pk, "figures", data=old)
    assert clash.status_code == 409
    assert "没有保存：您在另一个窗口已先修改" in clash.text
    assert "他人" not in clash.text
    unit, town = person.actor.office, world.towns["puxian"]
    assert unit is not None
    colleague = make_post(unit, "filer", "puxian.filer2")
    grant_town(colleague, town)
    record_figures(
        actor=colleague,
        town=town,
        year=YEAR,
        values={"tax": Decimal(82_500_000)},
    )
    clash = person.post("application-section", application.pk, "figures", data=old)
    assert "没有保存：他人已先修改" in clash.text
    record_figures(
        actor=person.actor,
        town=world.towns["puxian"],
        year=YEAR,
        values={"tax": Decimal(81_000_000)},
    )
    assert stored(world, "tax") == Decimal(81_000_000)
    report_year(world, "puxian", YEAR, state="confirmed")
    keep_typed(
        person.actor, application, "figures", {name: "8300"}, clock.now()
    )  # typed before the year was confirmed
    shut = person.get("application-section", application.pk, "figures").text
    assert f"{YEAR}年主导产业税收：8300" in shut
    refresh = person.get("application-section-refresh", application.pk, "figures").text
    assert "已确认，不能直接修改" in refresh
    assert f"更正 {YEAR} 年度数据" in shut
    assert f'name="{name}"' not in shut


def test_the_register_moving_under_what_waits_is_seen(
    world: World, filer: Actor, application: Application
) -> None:
    section = find_section(application, "figures")
    assert section is not None
    name = f"{YEAR}.tax"
    below, shown = section.stored(application), texts(working(application, section))
    autosave_section(
        actor=filer, application=application, key="figures", opened=shown, typed={name: "100"}
    )
    record_figures(
        actor=filer, town=world.towns["puxian"], year=YEAR, values={"tax": Decimal(800_000)}
    )
    save: dict[str, Any] = {
        "actor": filer,
        "application": application,
        "key": "figures",
        "typed": {name: "100"},
    }
    with pytest.raises(Overtaken) as caught:
        save_register_section(opened={**shown, name: "100"}, below=below, **save)
    assert caught.value.theirs[name] == "80"
    assert stored(world, "tax") == Decimal(800_000)
    dropped = drop_typed(actor=filer, application=application, key="figures", names=[name])
    assert dropped == [name]
    assert not working(application, section)[name].waiting
    assert drop_typed(actor=filer, application=application, key="figures", names=[name]) == []


def test_functions_are_saved_and_a_contact_waits_for_the_filer(
    world: World, filer: Actor, application: Application
) -> None:
    contact = world.actor("puxian.contact")
    assert contact.post is not None
    grant_sections(actor=filer, application=application, post=contact.post, sections=["functions"])
    section = find_section(application, "functions")
    assert section is not None
    typed = {"state_testing": "present", "platform_testing": "酒类检验中心"}
    save: dict[str, Any] = {
        "application": application,
        "key": "functions",
        "below": None,
        "typed": typed,
    }
    rows = TownFunction.objects.on().filter(town=world.towns["puxian"], key="testing")
    before = list(rows.values_list("state", "platform"))
    assert save_register_section(actor=contact, opened=None, **save) is False
    assert list(rows.values_list("state", "platform")) == before
    assert working(application, section)["platform_testing"].waiting
    assert save_register_section(actor=filer, opened=None, **save) is True
    assert rows.get().platform == "酒类检验中心"
    with pytest.raises(ValidationError) as caught:
        save_register_section(
            actor=filer, opened=None, **{**save, "typed": {"state_testing": "maybe"}}
        )
    assert "请选择有、在建或无" in caught.value.message_dict["state_testing"][0]


def test_a_return_locks_the_tables_it_does_not_name(world: World, filer: Actor, browse) -> None:
    case = file(world, "county")
    application = case.application
    member = world.towns["puxian"].memberships.select_related("enterprise").earliest("pk")
    application = return_for(world, application, ["honours", f"figures.{YEAR}.tax"])
    end_membership(
        actor=filer,
        town=world.towns["puxian"],
        membership_id=member.pk,
        on=clock.today(),
        reason="停产",
    )
    person = browse("puxian.filer")
    locked = person.get("application-section", application.pk, "enterprises").text
    assert "本次补正不包括企业名单" in locked
    assert "减少或变更 1 项" in locked
    assert member.enterprise.name in locked
    assert "添加企业" not in locked
    # A return costs two queries more, and no page passes its budget.
    counts = {key: taken(person, application.pk, key) for key, _ in SECTIONS}
    assert {key: count for key, count in counts.items() if count > QUERIES} == {}
    unlocked = person.get("application-section", application.pk, "honours").text
    assert "本次补正可以修改这份名单" in unlocked
    assert "登记荣誉、品牌" in unlocked
    figures = person.get("application-section", application.pk, "figures").text
    assert f'name="{YEAR}.tax"' in figures
    assert f'name="{YEAR}.employment"' not in figures
    assert "不在本次补正范围内" in figures
    assert "请核对数据" in figures
    assert figures.count('class="years-asked"') == 1
    # Once the years are confirmed, the one that is asked for leads to its correction, and back.
    for year in (YEAR, YEAR - 1):
        report_year(world, "puxian", year, state="confirmed")
    sealed = unescape(person.get("application-section", application.pk, "figures").text)
    assert f'name="{YEAR}.tax"' not in sealed
    cell = re.search(rf'data-field="{YEAR}.tax" class="years-asked">(.*?)</td>', sealed, re.DOTALL)
    assert cell is not None
    assert "要求补正" in cell[1]
    assert "请核对数据" in cell[1]
    assert f"更正 {YEAR - 1} 年度数据" not in sealed
    assert "临汾市领导小组办公室重新确认" in sealed
    link = re.search(rf'href="([^"]*)">更正 {YEAR} 年度数据', sealed)
    assert link is not None
    form = unescape(person.client.get(link[1]).text)
    assert "退回补正要求改正的数据" in form
    assert "请核对数据" in form
    back = office_url(person.actor, "application-section", application.pk, "figures")
    assert f'href="{back}"' in form
    assert taken(person, application.pk, "figures") <= QUERIES


def return_for(world: World, application: Application, paths: list[str]) -> Application:
    """The application as a return that names these fields leaves it."""
    application.state = "returned"
    application.save(update_fields=["state"])
    correction = Correction.objects.create(
        application=application,
        revision=application.revision,
        office=world.offices["puxian"],
        asked_at=clock.now(),
    )
    for path in paths:
        CorrectionItem.objects.create(
            correction=correction, path=path, label=path, reason="请核对数据"
        )
    return application


def test_register_pages_lead_back_to_the_section(
    world: World, application: Application, browse
) -> None:
    person, town = browse("puxian.filer"), world.towns["puxian"].pk
    way = f"&application={application.pk}&part=enterprises"
    target = office_url(person.actor, "application-section", application.pk, "enterprises")
    for name in ("member-add", "honour-add"):
        page = person.get(name, town, extra=way)
        assert f'href="{target}"' in unescape(page.text), name
    member = world.towns["puxian"].memberships.earliest("pk")
    page = person.get("member-amend", town, member.pk, extra=way)
    assert f'href="{target}"' in unescape(page.text)
    done = person.client.post(
        office_url(person.actor, "member-amend", town, member.pk) + way,
        {"acting_post": person.actor.post.pk, "main_products": "白酒", "since": ""},
    )
    assert done.status_code == 302
    assert done.url == target
