"""Importing people from a workbook: the rehearsal's report, all or nothing, twice, limits."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook as Book
from openpyxl import load_workbook

from portal.core import clock, jobs
from portal.core.actions import importing
from portal.core.actions.importing import Workbook, import_accounts, rehearse_import
from portal.core.errors import Refused, Stale
from portal.core.imports import ACCOUNT_FIELDS, MAX_ROWS, Line, read_lines
from portal.core.models import ActivationCode, Appointment, Job, LedgerEntry, User
from portal.core.web import office_url
from portal.core.workbooks.dates import read_date
from portal.workspace.views import account_import
from tests.factories import World, client_of, end_appointment, make_world
from tests.papers import PDF

pytestmark = pytest.mark.django_db

LABELS = [item.label for item in ACCOUNT_FIELDS]
ADMIN = "puxian.system_admin"
TODAY = clock.today().isoformat()


@pytest.fixture
def world() -> World:
    """A small world in which the county's clerk has left."""
    world = make_world()
    for kind in ("clerk", "checker", "signer"):
        end_appointment(world.actor(f"puxian.{kind}"))
    return world


def row(**changes: str) -> dict[str, str]:
    """A row that is right."""
    return {
        "username": "zhang.wei",
        "display_name": "张伟",
        "phone": "13800000000",
        "office": "puxian",
        "post": "经办",
        "title": "经办",
        "since": TODAY,
        "source": "蒲专镇办〔2026〕1号",
    } | changes


def book(*rows: dict[str, str]) -> Workbook:
    """The rows as read from a sheet whose labels stand in its first row."""
    return Workbook(
        "账号.xlsx", "a" * 64, [Line(number, cells) for number, cells in enumerate(rows, 2)]
    )


def xlsx(*rows: list[Any], labels: list[str] | None = None) -> bytes:
    """A workbook as a table program writes it."""
    made = Book()
    sheet = made.active
    assert sheet is not None
    sheet.append(LABELS if labels is None else labels)
    for values in rows:
        sheet.append(values)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def upload(content: bytes, name: str = "账号.xlsx") -> SimpleUploadedFile:
    """A file as the browser sends it."""
    return SimpleUploadedFile(name, content)


def problems(world: World, *rows: dict[str, str]) -> list[str]:
    """What the rehearsal says is wrong, as ``label: text``."""
    report = rehearse_import(actor=world.actor(ADMIN), book=book(*rows))
    return [f"{label}：{text}" for item in report.rows for label, text in item.problems]


def held(item: str) -> list[str]:
    """The posts a person of this sign-in name holds."""
    rows = Appointment.objects.held().filter(user__username=item)
    return [appointment.post.kind for appointment in rows]


# --- reading ------------------------------------------------------------------------------------


def test_cells_are_read_as_text() -> None:
    midnight = datetime(2026, 1, 5)  # noqa: DTZ001 - a workbook knows no time zones
    content = xlsx(
        ["zhang.wei", " 张 伟 ", 13800000000.0, "puxian", "经办", None, midnight, None],
        [None] * 8,
        ["li.na", "李娜", None, "puxian", "", "", date(2026, 1, 6), "=1+1"],
    )
    lines = read_lines(upload(content), ACCOUNT_FIELDS)
    assert [line.number for line in lines] == [2, 4]
    assert lines[0].cells["display_name"] == "张 伟"
    assert (lines[0].cells["phone"], lines[0].cells["since"]) == ("13800000000", "2026-01-05")
    assert lines[1].cells["source"] == "=1+1", "a formula is text"


def test_labels_are_found_wherever_they_stand() -> None:
    made = Book()
    sheet = made.active
    assert sheet is not None
    sheet.append(["账号导入模板"])
    sheet.append(["说明"])
    sheet.append(["依据", "任职自", "岗位 *", "机构(名称或标识)", "姓名", "登录名"])
    sheet.append(["文件", "2026年1月5日", "经办", "puxian", "张伟", "zhang.wei"])
    buffer = io.BytesIO()
    made.save(buffer)
    (line,) = read_lines(buffer, ACCOUNT_FIELDS)
    assert (line.number, line.cells["username"], line.cells["office"]) == (4, "zhang.wei", "puxian")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 but no archive", "读不出来"),
        (xlsx(labels=["甲", "乙"]), "没有找到表头"),
        (xlsx(labels=["登录名", "姓名"]), "缺少列：机构"),
        (xlsx(), "没有内容"),
        (xlsx(labels=[*LABELS, "姓名"]), "重复的列"),
        (xlsx(*[["x"]] * (MAX_ROWS + 1)), "最多导入 2000 行"),
    ],
)
def test_what_is_no_list_of_people_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read_lines(upload(content), ACCOUNT_FIELDS)


