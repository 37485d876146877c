"""What the roster may be narrowed by, on a page or in the public roster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from criteria.categories import category_choices
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVEL_CHOICES
from portal.core.models import Region
from towns.constants import CERTIFICATION_STATE_CHOICES
from towns.exports import RosterFilter

FIRST_YEAR = 2022  # 晋政办发〔2022〕80号 began the certification
EVERYTHING = ("", "全部")


class RosterFilterForm(forms.Form):
    """The filter bar of the roster; ``chosen()`` is None while a value is not acceptable."""

    level = forms.ChoiceField(label="层级", required=False, choices=[EVERYTHING, *LEVEL_CHOICES])
    region = forms.ChoiceField(label="市、县", required=False)
    category = forms.ChoiceField(label="类别", required=False)
    year = forms.ChoiceField(label="认定年度", required=False)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[EVERYTHING, *CERTIFICATION_STATE_CHOICES]
    )
    search = forms.CharField(label="名称", required=False, max_length=40)

    def __init__(self, actor: Actor, data: Mapping[str, Any] | None) -> None:
        super().__init__(data or None, auto_id="filter_%s")
        years = range(clock.today().year, FIRST_YEAR - 1, -1)
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            EVERYTHING,
            *((str(year), f"{year}年") for year in years),
        ]
        self.fields["category"].choices = [EVERYTHING, *category_choices()]  # type: ignore[attr-defined]
        self.fields["region"].choices = [EVERYTHING, *region_choices(actor)]  # type: ignore[attr-defined]

    def chosen(self) -> RosterFilter | None:
        """What was chosen; everything when nothing was."""
        if not self.is_bound:
            return RosterFilter()
        if not self.is_valid():
            return None
        return RosterFilter(**self.cleaned_data)


def region_choices(actor: Actor) -> list[tuple[str, Any]]:
    """Cities and counties of the actor's scope, counties under their city; all for the public."""
    rows = Region.objects.filter(kind__in=("city", "county", "zone")).order_by("code")
    if actor.scope is not None:
        rows = rows.filter(code__gte=actor.scope.lower, code__lt=actor.scope.upper)
    elif not actor.is_public and not actor.is_system:
        rows = rows.none()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name, kind, parent in rows.values_list("code", "name", "kind", "parent__name"):
        city = name if kind == "city" else parent or ""
        label = f"{name}（全市）" if kind == "city" else name
        groups.setdefault(city, []).append((code, label))
    return list(groups.items())
