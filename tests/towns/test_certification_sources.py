"""The scan of the document that named a town before the portal existed: attached, replaced."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of, first_broken_link
from portal.core.models import LedgerEntry, OfficialDocument, StoredFile
from tests.factories import World
from tests.papers import PDF
from tests.scenario import drive, file
from towns.actions import attach_source
from towns.models import Certification, Town

pytestmark = pytest.mark.django_db
NUMBER = "临专镇办发〔2022〕2号"


@pytest.fixture
def named(world: World) -> Certification:
    """What a document on paper gave the town."""
    town = world.towns["puxian"]
    return Certification.objects.create(
        town=town,
        level="city",
        scope_code=town.scope_code,
        town_name="蒲县牛业专业镇",
        category=town.category,
        industry=town.industry,
        year=2022,
        valid_from=date(2022, 12, 5),
        source_title="关于公布2022年度市级专业镇名单的通知",
        source_number=NUMBER,
        source_on=date(2022, 12, 1),
    )


def scan(mark: bytes = b"", name: str = "名单.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF + b"%" + mark, "application/pdf")


def test_the_register_keeps_a_scan_and_the_tab_shows_it(
    world: World, browse: Any, named: Certification
) -> None:
    clerk, town = browse("puxian.clerk"), named.town
    before = clerk.get("town-filings", town.pk).text
    assert f"/certifications/{named.pk}/source/" in before and "还没有上传扫描件" in before
    page = clerk.get("certification-source", named.pk).text
    for words in ("上传认定文件", NUMBER, "蒲县牛业专业镇", "2022-12-01"):
        assert words in page, words
    answer = clerk.post("certification-source", named.pk, data={"file": scan()})
    assert answer.status_code == 302
    named.refresh_from_db()
    assert named.source_file is not None
    after = clerk.get("town-filings", town.pk).text
    assert "认定文件已保存" in after
    assert f"/files/{named.source_file.pk}/" in after
    filer = browse("puxian.filer")
    theirs = filer.get("town-filings", town.pk).text
    assert f"/files/{named.source_file.pk}/" in theirs
    assert f"/certifications/{named.pk}/source/" not in theirs
    sent = filer.get("file-download", named.source_file.pk)
    assert b"".join(sent) == PDF + b"%"


def test_another_takes_its_place_and_the_ledger_names_both(
    world: World, named: Certification
) -> None:
    county, city = world.actor("puxian.clerk"), world.actor("linfen.clerk")
    first = attach_source(actor=county, certification=named, upload=scan(b"1")).source_file
    second = attach_source(
        actor=city, certification=named, upload=scan(b"2", "清晰.pdf")
    ).source_file
    assert first is not None and second is not None and first != second
    entries = LedgerEntry.objects.filter(verb="attach_source").order_by("pk")
    assert [entry.summary for entry in entries] == [
        f"上传市级认定文件“{NUMBER}”的扫描件",
        f"更换市级认定文件“{NUMBER}”的扫描件",
    ]
    changed = entries[1]
    assert json.loads(changed.before) == {"file": "名单.pdf", "sha256": first.sha256}
    assert json.loads(changed.after) == {
        "certification": named.pk,
        "file": "清晰.pdf",
        "sha256": second.sha256,
    }
    assert changed.scope_code == named.scope_code and changed.audience == "filer"
    assert first_broken_link(chain_of(named.town)) is None
    assert StoredFile.objects.filter(pk=first.pk).exists()


def test_the_same_scan_twice_is_once(world: World, named: Certification) -> None:
    clerk = world.actor("puxian.clerk")
    kept = attach_source(actor=clerk, certification=named, upload=scan()).source_file
    with pytest.raises(Stale, match="已经上传"):
        attach_source(actor=clerk, certification=named, upload=scan())
    named.refresh_from_db()
    assert named.source_file == kept
    assert StoredFile.objects.count() == 1


def test_what_is_no_document_is_said_beside_the_field(browse: Any, named: Certification) -> None:
    wrong = SimpleUploadedFile("名单.pdf", b"no document", "application/pdf")
    answer = browse("puxian.clerk").post("certification-source", named.pk, data={"file": wrong})
    assert answer.status_code == 422
    assert "名单.pdf" in answer.text
    empty = browse("puxian.clerk").post("certification-source", named.pk, data={})
    assert empty.status_code == 422 and "请选择文件" in empty.text
    named.refresh_from_db()
    assert named.source_file is None


def test_only_who_keeps_the_register_of_its_town(
    world: World, browse: Any, named: Certification
) -> None:
    for who in ("puxian.filer", "puxian.checker", "xixian.clerk", "jincheng.clerk"):
        with pytest.raises(Refused):
            attach_source(actor=world.actor(who), certification=named, upload=scan())
    assert browse("puxian.filer").get("certification-source", named.pk).status_code == 403
    for who in ("xixian.clerk", "xixian.filer", "jincheng.clerk"):
        person = browse(who)
        assert person.get("certification-source", named.pk).status_code == 404
        assert (
            person.post("certification-source", named.pk, data={"file": scan()}).status_code == 404
        )
    assert not StoredFile.objects.exists()


def test_what_the_portal_issued_has_its_own_document(world: World, browse: Any) -> None:
    drive(world, file(world, "county", "puxian"))
    issued = Certification.objects.get(document__in=OfficialDocument.objects.all())
    clerk = world.actor("puxian.clerk")
    with pytest.raises(Refused, match="通知即认定文件"):
        attach_source(actor=clerk, certification=issued, upload=scan())
    page = browse("puxian.clerk").get("certification-source", issued.pk)
    assert page.status_code == 403 and "通知即认定文件" in page.text
    tab = browse("puxian.clerk").get("town-filings", issued.town_id).text
    assert f"/certifications/{issued.pk}/source/" not in tab


def test_a_town_that_stands_no_longer_is_left_as_it_was(
    world: World, browse: Any, named: Certification
) -> None:
    Town.objects.filter(pk=named.town_id).update(closed_on=date(2026, 1, 1))
    named = Certification.objects.get(pk=named.pk)
    with pytest.raises(Stale):
        attach_source(actor=world.actor("puxian.clerk"), certification=named, upload=scan())
    assert browse("puxian.clerk").get("certification-source", named.pk).status_code == 403
    tab = browse("puxian.clerk").get("town-filings", named.town_id).text
    assert f"/certifications/{named.pk}/source/" not in tab


def test_the_public_roster_names_the_document_on_paper(named: Certification) -> None:
    rows = Client().get(reverse("api-public-roster")).json()["results"]
    assert [(row["town"], row["document_number"]) for row in rows] == [("蒲县牛业专业镇", NUMBER)]
