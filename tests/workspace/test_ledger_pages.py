"""The ledger, the stream and the anchors on the screen and in workbooks: who reads what of them."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from criteria.queries import spec_of
from portal.core import clock, jobs
from portal.core.actor import PUBLIC, SYSTEM, Actor
from portal.core.digests import ledger_digest
from portal.core.ledger import record
from portal.core.models import AccessEntry, Job, LedgerAnchor, LedgerEntry, LedgerSeal, Office
from portal.core.stream import note
from portal.core.web import office_url
from portal.workspace.ledger_queries import LedgerFilter
from portal.workspace.tasks import request_ledger
from reviews.actions import ask_units, assign_experts, give_opinion, save_scores
from reviews.models import Case, ScoreSheet
from tests import test_access
from tests.factories import World, client_of, end_appointment, make_world
from tests.scenario import decide, drive, file, fresh
from tests.test_access import County, address, office_names

pytestmark = pytest.mark.django_db
# How far a walk goes: pages in all, and addresses of one page that differ in their query.
MOST_PAGES, VARIANTS = 600, 8
county = test_access.county


@pytest.fixture
def world() -> World:
    return make_world()


def page(actor: Actor, name: str, *args: object, **query: str) -> str:
    """The text of a page that answers."""
    response = client_of(actor).get(office_url(actor, name, *args), query_of(actor, query))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def query_of(actor: Actor, query: dict[str, str]) -> dict[str, Any]:
    """A query string that keeps the acting post."""
    assert actor.post is not None
    return {"post": actor.post.pk, **query}


def shown(actor: Actor, name: str = "ledger", **query: str) -> set[int]:
    """The keys of the entries a list shows, on its first page."""
    response = client_of(actor).get(office_url(actor, name), query_of(actor, query))
    return {row["id"] for row in response.context["rows"]}


def status(actor: Actor, name: str, *args: object, method: str = "get") -> int:
    """The status of a page."""
    assert actor.post is not None
    client, url = client_of(actor), office_url(actor, name, *args)
    if method == "get":
        return int(client.get(url).status_code)
    return int(client.post(url, {"acting_post": actor.post.pk}).status_code)


def enter(actor: Actor, office: Office, text: str, **more: Any) -> LedgerEntry:
    """An entry about an office."""
    with transaction.atomic():
        return record(actor, "rename_office", office, text, **more)


# --- the list -------------------------------------------------------------------------------------


def test_offices_read_their_region_and_others_their_own_post(world: World) -> None:
    case = file(world, "province")
    mine = page(world.actor("puxian.filer"), "ledger")
    assert "我的办理记录" in mine
    assert "上传佐证材料" in mine
    assert "提交申报（第 1 次）" not in mine
    assert "提交申报（第 1 次）" in page(world.actor("puxian.submitter"), "ledger")
    for name in ("puxian.clerk", "linfen.clerk", "sx.clerk", "puxian.auditor", "sx.auditor"):
        text = page(world.actor(name), "ledger")
        assert "<h1>办理台账</h1>" in text
        assert case.number in text, name
    for name in ("xixian.clerk", "jincheng.auditor", "sx.expert", "sx.system_admin"):
        assert case.number not in page(world.actor(name), "ledger"), name


def test_each_filter_narrows_the_list(world: World) -> None:
    auditor, clerk = world.actor("linfen.auditor"), world.actor("puxian.clerk")
    office, other = world.offices["puxian"], world.offices["xixian"]
    with clock.at(clock.today() - timedelta(days=10)):
        old = enter(clerk, office, "旧记录")
    new = enter(clerk, office, "新记录")
    failed = enter(clerk, office, "未成", outcome="failed")
    far = enter(world.actor("xixian.clerk"), other, "邻县")
    with transaction.atomic():
        closed = record(clerk, "close_office", office, "撤销")
    everything = {old.pk, new.pk, failed.pk, far.pk, closed.pk}
    today, week_ago = str(clock.today()), str(clock.today() - timedelta(days=7))
    assert shown(auditor) == everything
    assert shown(auditor, since=today) == everything - {old.pk}
    assert shown(auditor, until=week_ago) == {old.pk}
    assert shown(auditor, verb="close_office") == {closed.pk}
    assert shown(auditor, office="隰县") == {far.pk}
    assert shown(auditor, person="隰县经办") == {far.pk}
    assert shown(auditor, search="新记录") == {new.pk}
    assert shown(auditor, outcome="failed") == {failed.pk}
    assert shown(auditor, search="旧", since=today) == set()
    assert shown(world.actor("puxian.auditor")) == everything - {far.pk}


def test_what_the_portal_did_of_itself_is_for_the_topmost_auditor(world: World) -> None:
    with transaction.atomic():
        own = record(SYSTEM, "seal_ledger", world.rounds["province"], "封存")
    assert own.scope_code == ""
    assert own.pk in shown(world.actor("sx.auditor"))
    for who in ("linfen.auditor", "sx.clerk"):
        assert own.pk not in shown(world.actor(who))


def test_a_period_that_ends_before_it_begins_is_said_and_kept(world: World) -> None:
    enter(world.actor("puxian.clerk"), world.offices["puxian"], "记录")
    clerk = world.actor("puxian.clerk")
    text = page(clerk, "ledger", since="2026-05-02", until="2026-05-01")
    assert "截止日期早于开始日期，请重新选择。" in text
    assert "2026-05-02" in text
    assert shown(clerk, since="2026-05-02", until="2026-05-01") == set()
    assert shown(clerk, since="昨天") == set()


def test_a_name_the_reader_may_not_know_is_not_found_by_the_filter(world: World) -> None:
    """Otherwise the filter would tell who it was."""
    sx, puxian = world.actor("sx.clerk"), world.actor("puxian.clerk")
    entry = enter(sx, world.offices["puxian"], "上级", scope_code="141033", audience="filer")
    assert shown(puxian) == {entry.pk}
    assert shown(puxian, person=sx.name) == set()
    assert shown(sx, person=sx.name) == {entry.pk}


# --- one entry ------------------------------------------------------------------------------------


def test_an_entry_shows_before_and_after_in_words_and_its_digests(world: World) -> None:
    clerk, office = world.actor("puxian.clerk"), world.offices["puxian"]
    first = enter(clerk, office, "先前")
    entry = enter(
        clerk,
        office,
        "更名",
        before={"name": "旧办公室", "kind": "leading_group_office", "phone": "1"},
        after={"name": "新办公室", "kind": "leading_group_office", "phone": "1", "closed": True},
        data={"reason": "机构改革", "outcome": "return"},
    )
    response = client_of(clerk).get(office_url(clerk, "ledger-entry", entry.pk))
    rows = [row["cells"] for row in response.context["differences"]]
    label = str(Office._meta.get_field("name").verbose_name)
    assert rows[0] == [label, "旧办公室", "新办公室"]
    assert rows[1][1:] == ["—", "是"]
    assert ["领导小组办公室", "领导小组办公室"] in [row[1:] for row in rows]
    details = {row["label"]: row["value"] for row in response.context["details"]}
    assert details == {"原因": "机构改革", "办理结果": "退回补正"}
    text = response.content.decode()
    assert entry.digest in text
    assert first.digest in text
    assert {"sm3": "SM3", "sha256": "SHA-256"}[entry.algorithm] in text
    assert ("与内容相符" in text) == (ledger_digest(entry) == entry.digest)
    assert office_url(clerk, "ledger-entry", first.pk) in text.replace("&amp;", "&")


def test_figures_are_named_as_the_catalogue_names_them(world: World) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    with transaction.atomic():
        entry = record(
            filer, "record_figures", town, "填报", before={"tax": "1"}, after={"tax": "2"},
            scope_code=town.scope_code,
        )  # fmt: skip
    response = client_of(filer).get(office_url(filer, "ledger-entry", entry.pk))
    [[label, *_]] = [row["cells"] for row in response.context["differences"]]
    assert re.search("税", label)


def test_entries_out_of_scope_do_not_exist(world: World) -> None:
    entry = enter(world.actor("puxian.clerk"), world.offices["puxian"], "本县")
    own = enter(world.actor("puxian.filer"), world.offices["puxian"], "本岗位", scope_code="141033")
    assert status(world.actor("puxian.auditor"), "ledger-entry", entry.pk) == 200
    for name in ("xixian.clerk", "puxian.filer", "puxian.expert", "xixian.auditor"):
        assert status(world.actor(name), "ledger-entry", entry.pk) == 404, name
    assert status(world.actor("puxian.filer"), "ledger-entry", own.pk) == 200
    assert status(world.actor("puxian.submitter"), "ledger-entry", own.pk) == 404


def test_the_address_is_for_auditors_and_the_office_that_acted(world: World) -> None:
    clerk = replace(world.actor("puxian.clerk"), address="198.51.100.7")
    entry = enter(clerk, world.offices["puxian"], "更名")
    for name, seen in (
        ("puxian.checker", True),
        ("puxian.auditor", True),
        ("sx.auditor", True),
        ("linfen.clerk", False),
    ):
        found = "198.51.100.7" in page(world.actor(name), "ledger-entry", entry.pk)
        assert found == seen, name


def test_a_lower_office_reads_what_was_released_without_its_content(world: World) -> None:
    """The outcome and the office, never opinions, notes or people of the office above."""
    clerk = world.actor("puxian.clerk")
    entry = enter(
        world.actor("sx.clerk"),
        world.offices["puxian"],
        "省级受理",
        scope_code="141033",
        audience="filer",
        data={"opinion": "内部意见"},
        before={"text": "内部旧文"},
        after={"text": "内部新文"},
    )
    text = page(clerk, "ledger-entry", entry.pk)
    assert "不在您的查阅范围内" in text
    for words in ("内部意见", "内部旧文", "内部新文", world.actor("sx.clerk").name):
        assert words not in text, words
    assert "内部意见" in page(world.actor("sx.checker"), "ledger-entry", entry.pk)


# --- names ----------------------------------------------------------------------------------------


@pytest.fixture
def named(world: World) -> World:
    """Everybody has a name of their own that occurs nowhere else."""
    for number, (key, actor) in enumerate(world.actors.items(), start=1):
        assert actor.user is not None
        actor.user.display_name = f"姓名{number:03d}号"
        actor.user.save(update_fields=["display_name"])
        world.actors[key] = replace(actor, name=actor.user.display_name)
    return world


def strangers_to(world: World, reader: Actor) -> dict[str, str]:
    """What must not be read: names and logins of everybody the reader may not know."""
    assert reader.office is not None
    words: dict[str, str] = {}
    for key, actor in world.actors.items():
        assert actor.user is not None
        assert actor.office is not None
        if actor.user == reader.user:
            continue
        if reader.scope is not None and actor.office.region.code in reader.scope:
            continue
        units = reader.kind is not None and reader.kind.office_kind != "leading_group_office"
        if units and actor.office == reader.office:
            continue
        words[actor.name] = words[actor.user.username] = key
    return words


def walk(reader: Actor, extra: list[str]) -> dict[str, str]:
    """Everything a reader gets to by links from the home page: address -> text."""
    assert reader.office is not None
    client, seen = client_of(reader), dict[str, str]()
    waiting = [office_url(reader, "workspace"), *extra]
    inside = (f"/o/{reader.office.slug}/", "/public/", f"/api/o/{reader.office.slug}/")
    shown: Counter[str] = Counter()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop().partition("#")[0]
        path = url.partition("?")[0]
        # A list offers itself in every order and with any columns: a few of these say it all.
        if url in seen or not url.startswith(inside) or shown[path] == VARIANTS:
            continue
        shown[path] += 1
        response = client.get(url)
        text = b"".join(response).decode(errors="replace")
        seen[url] = text
        for found in re.findall(r'(?:href|hx-get)="([^"]+)"', text):
            target = found.replace("&amp;", "&")
            waiting.append(path + target if target.startswith("?") else target)
    assert len(seen) < MOST_PAGES, "the walk did not come to its end"
    return seen


def telling(world: World, reader: Actor, *extra: str) -> list[tuple[str, str]]:
    """The addresses that told a reader the name of somebody the reader may not know."""
    words = strangers_to(world, reader)
    pages = walk(reader, list(extra))
    assert len(pages) > 5
    return [(url, words[word]) for url, text in pages.items() for word in words if word in text]


def workbook_text(actor: Actor, name: str, **chosen: str) -> str:
    """Everything an export says."""
    return "\n".join(
        str(cell.value) for row in workbook(actor, name, **chosen) for cell in row if cell.value
    )


def workbook(actor: Actor, name: str, **chosen: str) -> list[Any]:
    """The rows of an export, asked for on the page and made by its job."""
    assert actor.post is not None
    answer = client_of(actor).post(
        office_url(actor, name), {"acting_post": actor.post.pk, **chosen}
    )
    assert answer.status_code == 302
    job = Job.objects.latest("pk")
    assert answer["Location"] == office_url(actor, "job", job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    with job.file.file.open("rb") as handle:
        book = openpyxl.load_workbook(io.BytesIO(handle.read()))
    return list(book.worksheets[0].iter_rows())


def api(actor: Actor, case: Case) -> list[str]:
    """The addresses of the read-only API."""
    slug = actor.office.slug if actor.office else ""
    return [reverse("api-case", args=[slug, case.pk]), reverse("api-cases", args=[slug])]


@pytest.mark.parametrize(
    "who", ["puxian.filer", "puxian.submitter", "puxian.clerk", "linfen.clerk"]
)
def test_the_town_and_lower_offices_learn_no_name_from_above(named: World, who: str) -> None:
    case = fresh(drive(named, file(named, "province")))
    reader = named.actor(who)
    assert telling(named, reader, *api(reader, case)) == []
    if reader.scope is not None:
        words = strangers_to(named, reader)
        text = workbook_text(reader, "ledger-export")
        assert case.number in text
        assert [key for word, key in words.items() if word in text] == []


def test_an_expert_learns_no_name(named: World) -> None:
    case = fresh(drive(named, file(named, "province"), "expert_scoring"))
    experts = [named.actor(name) for name in ("sx.expert", "sx.expert2")]
    posts = [expert.post.pk for expert in experts if expert.post is not None]
    own, other = assign_experts(actor=named.actor("sx.clerk"), case_id=case.pk, post_ids=posts)
    hand_in(experts[1], case, other)
    reader = experts[0]
    assert "我的评分表" in page(reader, "case", case.pk)
    assert telling(named, reader, *api(reader, case)) == []
    hand_in(reader, case, own)
    drive(named, decide(named, case, "conclude"))
    assert telling(named, reader, *api(reader, case)) == []


def hand_in(expert: Actor, case: Case, sheet: ScoreSheet) -> None:
    """Score every criterion and submit."""
    criteria = spec_of(case.application.criteria_set).criteria
    save_scores(
        actor=expert,
        case_id=case.pk,
        sheet_id=sheet.pk,
        scores={row.key: (Decimal(8), "符合") for row in criteria},
        comment="总体较好",
        submit=True,
    )


def test_a_member_unit_learns_no_name(named: World) -> None:
    case = fresh(drive(named, file(named, "province"), "unit_opinions"))
    members = [named.actor(name) for name in ("sx.member", "sx.member2")]
    offices = [member.office.pk for member in members if member.office is not None]
    _, other = ask_units(actor=named.actor("sx.clerk"), case_id=case.pk, office_ids=offices)
    give_opinion(
        actor=members[1], case_id=case.pk, opinion_id=other.pk, verdict="agree", text="无意见"
    )
    reader = members[0]
    assert "本单位会审意见" in page(reader, "case", case.pk)
    assert telling(named, reader, *api(reader, case)) == []


# --- the stream and the anchors -------------------------------------------------------------------


def test_the_stream_and_the_anchors_are_for_auditors(world: World) -> None:
    for name in ("sx.clerk", "sx.office_director", "puxian.filer", "sx.expert", "sx.system_admin"):
        actor = world.actor(name)
        for page_name in ("access-log", "anchors"):
            response = client_of(actor).get(office_url(actor, page_name))
            assert response.status_code == 403, (name, page_name)
            assert "审计员" in response.content.decode()
        assert status(actor, "access-log-export", method="post") == 403
        assert "访问记录" not in page(actor, "workspace")
    assert "访问记录" in page(world.actor("sx.auditor"), "workspace")


def test_an_auditor_reads_the_stream_of_the_own_region(world: World) -> None:
    county, elsewhere, above = (
        note(world.actor(f"{slug}.clerk"), "view", subject=f"{slug} 办件").pk
        for slug in ("puxian", "xixian", "sx")
    )
    nobody = note(replace(PUBLIC, address="203.0.113.9"), "download", subject="公文").pk
    assert shown(world.actor("puxian.auditor"), "access-log") == {county}
    assert shown(world.actor("linfen.auditor"), "access-log") == {county, elsewhere}
    assert shown(world.actor("jincheng.auditor"), "access-log") == set()
    assert shown(world.actor("sx.auditor"), "access-log") == {county, elsewhere, above, nobody}
    assert "203.0.113.9" in page(world.actor("sx.auditor"), "access-log")


def test_each_filter_narrows_the_stream(world: World) -> None:
    auditor, clerk, filer = (world.actor(f"puxian.{k}") for k in ("auditor", "clerk", "filer"))
    with clock.at(clock.today() - timedelta(days=10)):
        old = note(clerk, "view", subject="旧件").pk
    seen = note(clerk, "view", subject="新件").pk
    refused = note(clerk, "refused", summary="不能办理", outcome="refused").pk
    taken = note(filer, "download", subject="材料").pk
    today, week_ago = str(clock.today()), str(clock.today() - timedelta(days=7))
    assert shown(auditor, "access-log", since=today) == {seen, refused, taken}
    assert shown(auditor, "access-log", until=week_ago) == {old}
    assert shown(auditor, "access-log", kind="view") == {old, seen}
    assert shown(auditor, "access-log", outcome="refused") == {refused}
    assert shown(auditor, "access-log", person="蒲县填报人") == {taken}
    assert shown(auditor, "access-log", search="新件") == {seen}


def test_the_stream_is_read_page_by_page(world: World) -> None:
    clerk, auditor = world.actor("puxian.clerk"), world.actor("puxian.auditor")
    for number in range(120):
        note(clerk, "view", subject=f"件{number}")
    client, url = client_of(auditor), office_url(auditor, "access-log") + "&kind=view"
    path, found = url.partition("?")[0], list[int]()
    while url:
        context = client.get(url).context
        found += [row["id"] for row in context["rows"]]
        following = context["page"].next_url
        url = path + following if following else ""
    assert len(found) == len(set(found)) == 120
    assert found == sorted(found, reverse=True)


def test_days_and_seals_show_their_digests(world: World) -> None:
    today = clock.today()
    anchor = LedgerAnchor.objects.create(
        day=today, ledger_from=1, ledger_to=7, ledger_count=7, access_from=3, access_to=5,
        access_count=3, algorithm="sm3", digest="ab" * 32, created_at=timezone.now(),
    )  # fmt: skip
    past = today - timedelta(days=300)
    LedgerAnchor.objects.create(
        day=past, ledger_from=0, ledger_to=0, ledger_count=0, access_from=0, access_to=0,
        access_count=0, algorithm="sm3", digest="ef" * 32,
        created_at=timezone.now() - timedelta(days=299),
    )  # fmt: skip
    seal = LedgerSeal.objects.create(
        day_from=past, day_to=past, ledger_to=0,
        access_to=0, ledger_count=12, access_count=34, file_name="ledger-1.jsonl.gz",
        algorithm="sm3", file_digest="cd" * 32, sealed_at=timezone.now(),
    )  # fmt: skip
    text = page(world.actor("puxian.auditor"), "anchors")
    for words in (anchor.digest, "编号 1 至 7", "SM3", seal.file_name, seal.file_digest):
        assert words in text
    assert "verify_ledger" in text


def test_the_auditors_home_counts_what_its_lists_show(world: World) -> None:
    auditor, clerk = world.actor("puxian.auditor"), world.actor("puxian.clerk")
    enter(clerk, world.offices["puxian"], "今日一事")
    with clock.at(clock.today() - timedelta(days=8)):
        note(clerk, "refused", outcome="refused")
        enter(clerk, world.offices["puxian"], "旧事")
    for kind, count in (("refused", 2), ("sign_in_failed", 3), ("locked", 1), ("view", 4)):
        for _ in range(count):
            note(clerk, kind, outcome="ok" if kind == "view" else "refused")
    response = client_of(auditor).get(office_url(auditor, "workspace"))
    figures = {row["label"]: row for row in response.context["audit_figures"]}
    assert {label: row["text"] for label, row in figures.items()} == {
        "今日台账": "1",
        "拒绝操作": "2",
        "登录失败": "3",
        "账号锁定": "1",
        "最近日锚": "尚未生成",
    }
    for label in ("今日台账", "拒绝操作", "登录失败", "账号锁定"):
        listed = client_of(auditor).get(figures[label]["url"]).context["page"]
        assert listed.count_text == figures[label]["text"], label
    assert "本岗位没有办件" not in response.content.decode()


# --- exports --------------------------------------------------------------------------------------


def test_the_exported_ledger_is_what_the_list_showed(world: World) -> None:
    auditor, office = world.actor("sx.auditor"), world.offices["puxian"]
    danger = replace(
        world.actor("puxian.clerk"), name='=HYPERLINK("http://x","y")', address="198.51.100.7"
    )
    enter(danger, office, "别的", outcome="failed")
    entry = enter(
        danger, office, "=1+1", before={"name": "旧"}, after={"name": "新"}, data={"reason": "-1"}
    )
    rows = workbook(auditor, "ledger-export", search="=1+1", outcome="ok")
    head = [[cell.value for cell in row] for row in rows[:5]]
    assert "结果：成功" in head[1][0]
    assert "关键词：=1+1" in head[1][0]
    assert auditor.name in head[2][0]
    labels = head[4]
    assert len(rows) == 6
    cells = dict(zip(labels, rows[5], strict=True))
    values = {label: cell.value for label, cell in cells.items()}
    assert (values["编号"], values["摘要"], values["人员"]) == (entry.pk, "=1+1", danger.name)
    assert (values["来源地址"], values["算法"]) == ("198.51.100.7", entry.algorithm)
    assert values["本条校验值"] == entry.digest
    assert ("旧" in values["变更前"], "新" in values["变更后"]) == (True, True)
    for label in ("摘要", "人员"):
        assert cells[label].data_type in ("s", "inlineStr")
        assert cells[label].quotePrefix
    exported = AccessEntry.objects.get(kind="export")
    assert (exported.actor, exported.subject) == (auditor.user, "办理台账")
    assert "结果：成功" in exported.summary


def test_an_office_exports_its_own_view_of_the_ledger(world: World) -> None:
    checker = world.actor("puxian.checker")
    enter(world.actor("puxian.clerk"), world.offices["puxian"], "本县的事")
    above = world.actor("sx.clerk")
    enter(
        above, world.offices["puxian"], "省级受理", scope_code="141033", audience="filer",
        data={"opinion": "内部意见"},
    )  # fmt: skip
    enter(world.actor("xixian.clerk"), world.offices["xixian"], "邻县的事")
    text = workbook_text(checker, "ledger-export")
    assert "本县的事" in text
    assert "省级受理" in text
    for words in ("邻县的事", "内部意见", above.name):
        assert words not in text, words


def test_the_exported_stream_is_what_the_list_showed(world: World) -> None:
    auditor = world.actor("puxian.auditor")
    first = note(world.actor("puxian.clerk"), "view", subject="甲件")
    note(world.actor("puxian.clerk"), "download", subject="乙件")
    note(world.actor("xixian.clerk"), "view", subject="丙件")
    text = workbook_text(auditor, "access-log-export", kind="view")
    assert "类别：查阅" in text
    assert "甲件" in text
    assert first.digest in text
    assert "乙件" not in text
    assert "丙件" not in text


def test_who_may_not_export_is_told_who_may(world: World) -> None:
    for name in ("puxian.filer", "sx.expert", "sx.member", "sx.system_admin"):
        actor = world.actor(name)
        assert actor.post is not None
        answer = client_of(actor).post(
            office_url(actor, "ledger-export"), {"acting_post": actor.post.pk}
        )
        assert answer.status_code == 403, name
        assert "台账由审计员或领导小组办公室导出" in answer.content.decode()
        assert "导出 xlsx" not in page(actor, "ledger")
    assert not Job.objects.exists()


def test_an_export_asked_for_by_somebody_who_has_left_is_not_made(world: World) -> None:
    auditor = world.actor("puxian.auditor")
    job = request_ledger(auditor, LedgerFilter())
    end_appointment(auditor)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.file) == ("failed", None)


# --- auditors change nothing ----------------------------------------------------------------------

EXPORTS = {"ledger-export", "access-log-export", "office-leading-group-export"}


@pytest.mark.parametrize("who", ["puxian.auditor", "sx.auditor"])
def test_an_auditor_changes_nothing(county: County, who: str) -> None:
    """Every address of the workspace, sent a form: refused, not there, or not for forms."""
    auditor = county.world.actor(who)
    assert auditor.office is not None
    assert auditor.post is not None
    clerk = county.world.actor("puxian.clerk").user
    assert clerk is not None
    client, before = client_of(auditor), LedgerEntry.objects.count()
    allowed = []
    for name in sorted(set(office_names()) - EXPORTS):
        url = address(county, name, auditor.office.slug)
        answer = client.post(url, {"acting_post": auditor.post.pk, "users": [clerk.pk]})
        if answer.status_code not in (403, 404, 405):
            allowed.append((name, answer.status_code))
    assert allowed == []
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("kind", ["clerk", "auditor", "filer", "expert"])
def test_nobody_writes_to_the_ledger_by_its_pages(county: County, kind: str) -> None:
    actor = county.world.actor(f"puxian.{kind}")
    entry = LedgerEntry.objects.filter(verb="issue_document").get()
    for name, args in (("ledger", []), ("ledger-entry", [entry.pk])):
        assert status(actor, name, *args, method="post") == 405
    for name in ("access-log", "anchors"):
        assert status(actor, name, method="post") == 405
