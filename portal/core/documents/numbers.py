"""Numbers of documents (发文字号) as they are written; knows no database."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError

from portal.core.documents.charset import clean_text

_BRACKETS: Final = str.maketrans("[]【】()（）{}<>《》", "〔〕〔〕〔〕〔〕〔〕〔〕〔〕")
_NUMBER: Final = re.compile(r"^([^〔〕\d]{1,30})〔(\d{4})〕(\d{1,6})号?$")
FORMAT = "发文字号的写法是“机关代字〔年份〕序号号”，例如“晋专镇办发〔2026〕12号”。"


class Number(NamedTuple):
    """A number taken apart."""

    word: str
    year: int
    serial: int

    @property
    def text(self) -> str:
        """As it is printed (GB/T 9704 7.2.5): year in full, 〔〕, no leading zeros."""
        return f"{self.word}〔{self.year}〕{self.serial}号"


def parse(typed: str) -> Number:
    """A number of the office's own register, whatever brackets were typed. ValidationError."""
    found = _NUMBER.match("".join(clean_text(typed).split()).translate(_BRACKETS))
    if found is None or int(found[3]) == 0:
        raise ValidationError({"number": FORMAT})
    return Number(found[1], int(found[2]), int(found[3]))
