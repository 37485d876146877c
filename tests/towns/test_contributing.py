"""Contacts fill what they were given and nothing else; an office enters on behalf of a unit."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification
from portal.core.web import office_url
from reviews.actions import decide_step, submit_application
from reviews.models import Case
from tests.factories import World, client_of
from tests.papers import PDF
from tests.scenario import draft, open_run
from towns.actions import (
    attach_request,
    give_up_on_behalf,
    grant_sections,
    hand_over,
    revoke_sections,
    sign_commitments,
    start_application,
    start_on_behalf,
)
from towns.actions.drafting import autosave_section, save_section
from towns.contributing import contributions
from towns.declared import criterion_section
from towns.models import Application, DraftField, Round, SectionGrant
from towns.policies import may_maintain_town
from towns.views.contact_sections import FIXED, ContactCriterion, ContactPage, ContactRegister

pytestmark = pytest.mark.django_db


def give(world: World, application: Application, *sections: str, **more: object) -> SectionGrant:
    """Sections of it to the county's contact."""
    post = world.actor("puxian.contact").post
    assert post is not None
    return grant_sections(
        actor=world.actor("puxian.filer"),
        application=application,
        post=post,
        sections=list(sections),
        **more,  # type: ignore[arg-type]
    )


def fill(actor: Actor, application: Application) -> None:
    """Every part that is needed before it goes on."""
    typed = {"contact": "张联系", "contact_phone": "0357-5322000", "summary": "基础扎实。"}
    sections = {
        "facts": typed,
        "industry": {"industry_text": "肉牛养殖。"},
        **{
            criterion_section(row.key): {"text": "情况属实。"}
            for row in spec_of(application.criteria_set).criteria
        },
    }
    for key, values in sections.items():
        save_section(actor=actor, application=application, key=key, opened=None, typed=values)
    attach_request(
        actor=actor,
        application=application,
        number="蒲政请〔2026〕12号",
        upload=SimpleUploadedFile("request.pdf", PDF, "application/pdf"),
    )
    texts = application.round.commitment_texts
    sign_commitments(actor=actor, application=application, texts=texts)


def test_a_contact_fills_only_what_was_given(world: World) -> None:
    contact, application = world.actor("puxian.contact"), draft(world, "county")
    save: dict[str, Any] = {"actor": contact, "application": application, "opened": None}
    with pytest.raises(Refused, match="没有授权给您"):
        save_section(**save, key="industry", typed={"industry_text": "肉牛"})
    give(world, application, "industry")

    # Its unit is told of every grant, and the page says what goes by workbook instead.
    post = contact.post
    assert post is not None
    told = Notification.objects.get(kind="contribution")
    assert told.office_id == post.office_id and "主导产业和主导产品" in told.text
    filer = world.actor("puxian.filer")
    page = client_of(filer).get(office_url(filer, "application-contacts", application.pk))
    assert "企业名单、荣誉和品牌、标准不能在线交给联系人" in page.content.decode()

    save_section(**save, key="industry", typed={"industry_text": "肉牛养殖"})
    kept = autosave_section(
        actor=contact,
        application=application,
        key="industry",
        opened={"industry_text": "肉牛养殖"},
        typed={"industry_text": "肉牛养殖、加工"},
    )
    application.refresh_from_db()
    assert (kept.kept, application.industry_text) == (["industry_text"], "肉牛养殖、加工")
    assert DraftField.objects.get(section="industry").saved_name == contact.name

    with pytest.raises(Refused, match="没有授权给您"):
        save_section(**save, key="facts", typed={"contact": "别人"})
    # The application itself stays unseen: its pages, evidence and receipt start from here.
    assert not Application.objects.visible_to(contact).exists()
    assert [row.sections for row in contributions(contact)] == [
        (("industry", "主导产业和主导产品"),)
    ]
    with pytest.raises(Refused):
        hand_over(actor=contact, application=application)


