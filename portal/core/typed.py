"""What a person typed into a form that was not kept: told back to them, to be copied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.http import QueryDict

Words = Mapping[str, str]


class Typed(NamedTuple):
    """Words of one field, and what the page calls it."""

    label: str
    text: str


def typed_words(data: QueryDict, fields: Words) -> list[Typed]:
    """The words in a form that was sent, in its order.

    ``fields``: name -> label; a name that ends in ``_`` or ``:`` stands for all that begin with it.
    """
    found = []
    for name in data:
        label = fields.get(name) or next(
            (said for key, said in fields.items() if key[-1] in "_:" and name.startswith(key)), ""
        )
        text = data.get(name, "").strip() if label else ""
        if text:
            found.append(Typed(label, text))
    return found