def test_archives_that_unpack_to_too_much_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (61 * 1024 * 1024))
    with pytest.raises(ValidationError, match="内容过大"):
        read_lines(buffer, ACCOUNT_FIELDS)


def test_documents_that_declare_entities_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')
    with pytest.raises(ValidationError, match="读不出来"):
        read_lines(buffer, ACCOUNT_FIELDS)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", date(2026, 1, 5)),
        ("2026/1/5", date(2026, 1, 5)),
        ("2026年1月5日", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)),
        ("2026-13-05", None),
        ("去年", None),
    ],
)
def test_dates_as_people_write_them(text: str, day: date | None) -> None:
    assert read_date(text) == day


# --- the rehearsal ------------------------------------------------------------------------------


def test_rehearsal_says_what_would_happen_and_writes_nothing(world: World) -> None:
    before = (User.objects.count(), Appointment.objects.count(), LedgerEntry.objects.count())
    report = rehearse_import(
        actor=world.actor(ADMIN),
        book=book(
            row(),
            row(username="puxian.clerk", display_name="蒲县经办", post="审核", title="审核"),
            row(username="puxian.leader", display_name="蒲县组长", post="组长", title="组长"),
            row(username="li.na", display_name="李娜", post="", title="", since=""),
        ),
    )
    assert [item.outcome for item in report.rows] == ["new", "appointed", "same", "new"]
    assert [item.text for item in report.rows] == [
        f"新建账号（任职自 {TODAY}）",
        f"已有账号，新增任职（任职自 {TODAY}）",
        "无变化",
        "新建账号（先不任职）",
    ]
    assert (report.wrong, report.useful, report.entry) == (0, 3, None)
    after = (User.objects.count(), Appointment.objects.count(), LedgerEntry.objects.count())
    assert after == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "张伟"}, "登录名：登录名用 3 至 60"),
        ({"username": "=cmd()"}, "登录名：登录名用"),
        ({"display_name": ""}, "姓名：请填写姓名"),
        ({"phone": "电话"}, "联系电话：联系电话用"),
        ({"office": ""}, "请填写机构名称或标识"),
        ({"office": "xixian"}, "“xixian”不在您的管理范围"),
        ({"office": "隰县专业镇发展领导小组办公室"}, "不在您的管理范围，或没有这个机构"),
        ({"office": "没有的机构"}, "“没有的机构”不在您的管理范围，或没有这个机构"),
        ({"post": "科长"}, "岗位：没有“科长”这种岗位"),
        ({"office": "puxian-unit", "post": "经办"}, "没有设“经办”岗位"),
        ({"title": "别的职务"}, "职务：请按机构页面上的职务填写，现有：“经办”"),
        ({"since": ""}, "任职自：请填写任职日期"),
        ({"since": "明年"}, "“明年”不是日期"),
        ({"post": "组长", "title": ""}, "由蒲县组长担任"),
        ({"username": "xixian.clerk", "display_name": "隰县经办"}, "登录名：该登录名已有人使用"),
        ({"username": "PUXIAN.leader"}, "登录名：该登录名已有人使用"),
        ({"username": "puxian.leader"}, "与表中姓名不一致"),
    ],
)
def test_each_problem_is_named_in_words(world: World, changes: dict[str, str], words: str) -> None:
    found = problems(world, row(**changes))
    assert len(found) == 1
    assert words in found[0]
    assert "山西" not in found[0]


def test_all_problems_of_a_row_are_told_at_once(world: World) -> None:
    found = problems(world, row(username="", display_name="", post="科长", since="明年"))
    assert [text.partition("：")[0] for text in found] == ["登录名", "姓名", "岗位", "任职自"]


def test_rows_that_repeat_each_other_are_told(world: World) -> None:
    assert problems(world, row(), row()) == ["整行：与第 2 行重复，请删去一行。"]
    found = problems(world, row(), row(display_name="张维", post="审核", title="审核"))
    assert len(found) == 1 and "与表中姓名不一致" in found[0]


def test_one_person_with_two_posts_is_one_account(world: World) -> None:
    report = import_accounts(
        actor=world.actor(ADMIN), book=book(row(), row(post="审核", title="审核"))
    )
    assert [item.outcome for item in report.rows] == ["new", "appointed"]
    assert sorted(held("zhang.wei")) == ["checker", "clerk"]


def test_the_three_kept_apart_are_kept_apart_here_too(world: World) -> None:
    for kind in ("system_admin", "auditor"):
        end_appointment(world.actor(f"xixian.{kind}"))
    rows = [
        row(office="xixian", post="系统管理员", title=""),
        row(office="xixian", post="审计员", title=""),
    ]
    report = rehearse_import(actor=world.actor("linfen.system_admin"), book=book(*rows))
    assert [item.outcome for item in report.rows] == ["new", "wrong"]
    assert "不能由同一人担任" in report.rows[1].problems[0][1]


