"""The roster: page, filters, visibility, and the workbook of exactly the filtered rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl.worksheet.worksheet import Worksheet

from portal.core import clock, jobs
from portal.core.actor import PUBLIC, Actor
from portal.core.constants import JobState
from portal.core.errors import Refused
from portal.core.models import Job, OfficialDocument, Rendition, StoredFile
from portal.core.web import office_url
from tests.factories import World, client_of, make_town, make_world, multiply
from towns.exports import ROSTER_COLUMNS, RosterFilter, filter_roster
from towns.models import Certification
from towns.tasks import request_roster

pytestmark = pytest.mark.django_db

LIST_BUDGET = 12
FORMULA = "=1+1"
# name, county, level, category, year, state
ROWS = (
    ("蒲县肉牛专业镇", "141033", "county", "agriculture", 2024, "revoked"),
    ("蒲县核桃专业镇", "141033", "province", "agriculture", 2025, "valid"),
    ("隰县玉露香梨专业镇", "141031", "city", "agriculture", 2025, "valid"),
    ("泽州铸造专业镇", "140525", "province", "manufacturing", 2026, "valid"),
    ("高平生猪专业镇", "140581", "city", "agriculture", 2026, "valid"),
    (FORMULA, "140581", "county", "light_craft", 2026, "valid"),
)
FILTERS = (
    RosterFilter(),
    RosterFilter(level="province"),
    RosterFilter(region="140500"),
    RosterFilter(region="141033", state="valid"),
    RosterFilter(category="agriculture", year="2025"),
    RosterFilter(search="专业镇", level="city"),
    RosterFilter(search="="),
    RosterFilter(state="replaced"),
)


@pytest.fixture
def world() -> World:
    """A world whose roster has six rows; the last two are not published yet."""
    world = make_world()
    for serial, (name, county, level, category, year, state) in enumerate(ROWS, start=1):
        document = OfficialDocument.objects.create(
            office=world.offices["sx"], kind="certification_notice", title=f"通知{serial}",
            state="issued", number=f"晋专镇办〔{year}〕{serial}号", issued_on=date(year, 5, serial),
            created_at=clock.now(),
        )  # fmt: skip
        if serial <= 4:
            file = StoredFile.objects.create(
                name="a.pdf", content_type="application/pdf", size=1, sha256=str(serial),
                created_at=clock.now(),
            )  # fmt: skip
            Rendition.objects.create(
                document=document, kind="unsigned", file=file, created_at=clock.now()
            )
        Certification.objects.create(
            town=make_town(world.regions[county], f"{name}{serial}"), document=document,
            level=level, scope_code=county, town_name=name, category=category, industry="产业",
            year=year, valid_from=date(year, 5, serial), state=state,
            valid_to=date(year + 3, 5, 1) if serial == 1 else None,
        )  # fmt: skip
    return world


def exported(actor: Actor, chosen: RosterFilter) -> Worksheet:
    """Do the export as the worker does, and open the workbook."""
    job = request_roster(actor, chosen)
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert job.file is not None
    with job.file.file.open("rb") as handle:
        sheet = openpyxl.load_workbook(handle).active
    assert isinstance(sheet, Worksheet)
    return sheet


def data_of(sheet: Worksheet) -> list[tuple[Any, ...]]:
    """The rows under the header, 序号 left out."""
    return [row[1:] for row in sheet.iter_rows(min_row=first_row(sheet), values_only=True)]


def first_row(sheet: Worksheet) -> int:
    """The first row under the frozen header."""
    assert sheet.freeze_panes is not None
    return int(str(sheet.freeze_panes).lstrip("A"))


@pytest.mark.parametrize("chosen", FILTERS, ids=lambda chosen: "-".join(filter(None, chosen)))
@pytest.mark.parametrize("name", ["sx.clerk", "jincheng.clerk", "puxian.clerk"])
def test_the_workbook_holds_exactly_the_filtered_rows(
    world: World, name: str, chosen: RosterFilter
) -> None:
    actor = world.actor(name)
    rows = filter_roster(actor, chosen).select_related("document").order_by("scope_code", "pk")
    expected = [
        (row.town_name, row.scope_code, row.year, row.document_number, row.valid_from)
        for row in rows
    ]
    written = [
        (row[0], row[2], row[7], row[8], row[9].date()) for row in data_of(exported(actor, chosen))
    ]
    assert written == expected
    if chosen == RosterFilter(state="replaced"):
        assert written == []
    if name == "sx.clerk" and not any(chosen):
        assert len(written) == len(ROWS)


def test_cells_have_their_types_and_none_is_a_formula(world: World) -> None:
    sheet = exported(world.actor("sx.clerk"), RosterFilter())
    top = first_row(sheet)
    header = [cell.value for cell in sheet[top - 1]]
    assert header == [column.label for column in ROSTER_COLUMNS]
    cells = [cell for row in sheet.iter_rows(min_row=top) for cell in row]
    assert {cell.data_type for cell in cells} == {"n", "s", "d"}
    named = [cell for cell in cells if cell.value == FORMULA]
    assert [cell.data_type for cell in named] == ["s"]
    by_label = dict(zip(header, sheet[top], strict=True))
    assert by_label["行政区划代码"].data_type == "s"
    assert by_label["行政区划代码"].number_format == "@"
    assert isinstance(by_label["认定日期"].value, datetime)
    assert isinstance(by_label["认定年度"].value, int)
    assert by_label["有效期至"].value == "未载明"
    ends = [row[10] for row in data_of(sheet) if row[10] != "未载明"]
    assert ends == [datetime(2027, 5, 1)]  # noqa: DTZ001 - a spreadsheet knows no time zone


def test_the_sheet_says_what_it_is_and_how_it_was_filtered(world: World) -> None:
    actor = world.actor("sx.clerk")
    sheet = exported(actor, RosterFilter(level="city", region="140500", year="2026", search="生"))
    lines = [str(sheet.cell(row, 1).value) for row in range(1, first_row(sheet) - 1)]
    assert lines[0] == "专业镇认定名单"
    assert "层级：市级；行政区划：晋城市；年度：2026；名称包含：生" in lines[1]
    assert actor.label in lines[2]
    assert [row[0] for row in data_of(sheet)] == ["高平生猪专业镇"]


def test_the_job_counts_its_rows(world: World) -> None:
    actor = world.actor("sx.clerk")
    job = request_roster(actor, RosterFilter())
    assert request_roster(actor, RosterFilter(level="city")).pk != job.pk
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.result["rows"] == len(ROWS)
    assert (job.progress_done, job.progress_total) == (len(ROWS), len(ROWS))


# --- page ---------------------------------------------------------------------------------------


def page_of(actor: Actor, query: str = "") -> str:
    response = client_of(actor).get(office_url(actor, "roster") + query)
    assert response.status_code == 200
    return response.content.decode()


def names_in(page: str) -> set[str]:
    """Which of the towns a page shows as rows."""
    return {name for name, *_ in ROWS if f'<td class="cell-name">{name}</td>' in page}


def test_the_page_shows_the_filtered_rows(world: World) -> None:
    actor = world.actor("sx.clerk")
    assert names_in(page_of(actor)) == {name for name, *_ in ROWS}
    assert names_in(page_of(actor, "&level=province&year=2026")) == {"泽州铸造专业镇"}
    assert names_in(page_of(actor, "&region=141000")) == {row[0] for row in ROWS[:3]}
    page = page_of(actor, "&region=141033&state=valid")
    assert names_in(page) == {"蒲县核桃专业镇"}
    assert 'type="hidden" name="region" value="141033"' in page
    assert "没有符合条件的专业镇" in page_of(actor, "&search=没有")
    document = Certification.objects.get(town_name="蒲县核桃专业镇").document
    assert document is not None
    assert office_url(actor, "document", document.pk) in page.replace("&amp;", "&")


def test_everybody_sees_his_own_region_and_may_choose_no_other(world: World) -> None:
    assert names_in(page_of(world.actor("jincheng.clerk"))) == {row[0] for row in ROWS[3:]}
    assert names_in(page_of(world.actor("puxian.clerk"))) == {row[0] for row in ROWS[:2]}
    for name in ("sx.expert", "sx.member", "xixian.filer"):
        assert names_in(page_of(world.actor(name))) == set()
    page = page_of(world.actor("jincheng.clerk"), "&region=141033")
    assert names_in(page) == set()
    assert "is-invalid" in page and 'value="141033"' not in page
    assert 'value="140581"' in page


def test_the_public_sees_what_is_stored(world: World) -> None:
    found = filter_roster(PUBLIC, RosterFilter()).values_list("town_name", flat=True)
    assert set(found) == {row[0] for row in ROWS[:4]}


def test_the_export_button_starts_the_filtered_job(world: World) -> None:
    actor = world.actor("sx.clerk")
    client = client_of(actor)
    answer = client.post(office_url(actor, "roster-export"), {"level": "city", "year": "2025"})
    job = Job.objects.get(kind="towns.export_roster")
    assert answer.url == office_url(actor, "job", job.pk)  # type: ignore[attr-defined]
    assert RosterFilter(**job.arguments) == RosterFilter(level="city", year="2025")
    client.post(office_url(actor, "roster-export"), {"level": "nonsense"})
    assert Job.objects.count() == 1
    filer = world.actor("puxian.filer")
    assert client_of(filer).post(office_url(filer, "roster-export")).status_code == 403
    assert "导出 xlsx" not in page_of(filer)
    with pytest.raises(Refused, match="名单由领导小组办公室导出"):
        request_roster(filer, RosterFilter())


@pytest.mark.parametrize(
    "query", ["", "&at=last", "&level=county&region=140500&year=2026&state=valid", "&search=镇"]
)
def test_the_list_costs_the_same_whatever_the_rows(world: World, query: str) -> None:
    actor = world.actor("sx.clerk")
    client = client_of(actor)
    row = Certification.objects.get(town_name=FORMULA)
    counts = []
    for more in (0, 2, 47, 30):
        if more:
            towns = multiply(row.town, more, name=f"'镇{more}-' || n")
            multiply(row, more, town_id=f"{towns.start - 1} + n")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(office_url(actor, "roster") + query).status_code == 200
        counts.append(len(captured))
    assert max(counts) <= LIST_BUDGET, counts
