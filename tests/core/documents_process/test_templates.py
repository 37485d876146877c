"""The office's wording: versions, faults, four steps of a version's life, pages, live preview."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock, jobs
from portal.core.actions.documents import Draft, begin_document
from portal.core.actions.documents.templates import (
    Wording,
    discard_template,
    draft_template,
    put_template_in_use,
    revise_template,
)
from portal.core.actor import Actor
from portal.core.document_queries import template_texts
from portal.core.documents.kinds import Texts, kind_of, kinds
from portal.core.documents.samples import difference, read_back
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import render
from portal.core.documents.wording import faults_of, fill
from portal.core.errors import Refused, Stale
from portal.core.merging import Overtaken
from portal.core.models import AccessEntry, DocumentTemplate, FilePage, Job, LedgerEntry, StoredFile
from portal.core.sample_tasks import KEPT, KIND, Sample, clear_samples, document_of, obstacles
from portal.core.template_queries import latest_values
from portal.core.web import office_url
from tests.factories import World, client_of, make_world

pytestmark = pytest.mark.django_db

NEW = Texts("【发文机关】关于【事由】的函", "有关单位", "现就【事由】函告如下：\n一、请按时办理。")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def revised(actor: Actor, template: DocumentTemplate, wording: Wording) -> DocumentTemplate:
    return revise_template(
        actor=actor,
        template_id=template.pk,
        wording=wording,
        opened=Wording.of(template).plain(),
    )


def in_use(actor: Actor, template: DocumentTemplate) -> DocumentTemplate:
    return put_template_in_use(actor=actor, template_id=template.pk, revision=template.revision)


def test_a_version_is_drafted_revised_put_in_use_and_retired(world: World, clerk: Actor) -> None:
    office = world.offices["puxian"]
    first = draft_template(actor=clerk, kind="letter")
    assert (first.version, first.state) == (1, "draft")
    assert Wording.of(first).texts == kind_of("letter").supplied
    with pytest.raises(Stale, match="第1版正在起草"):
        draft_template(actor=clerk, kind="letter")
    with pytest.raises(Stale, match="没有改动"):
        revised(clerk, first, Wording.of(first))
    first = revised(clerk, first, Wording(NEW, "改写"))
    assert template_texts(office, "letter") == kind_of("letter").supplied
    first = in_use(clerk, first)
    assert template_texts(office, "letter") == NEW
    assert template_texts(world.offices["xixian"], "letter") == kind_of("letter").supplied
    with pytest.raises(Stale, match="不再修改"):
        revised(clerk, first, Wording(NEW, "再改"))
    second = draft_template(actor=clerk, kind="letter")
    assert (second.version, Wording.of(second).texts) == (2, NEW)
    director = world.actor("puxian.office_director")
    in_use(director, revised(director, second, Wording(NEW._replace(note="（此件公开发布）"))))
    first.refresh_from_db()
    assert first.state == "retired" and first.retired_at is not None
    third = draft_template(actor=clerk, kind="letter")
    discard_template(actor=clerk, template_id=third.pk, revision=third.revision)
    assert list(DocumentTemplate.objects.values_list("version", "state")) == [
        (2, "current"),
        (1, "retired"),
    ]
    verbs = LedgerEntry.objects.filter(verb__contains="template").order_by("pk")
    assert [entry.verb for entry in verbs] == [
        "draft_template", "revise_template", "put_template_in_use", "draft_template",
        "revise_template", "retire_template", "put_template_in_use", "draft_template",
        "discard_template",
    ]  # fmt: skip


def test_faults_keep_a_version_out_of_use_and_say_where(clerk: Actor) -> None:
    template = draft_template(actor=clerk, kind="certification_notice")
    wrong = Texts("关于【镇名】的通知", "各有关单位", "现予公布【年度。")
    template = revised(clerk, template, Wording(wrong))
    with pytest.raises(ValidationError) as caught:
        in_use(clerk, template)
    faults = caught.value.message_dict
    assert "没有“【镇名】”这一项" in faults["title"][0]
    assert "没有成对出现" in " ".join(faults["body"])
    assert "缺少必须出现的“【认定专业镇】”" in " ".join(faults["body"])
    page = client_of(clerk).get(office_url(clerk, "template-edit", template.pk)).content.decode()
    assert page.count("没有“【镇名】”这一项") == 2  # beside the field and at the head
    version = office_url(clerk, "template-version", template.pk)
    text = client_of(clerk).get(version).content.decode()
    assert "还不能启用" in text and "启用这一版" not in text
    response = client_of(clerk).post(version, {"revision": template.revision, "then": "use"})
    assert response.status_code == 422


def test_two_who_word_the_same_draft_lose_nothing(world: World, clerk: Actor) -> None:
    template = draft_template(actor=clerk, kind="letter")
    edit = office_url(clerk, "template-edit", template.pk)
    opened = client_of(clerk).get(edit).context["opened"]
    director = world.actor("puxian.office_director")
    supplied = Wording.of(template)
    revised(director, template, Wording(supplied.texts._replace(note="（此件公开发布）")))
    mine = {**supplied.plain(), "body": "现将有关事项函告如下，请予支持。"}
    client = client_of(clerk)
    response = client.post(edit, {**mine, "opened": opened})
    text = response.content.decode()
    assert response.status_code == 409
    assert "请予支持" in text and "（此件公开发布）" in text
    merge = response.context["merge"]
    response = client.post(
        edit,
        {
            "first": merge["first"], "mine": merge["mine"], "opened": merge["theirs"],
            "take_body": "mine", "take_note": "theirs",
        },
    )  # fmt: skip
    assert response.status_code == 302
    template.refresh_from_db()
    assert (template.note, template.body) == ("（此件公开发布）", mine["body"])
    with pytest.raises(Overtaken):
        revise_template(
            actor=director,
            template_id=template.pk,
            wording=Wording(supplied.texts._replace(body="另一种写法")),
            opened=supplied.plain(),
        )
    with pytest.raises(Stale, match="请核对新的内容"):
        put_template_in_use(actor=director, template_id=template.pk, revision=0)


def test_templates_are_the_offices_own(world: World, clerk: Actor) -> None:
    template = draft_template(actor=clerk, kind="letter")
    other = world.actor("xixian.clerk")
    edit = office_url(other, "template-edit", template.pk)
    assert client_of(other).get(edit).status_code == 404
    with pytest.raises(Stale):
        discard_template(actor=other, template_id=template.pk, revision=0)
    with pytest.raises(Refused):
        draft_template(actor=world.actor("puxian.checker"), kind="letter")


def test_placeholders_stand_for_what_the_latest_document_said(world: World, clerk: Actor) -> None:
    office = world.offices["puxian"]
    kind = kind_of("letter")
    assert {row.source for row in latest_values(clerk, kind).rows} == {"本机关", "示例"}
    texts = kind.supplied
    title = f"{office.name}关于核对2025年产值的函"
    draft = Draft(Texts(title, "县统计局", texts.body), {"attachments": []})
    begin_document(actor=clerk, kind="letter", draft=draft)
    latest = latest_values(clerk, kind)
    rows = {row.name: row for row in latest.rows}
    assert rows["事由"].value == "核对2025年产值"
    assert (rows["事由"].source, latest.title) == ("最近一份", title)
    assert rows["发文机关"].value == office.name


def test_read_back_leaves_out_what_was_changed() -> None:
    template = Texts("关于【事由】的函", "", "根据《【文件】》（【文号】），【甲】【乙】办理。")
    written = Texts("关于报送数据的函", "", "根据《意见》（晋发〔2026〕1号），请尽快办理。")
    assert read_back(template, written, {}) == {"事由": "报送数据"}
    known = {"甲": "请", "乙": "尽快"}
    assert read_back(template, written, known)["文号"] == "晋发〔2026〕1号"
    assert read_back(template, written._replace(title="完全另写"), known).get("事由") is None


def test_differences_are_told_by_characters() -> None:
    runs = difference("一、请办理。\n二、报送。", "一、请按时办理。\n二、报送。")
    assert [(run.kind, run.text) for run in runs] == [
        ("same", "一、请"), ("ins", "按时"), ("same", "办理。\n"), ("same", "二、报送。"),
    ]  # fmt: skip


def test_pages_compare_versions_within_their_budget(clerk: Actor) -> None:
    template = revised(clerk, draft_template(actor=clerk, kind="letter"), Wording(NEW))
    client = client_of(clerk)
    for name, args in (("document-templates", ()), ("template-kind", ("letter",))):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(office_url(clerk, name, *args))
        assert response.status_code == 200
        assert len(captured) <= 12, f"{name}: {len(captured)}"
    url = office_url(clerk, "template-kind", "letter")
    text = client.get(f"{url}&a=0&b={template.version}").content.decode()
    assert "<ins>" in text and "平台提供" in text
    text = client.get(f"{url}&a=1&b=1").content.decode()
    assert "请选择两个不同的版本" in text
    assert client.get(office_url(clerk, "template-kind", "nothing")).status_code == 404


def test_the_supplied_wording_of_every_kind_is_sound_and_can_be_set(clerk: Actor) -> None:
    for kind in kinds():
        assert faults_of(kind.supplied, kind.placeholders) == [], kind.key
        latest = latest_values(clerk, kind)
        texts = fill(kind.supplied, latest.values)
        sample = Sample(kind.key, texts, "every kind", latest.content)
        assert obstacles(clerk, sample) == [], kind.key
        document = document_of(clerk, sample)
        made = render(content_of(document, draft=True, on=clock.today()))
        assert 1 <= made.pages <= 4, f"{kind.key}: {made.pages}"


def test_what_is_typed_is_set_shown_and_cleared_away(
    clerk: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    template = draft_template(actor=clerk, kind="letter")
    edit = office_url(clerk, "template-edit", template.pk)
    client = client_of(clerk)
    typed = {**Wording(NEW).plain(), "look": "live"}
    live = {"HX-Request": "true"}
    response = client.post(edit, {**typed, "body": "现将【无此项】函告。"}, headers=live)
    assert "没有“【无此项】”这一项" in response.content.decode()
    response = client.post(edit, typed, headers=live)
    text = response.content.decode()
    assert "正在排版" in text and "<html" not in text
    # Of one form only the newest words wait; the same words are the same job.
    client.post(edit, typed, headers=live)
    job = Job.objects.get(kind=KIND)
    poll = office_url(clerk, "document-sample", job.pk)
    assert "正在排版" in client.get(poll, headers=live).content.decode()
    assert jobs.run(job.pk) == "done"
    text = client.get(poll, headers=live).content.decode()
    assert "样稿共 2 页" in text or "样稿共 1 页" in text
    job.refresh_from_db()
    assert job.file_id is not None
    image = client.get(office_url(clerk, "file-page", job.file_id, 1))
    assert image["Content-Type"] == "image/webp" and len(b"".join(image)) > 5000
    assert not AccessEntry.objects.filter(kind="view").exists(), "typing is no reading of a file"
    assert template.body == kind_of("letter").supplied.body, "looking saves nothing"
    assert "排印样稿" not in client.get(office_url(clerk, "jobs")).content.decode()
    # Without scripts the button shows the same pages in the whole page.
    text = client.post(edit, {**typed, "look": "1"}).content.decode()
    assert "<html" in text and "样稿第 1 页" in text and NEW.body.splitlines()[1] in text
    assert clear_samples() == 0
    pages = [str(page.image.name) for page in FilePage.objects.all()]
    storage = FilePage.objects.all()[0].image.storage
    Job.objects.update(created_at=clock.now() - KEPT - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert clear_samples() == 1
    assert not StoredFile.objects.filter(pk=job.file_id).exists()
    assert not FilePage.objects.exists()
    assert pages and not any(storage.exists(name) for name in pages)
    assert client.get(poll, headers=live).status_code == 204
