"""Charts of a few series over some years, laid out on paper of fixed size: pure, no Django, no I/O.

``series_chart`` works out where every mark stands; ``components/series_chart.html`` draws it. Money
is given in yuan and drawn in the unit that suits the largest amount. The axis always holds zero; a
year without a value is a gap, never a zero. Series differ in shape and dash, not in colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import NamedTuple

from portal.core.formatting import (
    DASH,
    MONEY_FACTORS,
    MONEY_UNITS,
    change_of,
    number,
    quantity,
    to_decimal,
)

WIDTH, HEIGHT = 560, 260
TOP, RIGHT = 34, 18
BOTTOM, BOTTOM_BELOW_ZERO = 30, 46  # the years; a value under its column above them
LETTER = 7.4  # width of a digit at the size of the axis
MOST_SERIES = 3
INTERVALS = 4
STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
SHAPES = ("circle", "square", "triangle")
MARK = 4.5
NOTHING = "未填报"


class Series(NamedTuple):
    """A name and its values by year, in base units (元, 人, %); None or absent: not reported."""

    name: str
    values: Mapping[int, object]


class Tick(NamedTuple):
    """A place on an axis with what is written there."""

    at: float
    label: str
    zero: bool = False


class Mark(NamedTuple):
    """One value: where it stands, its shape as path or rectangle, what is said of it."""

    x: float
    y: float
    path: str
    said: str
    label: str
    label_y: float


class Drawn(NamedTuple):
    """A series as drawn: lines between neighbouring years, marks, its sample in the legend."""

    name: str
    number: int
    lines: tuple[str, ...]
    marks: tuple[Mark, ...]
    sample: str


class Row(NamedTuple):
    """A year of the table behind the chart: value and change of every series."""

    year: int
    cells: tuple[tuple[str, str], ...]


class Chart(NamedTuple):
    """Everything the component needs."""

    key: str
    title: str
    said: str
    unit: str
    kind: str
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    years: tuple[Tick, ...]
    gaps: tuple[float, ...]
    series: tuple[Drawn, ...]
    rows: tuple[Row, ...]
    empty: bool


def nice_step(span: Decimal, intervals: int = INTERVALS, *, whole: bool = False) -> Decimal:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that covers a span in so many steps.

    >>> nice_step(Decimal(28))
    Decimal('10')
    >>> nice_step(Decimal(3), whole=True)
    Decimal('1')
    """
    rough = span / intervals
    power = Decimal(10) ** (rough.adjusted())
    step = next(power * each for each in STEPS if power * each >= rough)
    if whole:
        step = max(Decimal(1), step.to_integral_value(rounding=ROUND_CEILING))
    return step


def ticks_of(low: Decimal, high: Decimal, *, whole: bool = False) -> list[Decimal]:
    """Round values from at or below the lowest to at or above the highest, zero among them."""
    low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = Decimal(1)
    step = nice_step(high - low, whole=whole)
    first = (low / step).to_integral_value(rounding=ROUND_FLOOR)
    last = (high / step).to_integral_value(rounding=ROUND_CEILING)
    return [step * each for each in range(int(first), int(last) + 1)]


def axis_unit(unit: str, values: Sequence[Decimal]) -> tuple[str, Decimal]:
    """The unit the axis is written in and how many base units it is; money by its largest."""
    if unit not in MONEY_FACTORS:
        return unit, Decimal(1)
    largest = max((abs(value) for value in values), default=Decimal(0)) * MONEY_FACTORS[unit]
    name, factor = next(
        ((name, factor) for name, factor in reversed(MONEY_UNITS) if largest >= factor),
        MONEY_UNITS[0],
    )
    return name, factor / MONEY_FACTORS[unit]


def series_chart(
    key: str,
    title: str,
    unit: str,
    years: Sequence[int],
    series: Sequence[Series],
    *,
    kind: str = "line",
    whole: bool = False,
) -> Chart:
    """Lay out one to three series over years, oldest at the left; ``kind``: line or column.

    ``key`` names the chart on its page (ids are made of it); ``whole``: counts, no half ticks.
    """
    if not 1 <= len(series) <= MOST_SERIES:
        raise ValueError(f"a chart holds one to {MOST_SERIES} series, not {len(series)}")
    if kind not in ("line", "column"):
        raise ValueError(f"no such chart: {kind}")
    years = sorted(set(years))
    table = [[to_decimal(row.values.get(year)) for year in years] for row in series]
    known = [value for values in table for value in values if value is not None]
    shown_unit, factor = axis_unit(unit, known)
    low, high = min(known, default=Decimal(0)) / factor, max(known, default=Decimal(0)) / factor
    steps = ticks_of(low, high, whole=whole and factor == 1)
    labels = [number(step, 4) for step in steps]
    left = 14 + LETTER * max(map(len, labels))
    bottom = HEIGHT - (BOTTOM_BELOW_ZERO if low < 0 else BOTTOM)
    plane = _Plane(left, bottom, steps, len(years), factor)
    drawn = tuple(
        _drawn(plane, index, row.name, kind, years, table[index], unit, len(series))
        for index, row in enumerate(series)
    )
    return Chart(
        key=key,
        title=title,
        said=_said(series, years, table, unit),
        unit=shown_unit,
        kind=kind,
        width=WIDTH,
        height=HEIGHT,
        left=_round(left),
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=bottom,
        ticks=tuple(
            Tick(plane.y(step * factor), label, step == 0)
            for step, label in zip(steps, labels, strict=True)
        ),
        years=tuple(Tick(plane.x(at), f"{year}年") for at, year in enumerate(years)),
        gaps=tuple(
            plane.x(at)
            for at in range(len(years))
            if known and all(values[at] is None for values in table)
        ),
        series=drawn,
        rows=_rows(years, table, unit),
        empty=not known,
    )


