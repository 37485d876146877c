"""Two people amending one entry of a register from pages: neither side is lost unseen."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import scenario
from tests.factories import World
from tests.papers import pdf
from towns.actions import add_honour, add_platform
from towns.actions.honours import HonourFacts
from towns.actions.services import PlatformFacts
from towns.models import Application, Honour, Platform, TownFunction

pytestmark = pytest.mark.django_db


def hidden(page: Any, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found is not None, name
    return unescape(found[1])


def carried(page: Any) -> dict[str, str]:
    """What the page of decisions carries."""
    return {name: hidden(page, name) for name in ("first", "opened", "mine")}


def test_an_honour_keeps_what_the_first_one_saved(world: World, browse) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    facts = HonourFacts("old_brand_shanxi", awarded_on=date(2023, 1, 4))
    honour = add_honour(actor=filer, town=town, facts=facts)
    person = browse("puxian.filer")
    typed = {
        "kind": honour.kind,
        "level": honour.level,
        "part": "",
        "title": honour.title,
        "number": "",
        "issuer": "",
        "awarded_on": "2023-01-04",
        "valid_to": "",
    }
    page = person.get("honour-amend", honour.pk)
    typed["opened"] = hidden(page, "opened")
    person.post("honour-amend", honour.pk, data={**typed, "number": "甲填的编号"})
    scan = SimpleUploadedFile("证书.pdf", pdf("B"), content_type="application/pdf")
    late = {**typed, "number": "乙填的编号", "issuer": "乙填的单位", "certificate": scan}
    clash = person.post("honour-amend", honour.pk, data=late)
    assert clash.status_code == 409
    for words in ("甲填的编号", "乙填的编号", "乙填的单位", "您在另一个窗口已先修改", "证书.pdf"):
        assert words in clash.content.decode()
    assert Honour.objects.get(pk=honour.pk).number == "甲填的编号"
    asked = person.post("honour-amend", honour.pk, data=carried(clash))
    assert asked.status_code == 422 and "请选择保留哪一个" in asked.content.decode()
    done = person.post("honour-amend", honour.pk, data={**carried(asked), "take_number": "theirs"})
    assert done.status_code == 302
    honour.refresh_from_db()
    assert (honour.number, honour.issuer) == ("甲填的编号", "乙填的单位")
    assert str(honour.awarded_on) == "2023-01-04"


def test_a_second_certificate_does_not_take_the_place_of_the_first(world: World, browse) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    honour = add_honour(actor=filer, town=town, facts=HonourFacts("gi_demonstration"))
    person = browse("puxian.filer")
    opened = hidden(person.get("honour-amend", honour.pk), "opened")

    def send(name: str, opened: str) -> Any:
        scan = SimpleUploadedFile(name, pdf(name.encode().hex()), content_type="application/pdf")
        data = {"kind": honour.kind, "opened": opened, "certificate": scan}
        return person.post("honour-amend", honour.pk, data=data)

    assert send("甲的证书.pdf", opened).status_code == 302
    late = send("乙的证书.pdf", opened)
    assert late.status_code == 422 and "甲的证书.pdf" in late.content.decode()
    honour.refresh_from_db()
    assert honour.certificate is not None and honour.certificate.name == "甲的证书.pdf"
    assert send("乙的证书.pdf", hidden(late, "opened")).status_code == 302
    honour.refresh_from_db()
    assert honour.certificate.name == "乙的证书.pdf"


def test_the_products_of_a_member(world: World, browse) -> None:
    town = world.towns["puxian"]
    member = town.memberships.filter(until__isnull=True).earliest("pk")
    since = member.since.isoformat() if member.since else ""
    person = browse("puxian.filer")
    opened = hidden(person.get("member-amend", town.pk, member.pk), "opened")
    data = {"main_products": "甲改的产品", "since": since, "opened": opened}
    assert person.post("member-amend", town.pk, member.pk, data=data).status_code == 302
    data["main_products"] = "乙改的产品"
    clash = person.post("member-amend", town.pk, member.pk, data=data)
    assert clash.status_code == 409 and "乙改的产品" in clash.content.decode()
    member.refresh_from_db()
    assert member.main_products == "甲改的产品"
    mine = {**carried(clash), "take_main_products": "mine"}
    assert person.post("member-amend", town.pk, member.pk, data=mine).status_code == 302
    member.refresh_from_db()
    assert member.main_products == "乙改的产品"


def test_a_platform_and_the_eight_functions(world: World, browse) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    facts = PlatformFacts("logistics", "物流园", "building", functions=("logistics",))
    platform = add_platform(actor=filer, town=town, facts=facts)
    person = browse("puxian.filer")
    opened = hidden(person.get("platform-amend", town.pk, platform.pk), "opened")
    data = {"kind": "logistics", "name": "物流园", "state": "building", "opened": opened}
    address = ("platform-amend", town.pk, platform.pk)
    first = {**data, "operator": "甲公司", "functions": ["logistics", "testing"]}
    assert person.post(*address, data=first).status_code == 302
    clash = person.post(*address, data={**data, "operator": "乙公司", "functions": ["logistics"]})
    assert clash.status_code == 409
    choice = {**carried(clash), "take_operator": "mine"}
    assert person.post(*address, data=choice).status_code == 302
    platform = Platform.objects.get(pk=platform.pk)
    assert (platform.operator, platform.functions) == ("乙公司", ["logistics", "testing"])

    states = {row.key: row.state for row in TownFunction.objects.on().filter(town=town)}
    page = person.get("town-functions", town.pk)
    form = page.context["form"]
    typed = {
        name: (states.get(name.removeprefix("state_")) or "absent")
        for name in form.fields
        if name.startswith("state_")
    }
    typed["opened"] = hidden(page, "opened")
    first = {**typed, "platform_testing": "甲检测中心"}
    assert person.post("town-functions", town.pk, data=first).status_code == 302
    late = {**typed, "platform_testing": "乙检测中心", "platform_logistics": "乙物流"}
    clash = person.post("town-functions", town.pk, data=late)
    assert clash.status_code == 409 and "甲检测中心" in clash.content.decode()
    choice = {**carried(clash), "take_platform_testing": "theirs"}
    assert person.post("town-functions", town.pk, data=choice).status_code == 302
    now = {row.key: row.platform for row in TownFunction.objects.on().filter(town=town)}
    assert (now["testing"], now["logistics"]) == ("甲检测中心", "乙物流")


def test_the_scan_of_the_request(world: World, browse) -> None:
    application = scenario.draft(world, "county")
    Application.objects.filter(pk=application.pk).update(request_file=None, request_number="")
    person = browse("puxian.filer")
    opened = hidden(person.get("application-check", application.pk), "opened")

    def send(name: str, number: str, opened: str) -> Any:
        scan = SimpleUploadedFile(name, pdf(name.encode().hex()), content_type="application/pdf")
        data = {"number": number, "file": scan, "opened": opened}
        return person.post("application-request", application.pk, data=data)

    assert send("甲.pdf", "蒲政请〔2026〕1号", opened).status_code == 302
    late = send("乙.pdf", "蒲政请〔2026〕2号", opened)
    words = late.content.decode()
    assert late.status_code == 422 and "甲.pdf" in words and "蒲政请〔2026〕2号" in words
    application.refresh_from_db()
    assert application.request_number == "蒲政请〔2026〕1号"
    assert send("乙.pdf", "蒲政请〔2026〕2号", hidden(late, "opened")).status_code == 302
    application.refresh_from_db()
    assert application.request_number == "蒲政请〔2026〕2号"