# --- the import ---------------------------------------------------------------------------------


def test_import_is_one_entry_with_the_digest_and_every_row(world: World) -> None:
    report = import_accounts(
        actor=world.actor(ADMIN),
        book=book(row(), row(username="li.na", post="", title="", since="")),
    )
    entry = LedgerEntry.objects.get(verb="import_accounts")
    assert report.entry == entry
    done = json.loads(entry.payload)
    assert (done["file"], done["digest"]) == ("账号.xlsx", "a" * 64)
    assert [(item["line"], item["outcome"]) for item in done["rows"]] == [(2, "new"), (3, "new")]
    assert not LedgerEntry.objects.filter(verb="create_account").exists()
    assert LedgerEntry.objects.filter(verb="appoint").count() == 1
    user = User.objects.get(username="zhang.wei")
    assert not user.has_usable_password()
    assert user.home_office == world.offices["puxian"]
    assert held("zhang.wei") == ["clerk"]
    assert user.appointments.get().source == "蒲专镇办〔2026〕1号"


def test_one_wrong_row_stops_all_unless_it_is_left_out(world: World) -> None:
    mixed = book(row(), row(username="li.na", office="xixian"))
    report = import_accounts(actor=world.actor(ADMIN), book=mixed)
    assert (report.entry, report.wrong) == (None, 1)
    assert not User.objects.filter(username="zhang.wei").exists()
    report = import_accounts(actor=world.actor(ADMIN), book=mixed, leave_out_wrong=True)
    assert report.entry is not None
    assert User.objects.filter(username__in=["zhang.wei", "li.na"]).count() == 1
    rows = json.loads(report.entry.payload)["rows"]
    assert rows[1]["outcome"] == "wrong" and "管理范围" in rows[1]["problems"][0]


def test_a_refused_appointment_leaves_no_account_behind(world: World) -> None:
    taken = row(post="组长", title="")
    report = import_accounts(
        actor=world.actor(ADMIN), book=book(taken, row(username="li.na")), leave_out_wrong=True
    )
    assert [item.outcome for item in report.rows] == ["wrong", "new"]
    assert not User.objects.filter(username="zhang.wei").exists()


def test_confirming_twice_changes_nothing_more(world: World) -> None:
    import_accounts(actor=world.actor(ADMIN), book=book(row()))
    count = LedgerEntry.objects.count()
    with pytest.raises(Stale, match="都已在册"):
        import_accounts(actor=world.actor(ADMIN), book=book(row()))
    assert LedgerEntry.objects.count() == count


@pytest.mark.parametrize("who", ["security_admin", "auditor", "office_director", "filer"])
def test_only_system_administrators_import(world: World, who: str) -> None:
    for act in (rehearse_import, import_accounts):
        with pytest.raises(Refused, match="系统管理员"):
            act(actor=world.actor(f"puxian.{who}"), book=book(row()))


# --- the pages ----------------------------------------------------------------------------------


def text_of(response: Any) -> str:
    """A page without markup."""
    return re.sub(r"<[^>]+>|\s+", "", response.content.decode())


def send(world: World, client: Client, content: bytes, name: str = "账号.xlsx") -> Any:
    """Upload a workbook."""
    actor = world.actor(ADMIN)
    assert actor.post is not None
    return client.post(
        office_url(actor, "account-import"),
        {"workbook": upload(content, name), "acting_post": actor.post.pk},
    )


def go(world: World, client: Client, name: str, sealed: str, **more: str) -> Any:
    """Send the rehearsal on."""
    actor = world.actor(ADMIN)
    assert actor.post is not None
    data = {"book": sealed, "acting_post": actor.post.pk} | more
    return client.post(office_url(actor, name), data)


def filled(*rows: dict[str, str]) -> bytes:
    """The template as downloaded, filled in."""
    return xlsx(*[[cells[item.key] for item in ACCOUNT_FIELDS] for cells in rows])


def test_the_template_can_be_filled_in_and_sent_back(world: World) -> None:
    client = client_of(world.actor(ADMIN))
    response = client.get(office_url(world.actor(ADMIN), "account-import-template"))
    made = load_workbook(io.BytesIO(b"".join(response)))
    sheet = made.worksheets[0]
    sheet.append([row()[item.key] for item in ACCOUNT_FIELDS])
    buffer = io.BytesIO()
    made.save(buffer)
    page = send(world, client, buffer.getvalue())
    assert page.status_code == 200
    assert [item.outcome for item in page.context["report"].rows] == ["new"]


