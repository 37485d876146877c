"""公文的可编辑文件: what its address and action are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its address, besides the office."""
    return {"document-docx": {"pk": county.document.pk}}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-docx:draft": lambda held: {"pk": held.draft.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.request_docx": lambda held: {"document": held.draft},
}
