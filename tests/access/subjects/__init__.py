"""What the access tests need for each subject: parameters of addresses, forms, states, arguments.

A module may define ``fillings(county)`` (URL name -> parameters, for ``tests.test_access``),
``prepare(county)`` (objects that addresses name, made with the world, not inside a question),
``hold(held)`` (the same for each of the two offices of ``tests/access``), and,
for ``tests/access``, ``STATES``, ``FIELDS`` and ``PREPARATIONS`` (see ``filling`` and
``preparing``).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.access.subjects import (
    assessing,
    batches,
    calendar,
    cockpit,
    conditions,
    consulting,
    contributing,
    correcting,
    criteria,
    document_pages,
    document_templates,
    drafting,
    enterprises,
    evidence,
    figures,
    handing,
    honours,
    imports,
    indicators,
    inquiries,
    lists,
    offline,
    paperwork,
    publishing,
    queue,
    renditions,
    reversing,
    rounds,
    sections,
    shortlists,
    simulations,
    towns,
    uploads,
    visits,
    word,
    working,
)

MODULES: tuple[ModuleType, ...] = (
    handing,
    towns,
    enterprises,
    evidence,
    honours,
    figures,
    lists,
    imports,
    offline,
    indicators,
    uploads,
    visits,
    sections,
    criteria,
    conditions,
    consulting,
    contributing,
    correcting,
    inquiries,
    calendar,
    publishing,
    queue,
    assessing,
    simulations,
    document_templates,
    drafting,
    paperwork,
    document_pages,
    renditions,
    reversing,
    rounds,
    shortlists,
    batches,
    word,
    working,
    cockpit,
)


def joined(name: str) -> dict[str, Any]:
    """The tables of that name of all subjects, as one."""
    found: dict[str, Any] = {}
    for module in MODULES:
        found |= getattr(module, name, {})
    return found
