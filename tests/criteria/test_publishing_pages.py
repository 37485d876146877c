"""Pages of publication: what a set offers in each state, what a confirmation says, the list."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from criteria.actions import (
    copy_criteria_set,
    propose_criteria_set,
    publish_criteria_set,
    return_proposal,
    withdraw_criteria_set,
)
from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.actor import Actor
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db
SOURCE = "puxian-2023"


@pytest.fixture
def world() -> World:
    return make_world()


def draft_of(world: World) -> CriteriaSet:
    """The county's next version, ready to be proposed."""
    row = copy_criteria_set(actor=world.actor("puxian.clerk"), key=SOURCE, title="修订标准")
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=clock.today() + timedelta(days=9)
    )
    return CriteriaSet.objects.get(pk=row.pk)


def page_of(actor: Actor, name: str, *args: object, more: str = "") -> str:
    """A page as it is written."""
    return client_of(actor).get(office_url(actor, name, *args) + more).content.decode()


def words(page: str) -> str:
    """A page without markup."""
    return re.sub(r"<[^>]+>|\s+", "", page)


def offered(actor: Actor, row: CriteriaSet) -> set[str]:
    """The steps that the page of a set links to."""
    page = page_of(actor, "criteria-set", row.key)
    steps = "copy|discard|propose|take-back|return|publish|withdraw"
    return set(re.findall(rf"/criteria/{row.key}/({steps})/", page))


def test_a_set_offers_what_its_state_and_the_post_allow(world: World) -> None:
    clerk, director, deputy, signer, neighbour = (
        world.actor(name)
        for name in (
            "puxian.clerk",
            "puxian.office_director",
            "puxian.office_deputy_director",
            "puxian.signer",
            "xixian.clerk",
        )
    )
    row = draft_of(world)
    assert offered(clerk, row) == {"propose", "discard"}
    assert offered(signer, row) == set()
    propose_criteria_set(actor=director, key=row.key, revision=0)
    assert offered(clerk, row) == offered(director, row) == {"take-back"}
    assert offered(deputy, row) == {"take-back", "return", "publish"}
    publish_criteria_set(actor=deputy, key=row.key, revision=0)
    assert offered(clerk, row) == {"copy"}
    assert offered(director, row) == {"copy", "withdraw"}
    assert offered(neighbour, row) == {"copy"}
    assert "以此起草本级标准" in page_of(neighbour, "criteria-set", row.key)
    assert offered(signer, row) == set()
    public = Client().get(reverse("public-criteria", args=[row.key])).content.decode()
    assert "/propose/" not in public
    assert "/copy/" not in public


def test_the_page_says_how_a_set_stands_and_lists_its_versions(world: World) -> None:
    clerk, deputy = world.actor("puxian.clerk"), world.actor("puxian.office_deputy_director")
    row = draft_of(world)
    propose_criteria_set(actor=clerk, key=row.key, revision=0, note="按新文件修订")
    page = words(page_of(clerk, "criteria-set", row.key))
    assert (
        "提请确认发布，须由本机构没有参与编制的另一位主任或副主任确认。提请说明：按新文件修订"
        in page
    )
    return_proposal(actor=deputy, key=row.key, revision=0, reason="第二条与文件不符")
    assert "退回意见：第二条与文件不符" in words(page_of(clerk, "criteria-set", row.key))
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    done = publish_criteria_set(actor=deputy, key=row.key, revision=0)
    page = words(page_of(clerk, "criteria-set", row.key))
    assert "未到施行日期" in page
    assert "在此之前新批次仍按现行标准设立" in page
    with clock.at(done.effective_from):  # type: ignore[arg-type]
        old = words(page_of(clerk, "criteria-set", SOURCE))
    assert "本版已被替代" in old
    assert "查看第2版" in old
    withdraw_criteria_set(
        actor=world.actor("puxian.office_director"), key=row.key, on=clock.today(), reason="废止"
    )
    public = words(Client().get(reverse("public-criteria", args=[row.key])).content.decode())
    assert "本版已撤回" in public
    assert "原因：废止" in public