def test_a_grant_ends_with_its_day_with_being_taken_back_and_with_handing_over(
    world: World,
) -> None:
    contact, application = world.actor("puxian.contact"), draft(world, "county")
    save: dict[str, Any] = {
        "actor": contact,
        "application": application,
        "key": "industry",
        "opened": None,
        "typed": {"industry_text": "肉牛"},
    }
    grant = give(world, application, "industry", until=clock.today())
    save_section(**save)
    with clock.at(clock.today() + timedelta(days=1)), pytest.raises(Refused):
        save_section(**save)

    revoke_sections(actor=world.actor("puxian.filer"), application=application, grant=grant)
    with pytest.raises(Refused, match="没有授权给您"):
        save_section(**save)
    with pytest.raises(Stale, match="已经收回"):
        revoke_sections(actor=world.actor("puxian.filer"), application=application, grant=grant)

    give(world, application, "industry")
    with pytest.raises(Stale, match="无需重复"):
        give(world, application, "industry")
    Application.objects.filter(pk=application.pk).update(state="ready")
    with pytest.raises(Refused, match="不能修改"):
        save_section(**save)
    verbs = LedgerEntry.objects.filter(chain=f"towns.application:{application.pk}")
    assert verbs.filter(verb="grant_sections", audience="unit").count() == 2
    assert verbs.filter(verb="revoke_sections").count() == 1


@pytest.mark.parametrize(
    ("who", "sections", "words"),
    [
        ("puxian.contact", [], "至少选择一个部分"),
        ("puxian.contact", ["unknown"], "至少选择一个部分"),
        ("puxian.submitter", ["facts"], "填报联系人岗位"),
        ("xixian.contact", ["facts"], "不在蒲县"),
    ],
)
def test_what_cannot_be_given(world: World, who: str, sections: list[str], words: str) -> None:
    post = world.actor(who).post
    assert post is not None
    with pytest.raises((ValidationError, Refused), match=words):
        grant_sections(
            actor=world.actor("puxian.filer"),
            application=draft(world, "county"),
            post=post,
            sections=sections,
        )
    assert not SectionGrant.objects.exists()


def test_an_office_enters_submits_by_another_person_and_neither_decides(world: World) -> None:
    town, call = world.towns["puxian"], world.rounds["county"]
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    with pytest.raises(ValidationError, match="代为录入的原因"):
        start_on_behalf(actor=clerk, town=town, call=call, reason=" ")
    application = start_on_behalf(actor=clerk, town=town, call=call, reason="没有接入专网")
    assert start_on_behalf(actor=clerk, town=town, call=call, reason="再点一次") == application
    assert Application.objects.get() == application

    # It is found again: on the round's page and at home, by the others of the office as well; it
    # says what it is.
    browser = client_of(checker)
    opened = office_url(checker, "application", application.pk)
    for name, args in (("round", [call.pk]), ("workspace", [])):
        text = browser.get(office_url(checker, name, *args)).text
        assert escape(opened) in text
        assert "代录" in text
        assert "填报中" in text
    assert clerk.office is not None
    said = f"由{clerk.office.name}按纸质材料录入，原因：没有接入专网。"
    own = client_of(clerk)
    for name in ("application", "application-check"):
        page = own.get(office_url(clerk, name, application.pk))
        assert said in page.text
        assert (call.title, office_url(clerk, "round", call.pk)) in page.context["breadcrumbs"]

    with pytest.raises(ValidationError, match=f"由{world.offices['puxian'].name}代为录入"):
        start_application(actor=world.actor("puxian.filer"), town=town, call=call)

    # Nobody else writes it, neither the unit nor the offices above.
    for other in ("puxian.filer", "linfen.clerk", "sx.clerk"):
        with pytest.raises(Refused):
            save_section(
                actor=world.actor(other),
                application=application,
                key="facts",
                opened=None,
                typed={"contact": "别人"},
            )
    assert not Application.objects.visible_to(world.actor("linfen.clerk")).exists()

    fill(clerk, application)
    application.refresh_from_db()
    hand_over(actor=clerk, application=application)
    with pytest.raises(Refused, match="不能是同一人"):
        submit_application(actor=clerk, application=application)
    with pytest.raises(Refused, match="代为录入"):
        submit_application(actor=world.actor("puxian.submitter"), application=application)
    case = submit_application(actor=checker, application=application)
    assert Case.objects.get().number == case.number
    application.refresh_from_db()
    assert (application.entered_by, application.submitted_by) == (clerk.office, checker.user)
    assert application.snapshot["entered"] == {
        "office": world.offices["puxian"].name,
        "reason": "没有接入专网",
    }

    run = open_run(case)
    for writer in (clerk, checker):
        with pytest.raises(Refused, match="填写或者提交过"):
            decide_step(actor=writer, case_id=case.pk, run_id=run.pk, outcome="accept")
    third = world.actor("puxian.office_deputy_director")
    decide_step(actor=third, case_id=case.pk, run_id=run.pk, outcome="accept")