class _Plane:
    """The paper between the axes: years to the right, values upwards."""

    def __init__(
        self, left: float, bottom: int, steps: Sequence[Decimal], years: int, factor: Decimal
    ) -> None:
        self.left, self.bottom, self.factor = left, bottom, factor
        self.low, self.high = steps[0], steps[-1]
        self.slot = (WIDTH - RIGHT - left) / max(years, 1)

    def x(self, at: int) -> float:
        """The middle of a year's slot."""
        return _round(self.left + self.slot * (at + 0.5))

    def y(self, value: Decimal) -> float:
        """The height of a value in base units."""
        share = (value / self.factor - self.low) / (self.high - self.low)
        return _round(self.bottom - float(share) * (self.bottom - TOP))


def _round(value: float) -> float:
    return round(value, 1)


def _drawn(
    plane: _Plane,
    index: int,
    name: str,
    kind: str,
    years: Sequence[int],
    values: Sequence[Decimal | None],
    unit: str,
    count: int,
) -> Drawn:
    marks = []
    for at, value in enumerate(values):
        if value is None:
            continue
        x, y = plane.x(at), plane.y(value)
        if kind == "column":
            width = min(plane.slot * 0.7 / count, 44)
            x = _round(x + width * (index - (count - 1) / 2))
            path = _column(x, y, plane.y(Decimal(0)), width)
        else:
            path = shape(SHAPES[index], x, y)
        said = f"{years[at]}年 {quantity(value, unit)}"
        marks.append(
            Mark(
                x,
                y,
                path,
                said if count == 1 else f"{name}：{said}",
                number(value / plane.factor, 2) if count == 1 else "",
                _round(y + 18 if value < 0 else y - 9),
            )
        )
    lines = _lines(plane, values) if kind == "line" else ()
    sample = shape("square" if kind == "column" else SHAPES[index], 15, 8)
    return Drawn(name, index + 1, lines, tuple(marks), sample)


def _lines(plane: _Plane, values: Sequence[Decimal | None]) -> tuple[str, ...]:
    """Polylines between neighbouring years that both have a value."""
    runs: list[list[str]] = []
    for at, (here, following) in enumerate(pairwise(values)):
        if here is None or following is None:
            continue
        if not runs or at == 0 or values[at - 1] is None:
            runs.append([f"{plane.x(at)},{plane.y(here)}"])
        runs[-1].append(f"{plane.x(at + 1)},{plane.y(following)}")
    return tuple(" ".join(run) for run in runs)


def _column(x: float, y: float, zero: float, width: float) -> str:
    left = _round(x - width * 0.45)
    return f"M{left} {zero}V{y}h{_round(width * 0.9)}V{zero}Z"


def shape(name: str, x: float, y: float) -> str:
    """The path of a mark around a point."""
    r = MARK
    if name == "square":
        return f"M{_round(x - r)} {_round(y - r)}h{2 * r}v{2 * r}h{-2 * r}Z"
    if name == "triangle":
        return f"M{x} {_round(y - r - 1)}l{r + 1} {2 * r + 1}h{-2 * r - 2}Z"
    return f"M{_round(x - r)} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z"


def _said(
    series: Sequence[Series],
    years: Sequence[int],
    table: Sequence[Sequence[Decimal | None]],
    unit: str,
) -> str:
    """The chart in words, for who does not see it."""
    parts = []
    for row, values in zip(series, table, strict=True):
        said = "，".join(
            f"{year}年 {NOTHING if value is None else quantity(value, unit)}"
            for year, value in zip(years, values, strict=True)
        )
        parts.append(f"{row.name}：{said}。")
    return "".join(parts)


def _rows(
    years: Sequence[int], table: Sequence[Sequence[Decimal | None]], unit: str
) -> tuple[Row, ...]:
    rows = []
    for at, year in enumerate(years):
        cells = []
        for values in table:
            value = values[at]
            before = values[at - 1] if at and years[at - 1] == year - 1 else None
            text = NOTHING if value is None else quantity(value, unit)
            cells.append((text, change_of(value, before, unit) if at else DASH))
        rows.append(Row(year, tuple(cells)))
    return tuple(rows)
