"""What the parts of a draft hold, as plain values: read, checked, compared, stored. No queries.

A part is the facts of a set or one criterion. ``plain`` gives it as data that can be compared field
by field and carried by a form (decimals and dates as texts); ``of_plain`` reads that back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from criteria.constants import NATURE_CHOICES, PASS_RULE_CHOICES, SCORE_MODE_CHOICES
from criteria.limits import (
    CLAUSE_LENGTH,
    FIRST_DAY_YEAR,
    LARGEST,
    LARGEST_POINTS,
    LINE_LENGTH,
    MOST_DIGITS,
    NOTES_LENGTH,
    PLACES,
    RUBRIC_LENGTH,
)
from criteria.models import CriteriaSet, Criterion
from criteria.specs import BandSpec, RubricSpec

LONGEST_WORDS = {"text": CLAUSE_LENGTH, "notes": NOTES_LENGTH}
BAND_INDICATOR = "请选择按哪个指标分档：本机构可用、按最近年度取数的数值指标。"


def plain_number(value: Decimal | None) -> str | None:
    """A number as text without zeros at its end; None where there is none."""
    if value is None:
        return None
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _longest(model: type[models.Model], name: str) -> int:
    return getattr(model._meta.get_field(name), "max_length", None) or 0


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def _number(value: Any) -> Decimal | None:
    return Decimal(value) if value not in (None, "") else None


def _words(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


@dataclass(frozen=True)
class SetFacts:
    """The facts of a set: its document, its days, its categories, and what makes a pass."""

    title: str
    document_number: str = ""
    document_title: str = ""
    scope_clause: str = ""
    issued_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    categories: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pass_rule: str = ""
    pass_points: Decimal | None = None
    digits: int | None = None

    @classmethod
    def of(cls, row: CriteriaSet) -> SetFacts:
        """As they stand."""
        return cls(
            title=row.title,
            document_number=row.document_number,
            document_title=row.document_title,
            scope_clause=row.scope_clause,
            issued_on=row.issued_on,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            categories=tuple(item["key"] for item in row.categories),
            silent=tuple(row.silent),
            notes=tuple(row.notes),
            pass_rule=row.pass_rule,
            pass_points=row.pass_points,
            digits=row.digits,
        )

    def plain(self) -> dict[str, Any]:
        """As data."""
        return {
            "title": self.title,
            "document_number": self.document_number,
            "document_title": self.document_title,
            "scope_clause": self.scope_clause,
            "issued_on": _day(self.issued_on),
            "effective_from": _day(self.effective_from),
            "effective_to": _day(self.effective_to),
            "categories": list(self.categories),
            "silent": list(self.silent),
            "notes": list(self.notes),
            "pass_rule": self.pass_rule,
            "pass_points": plain_number(self.pass_points),
            "digits": self.digits,
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> SetFacts:
        """Back from data."""
        days = {
            name: date.fromisoformat(data[name]) if data[name] else None
            for name in ("issued_on", "effective_from", "effective_to")
        }
        lists = {name: tuple(data[name]) for name in ("categories", "silent", "notes")}
        return cls(**{**data, **days, **lists, "pass_points": _number(data["pass_points"])})

    def checked(self) -> SetFacts:
        """Raises ValidationError by field."""
        errors: dict[str, str] = {}
        if not self.title.strip():
            errors["title"] = "请填写标准名称。"
        for name in ("title", "document_number", "document_title", "scope_clause"):
            most = _longest(CriteriaSet, name)
            if len(getattr(self, name).strip()) > most:
                errors[name] = f"最多 {most} 个字，请缩短。"
        for name in ("issued_on", "effective_from", "effective_to"):
            day: date | None = getattr(self, name)
            if day and day.year < FIRST_DAY_YEAR:
                errors[name] = f"日期早于 {FIRST_DAY_YEAR} 年，请核对。"
        begin, end = self.effective_from, self.effective_to
        if begin and end and end < begin:
            errors["effective_to"] = "失效日期不能早于施行日期。"
        if self.issued_on and begin and begin < self.issued_on:
            errors["effective_from"] = "施行日期不能早于印发日期。"
        for name in ("silent", "notes"):
            if any(len(line) > LINE_LENGTH for line in getattr(self, name)):
                errors[name] = f"每行最多 {LINE_LENGTH} 个字，请分成几行。"
        errors |= self._pass_errors()
        if errors:
            raise ValidationError(errors)
        return SetFacts(
            **{
                **self.__dict__,
                **{
                    name: getattr(self, name).strip()
                    for name in ("title", "document_number", "document_title", "scope_clause")
                },
            }
        )

    def _pass_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        if self.pass_rule not in dict(PASS_RULE_CHOICES):
            errors["pass_rule"] = "请从列出的合格规则中选择。"  # noqa: S105 - no password
        by_points = self.pass_rule in ("points", "both")
        if self.pass_points is not None and not by_points:
            words = "填写了合格线，请把合格规则选为与总分有关的一项，或清空合格线。"
            errors["pass_points"] = words
        elif self.pass_points is not None and not 0 <= self.pass_points <= LARGEST_POINTS:
            errors["pass_points"] = f"合格线应在 0 和 {LARGEST_POINTS} 之间。"
        if self.digits is not None and not 0 <= self.digits <= MOST_DIGITS:
            errors["digits"] = f"得分最多保留 {MOST_DIGITS} 位小数。"
        return errors


@dataclass(frozen=True)
class CriterionFacts:
    """One criterion: its verbatim text, what is asked, how it is scored."""

    clause: str
    title: str
    text: str
    nature: str
    ask: str = ""
    notes: str = ""
    score_max: Decimal | None = None
    score_mode: str = ""
    rubric: tuple[RubricSpec, ...] = ()
    bands: tuple[BandSpec, ...] = field(default=())

    @classmethod
    def of(cls, row: Criterion) -> CriterionFacts:
        """As it stands."""
        return cls(
            clause=row.clause,
            title=row.title,
            text=row.text,
            nature=row.nature,
            ask=row.ask,
            notes=row.notes,
            score_max=row.score_max,
            score_mode=row.score_mode,
            rubric=_rubric(row.rubric),
            bands=_bands(row.bands),
        )

    def plain(self) -> dict[str, Any]:
        """As data; rubric and bands as they are stored."""
        return {
            "clause": self.clause,
            "title": self.title,
            "text": self.text,
            "nature": self.nature,
            "ask": self.ask,
            "notes": self.notes,
            "score_max": plain_number(self.score_max),
            "score_mode": self.score_mode,
            "rubric": [
                {"low": plain_number(row.low), "high": plain_number(row.high), "words": row.words}
                for row in self.rubric
            ],
            "bands": [
                {
                    "indicator": row.indicator,
                    "categories": list(row.categories),
                    "steps": [
                        [plain_number(start), plain_number(points)] for start, points in row.steps
                    ],
                }
                for row in self.bands
            ],
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> CriterionFacts:
        """Back from data."""
        scoring = {
            "score_max": _number(data["score_max"]),
            "rubric": _rubric(data["rubric"]),
            "bands": _bands(data["bands"]),
        }
        return cls(**{**data, **scoring})

    def checked(self, categories: Iterable[str], indicators: Iterable[str]) -> CriterionFacts:
        """Raises ValidationError by field; rows of rubric and bands by their number.

        ``categories`` are those of the set, ``indicators`` those that bands may be made of.
        """
        wanted = (("clause", "请填写条款号，例如“十（一）”。"), ("title", "请填写条目名称。"),
                  ("text", "请录入条款原文。"))  # fmt: skip
        errors = {name: words for name, words in wanted if not getattr(self, name).strip()}
        for name in ("clause", "title", "ask"):
            most = _longest(Criterion, name)
            if len(getattr(self, name).strip()) > most:
                errors[name] = f"最多 {most} 个字，请缩短。"
        for name, most in LONGEST_WORDS.items():
            if len(_words(getattr(self, name))) > most:
                errors[name] = f"最多 {most} 个字，请缩短。"
        if self.nature not in dict(NATURE_CHOICES):
            errors["nature"] = "请选择本条怎样评定。"
        if self.score_mode not in dict(SCORE_MODE_CHOICES):
            errors["score_mode"] = "请从列出的计分方式中选择。"
        errors |= self._score_errors()
        errors |= self._band_errors(frozenset(categories), frozenset(indicators))
        if errors:
            raise ValidationError(errors)
        names = ("clause", "title", "text", "ask", "notes")
        return CriterionFacts(
            **{**self.__dict__, **{name: _words(getattr(self, name)) for name in names}}
        )

    def _score_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        most = self.score_max
        if most is not None and not 0 < most <= LARGEST_POINTS:
            return {"score_max": f"满分应大于 0，不超过 {LARGEST_POINTS}。"}
        if most is None and (self.rubric or self.bands):
            errors["score_max"] = "填写了评分参考或分档，请先填写满分。"
        for place, row in enumerate(self.rubric):
            name = f"rubric_{place}"
            if row.low < 0:
                errors[f"{name}_low"] = "分数不能小于 0。"
            if row.high < row.low:
                errors[f"{name}_high"] = "这一档的最高分不能小于最低分。"
            elif most is not None and row.high > most:
                errors[f"{name}_high"] = f"超过本条满分 {plain_number(most)} 分。"
            if not row.words.strip():
                errors[f"{name}_words"] = "请写明什么情况给这一档分数。"
            elif len(row.words) > RUBRIC_LENGTH:
                errors[f"{name}_words"] = f"最多 {RUBRIC_LENGTH} 个字，请缩短。"
        return errors

    def _band_errors(
        self, categories: frozenset[str], indicators: frozenset[str]
    ) -> dict[str, str]:
        errors: dict[str, str] = {}
        taken: list[BandSpec] = []
        for place, band in enumerate(self.bands):
            name = f"band_{place}"
            if band.indicator not in indicators:
                errors[f"{name}_indicator"] = BAND_INDICATOR
            if set(band.categories) - categories:
                errors[f"{name}_categories"] = "其中有的类别不在本标准的类别中，请重新勾选。"
            elif any(overlap(band, other) for other in taken):
                errors[f"{name}_categories"] = "同一类别只能有一组分档，请改为不同的类别。"
            taken.append(band)
            if not band.steps:
                errors[f"{name}_from_0"] = "请至少填写一档：从多少起、给多少分。"
            errors |= _step_errors(name, band.steps, self.score_max)
        return errors


def overlap(one: BandSpec, other: BandSpec) -> bool:
    """Whether two bands are meant for one category."""
    if not one.categories or not other.categories:
        return True
    return bool(set(one.categories) & set(other.categories))


def _step_errors(
    name: str, steps: Sequence[tuple[Decimal, Decimal]], most: Decimal | None
) -> dict[str, str]:
    errors: dict[str, str] = {}
    last: Decimal | None = None
    for place, (start, points) in enumerate(steps):
        if abs(start) >= LARGEST:
            errors[f"{name}_from_{place}"] = "数值过大，请核对数值和单位。"
        elif start != round(start, PLACES):
            words = f"换算后最多保留 {PLACES} 位小数，请核对数值和单位。"
            errors[f"{name}_from_{place}"] = words
        elif last is not None and start <= last:
            errors[f"{name}_from_{place}"] = "各档应从小到大填写，这一档应大于上一档。"
        if points < 0:
            errors[f"{name}_points_{place}"] = "分数不能小于 0。"
        elif most is not None and points > most:
            errors[f"{name}_points_{place}"] = f"超过本条满分 {plain_number(most)} 分。"
        last = start
    return errors


def _rubric(rows: Iterable[Mapping[str, Any]]) -> tuple[RubricSpec, ...]:
    return tuple(
        RubricSpec(Decimal(row["low"]), Decimal(row["high"]), row["words"]) for row in rows
    )


def _bands(rows: Iterable[Mapping[str, Any]]) -> tuple[BandSpec, ...]:
    return tuple(
        BandSpec(
            row["indicator"],
            tuple(row.get("categories", ())),
            tuple((Decimal(start), Decimal(points)) for start, points in row["steps"]),
        )
        for row in rows
    )
