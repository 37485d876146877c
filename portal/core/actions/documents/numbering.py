"""Numbers (发文字号): the portal's own gapless series, or those of the office's own register."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.documents.charset import clean_text
from portal.core.documents.kinds import genres
from portal.core.documents.numbers import Number, parse
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import DocumentNumber, NumberRule, Office, OfficialDocument
from portal.core.numbers import lock_document_series, next_document_number
from portal.core.policies.documents import may_number

# How far beyond the last number that the portal knows of one may be voided.
VOID_AHEAD: Final = 50


def take_number(
    actor: Actor, document: OfficialDocument, issued_on: date, typed: str = ""
) -> Number:
    """Give the document its number, inside its issuing transaction: a rollback gives it back."""
    office = document.office
    if document.number_source == "register" or typed:
        number = parse(typed)
        words = list(dict.fromkeys((document.word, *words_of(office))))
        if number.word not in words:
            own = "或者".join(f"“{word}”" for word in words)
            raise ValidationError(
                {"number": f"“{number.word}”不是本机关的机关代字，发文字号应以{own}开头。"}
            )
        _only_own(actor, office, number.word, "number")
        if number.year != issued_on.year:
            raise ValidationError({"number": f"年份应与成文日期一致，即 {issued_on.year} 年。"})
        source = "register"
    else:
        _only_own(actor, office, document.word, "word")
        number = Number(document.word, *next_document_number(office, document.word))
        _in_order(office, number, issued_on)
        source = "portal"
    _enter(actor, office, number, source, document=document)
    return number


def _in_order(office: Office, number: Number, issued_on: date) -> None:
    """Later numbers of a series carry no earlier dates."""
    last = (
        OfficialDocument.objects.filter(
            office=office, word=number.word, year=number.year, state="issued"
        )
        .filter(serial__lt=number.serial)
        .order_by("-issued_on", "-serial")
        .first()
    )
    if last is not None and last.issued_on is not None and issued_on < last.issued_on:
        day = f"{last.issued_on:%Y-%m-%d}"
        raise ValidationError(
            {
                "issued_on": f"{last.number}的成文日期是 {day}，"
                f"编号在后的公文不能早于这一天，请改为 {day} 或者以后的日期。"
            }
        )


@transaction.atomic
def void_number(
    *,
    actor: Actor,
    word: str,
    reason: str,
    serial: int | None = None,
    year: int | None = None,
    expected: int | None = None,
) -> DocumentNumber:
    """Void the next number of a series, or a certain one never taken, with its reason.

    A number that was given on paper, or spoiled, stays in the series with what became of it.
    ``expected``: the next serial as the person saw it; Stale when another one is the next now.
    """
    require(may_number(actor))
    office = acting_office(actor)
    if not reason.strip():
        raise ValidationError({"reason": "请写明作废的原因。"})
    if word not in words_of(office):
        raise ValidationError({"word": "请选择本办公室的机关代字。"})
    _only_own(actor, office, word, "word")
    this_year = clock.today().year
    year = this_year if year is None else year
    if not this_year - 1 <= year <= this_year:
        raise ValidationError({"year": f"只能作废 {this_year - 1} 年和 {this_year} 年的字号。"})
    if serial is None:
        number = _next_seen(office, word, year, expected)
    else:
        number = Number(word, year, serial)
        _check_serial(office, number)
    row = _enter(actor, office, number, "portal" if serial is None else "register", reason=reason)
    record(
        actor, "void_number", row, f"{number.text}作废：{reason}", scope_code=office.region.code,
        data={"number": number.text, "reason": reason},
    )  # fmt: skip
    return row


def _next_seen(office: Office, word: str, year: int, expected: int | None) -> Number:
    if year != clock.today().year:
        raise ValidationError({"serial": f"作废 {year} 年的字号，请填写序号。"})
    number = Number(word, *next_document_number(office, word))
    if expected is not None and number.serial != expected:
        raise Stale(f"下一号已经变为{number.text}，没有作废任何字号，请核对后再办理。")
    return number


def _check_serial(office: Office, number: Number) -> None:
    if number.serial < 1:
        raise ValidationError({"serial": "序号从 1 开始，请填写大于 0 的整数。"})
    lock_document_series(office, number.word, number.year)
    taken = DocumentNumber.objects.filter(office=office, word=number.word, year=number.year)
    last = taken.order_by("-serial").values_list("serial", flat=True).first() or 0
    if number.serial > last + VOID_AHEAD:
        known = f"最后一号是 {last} 号" if last else "还没有字号"
        raise ValidationError(
            {
                "serial": f"{number.word}〔{number.year}〕在平台上{known}，"
                f"最多作废到 {last + VOID_AHEAD} 号，请核对序号。"
            }
        )


@transaction.atomic
def set_number_rule(*, actor: Actor, genre: str, word: str, source: str) -> NumberRule:
    """Set 机关代字 and the source of numbers of the office for a genre; drafts keep theirs."""
    require(may_number(actor))
    office = acting_office(actor)
    cleaned = "".join(clean_text(word).split())
    if genre not in genres():
        raise ValidationError({"genre": "没有这种文种。"})
    if not cleaned or re.search(r"[〔〕\d\[\]【】]", cleaned):
        raise ValidationError({"word": "机关代字只写代字本身，不带年份、括号和数字。"})
    _only_own(actor, office, cleaned, "word")
    Office.objects.select_for_update().get(pk=office.pk)
    rule, _ = NumberRule.objects.update_or_create(
        office=office, genre=genre, defaults={"word": cleaned, "source": source}
    )
    record(
        actor, "set_number_rule", office, f"设定{genre}的机关代字为“{cleaned}”",
        data={"genre": genre, "word": cleaned, "source": source}, scope_code=office.region.code,
    )  # fmt: skip
    return rule


def words_of(office: Office) -> list[str]:
    """机关代字 of the office: its own, and those of its rules."""
    rules = NumberRule.objects.filter(office=office).values_list("word", flat=True)
    return list(dict.fromkeys(word for word in (office.document_word, *rules) if word))


def _only_own(actor: Actor, office: Office, word: str, field: str) -> None:
    """Refuse a 机关代字 of another organ: ValidationError on the field.

    The word that an office bears goes before the rules that others have set.
    """
    ruled = Q(number_rules__word=word) if word != office.document_word else Q(pk__in=())
    others = Office.objects.standing().exclude(pk=office.pk)
    keys = list(others.filter(Q(document_word=word) | ruled).values_list("pk", flat=True))
    if not word or not keys:
        return
    seen = Office.objects.visible_to(actor).filter(pk__in=keys).first()
    name = seen.name if seen is not None else "另一机关"
    raise ValidationError({field: f"机关代字“{word}”是{name}的，请改用本机关自己的机关代字。"})


def _enter(
    actor: Actor,
    office: Office,
    number: Number,
    source: str,
    *,
    document: OfficialDocument | None = None,
    reason: str = "",
) -> DocumentNumber:
    try:
        with transaction.atomic():
            return DocumentNumber.objects.create(
                office=office,
                word=number.word,
                year=number.year,
                serial=number.serial,
                text=number.text,
                source=source,
                state="void" if document is None else "used",
                reason=reason,
                document=document,
                taken_by=acting_user(actor) if actor.user else None,
                taken_name=actor.name,
                taken_at=clock.now(),
            )
    except IntegrityError as error:
        field = "serial" if document is None else "number"
        raise ValidationError(
            {field: f"{number.text}已经使用或作废，请核对发文登记簿后另填一个。"}
        ) from error
