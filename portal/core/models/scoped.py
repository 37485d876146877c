"""The base of every queryset an actor may start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from portal.core.errors import Refused

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.scope import Scope

OUT_OF_SCOPE = "保存后该内容将不在您的辖区范围内，未予保存。请核对所属行政区划。"
_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[_Row]):
    """Rows that carry a region code; ``in_scope`` narrows to the actor's range, or to nothing.

    A model's own queryset defines ``visible_to(actor)``, choosing the arm by the kind of post:
    offices by range, grantees by ``pk IN``; never both joined by OR (measured to read every row).
    """

    scope_field = "scope_code"

    def in_scope(self, actor: Actor, field: str | None = None) -> Self:
        """Rows whose region lies in the actor's range; all for the system; none without a range."""
        return self if actor.is_system else self._in_range(actor.scope, field)

    def in_jurisdiction(self, actor: Actor, field: str | None = None) -> Self:
        """Rows of the region whose people and offices the actor keeps or audits."""
        return self if actor.is_system else self._in_range(actor.jurisdiction, field)

    def _in_range(self, scope: Scope | None, field: str | None) -> Self:
        if scope is None:
            return self.none()
        name = field or self.scope_field
        limits: dict[str, Any] = {f"{name}__gte": scope.lower, f"{name}__lt": scope.upper}
        return self.filter(**limits)


def hold_in_scope(row: models.Model, actor: Actor) -> None:
    """Roll back unless the saved row is still among what the actor sees.

    Raises Refused: a write may not push a row out of the writer's own region.
    """
    rows: Any = type(row)._default_manager
    if not rows.visible_to(actor).filter(pk=row.pk).exists():
        raise Refused(OUT_OF_SCOPE)
