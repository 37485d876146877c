"""Free documents: their kinds, words, tables from cells and workbooks, limits, two drafters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from portal.core.actions.documents import revise_document, send_for_check
from portal.core.actions.documents.drafting import Draft
from portal.core.actor import Actor
from portal.core.documents.stored import attachments_of, people_of, texts_of
from portal.core.documents.tables import MOST_COLUMNS, UnusableTable, attachment_of, cells_of
from portal.core.models import Job, Office, OfficialDocument
from portal.core.sample_tasks import KIND
from portal.core.web import office_url
from tests import scenario
from tests.factories import World, client_of, make_world

pytestmark = pytest.mark.django_db

WORDS = {
    "title": "关于做好专业镇数据报送工作的通知",
    "addressees": "各有关单位",
    "body": "现就有关事项通知如下：\n一、按时报送。",
    "openness": "closed",
}
CELLS = "序号\t任务\t单位\n1\t完善台账\t县工信局\n2\t报送数据\t县统计局"


@pytest.fixture
def world() -> World:
    made = make_world()
    Office.objects.filter(document_word="").update(document_word="蒲专镇办发")
    return made


@pytest.fixture
def clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def new(actor: Actor, kind: str) -> str:
    return office_url(actor, "document-new") + f"&kind={kind}"


def compose(actor: Actor, kind: str = "notice", **fields: Any) -> Any:
    return client_of(actor).post(new(actor, kind), {"kind": kind, **WORDS, **fields})


def book(rows: Sequence[Sequence[Any]], name: str = "任务分工.xlsx") -> SimpleUploadedFile:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = BytesIO()
    workbook.save(out)
    return SimpleUploadedFile(name, out.getvalue())


def test_cells_are_read_as_spreadsheets_give_them() -> None:
    assert cells_of('甲\t"一行\n二行"\r\n\r\n乙\t说“好”\t\t') == [
        ["甲", "一行 二行"],
        ["乙", "说“好”"],
    ]
    assert cells_of('屏幕 27"\t3\n键盘\t5') == [['屏幕 27"', "3"], ["键盘", "5"]]
    table = attachment_of("名单", cells_of("序号\t名称\t备注\n1\t甲县铸造专业镇"), landscape=False)
    assert table.rows == (("1", "甲县铸造专业镇", ""),)
    assert table.widths[0] < table.widths[1]
    for text, said in (
        ("", "还没有内容"),
        ("序号\t名称", "只有表头"),
        ("序号\t\t备注\n1\t2\t3", "表头第 2 列是空的"),
        ("序号\t名称\n1\t甲\t多", "第 1 行有 3 列，表头只有 2 列"),
        ("\t".join("列" * 40) + "\n" + "\t".join("1" * 40), "共 40 列，一张表最多 12 列"),
        ("序号\n" + "\n".join(map(str, range(501))), "共 501 行，一张表最多 500 行"),
        ("名称\n" + "长" * 201, "一格 201 字"),
    ):
        with pytest.raises(UnusableTable, match=said):
            attachment_of("名单", cells_of(text), landscape=False)
    long = attachment_of("名单", cells_of("序号\n" + "1\n" * 200), landscape=False)
    assert len(long.rows) == 200


def test_a_notice_is_drafted_from_the_template_with_a_table(world: World, clerk: Actor) -> None:
    cards = client_of(clerk).get(office_url(clerk, "document-new")).content.decode()
    assert all(word in cards for word in ("通知", "通报", "函", "纪要", "公示", "商洽工作"))
    page = client_of(clerk).get(new(clerk, "notice"))
    text = page.content.decode()
    assert f"{world.offices['puxian'].name}关于【事由】的通知" in text
    assert "还有 1 处要填写" in text and "<mark>【事由】</mark>" in text
    response = compose(clerk, tables="1", table_0_title="任务分工表", table_0_text=CELLS,
                       table_0_landscape="on")  # fmt: skip
    document = OfficialDocument.objects.get()
    assert response.url == office_url(clerk, "document", document.pk)
    [table] = attachments_of(document)
    assert (table.title, table.landscape, table.header) == (
        "任务分工表", True, ("序号", "任务", "单位"),
    )  # fmt: skip
    assert len(table.rows) == 2 and document.openness == "closed"


def test_one_form_sent_twice_is_one_draft(world: World, clerk: Actor) -> None:
    def key_of(answer: Any) -> str:
        found = re.search(r'name="form_key" value="(\w{32})"', answer.content.decode())
        assert found is not None
        return found[1]

    key = key_of(client_of(clerk).get(new(clerk, "notice")))
    # A button of the tables and a fault leave the form what it is.
    assert key_of(compose(clerk, form_key=key, table="add")) == key
    assert key_of(compose(clerk, form_key=key, body="")) == key
    first, second = (compose(clerk, form_key=key) for _ in range(2))
    document = OfficialDocument.objects.get()
    assert first.url == second.url == office_url(clerk, "document", document.pk)
    # Still one when it was revised and sent on meanwhile; another form or person is another draft.
    data = {**WORDS, "note": "（此件公开发布）"}
    edit = office_url(clerk, "document-edit", document.pk)
    opened = client_of(clerk).get(edit).context["opened"]
    assert client_of(clerk).post(edit, {**data, "opened": opened}).status_code == 302
    send_for_check(actor=clerk, document_id=document.pk)
    assert compose(clerk, form_key=key).url == first.url
    assert compose(clerk, form_key=key_of(client_of(clerk).get(new(clerk, "notice")))).url
    compose(world.actor("puxian.office_director"), form_key=key)
    assert OfficialDocument.objects.count() == 3


def test_what_is_left_open_is_refused_at_the_check(clerk: Actor) -> None:
    compose(clerk, title="关于【事由】的通知")
    document = OfficialDocument.objects.get()
    with pytest.raises(Exception, match="还没有填写"):
        send_for_check(actor=clerk, document_id=document.pk)


def test_minutes_name_who_was_there(clerk: Actor) -> None:
    page = client_of(clerk).get(new(clerk, "minutes")).content.decode()
    assert "出席人员" in page and "主送机关" not in page
    compose(clerk, "minutes", present="张三、李四", absent="", attending="王五")
    document = OfficialDocument.objects.get()
    assert [(row.label, row.names) for row in people_of(document)] == [
        ("出席", "张三、李四"),
        ("列席", "王五"),
    ]


def test_a_workbook_is_read_into_the_table_and_its_faults_are_said(clerk: Actor) -> None:
    rows: list[list[Any]] = [
        ["序号", "名称", "产值（万元）"],
        [1, "甲县铸造专业镇", 1234.5],
        [2, "乙县", None],
    ]
    response = compose(clerk, tables="1", table="read", table_0_file=book(rows))
    text = response.content.decode()
    assert response.status_code == 200 and not OfficialDocument.objects.exists()
    assert "已读入“任务分工.xlsx”：2 行、3 列" in text and "1\t甲县铸造专业镇\t1234.5" in text
    form = response.context["form"]
    assert form["table_0_title"].value() == "任务分工" and form["body"].value() == WORDS["body"]
    assert compose(clerk, tables="1", table_0_file=book(rows)).status_code == 302
    assert len(attachments_of(OfficialDocument.objects.get())[0].rows) == 2
    wide = compose(clerk, tables="1", table="read", table_0_file=book([["列"] * 40, ["1"] * 40]))
    assert wide.status_code == 422
    assert f"2 行、40 列，最多 501 行（含表头）、{MOST_COLUMNS} 列" in wide.content.decode()
    wrong = SimpleUploadedFile("说明.xlsx", b"not a workbook")
    assert compose(clerk, tables="1", table="read", table_0_file=wrong).status_code == 422


def test_tables_are_added_moved_and_removed_without_losing_a_word(clerk: Actor) -> None:
    two = {"tables": "2", "table_0_title": "甲", "table_0_text": CELLS, "table_1_title": "乙"}
    form = compose(clerk, **two, table="down:0").context["form"]
    assert [form[f"table_{place}_title"].value() for place in (0, 1)] == ["乙", "甲"]
    assert form["table_1_text"].value() == CELLS
    form = compose(clerk, **two, table="remove:0").context["form"]
    assert form.count == 1 and form["table_0_title"].value() == "乙"
    form = compose(clerk, **two, table="add").context["form"]
    assert form.count == 3 and form["title"].value() == WORDS["title"]
    for strange in ("up:0", "down:9", "remove:x", "none"):
        assert compose(clerk, **two, table=strange).context["form"].count == 2


def test_too_much_is_said_beside_the_field(clerk: Actor) -> None:
    many = "\r\n".join(["一二三四五六七八九"] * 1001)
    response = compose(clerk, body=many, tables="1", table_0_text="甲\t乙\n1")
    text = response.content.decode()
    assert response.status_code == 422
    assert "最多 10000 字，现有 10009 字。请删减" in text
    assert "请填写附件1的标题" in text
    # A line end counts once, whatever the browser sends.
    assert compose(clerk, body="\r\n".join(["一二三四五六七八九"] * 1000)).status_code == 302


def test_two_drafters_lose_nothing(world: World, clerk: Actor) -> None:
    compose(clerk)
    document = OfficialDocument.objects.get()
    edit = office_url(clerk, "document-edit", document.pk)
    page = client_of(clerk).get(edit)
    opened = page.context["opened"]
    director = world.actor("puxian.office_director")
    texts = texts_of(document)._replace(note="（此件公开发布）")
    draft = Draft(texts, document.content, "open")
    revise_document(actor=director, document_id=document.pk, draft=draft)
    mine = {**WORDS, "opened": opened, "tables": "1", "table_0_title": "分工",
            "table_0_text": CELLS}  # fmt: skip
    client = client_of(clerk)
    response = client.post(edit, mine)
    assert response.status_code == 409
    text = response.content.decode()
    assert "附件1：分工（2 行、3 列）" in text and director.name in text
    merge = response.context["merge"]
    decisions = {f"take_{row['name']}": row["chosen"] for row in merge["rows"]}
    answer = {"first": merge["first"], "mine": merge["mine"], "opened": merge["theirs"]}
    assert client.post(edit, {**answer, **decisions}).status_code == 302
    document.refresh_from_db()
    assert (document.note, document.openness) == ("（此件公开发布）", "open")
    assert attachments_of(document)[0].title == "分工"
    # Handed over meanwhile: everything typed stands on the page again.
    send_for_check(actor=director, document_id=document.pk)
    response = client.post(edit, {**mine, "body": "改了又改"})
    assert response.status_code == 409
    assert "改了又改" in response.content.decode()


def test_a_look_leaves_out_what_cannot_be_set_and_says_so(clerk: Actor) -> None:
    live = {"HX-Request": "true"}
    client = client_of(clerk)
    data = {**WORDS, "title": "关于【事由】的通知", "look": "live", "tables": "2",
            "table_0_title": "甲", "table_0_text": CELLS, "table_1_text": "只有表头"}  # fmt: skip
    text = client.post(new(clerk, "notice"), data, headers=live).content.decode()
    assert "标题：“【事由】”还没有填写" in text and "附件2没有排入：只有表头" in text
    [job] = Job.objects.filter(kind=KIND)
    assert len(job.arguments["content"]["attachments"]) == 1
    bare = client.post(new(clerk, "notice"), {**data, "body": "", "tables": ""}, headers=live)
    assert "填写正文后显示样稿" in bare.content.decode()
    rare = client.post(new(clerk, "notice"), {**data, "title": "好\U0002ffff"}, headers=live)
    assert "字体中缺字" in rare.content.decode() and Job.objects.filter(kind=KIND).count() == 1
    odd = {**data, "body": "一\x00二", "note": "长" * 61}
    said = client.post(new(clerk, "notice"), odd, headers=live).content.decode()
    assert "附注最多 60 字" in said
    # Newer words of the same form take the place of those that nobody has begun.
    client.post(new(clerk, "notice"), {**data, "title": "关于另一件事的通知"}, headers=live)
    [job] = Job.objects.filter(kind=KIND)
    assert job.arguments["texts"][0] == "关于另一件事的通知"


def test_of_a_certification_only_the_words_change(world: World, clerk: Actor) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "issue")
    response = client_of(clerk).post(
        office_url(clerk, "certification-new"),
        {**WORDS, "cases": case.pk, "look": "live"},
        headers={"HX-Request": "true"},
    )
    assert "正在排版" in response.content.decode()
    [table] = Job.objects.get(kind=KIND).arguments["content"]["attachments"]
    assert case.town_name in str(table["rows"])
    document = scenario.draft_notice(world, case)
    edit = office_url(clerk, "document-edit", document.pk)
    page = client_of(clerk).get(edit)
    assert "附件按所涉事项自动生成" in page.content.decode()
    before = document.content
    data = {**WORDS, "opened": page.context["opened"], "tables": "1", "table_0_text": CELLS,
            "openness": "open"}  # fmt: skip
    assert client_of(clerk).post(edit, data).status_code == 302
    document.refresh_from_db()
    assert document.title == WORDS["title"] and document.content == before
