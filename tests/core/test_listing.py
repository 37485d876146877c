"""Lists: conditions, columns and order in the address; saved views; the workbook is the list."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.core import jobs
from portal.core.actions.lists import MOST_VIEWS, delete_view, save_view
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.errors import Refused, Stale
from portal.core.listing import Listing, list_spec, list_specs
from portal.core.listing.exports import request_list
from portal.core.models import AccessEntry, Job, SavedView
from portal.core.web import office_url
from tests.factories import World, client_of, make_town, make_world, multiply
from towns.lists import TOWNS
from towns.models import Town, TownFigure, TownName

pytestmark = pytest.mark.django_db

QUERIES = (
    "",
    "category=agriculture",
    "q=专业镇&order=name",
    "region=140500&order=-output&cols=name,output,stage,former",
    "closed=on&order=-county",
    "stage=province",
    "q=老名",
)


@pytest.fixture
def world() -> World:
    """The small world; one town has a former name and one is closed."""
    made = make_world()
    county = made.regions["141033"]
    make_town(county, "蒲县核桃专业镇", "核桃", "agriculture")
    closed = make_town(county, "蒲县旧镇", "煤炭", "manufacturing")
    Town.objects.filter(pk=closed.pk).update(closed_on="2024-05-01")
    TownName.objects.create(
        town=made.towns["puxian"], name="蒲县老名专业镇", valid_to="2023-01-01", source="通知"
    )
    TownFigure.objects.filter(town=made.towns["zezhou"]).update(value=Decimal(7))
    return made


def listing(actor: Actor, text: str = "") -> Listing[Town]:
    """The list of towns as an address asks for it."""
    return Listing.of(TOWNS, actor, text)


def page(actor: Actor, text: str = "") -> str:
    """The page of the list."""
    address = office_url(actor, "towns")
    return client_of(actor).get(f"{address}&{text}").content.decode()


def table(text: str) -> list[list[str]]:
    """The cells of the page's table, 序号 left out, without tags and notes."""
    text = re.sub(r'<span class="cell-note">.*?</span>', "", text)
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[1:] for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def heads(text: str) -> list[str]:
    """The headings of the page's table, 序号 left out."""
    head = text.partition("<thead>")[2].partition("</thead>")[0]
    found = re.findall(r"<th[^>]*>(.*?)</th>", head, re.DOTALL)[1:]
    return [re.sub(r"<[^>]+>|[▲▼↕]|\s", "", cell) for cell in found]


def exported(actor: Actor, text: str) -> list[list[Any]]:
    """All lines of the workbook, written as the worker does."""
    job = request_list(listing(actor, text))
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert job.file is not None
    with job.file.file.open("rb") as handle:
        sheet = openpyxl.load_workbook(handle).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


# --- the page ---------------------------------------------------------------------------------


def test_usual_columns_and_chosen_ones(world: World) -> None:
    actor = world.actor("sx.clerk")
    usual = heads(page(actor))
    assert "专业镇" in usual and "曾用名" not in usual
    assert heads(page(actor, "cols=former,bureau")) == ["专业镇", "曾用名", "牵头部门"]
    assert heads(page(actor, "cols=former&cols=bureau")) == ["专业镇", "曾用名", "牵头部门"]
    assert heads(page(actor, "cols=nonsense")) == usual


def test_conditions_are_shown_and_can_be_taken_away(world: World) -> None:
    actor = world.actor("sx.clerk")
    text = page(actor, "category=agriculture&q=核桃&order=name&cols=name,category")
    assert [row[0] for row in table(text)] == ["蒲县核桃专业镇"]
    assert "名称、产业：核桃" in text and "类别：特优农业" in text
    links = [unescape(link) for link in re.findall(r'href="([^"]+)" aria-label="去掉条件', text)]
    queries = [dict(parse_qsl(urlsplit(link).query)) for link in links]
    kept = {"post": str(actor.post.pk if actor.post else 0), "order": "name"}
    assert queries == [
        {**kept, "category": "agriculture", "cols": "name,category"},
        {**kept, "q": "核桃", "cols": "name,category"},
    ]


def test_a_wrong_condition_shows_nothing_and_says_where(world: World) -> None:
    text = page(world.actor("sx.clerk"), "stage=nonsense")
    assert "没有符合条件的专业镇" in text
    assert "选择一个有效的选项" in text


