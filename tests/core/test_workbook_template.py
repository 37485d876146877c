"""The empty workbook of a kind of import: filled as it is meant to be, it is understood."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from portal.core.workbooks.engine import read_book
from portal.core.workbooks.registry import importers
from portal.core.workbooks.spec import Importer
from portal.core.workbooks.template import EXAMPLE_SHEET, LISTS_SHEET, header_text, write_template
from tests.factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def template_of(world: World, importer: Importer) -> tuple[Workbook, int]:
    """The template for somebody who may import, and the number of its header row."""
    people = ("puxian.filer", "linfen.clerk")
    actor = next(a for a in map(world.actor, people) if importer.may_import(a).ok)
    buffer = io.BytesIO()
    write_template(importer, actor, buffer)
    book = load_workbook(buffer)
    first = header_text(importer.fields[0])
    sheet = book.worksheets[0]
    rows = [row[0].row for row in sheet.iter_rows(max_col=1) if row[0].value == first]
    assert len(rows) == 1
    return book, int(rows[0])


def test_every_template_has_its_columns_and_no_formula(world: World) -> None:
    assert importers()
    for importer in importers():
        book, row = template_of(world, importer)
        sheet = book.worksheets[0]
        assert [cell.value for cell in sheet[row]] == [header_text(f) for f in importer.fields]
        assert all(cell.comment is not None for cell in sheet[row])
        assert sheet.freeze_panes == f"A{row + 1}"
        assert sheet.print_title_rows == f"${row}:${row}"
        assert sheet.max_row == row, "nothing below the header is taken for a row"
        for page in book.worksheets:
            assert all(cell.data_type != "f" for cells in page.iter_rows() for cell in cells)


def test_codes_and_dates_keep_their_form(world: World) -> None:
    importer = next(row for row in importers() if row.kind == "honours")
    book, _ = template_of(world, importer)
    sheet = book.worksheets[0]
    formats = {
        field.key: sheet.column_dimensions[chr(65 + at)].number_format
        for at, field in enumerate(importer.fields)
    }
    assert formats["uscc"] == formats["number"] == formats["holder"] == "@"
    assert formats["awarded_on"] == "yyyy-mm-dd"


def test_drop_downs_of_the_acting_post(world: World) -> None:
    importer = next(row for row in importers() if row.kind == "certified_towns")
    book, row = template_of(world, importer)
    lists = book[LISTS_SHEET]
    assert lists.sheet_state == "hidden"
    offered = {
        next(iter(rule.sqref.ranges)).min_col: rule.formula1
        for rule in book.worksheets[0].data_validations.dataValidation
    }
    keys = [field.key for field in importer.fields]
    assert set(offered) == {keys.index(key) + 1 for key in ("county", "category", "level")}
    counties = [cell.value for cell in lists["A"] if cell.value]
    assert counties == ["隰县", "蒲县"], "those of the city"
    levels = [cell.value for cell in lists["C"] if cell.value]
    assert levels == ["县级", "市级"], "its own level and below"
    rule = book.worksheets[0].data_validations.dataValidation[0]
    assert next(iter(rule.sqref.ranges)).min_row == row + 1


def test_a_filled_template_is_understood(world: World) -> None:
    importer = next(row for row in importers() if row.kind == "figures")
    book, row = template_of(world, importer)
    sheet = book.worksheets[0]
    for column, field in enumerate(importer.fields, start=1):
        value: Any = {"year": 2024, "money": "１２８０.5", "percent": 35.5, "count": 12}.get(
            field.kind
        )
        sheet.cell(row + 1, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    read = read_book(buffer, importer.fields)
    assert len(read.rows) == 1
    assert not read.rows[0].problems
    assert read.header is not None
    assert set(read.header.columns) == {field.key for field in importer.fields}
    assert read.rows[0].values["revenue"] == 12_805_000
    assert read.reading["ignored"] == []


def test_the_examples_stand_beside_the_data(world: World) -> None:
    for importer in importers():
        book, _ = template_of(world, importer)
        examples = book[EXAMPLE_SHEET]
        labels = [cell.value for cell in examples["A"]][2:]
        assert labels == [header_text(field) for field in importer.fields]
        greys = {cell.font.color.rgb for cell in examples["D"][2:]}
        assert greys == {"FF7F7F7F"}
