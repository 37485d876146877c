"""What one reader asks of a list: conditions, columns, order; the same for page and workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict

from portal.core.documents.xlsx import Value
from portal.core.listing.spec import SHEET_WIDTHS, Batch, ListColumn, ListSpec, Row
from portal.core.paging import PAGE_SIZE, Order, Page, paginate_by

if TYPE_CHECKING:
    from portal.core.actor import Actor

COLUMNS, ORDER = "cols", "order"
Pairs = list[tuple[str, str]]


class Listing(Generic[Row]):
    """A list as somebody asked for it; ``query`` is the query string's data."""

    def __init__(self, spec: ListSpec[Row], actor: Actor, query: QueryDict) -> None:
        self.spec = spec
        self.actor = actor
        self.query = query
        self.form = spec.filter(query, actor=actor)
        self.chosen = self.form.chosen()
        self.offered = tuple(c for c in spec.columns if c.offered is None or c.offered(actor))
        self.columns = self._columns()
        self.sorted_by, self.descending = self._order()

    @classmethod
    def of(cls, spec: ListSpec[Row], actor: Actor, text: str) -> Listing[Row]:
        """The list that a stored query string asks for."""
        return cls(spec, actor, QueryDict(text))

    def _columns(self) -> tuple[ListColumn[Row], ...]:
        wanted = {key for text in self.query.getlist(COLUMNS) for key in text.split(",")}
        known = {column.key for column in self.offered}
        if not wanted & known:
            return tuple(c for c in self.offered if c.usual(self.chosen))
        return tuple(c for c in self.offered if c.key in wanted or c.fixed)

    def _order(self) -> tuple[ListColumn[Row] | None, bool]:
        text = self.query.get(ORDER, "")
        column = self.spec.column(text.removeprefix("-"))
        if column is None or column.sorting is None:
            return None, False
        return column, text.startswith("-")

    # --- rows -----------------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        """The order of the rows."""
        if self.sorted_by is None or self.sorted_by.sorting is None:
            return self._usual_order[0]
        return self.sorted_by.sorting.order(descending=self.descending)

    @property
    def _usual_order(self) -> tuple[Order, str]:
        if self.spec.order_for is not None:
            return self.spec.order_for(self.actor, self.chosen)
        return self.spec.default_order, self.spec.order_words

    def filtered(self) -> models.QuerySet[Row]:
        """Exactly the rows that are asked for, in no order; none while a condition is wrong."""
        rows = self.spec.rows(self.actor)
        if not (self.form.is_valid() or self.form.lenient):
            return rows.none()
        narrowed: models.QuerySet[Row] = self.form.narrow(rows, self.chosen)
        return narrowed

    def _prepared(self, rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
        sorting = self.sorted_by.sorting if self.sorted_by else None
        return sorting.prepare(rows, self.chosen) if sorting and sorting.prepare else rows

    def page(self, *, size: int = PAGE_SIZE) -> Page[Row]:
        """The page that the query string asks for."""
        rows = self.filtered()
        return paginate_by(
            self._prepared(rows),
            self.query,
            order=self.order,
            base=self._prepared(self.spec.rows(self.actor)).select_related(*self.spec.related),
            size=size,
            counted=rows,
        )

    def everything(self) -> models.QuerySet[Row]:
        """All rows in their order, for the workbook."""
        rows = self._prepared(self.filtered()).order_by(*self.order.terms())
        return rows.select_related(*self.spec.related)

    # --- cells ----------------------------------------------------------------------------------

    def heads(self, address: str) -> list[dict[str, Any]]:
        """The columns as templates/components/table.html takes them."""
        return [self._head(column, address) for column in self.columns]

    def _head(self, column: ListColumn[Row], address: str) -> dict[str, Any]:
        head: dict[str, Any] = {
            "label": column.title(self.chosen),
            "kind": column.kind,
            "unit": column.unit,
        }
        if column.sorting is not None:
            current = column is self.sorted_by
            down = not self.descending if current else column.sorting.descending_first
            head["sort_url"] = self.address(address, order=f"{'-' if down else ''}{column.key}")
            if current:
                head["sorted"] = "descending" if self.descending else "ascending"
        return head

    def cells(self, rows: Sequence[Row]) -> Iterator[list[Any]]:
        """The cells of some rows for the page."""
        batch = Batch(self.actor, self.chosen, rows)
        for row in rows:
            yield [column.shown_cell(row, batch) for column in self.columns]

    def values(self, rows: Iterable[Row], *, size: int = 1000) -> Iterator[list[Value]]:
        """The values of all rows for the workbook, fetched ``size`` at a time."""
        part: list[Row] = []
        for row in rows:
            part.append(row)
            if len(part) == size:
                yield from self._part(part)
                part = []
        yield from self._part(part)

    def _part(self, rows: Sequence[Row]) -> Iterator[list[Value]]:
        batch = Batch(self.actor, self.chosen, rows)
        for row in rows:
            yield [column.value(row, batch) for column in self.columns]

    def sheet_width(self, column: ListColumn[Row]) -> float | None:
        """How wide a column is in the workbook; None leaves it to its kind."""
        return column.width or SHEET_WIDTHS.get(column.kind)

    # --- the query string and what it says ------------------------------------------------------

    @property
    def columns_chosen(self) -> bool:
        """Whether other columns than the usual ones are shown."""
        usual = tuple(c for c in self.offered if c.usual(self.chosen))
        return self.columns != usual

    def conditions(self) -> Pairs:
        """The conditions as name and value, known fields only."""
        return [
            (name, value)
            for name in self.form.fields
            for value in self.query.getlist(name)
            if value
        ]

    def arrangement(self) -> Pairs:
        """Columns and order as name and value, where they are not the usual ones."""
        pairs: Pairs = []
        if self.columns_chosen:
            pairs.append((COLUMNS, ",".join(column.key for column in self.columns)))
        if self.sorted_by is not None:
            pairs.append((ORDER, f"{'-' if self.descending else ''}{self.sorted_by.key}"))
        return pairs

    def text(self) -> str:
        """The whole choice as a query string, always written in the same way."""
        return urlencode(self.conditions() + self.arrangement())

    def address(
        self,
        base: str,
        *,
        without: str = "",
        order: str | None = None,
        conditions: bool = True,
        columns: bool = True,
    ) -> str:
        """The list's address with the present choice, changed in one point."""
        pairs = [p for p in self.conditions() if p[0] != without] if conditions else []
        kept = self.arrangement()
        if not columns:
            kept = [pair for pair in kept if pair[0] != COLUMNS]
        if order is not None:
            kept = [pair for pair in kept if pair[0] != ORDER] + [(ORDER, order)]
        more = urlencode(pairs + kept)
        if not more:
            return base
        return f"{base}{'&' if '?' in base else '?'}{more}"

    def filter_words(self) -> str:
        """The conditions in words, as the workbook prints them."""
        return "；".join(f"{label}：{value}" for _, label, value in self.form.in_words()) or "全部"

    def order_words(self) -> str:
        """The order in words."""
        if self.sorted_by is None:
            return self._usual_order[1]
        way = "从大到小" if self.descending else "从小到大"
        return f"按{self.sorted_by.title(self.chosen)}{way}"

    def active(self, base: str) -> list[dict[str, str]]:
        """The conditions in force, each with the address without it."""
        return [
            {"label": f"{label}：{value}", "remove_url": self.address(base, without=name)}
            for name, label, value in self.form.in_words()
        ]

    def choices(self) -> list[dict[str, Any]]:
        """Every column for the chooser."""
        shown = {column.key for column in self.columns}
        return [
            {
                "key": column.key,
                "label": column.title(self.chosen),
                "checked": column.key in shown,
                "fixed": column.fixed,
            }
            for column in self.offered
        ]