def test_an_office_keeps_the_registers_while_what_it_enters_can_be_submitted(
    world: World,
) -> None:
    clerk, town, call = world.actor("puxian.clerk"), world.towns["puxian"], world.rounds["county"]
    start_on_behalf(actor=clerk, town=town, call=call, reason="没有接入专网")
    assert may_maintain_town(clerk, town).ok
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    assert not may_maintain_town(clerk, town).ok


def test_towns_that_an_office_is_offered(world: World) -> None:
    """The reason is needed and says so; a town that has an application already is not offered."""
    town, call = world.towns["puxian"], world.rounds["county"]
    clerk = world.actor("puxian.clerk")
    browser, address = client_of(clerk), office_url(clerk, "round-on-behalf", call.pk)
    option = f'<option value="{town.pk}"'
    asked = browser.get(address)
    assert option in asked.text
    assert "（选填）" not in asked.text
    refused = browser.post(address, {"town": town.pk, "reason": " "})
    assert refused.status_code == 422
    assert "请写明代为录入的原因" in refused.text
    Round.objects.filter(pk=call.pk).update(trial=True)
    tried = browser.get(address).text
    assert '<optgroup label="蒲县">' in tried
    Round.objects.filter(pk=call.pk).update(trial=False)
    typed = {"town": town.pk, "reason": "没有接入专网"}
    assert browser.post(address, typed).status_code == 302
    assert option not in browser.get(address).text
    assert browser.post(address, typed).status_code == 302
    assert Application.objects.count() == 1


def test_an_office_gives_up_what_it_entered_and_the_unit_files_itself(world: World) -> None:
    clerk, town, call = world.actor("puxian.clerk"), world.towns["puxian"], world.rounds["county"]
    application = start_on_behalf(actor=clerk, town=town, call=call, reason="没有接入专网")
    with pytest.raises(Refused, match="代为录入"):
        give_up_on_behalf(
            actor=world.actor("puxian.filer"), application=application, reason="自己填"
        )
    with pytest.raises(ValidationError, match="撤销代录的原因"):
        give_up_on_behalf(actor=clerk, application=application, reason=" ")
    client = client_of(clerk)
    address = office_url(clerk, "application-give-up", application.pk)
    assert address in client.get(office_url(clerk, "application", application.pk)).content.decode()
    assert "撤销原因" in client.get(address).content.decode()
    assert client.post(address, {"reason": "改由单位填报"}).status_code == 302
    application.refresh_from_db()
    assert application.state == "withdrawn" and not may_maintain_town(clerk, town).ok
    own = start_application(actor=world.actor("puxian.filer"), town=town, call=call)
    assert own.pk != application.pk and own.entered_by is None
    with pytest.raises(Refused, match="不能撤销代录"):
        give_up_on_behalf(actor=clerk, application=application, reason="再点一次")


