"""Pages beside the sections of an application: contacts, evidence, on behalf, corrections."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from criteria.queries import spec_of
from portal.core.web import office_url
from reviews.actions.moving import Corrections
from tests import scenario
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import make_world
from towns.actions import grant_sections
from towns.declared import criterion_section
from towns.models import Application, Evidence, EvidenceSlot


def test_pages_beside_the_sections_are_read_and_work_without_scripts(
    transactional_db: None, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    world = make_world()
    draft = scenario.draft(world, "county")
    criterion = spec_of(draft.criteria_set).criteria[0].key
    EvidenceSlot.objects.create(
        round=draft.round,
        criterion=criterion,
        key="annals",
        title="很长的材料名称" * 8,
        asked="要求" * 60,
        pages_max=20,
        required=True,
    )
    filer, contact = world.actor("puxian.filer"), world.actor("puxian.contact")
    assert contact.post is not None
    sections = ["facts", "figures", "functions", criterion_section(criterion)]
    grant_sections(actor=filer, application=draft, post=contact.post, sections=sections)
    piece = draft.evidence.get()
    case = scenario.file(world, "province")
    case = scenario.decide(
        world,
        case,
        "return",
        "请核对全部材料",
        Corrections({"contact": "", "summary": "补出处"}, 5),
    )

    def address(who: str, name: str, *args: object) -> str:
        return live_url + office_url(world.actor(who), name, *args)

    def see(page: Page, who: str, name: str, *args: object, words: str) -> None:
        page.goto(address(who, name, *args))
        look(page, f"beside-{who}-{name}", words)

    page = new_page()
    sign_in(page, live_url, "puxian.filer")
    see(page, "puxian.filer", "application-contacts", draft.pk, words="离线填报的 Excel 表")
    see(page, "puxian.filer", "application-evidence", draft.pk, words="合并成一个 PDF")
    see(page, "puxian.filer", "evidence-reuse", draft.pk, criterion, words="同一份文件")
    see(page, "puxian.filer", "evidence-edit", draft.pk, piece.pk, words="修改佐证材料")
    see(page, "puxian.filer", "evidence-remove", draft.pk, piece.pk, words="移除材料")
    see(page, "puxian.filer", "application-corrections", case.application_id, words="补出处")
    # A field without words of its own is marked with the general opinion.
    see(page, "puxian.filer", "application-overview", case.application_id, words="请核对全部材料")
    # What somebody registered meanwhile is laid beside what was typed.
    member = world.towns["puxian"].memberships.earliest("pk")
    page.goto(address("puxian.filer", "member-amend", member.town_id, member.pk))
    page.get_by_label("主要产品").fill("我改的产品")
    member.main_products = "他人改的产品"
    member.save(update_fields=["main_products"])
    page.get_by_role("button", name="保存修改").click()
    look(page, "beside-register-conflict", "他人改的产品")
    page.get_by_label("用我的").check()
    page.get_by_role("button", name="按选择保存").click()
    expect(page.locator("main")).to_contain_text("我改的产品")

    page = new_page()
    sign_in(page, live_url, "puxian.contact")
    see(page, "puxian.contact", "contributions", words="交给我的部分")
    for key in sections:
        see(page, "puxian.contact", "contribution", draft.pk, key, words="保存")
    page = new_page()
    sign_in(page, live_url, "puxian.clerk")
    see(page, "puxian.clerk", "round-on-behalf", draft.round_id, words="代为录入")

    plain = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.set_default_timeout(60_000)
    _without_scripts(plain.new_page, live_url, address, draft, piece)
    plain.close()


def _without_scripts(
    open_page: Callable[[], Page],
    site: str,
    address: Callable[..., str],
    draft: Application,
    piece: Evidence,
) -> None:
    """A contact saves a section; the filer describes a piece and is told what somebody changed."""
    page = open_page()
    sign_in(page, site, "puxian.contact")
    page.goto(address("puxian.contact", "contribution", draft.pk, "facts"))
    page.get_by_label("联系人", exact=True).fill("乡镇联系人")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("已保存")
    draft.refresh_from_db()
    assert draft.contact == "乡镇联系人"
    page.context.clear_cookies()
    sign_in(page, site, "puxian.filer")
    page.goto(address("puxian.filer", "evidence-edit", draft.pk, piece.pk))
    page.get_by_label("材料名称").fill("我改的名称")
    Evidence.objects.filter(pk=piece.pk).update(title="他人改的名称")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("他人已先修改")
    page.get_by_label("用我的").check()
    page.get_by_role("button", name="按选择保存").click()
    page.get_by_role("heading", name="佐证材料").first.wait_for()
    piece.refresh_from_db()
    assert piece.title == "我改的名称"