def test_rows_stay_inside_of_what_one_sees(world: World) -> None:
    names = {row[0] for row in table(page(world.actor("puxian.clerk"), "closed=on"))}
    assert names == {"蒲县肉牛专业镇", "蒲县核桃专业镇", "蒲县旧镇"}
    assert {row[0] for row in table(page(world.actor("puxian.filer")))} == {"蒲县肉牛专业镇"}
    assert "没有授权给您的专业镇" in page(world.actor("sx.expert"))


def test_order_by_a_column_leads_both_ways(world: World) -> None:
    actor = world.actor("sx.clerk")
    up = [row[0] for row in table(page(actor, "order=name"))]
    down = page(actor, "order=-name")
    assert [row[0] for row in table(down)] == up[::-1]
    assert 'aria-sort="descending"' in down
    outputs = [row.pk for row in listing(actor, "order=-output").everything()]
    figures = dict(
        TownFigure.objects.filter(indicator__key="output_value").values_list("town_id", "value")
    )
    values = [figures.get(pk) for pk in outputs]
    assert values == sorted(values, key=lambda v: (v is None, -(v or 0)))
    assert listing(actor, "order=bureau").order == listing(actor).order


def test_pages_keep_the_choice(world: World) -> None:
    multiply(world.towns["puxian"], 120, name="'蒲县第' || n || '专业镇'")
    actor = world.actor("puxian.clerk")
    address, seen = office_url(actor, "towns") + "&order=name&cols=name&q=专业镇", []
    client = client_of(actor)
    for _ in range(3):
        text = client.get(address).content.decode()
        assert heads(text) == ["专业镇"]
        seen += [row[0] for row in table(text)]
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = office_url(actor, "towns").partition("?")[0]
        address += unescape(following[1]) if following else ""
    expected = [row.name for row in listing(actor, "order=name&q=专业镇").everything()]
    assert len(seen) == 122 and seen == expected


# --- the workbook -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("who", ["sx.clerk", "puxian.filer"])
def test_the_workbook_is_the_list_row_by_row(world: World, who: str, text: str) -> None:
    actor = world.actor(who)
    lines = exported(actor, text)
    shown = page(actor, text)
    assert lines[0][0] == "专业镇"
    assert lines[1][0] == f"筛选条件：{listing(actor, text).filter_words()}"
    assert actor.label in str(lines[3][0])
    if "没有符合" in shown or "没有授权" in shown:
        assert len(lines) == 5
        return
    assert [re.sub("（元）", "", str(label)) for label in lines[4][1:]] == heads(shown)
    rows = table(shown)
    assert [line[0] for line in lines[5:]] == list(range(1, len(rows) + 1))
    columns = listing(actor, text).columns
    for line, row in zip(lines[5:], rows, strict=True):
        for column, value, cell in zip(columns, line[1:], row, strict=True):
            if column.kind == "money":
                assert (value is None) == (cell == "—")
            else:
                assert str(value if value is not None else "—") == cell


def test_the_workbook_holds_all_pages(world: World) -> None:
    multiply(world.towns["puxian"], 1100, name="'蒲县第' || n || '专业镇'")
    actor = world.actor("puxian.clerk")
    lines = exported(actor, "order=name&cols=name")
    expected = [row.name for row in listing(actor, "order=name").everything()]
    assert [line[1] for line in lines[5:]] == expected
    assert len(expected) == 1102


def test_export_page_queues_the_job_and_notes_it(world: World) -> None:
    actor = world.actor("puxian.clerk")
    client, address = client_of(actor), office_url(actor, "list-export", "towns")
    post = {"acting_post": actor.post.pk if actor.post else 0}
    answer = client.post(f"{address}&category=agriculture&order=name", post)
    job = Job.objects.get(kind="core.export_list")
    assert answer.status_code == 302 and answer["Location"] == office_url(actor, "job", job.pk)
    assert job.arguments == {"list": "towns", "query": "category=agriculture&order=name"}
    noted = AccessEntry.objects.get(kind="export")
    assert (noted.subject, noted.summary) == ("专业镇", "类别：特优农业")
    assert client.post(f"{address}&category=nonsense", post)["Location"].startswith(
        office_url(actor, "towns")
    )
    assert Job.objects.filter(kind="core.export_list").count() == 1


