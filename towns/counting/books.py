"""A town's registers as they stood on a day, with what a page names of them."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from portal.core import clock
from towns.figure_queries import Ranked, revenue_ranking
from towns.models import Honour, Membership, Platform, Town, TownFunction, by_role


class Books:
    """A town's registers as they stood on a day, each read once when a rule first asks."""

    def __init__(self, town: Town, day: date | None = None) -> None:
        self.town = town
        self.day = day or clock.today()

    @cached_property
    def members(self) -> list[Membership]:
        """Members by role."""
        rows = Membership.objects.on(self.day).filter(town=self.town)
        return list(rows.select_related("enterprise").order_by(by_role(), "id"))

    @cached_property
    def honours(self) -> list[Honour]:
        """Honours, standards and brands in force of the members and of the town itself."""
        enterprises = {row.enterprise_id: row.enterprise for row in self.members}
        # SQLite takes no order inside the parts of a union.
        standing = Honour.objects.standing_on(self.day).order_by()
        rows = list(
            standing.filter(enterprise_id__in=enterprises)
            .union(standing.filter(town=self.town), all=True)
            .order_by("-awarded_on", "-id")
        )
        for row in rows:
            if row.enterprise_id is not None:
                row.enterprise = enterprises[row.enterprise_id]
            else:
                row.town = self.town
        return rows

    @cached_property
    def functions(self) -> list[TownFunction]:
        """The eight functions, whatever their state."""
        return list(TownFunction.objects.on(self.day).filter(town=self.town))

    @cached_property
    def platforms(self) -> list[Platform]:
        """Platforms that run, or are being built, on the day."""
        return list(Platform.objects.running_on(self.day).filter(town=self.town))

    @property
    def last_year(self) -> int:
        """The last complete year on the day."""
        return self.day.year - 1

    @cached_property
    def ranking(self) -> list[Ranked]:
        """Members by their revenue of the last complete year."""
        return revenue_ranking(self.town, self.last_year, self.day)
