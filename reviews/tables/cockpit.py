"""Rows of the cockpit's table and the stages of its funnel, each number with its list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from portal.core import clock
from portal.core.documents.xlsx import Value
from portal.core.funnels import Funnel, Stage, funnel_chart
from reviews.cockpit_queries import STAGES, Cockpit, Place
from towns.cockpit_queries import STANDINGS

STANDING_WORDS = [word for word, _ in STANDINGS.values()]
FUNNEL_TITLE = "申报进展"


def with_conditions(url: str, conditions: Mapping[str, str]) -> str:
    """The list narrowed by some conditions."""
    given = {name: value for name, value in conditions.items() if value}
    return f"{url}&{urlencode(given)}" if given else url


def time_left(end: datetime) -> str:
    """Days and hours until a moment, minutes within the last hour; empty once it has passed."""
    left = end + timedelta(seconds=1) - clock.now()
    if left <= timedelta(0):
        return ""
    hours, seconds = divmod(left.seconds, 3600)
    if left.days:
        return f"{left.days} 天 {hours} 小时"
    return f"{hours} 小时 {seconds // 60} 分" if hours else f"{seconds // 60} 分"


def place_row(place: Place, url: str, *, own: str = "", name: str = "") -> dict[str, Any]:
    """A row: how many towns stand where, each number with the list of them.

    ``own``: the code of the acting office's region, to which its lists are narrowed anyway.
    """
    region = place.region
    name = name or (region.name if region is not None else "")
    code = region.code if region is not None and region.code != own else ""
    numbers = [("", place.total), *((key, place.standings[key]) for key in STANDINGS)]
    return {
        "name": name,
        "code": code,
        "waiting": place.waiting,
        "cells": [
            {
                "value": number,
                "said": f"{name}，{word} {number} 个",
                "url": with_conditions(url, {"state": key, "region": code}) if number else "",
            }
            for (key, number), word in zip(numbers, ["可申报", *STANDING_WORDS], strict=True)
        ],
    }


def place_rows(
    cockpit: Cockpit, url: str, opened: Collection[str], *, own: str
) -> list[dict[str, Any]]:
    """Cities, each followed by its counties where it is unfolded; the counties alone for an office
    of their city or their own."""
    rows = []
    for city in cockpit.places:
        assert city.region is not None
        code = city.region.code
        alone = own in {code, *(row.region.code for row in city.children if row.region)}
        if not alone:
            rows.append(place_row(city, url) | {"city": code, "open": code in opened})
        if alone or code in opened:
            rows += [
                place_row(county, url, own=own) | {"indent": not alone} for county in city.children
            ]
    return rows


def funnel_of(cockpit: Cockpit, url: str = "") -> Funnel:
    """How many towns came how far; ``url``: the list of the round's towns."""
    stages = [
        Stage(
            name,
            number,
            with_conditions(url, {"reached": key if rank else ""}) if url else "",
        )
        for rank, ((key, name), number) in enumerate(zip(STAGES, cockpit.reached, strict=True))
    ]
    return funnel_chart("round-funnel", FUNNEL_TITLE, "个", stages)


def sheet_rows(cockpit: Cockpit) -> list[list[Value]]:
    """The table as the workbook has it: the whole, then every city with its counties."""
    rows: list[list[Value]] = [_sheet_row("合计", "", cockpit.whole)]
    for city in cockpit.places:
        name = city.region.name if city.region else ""
        rows.append(_sheet_row(name, "小计", city))
        rows += [
            _sheet_row(name, county.region.name if county.region else "", county)
            for county in city.children
        ]
    return rows


def _sheet_row(city: str, county: str, place: Place) -> list[Value]:
    return [city, county, place.total, *(place.standings[key] for key in STANDINGS)]
