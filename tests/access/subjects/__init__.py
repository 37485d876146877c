"""What the access tests need for each subject: parameters of addresses, forms, states, arguments.

A module may define ``fillings(county)`` (URL name -> parameters, for ``tests.test_access``),
``prepare(county)`` (objects that addresses name, made with the world, not inside a question), and,
for ``tests/access``, ``STATES``, ``FIELDS`` and ``PREPARATIONS`` (see ``filling`` and
``preparing``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.access.subjects import (
    assessing,
    batches,
    conditions,
    criteria,
    document_pages,
    document_templates,
    enterprises,
    figures,
    honours,
    imports,
    indicators,
    lists,
    paperwork,
    publishing,
    renditions,
    simulations,
    towns,
    uploads,
    word,
)

MODULES: tuple[ModuleType, ...] = (
    towns,
    enterprises,
    honours,
    figures,
    lists,
    imports,
    indicators,
    uploads,
    criteria,
    conditions,
    publishing,
    assessing,
    simulations,
    document_templates,
    paperwork,
    document_pages,
    renditions,
    batches,
    word,
)


def joined(name: str) -> dict[str, Any]:
    """The tables of that name of all subjects, as one."""
    found: dict[str, Any] = {}
    for module in MODULES:
        found |= getattr(module, name)
    return found