def test_the_confirmation_names_the_rounds_that_keep_the_old_version(world: World) -> None:
    clerk, deputy = world.actor("puxian.clerk"), world.actor("puxian.office_deputy_director")
    row = draft_of(world)
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    page = words(page_of(deputy, "criteria-publish", row.key))
    assert "自施行日期起替代第1版" in page
    assert "与上一版比较" in page
    compare = f"{office_url(deputy, 'criteria-compare', row.key)}&with={SOURCE}"
    assert compare in unescape(page_of(deputy, "criteria-publish", row.key))
    assert "蒲县" in words(client_of(deputy).get(compare).content.decode())
    assert f"继续按第1版办理的批次：{world.rounds['county'].title}（受理申报中，申报0件）。" in page
    url = office_url(deputy, "criteria-publish", row.key)
    assert deputy.post is not None
    form = {"revision": 0, "acting_post": deputy.post.pk}
    answer = client_of(deputy).post(url, form)
    assert answer.status_code == 422
    answer = client_of(deputy).post(url, {**form, "compared": "on"}, follow=True)
    assert "已发布为第2版" in words(answer.content.decode())


def test_a_first_version_is_compared_with_nothing(world: World) -> None:
    clerk, deputy = world.actor("xixian.clerk"), world.actor("xixian.office_deputy_director")
    row = make_draft(world.offices["xixian"])
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    page = words(page_of(deputy, "criteria-publish", row.key))
    assert "发布后任何人都不能修改" in page
    assert "与上一版比较" not in page


def test_what_is_missing_is_said_and_nothing_typed_is_lost(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    row = copy_criteria_set(actor=clerk, key=SOURCE, title="修订标准")
    assert clerk.post is not None
    url = office_url(clerk, "criteria-propose", row.key)
    data = {"revision": 0, "note": "请尽快确认", "acting_post": clerk.post.pk}
    answer = client_of(clerk).post(url, data)
    assert answer.status_code == 422
    page = words(answer.content.decode())
    assert "没有填写依据文件的发文字号" in page
    assert "没有填写施行日期" in page
    assert "请尽快确认" in page
    answer = client_of(clerk).post(url, {**data, "revision": 5}, follow=True)
    assert "已先修改了这一部分" in words(answer.content.decode())


def test_the_list_keeps_versions_together_and_filters_by_standing(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    row = draft_of(world)
    make_draft(world.offices["puxian"], "old", "published", version=2)
    listed = re.findall(r"/criteria/([\w-]+)/\?post", page_of(clerk, "criteria"))
    ours = [key for key in listed if key in (row.key, "old", SOURCE)]
    assert ours == [row.key, "old", SOURCE]
    assert "本机构草稿" in words(page_of(clerk, "criteria"))

    def found(standing: str) -> set[str]:
        page = page_of(clerk, "criteria", more=f"&standing={standing}")
        keys = set(CriteriaSet.objects.values_list("key", flat=True))
        return keys & set(re.findall(r"/criteria/([\w-]+)/\?post", page))

    assert found("draft") == {row.key}
    assert SOURCE in found("superseded")
    assert "old" in found("unstated")
    assert found("expired") == {"jincheng-2023"}
    assert row.key not in page_of(world.actor("linfen.clerk"), "criteria")
    public = Client().get(reverse("public-criteria-list")).content.decode()
    assert row.key not in public
    assert 'value="draft"' not in public


def test_a_discarded_draft_is_asked_about_first(world: World) -> None:
    clerk, row = world.actor("puxian.clerk"), draft_of(world)
    page = words(page_of(clerk, "criteria-discard", row.key))
    assert "各条内容和模拟结果全部删除，不能恢复" in page
    assert f"{row.criteria.count()}条" in page
    assert clerk.post is not None
    url = office_url(clerk, "criteria-discard", row.key)
    answer = client_of(clerk).post(url, {"revision": 0, "acting_post": clerk.post.pk}, follow=True)
    assert "已删除" in words(answer.content.decode())
    assert not CriteriaSet.objects.filter(pk=row.pk).exists()