def test_only_those_who_may_take_a_list_out(world: World) -> None:
    submitter = world.actor("puxian.submitter")
    assert "导出 xlsx" not in page(submitter)
    with pytest.raises(Refused, match="您的岗位可以在页面查阅"):
        request_list(listing(submitter))
    assert "导出 xlsx" in page(world.actor("puxian.filer"))


def test_an_unknown_list_does_not_exist(world: World) -> None:
    actor = world.actor("sx.clerk")
    client = client_of(actor)
    assert client.post(office_url(actor, "list-export", "nothing")).status_code == 404
    assert client.get(office_url(actor, "view-save", "nothing")).status_code == 404
    assert list_spec("nothing") is None


# --- saved views ------------------------------------------------------------------------------


def test_a_view_is_saved_used_and_removed_without_script(world: World) -> None:
    actor = world.actor("puxian.clerk")
    client, post = client_of(actor), {"acting_post": actor.post.pk if actor.post else 0}
    query = "category=agriculture&cols=name,category&order=name"
    address = f"{office_url(actor, 'view-save', 'towns')}&{query}"
    assert "类别：特优农业" in client.get(address).content.decode()
    empty = client.post(address, post)
    assert empty.status_code == 422 and "请填写视图名称" in empty.content.decode()
    saved = client.post(address, {**post, "name": " 农业  类 "})
    assert saved.status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.shared, view.list_key) == ("农业 类", False, "towns")
    text = client.get(saved["Location"]).content.decode()
    assert 'aria-current="true">农业 类' in text
    listed = client.get(office_url(actor, "towns")).content.decode()
    link = re.search(r'<li><a href="([^"]+)">农业 类', listed)
    assert link is not None
    assert heads(client.get(unescape(link[1])).content.decode()) == ["专业镇", "类别"]
    removal = office_url(actor, "view-delete", "towns", view.pk)
    assert unescape(re.search(r'href="([^"]+)" aria-label="删除视图', text)[1]) == removal  # type: ignore[index]
    assert "删除这个视图？" in client.get(removal).content.decode()
    assert client.post(removal, post).status_code == 302
    assert not SavedView.objects.exists()


def test_private_and_shared_views(world: World) -> None:
    clerk, leader = world.actor("puxian.clerk"), world.actor("puxian.leader")
    own = save_view(actor=clerk, list_key="towns", name="自用", query="")
    shared = save_view(actor=clerk, list_key="towns", name="共用", query="", shared=True)
    assert "自用" in page(clerk) and "共用" in page(clerk)
    seen = page(leader)
    assert "自用" not in seen and "共用" in seen
    assert "删除视图" not in seen
    assert "共用" not in page(world.actor("xixian.clerk"))
    with pytest.raises(Refused, match="由保存它的岗位删除"):
        delete_view(actor=leader, view=shared)
    delete_view(actor=clerk, view=own)
    with pytest.raises(Stale):
        delete_view(actor=clerk, view=own)


def test_saving_twice_is_one_view_and_names_are_not_taken_over(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    first = save_view(actor=clerk, list_key="towns", name="甲", query="q=a")
    assert save_view(actor=clerk, list_key="towns", name="甲", query="q=a") == first
    with pytest.raises(ValidationError, match="已有名为“甲”的视图"):
        save_view(actor=clerk, list_key="towns", name="甲", query="q=b")
    for number in range(MOST_VIEWS - 1):
        save_view(actor=clerk, list_key="towns", name=str(number), query="")
    with pytest.raises(ValidationError, match="最多保存"):
        save_view(actor=clerk, list_key="towns", name="多", query="")
    with pytest.raises(ValidationError, match="过长"):
        save_view(actor=clerk, list_key="towns", name="长", query="q" * 1001)


# --- every list ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", list_specs(), ids=lambda spec: spec.key)
def test_every_list_writes_all_its_columns_in_every_order(world: World, spec: Any) -> None:
    actor = world.actor("sx.clerk")
    everything = "cols=" + ",".join(column.key for column in spec.columns)
    keys = [column.key for column in spec.columns if column.sorting]
    for order in ["", *keys, *(f"-{key}" for key in keys)]:
        asked = Listing(spec, actor, QueryDict(f"{everything}&order={order}"))
        rows = list(asked.everything())
        values, cells = list(asked.values(rows)), list(asked.cells(rows))
        assert len(values) == len(cells) == asked.filtered().count()
        assert all(len(line) == len(spec.columns) for line in values + cells)
        assert [row.pk for row in asked.page(size=1000).items] == [row.pk for row in rows]
