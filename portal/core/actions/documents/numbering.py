"""Numbers (发文字号): the portal's own gapless series, or those of the office's own register."""

from __future__ import annotations

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.documents.charset import clean_text
from portal.core.documents.kinds import genres
from portal.core.documents.numbers import Number, parse
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import DocumentNumber, NumberRule, Office, OfficialDocument
from portal.core.numbers import next_document_number
from portal.core.policies.documents import may_number


def take_number(
    actor: Actor, document: OfficialDocument, issued_on: date, typed: str = ""
) -> Number:
    """Give the document its number, inside its issuing transaction: a rollback gives it back."""
    if document.number_source == "register" or typed:
        number = parse(typed)
        if number.year != issued_on.year:
            raise ValidationError({"number": f"年份应与成文日期一致，即 {issued_on.year} 年。"})
        source = "register"
    else:
        number = Number(document.word, *next_document_number(document.office, document.word))
        source = "portal"
    _enter(actor, document.office, number, source, document=document)
    return number


@transaction.atomic
def void_number(
    *, actor: Actor, word: str, reason: str, serial: int | None = None, year: int | None = None
) -> DocumentNumber:
    """Void the next number of a series, or a certain one never taken, with its reason.

    A number that was given on paper, or spoiled, stays in the series with what became of it.
    """
    require(may_number(actor))
    office = acting_office(actor)
    if not reason.strip():
        raise ValidationError({"reason": "请写明作废的原因。"})
    if word not in words_of(office):
        raise ValidationError({"word": "请选择本办公室的机关代字。"})
    this_year = clock.today().year
    if serial is None:
        number = Number(word, *next_document_number(office, word))
    else:
        number = Number(word, year or this_year, serial)
        if serial < 1:
            raise ValidationError({"serial": "序号从 1 开始。"})
    row = _enter(actor, office, number, "portal" if serial is None else "register", reason=reason)
    record(
        actor, "void_number", row, f"{number.text}作废：{reason}", scope_code=office.region.code,
        data={"number": number.text, "reason": reason},
    )  # fmt: skip
    return row


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
