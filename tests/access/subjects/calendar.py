"""工作日历: what its actions are asked with. The offices of the table have one above them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from portal.core import clock

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

SOURCE = "国务院办公厅放假通知"


def _day() -> date:
    return date(clock.today().year + 1, 10, 1)


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """They name the office alone."""
    return {"calendar": {}, "calendar-year": {}}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "calendar": lambda held: {
        "day": f"{_day():%Y-%m-%d}",
        "working": "off",
        "name": "国庆节",
        "source": SOURCE,
    },
    "calendar-year": lambda held: {"text": f"{_day():%Y-%m-%d} 放假 国庆节", "source": SOURCE},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.set_calendar_day": lambda held: {
        "day": _day(),
        "working": False,
        "name": "国庆节",
        "source": SOURCE,
    },
    "core.clear_calendar_day": lambda held: {"day": _day()},
    "core.set_calendar_year": lambda held: {
        "year": _day().year,
        "text": f"{_day():%Y-%m-%d} 放假 国庆节",
        "source": SOURCE,
    },
}