def test_from_upload_to_slips(world: World) -> None:
    client, actor = client_of(world.actor(ADMIN)), world.actor(ADMIN)
    page = send(world, client, filled(row(), row(username="li.na", office="xixian")))
    assert "尚未写入任何内容" in text_of(page)
    assert "不在您的管理范围" in text_of(page)
    assert not User.objects.filter(username="zhang.wei").exists()
    sealed = page.context["sealed"]

    refused = go(world, client, "account-import-confirm", sealed)
    assert refused.status_code == 422
    assert "没有写入任何内容" in text_of(refused)
    assert not User.objects.filter(username="zhang.wei").exists()

    done = go(world, client, "account-import-confirm", sealed, leave_out="on")
    assert done.status_code == 302
    result = client.get(done["Location"])
    assert f"新建账号（任职自{TODAY}）" in text_of(result)
    waiting = result.context["waiting"]
    assert [user.username for user in waiting] == ["zhang.wei"]

    assert actor.post is not None
    slips = client.post(
        office_url(actor, "account-slips"),
        {"users": [user.pk for user in waiting], "acting_post": actor.post.pk},
    )
    assert [slip.user.username for slip in slips.context["slips"]] == ["zhang.wei"]
    assert ActivationCode.objects.count() == 1

    again = go(world, client, "account-import-confirm", sealed, leave_out="on")
    assert again.status_code == 302
    assert LedgerEntry.objects.filter(verb="import_accounts").count() == 1


def test_many_rows_are_a_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps, rehearsed and performed by a worker; a second confirmation is told so."""
    monkeypatch.setattr(account_import, "ROWS_IN_A_REQUEST", 1)
    client = client_of(world.actor(ADMIN))
    started = send(world, client, filled(row(), row(username="li.na", office="xixian")))
    assert started.status_code == 302
    assert "排队中" in text_of(client.get(started["Location"]))
    rehearsal = Job.objects.get()
    jobs.run(rehearsal.pk)
    page = client.get(started["Location"])
    assert [item.outcome for item in page.context["report"].rows] == ["new", "wrong"]
    assert not User.objects.filter(username="zhang.wei").exists()
    for _ in range(2):
        answer = go(world, client, "account-import-confirm", page.context["sealed"], leave_out="on")
        Job.objects.filter(pk=rehearsal.pk).delete()
        job = Job.objects.latest("pk")
        Job.objects.filter(pk=job.pk).update(key=f"done-{job.pk}")
        jobs.run(job.pk)
    assert LedgerEntry.objects.filter(verb="import_accounts").count() == 1
    assert [item.state for item in Job.objects.order_by("pk")] == ["done", "failed"]
    assert "都已在册" in text_of(client.get(answer["Location"]))
    stranger = world.actor("linfen.system_admin")
    assert (
        client_of(stranger).get(office_url(stranger, "account-import-job", job.pk)).status_code
        == 404
    )


def test_report_is_a_workbook_too(world: World) -> None:
    client = client_of(world.actor(ADMIN))
    page = send(world, client, filled(row(), row(username="张伟")))
    answer = go(world, client, "account-import-report", page.context["sealed"])
    rows = [
        list(values)
        for values in load_workbook(io.BytesIO(answer.content))
        .worksheets[0]
        .iter_rows(values_only=True)
    ]
    assert rows[-2][:2] == [2, "zhang.wei"] and rows[-2][4] == f"新建账号（任职自 {TODAY}）"
    assert "登录名用 3 至 60 个字母" in str(rows[-1][5])
    assert not User.objects.filter(username="zhang.wei").exists()


@pytest.mark.parametrize("sealed", ["", "nonsense", "a:b:c"])
def test_a_rehearsal_nobody_made_is_not_imported(world: World, sealed: str) -> None:
    answer = go(world, client_of(world.actor(ADMIN)), "account-import-confirm", sealed)
    assert answer.status_code == 302
    assert not LedgerEntry.objects.filter(verb="import_accounts").exists()


def test_a_rehearsal_of_another_post_is_not_imported(world: World) -> None:
    page = send(world, client_of(world.actor(ADMIN)), filled(row()))
    other = world.actor("linfen.system_admin")
    assert other.post is not None
    client_of(other).post(
        office_url(other, "account-import-confirm"),
        {"book": page.context["sealed"], "acting_post": other.post.pk},
    )
    assert not User.objects.filter(username="zhang.wei").exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (PDF, "账号.pdf", "请上传xlsx工作簿"),
        (b"", "账号.xlsx", "空"),
        (b"MZ\x90", "账号.exe", "不是可上传的格式"),
        (xlsx(), "账号.xlsx", "没有内容"),
    ],
)
def test_other_files_are_refused_beside_the_field(
    world: World, content: bytes, name: str, words: str
) -> None:
    page = send(world, client_of(world.actor(ADMIN)), content, name)
    assert page.status_code == 422
    assert words in text_of(page)
    assert page.context["form"].errors["workbook"]


def test_a_rehearsal_finds_only_what_is_ours_to_look_up() -> None:
    assert set(importing.LABELS) == {item.key for item in ACCOUNT_FIELDS}
