"""What a list is made of: columns, filter, orders, rows; and the register of all lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django import forms
from django.db import models

from portal.core.documents.xlsx import Kind, Value
from portal.core.errors import Verdict
from portal.core.paging import Order
from portal.core.policies.lists import may_export_list

if TYPE_CHECKING:
    from portal.core.actor import Actor

Row = TypeVar("Row", bound=models.Model)
Found = TypeVar("Found")
# What was chosen in the filter form: field name -> cleaned value.
Chosen = Mapping[str, Any]

EVERYTHING = ("", "全部")
# Kind of a column on the page -> kind of the column in the workbook.
SHEET_KINDS: dict[str, Kind] = {
    "text": "text",
    "name": "text",
    "tag": "text",
    "code": "code",
    "number": "count",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "datetime": "datetime",
}
SHEET_WIDTHS: dict[str, float] = {"name": 34, "tag": 12}


class Batch(Generic[Row]):
    """Rows that are shown together, and what is fetched for all of them at once.

    A column that needs more than the row asks ``batch.fetched(loader)``; the loader is called once
    for the rows of a page (or of a part of the workbook), and only where such a column is shown.
    """

    def __init__(self, actor: Actor, chosen: Chosen, rows: Sequence[Row]) -> None:
        self.actor = actor
        self.chosen = chosen
        self.rows = rows
        self._found: dict[Any, Any] = {}

    def fetched(self, loader: Callable[[Batch[Row]], Found]) -> Found:
        """What the loader finds for these rows; the same loader is asked once."""
        if loader not in self._found:
            self._found[loader] = loader(self)
        found: Found = self._found[loader]
        return found


@dataclass(frozen=True)
class Sorting(Generic[Row]):
    """How a list is ordered by a column: a field, or an annotation that ``prepare`` adds."""

    field: str
    nullable: bool = False
    descending_first: bool = False
    prepare: Callable[[models.QuerySet[Row], Chosen], models.QuerySet[Row]] | None = None

    def order(self, *, descending: bool) -> Order:
        """The order in one direction."""
        return Order(self.field, descending, self.nullable)


@dataclass(frozen=True)
class ListColumn(Generic[Row]):
    """A column of a list.

    ``value`` is what the workbook holds and, when there is no ``cell``, what the page shows in the
    way of the column's ``kind`` (see templates/components/table.html; money in yuan, shares as
    fractions). ``cell`` may give a mapping with ``text``, ``url``, ``tone``, ``note``. ``shown``:
    unless the reader chooses otherwise; ``fixed``: always. ``label`` may depend on what was chosen.
    ``width`` and ``sheet_kind`` are the workbook's. ``offered``: whose list has the column at all.
    """

    key: str
    label: str | Callable[[Chosen], str]
    value: Callable[[Row, Batch[Row]], Value]
    kind: str = "text"
    cell: Callable[[Row, Batch[Row]], Any] | None = None
    unit: str = ""
    shown: bool | Callable[[Chosen], bool] = True
    fixed: bool = False
    width: float | None = None
    sheet_kind: Kind | None = None
    sorting: Sorting[Row] | None = None
    offered: Callable[[Actor], bool] | None = None

    def title(self, chosen: Chosen) -> str:
        """The heading of the column."""
        return self.label if isinstance(self.label, str) else self.label(chosen)

    def usual(self, chosen: Chosen) -> bool:
        """Whether it is shown unless the reader chooses otherwise."""
        return self.fixed or (self.shown(chosen) if callable(self.shown) else self.shown)

    def shown_cell(self, row: Row, batch: Batch[Row]) -> Any:
        """The cell as templates/components/table.html takes it."""
        return (self.cell or self.value)(row, batch)


class ListFilter(forms.Form):
    """The conditions above a list; every field may stay empty.

    Subclasses add fields and ``narrow``. A field that sets something rather than narrows (the year
    whose figures are shown) has a default in ``defaults``. While a condition is wrong a list shows
    no rows; a ``lenient`` one leaves the wrong condition out and says so.
    """

    defaults: Mapping[str, Any] = {}
    lenient = False

    def __init__(self, data: Mapping[str, Any], *, actor: Actor) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.actor = actor

    def narrow(self, rows: models.QuerySet[Any], chosen: Chosen) -> models.QuerySet[Any]:
        """The rows that the conditions leave: all, where a list has no conditions of its own."""
        return rows

    def chosen(self) -> dict[str, Any]:
        """The cleaned values, with defaults where nothing was chosen."""
        cleaned = self._cleaned()
        given = {name: value for name, value in cleaned.items() if value not in (None, "", [])}
        return {**dict.fromkeys(self.fields, None), **self.defaults, **given}

    def _cleaned(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_valid() or self.lenient else {}

    def in_words(self) -> list[tuple[str, str, str]]:
        """What was chosen: (field name, label, value as a reader says it)."""
        cleaned = self._cleaned()
        return [
            (name, str(box.label), _in_words(box, cleaned[name]))
            for name, box in self.fields.items()
            if cleaned.get(name) not in (None, "", [], False)
        ]


def _in_words(box: forms.Field, value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(box, forms.ChoiceField):
        several = value if isinstance(value, list) else [value]
        labels: dict[str, str] = {}
        choices: Any = box.choices
        for key, label in choices:
            pairs = label if isinstance(label, list | tuple) else [(key, label)]
            labels.update({str(k): str(text).strip("　 ") for k, text in pairs})
        return "、".join(labels.get(str(each), str(each)) for each in several)
    if isinstance(box, forms.BooleanField):
        return "是"
    if isinstance(box, forms.DecimalField):
        return f"{value:f}{getattr(box, 'unit', '')}"
    return str(value)


@dataclass(frozen=True)
class ListSpec(Generic[Row]):
    """A list: its name, its address, where its rows come from, and how they are shown.

    ``rows`` starts from ``visible_to(actor)`` with the related rows that cells read; without a
    chosen column to sort by, the newest stand first (``Order()``) or in ``default_order``;
    ``order_for`` gives the order and its words where they depend on what was chosen.
    """

    key: str
    title: str
    url_name: str
    rows: Callable[[Actor], models.QuerySet[Row]]
    columns: tuple[ListColumn[Row], ...]
    filter: type[ListFilter]
    related: tuple[str, ...] = ()
    default_order: Order = field(default_factory=Order)
    order_words: str = "登记先后，新登记的在前"
    order_for: Callable[[Actor, Chosen], tuple[Order, str]] | None = None
    noun: str = "条"
    empty_title: str = "没有符合条件的记录"
    empty_text: str = "放宽条件，或清除全部条件后再查。"
    may_export: Callable[[Actor], Verdict] = may_export_list

    def column(self, key: str) -> ListColumn[Row] | None:
        """The column of a key."""
        return next((column for column in self.columns if column.key == key), None)


_specs: dict[str, ListSpec[Any]] = {}


def register_list(spec: ListSpec[Row]) -> ListSpec[Row]:
    """Make a list known to the addresses that export lists and save views."""
    if spec.key in _specs and _specs[spec.key] is not spec:
        raise RuntimeError(f"Two lists are called {spec.key}.")
    _specs[spec.key] = spec
    return spec


def list_spec(key: str) -> ListSpec[Any] | None:
    """The list of a key."""
    return _specs.get(key)


def list_specs() -> tuple[ListSpec[Any], ...]:
    """Every list, in the order they were registered."""
    return tuple(_specs.values())
