"""Pages for everybody: what they show, and that nothing unreleased shows through."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from criteria.models import CriteriaSet
from portal.core import clock, jobs
from portal.core.models import Job, OfficialDocument, Region
from portal.workspace.loading import load_policies
from reviews.models import PublicNotice
from subsidies.models import Clause, Policy
from tests.factories import World, make_world
from tests.scenario import drive, file, publish
from towns.models import Certification

pytestmark = pytest.mark.django_db


def make_ying(world: World) -> None:
    """Ying county, which has policies and no part in the small world."""
    Region.objects.create(code="140622", name="应县", kind="county", parent=world.regions["140000"])


def text_of(address: str) -> str:
    """A public page as anybody gets it."""
    response = Client().get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def world() -> World:
    return make_world()


# --- notices ------------------------------------------------------------------------------------


def test_notice_shows_window_towns_and_where_to_object(world: World) -> None:
    case = drive(world, file(world, "county"), "public_notice")
    notice = publish(world, case, days_ago=1)
    assert notice.title in text_of(reverse("public-notices"))
    text = text_of(reverse("public-notice", args=[notice.pk]))
    for words in (case.town_name, case.county_name, notice.contact, notice.phone, "书面", "公示中"):
        assert words in text


def test_notice_hides_findings_scores_and_case_numbers(world: World) -> None:
    case = drive(world, file(world, "county"), "public_notice")
    notice = publish(world, case, days_ago=1)
    notice.items.update(opinion="内部处理意见", result="clear")
    text = text_of(reverse("public-notice", args=[notice.pk]))
    for words in ("内部处理意见", case.number, "评分", "会审意见"):
        assert words not in text


def test_notice_is_not_public_before_its_first_day(world: World) -> None:
    case = drive(world, file(world, "county"), "public_notice")
    notice = publish(world, case, days_ago=1)
    PublicNotice.objects.filter(pk=notice.pk).update(
        starts_on=clock.today() + timedelta(days=1), ends_on=clock.today() + timedelta(days=9)
    )
    assert notice.title not in text_of(reverse("public-notices"))
    assert Client().get(reverse("public-notice", args=[notice.pk])).status_code == 404


def test_empty_lists_say_what_will_come() -> None:
    assert "目前没有公示" in text_of(reverse("public-notices"))
    assert "没有符合条件的专业镇" in text_of(reverse("public-roster"))


# --- roster and documents -----------------------------------------------------------------------


def test_town_and_document_become_public_when_the_file_is_stored(world: World) -> None:
    case = drive(world, file(world, "county"))
    document = OfficialDocument.objects.get()
    addresses = [
        reverse("public-document", args=[document.pk]),
        reverse("public-document-file", args=[document.pk]),
    ]
    assert [Client().get(address).status_code for address in addresses] == [404, 404]
    assert case.town_name not in text_of(reverse("public-roster"))

    jobs.run(Job.objects.get(kind="core.render_document").pk)
    assert case.town_name in text_of(reverse("public-roster"))
    text = text_of(addresses[0])
    digest = document.renditions.get().file.sha256
    for words in (document.number, document.title, document.office.name, digest, case.town_name):
        assert words in text
    answer = Client().get(addresses[1])
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(content).hexdigest() == digest
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_draft_documents_never_show(world: World) -> None:
    drive(world, file(world, "county"))
    document = OfficialDocument.objects.create(
        office=world.offices["puxian"],
        kind="certification_notice",
        title="拟稿",
        addressees="各乡镇",
        body="正文",
        created_at=clock.now(),
    )
    assert Client().get(reverse("public-document", args=[document.pk])).status_code == 404


def test_roster_filters(world: World) -> None:
    drive(world, file(world, "county"))
    drive(world, file(world, "city"))
    for job in Job.objects.filter(kind="core.render_document"):
        jobs.run(job.pk)
    assert Certification.objects.count() == 2
    address = reverse("public-roster")
    county, city = world.towns["puxian"].name, world.towns["zezhou"].name
    everything = text_of(address)
    assert county in everything
    assert city in everything
    for query, shown, hidden in (
        ("level=county", county, city),
        ("region=140500", city, county),
        ("category=manufacturing", city, county),
        ("search=蒲县", county, city),
    ):
        text = text_of(f"{address}?{query}")
        assert shown in text, query
        assert hidden not in text, query


# --- criteria -----------------------------------------------------------------------------------


def test_criteria_show_the_clause_the_threshold_and_the_silence(world: World) -> None:
    text = text_of(reverse("public-criteria", args=["province-2022"]))
    for words in (
        "晋政办发〔2022〕80号",
        "原则上不低于 20亿元",
        "未达到的，可申请放宽：不少于 1亿元，由谁决定未载明。",
        "前提：“主导产品具有历史发源地、地理标志等传统特色",
        "不低于 10户",
        "优先评定（优先评定荣誉数不低于 1项）",
        "合格线",
        "有效期未载明",
    ):
        assert words in text, words
    # The clause begins with its printed title; nothing prints it a second time.
    assert text.count("产业集聚度高") == 1


def test_expired_and_undated_sets_say_so(world: World) -> None:
    text = text_of(reverse("public-criteria", args=["jincheng-2023"]))
    assert "已失效" in text
    assert "本标准所依据的文件已过有效期" in text
    assert "产值标准" in text
    listed = text_of(reverse("public-criteria-list") + "?standing=expired")
    assert "晋市政办〔2023〕39号" in listed
    assert "晋政办发〔2022〕80号" not in listed


def test_draft_sets_are_not_public(world: World) -> None:
    other = CriteriaSet.objects.create(
        key="draft-2027",
        level="county",
        region=world.regions["141033"],
        version=2,
        title="蒲县专业镇认定标准（修订草稿）",
        document_number="未定",
        document_title="未定",
    )
    assert other.title not in text_of(reverse("public-criteria-list"))
    assert Client().get(reverse("public-criteria", args=[other.key])).status_code == 404


# --- policies -----------------------------------------------------------------------------------


def test_policies_show_every_clause_in_its_own_words(world: World) -> None:
    make_ying(world)
    load_policies(settings.PORTAL_FIXTURES_DIR)
    listed = text_of(reverse("public-policies"))
    assert f"共 {Clause.objects.count()} 条" in listed
    assert Clause.objects.count() == 114
    for policy in Policy.objects.all():
        text = text_of(reverse("public-policy", args=[policy.key]))
        assert policy.document_number in text
        assert policy.state_on() in text
        assert text.count("<blockquote>") == policy.clauses.count()


def test_policy_filters(world: World) -> None:
    make_ying(world)
    load_policies(settings.PORTAL_FIXTURES_DIR)
    address = reverse("public-policies")
    county = text_of(f"{address}?level=county")
    assert "晋市政办〔2023〕39号" not in county
    assert "蒲政办发〔2023〕1号" in county
    expired = text_of(f"{address}?validity=expired")
    assert "蒲政办发〔2023〕1号" not in expired
    waivers = Clause.objects.filter(kind="waiver").count()
    assert f"共 {waivers} 条" in text_of(f"{address}?kind=waiver")
    assert "没有符合条件的条款" in text_of(f"{address}?search=没有这样的词")


@pytest.mark.parametrize(
    "name",
    ["public-notices", "public-roster", "public-criteria-list", "public-policies"],
)
def test_public_lists_cost_few_queries(world: World, name: str) -> None:
    drive(world, file(world, "county"))
    with CaptureQueriesContext(connection) as queries:
        text_of(reverse(name))
    assert len(queries) <= 6


def test_wording_of_thresholds_follows_the_document(world: World) -> None:
    text = text_of(reverse("public-criteria", args=["puxian-2023"]))
    assert "不低于 10户左右" in text
    assert "原则上不低于 10亿元" in text