def test_where_an_office_may_not_enter(world: World) -> None:
    town, call = world.towns["puxian"], world.rounds["county"]
    for name, words in (
        ("linfen.clerk", "蒲县领导小组办公室"),
        ("puxian.leader", "经办或审核"),
    ):
        with pytest.raises(Refused, match=words):
            start_on_behalf(actor=world.actor(name), town=town, call=call, reason="没有网络")
    start_application(actor=world.actor("puxian.filer"), town=town, call=call)
    with pytest.raises(ValidationError, match="由填报单位办理"):
        start_on_behalf(actor=world.actor("puxian.clerk"), town=town, call=call, reason="没有网络")
    Application.objects.update(state="withdrawn")
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    call.refresh_from_db()
    with pytest.raises(Refused, match="已截止"):
        start_on_behalf(actor=world.actor("puxian.clerk"), town=town, call=call, reason="没有网络")


def test_a_contacts_list_asks_the_same_of_the_database_for_any_number(world: World) -> None:
    contact = world.actor("puxian.contact")
    client, address = client_of(contact), office_url(contact, "contributions")

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            page = client.get(address).content.decode()
        assert page.count("已填写") >= 1
        return len(seen)

    give(world, draft(world, "county"), "facts", "industry", "functions")
    one = cost()
    give(world, draft(world, "province"), "facts", "figures")
    assert cost() == one <= 12


def test_a_contact_in_the_pages(world: World) -> None:
    """Its sections alone, typed, saved, with files; the rest of the application is absent."""
    contact, application = world.actor("puxian.contact"), draft(world, "county")
    first, other = spec_of(application.criteria_set).criteria[:2]
    section = criterion_section(first.key)
    give(world, application, "industry", section, "figures")
    client = client_of(contact)

    def page(name: str, *args: object, data: dict[str, object] | None = None) -> Any:
        address = office_url(contact, name, *args)
        return client.get(address) if data is None else client.post(address, data)

    home = page("workspace").content.decode()
    assert "交给我的部分" in home and application.town.name in home
    listed = page("contributions").content.decode()
    assert first.title in listed and "年度数据" in listed and "公共服务" not in listed
    assert f"没有设定填写期限，由{world.actor('puxian.filer').name}授权" in listed
    assert listed.count("已填写") >= 1 and listed.count("已填写") + listed.count("未填写") == 3

    shown = page("contribution", application.pk, section).content.decode()
    assert first.text[:20] in shown and "添加材料" in shown
    # What is there is the filer's: no way to open, change or use it again; nothing of the figures.
    for absent in ("evidence-file", "选用已有材料", "全部材料和目录", "对照标准"):
        assert absent not in shown, absent
    upload = SimpleUploadedFile("更多.pdf", PDF + b"contact", "application/pdf")
    sent = page(
        "contribution", application.pk, section, data={"text": "联系人写的。", "file": upload}
    )
    assert sent.status_code == 302, sent.content.decode()
    assert application.answers.get(criterion=first.key).text == "联系人写的。"
    assert application.evidence.filter(file__name="更多.pdf").count() == 1

    figures = page("contribution", application.pk, "figures")
    assert figures.status_code == 200 and "交给我的部分" in figures.content.decode()
    assert page("contribution", application.pk, "facts").status_code == 403
    for absent in ("application", "application-check", "application-evidence"):
        assert page(absent, application.pk).status_code == 404, absent

    for state in ("ready", "submitted"):
        Application.objects.filter(pk=application.pk).update(state=state)
        frozen = page("contribution", application.pk, "industry").content.decode()
        assert "现在只能查看" in frozen and "<textarea" not in frozen
        for key in ("facts", "functions", criterion_section(other.key)):
            kept_away = page("contribution", application.pk, key)
            assert kept_away.status_code == 403, (state, key)
            assert "基础扎实" not in kept_away.text
            for helper in ("application-autosave", "application-presence"):
                sent = page(helper, application.pk, key, data={"page": "a1", "fields": "{}"})
                assert sent.status_code == 403, (state, helper, key)
        for key in ("figures", "functions"):
            assert page("application-section", application.pk, key).status_code == 404, key


def test_every_page_of_a_contact_makes_a_form() -> None:
    kinds = {*FIXED.values(), ContactRegister, ContactCriterion}
    assert len(kinds) == 4 and not any(inspect.isabstract(kind) for kind in kinds)
    assert inspect.isabstract(ContactPage)
