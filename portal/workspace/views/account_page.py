"""The base of every page of one account."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core.errors import require
from portal.core.models import User
from portal.core.policies.accounts import may_list_accounts
from portal.core.web import OfficeView


class AccountPage(OfficeView):
    """A page of one account that the actor may see."""

    @cached_property
    def account(self) -> User:
        """The account, or 404 outside the region."""
        rows: QuerySet[User] = User.objects.visible_to(self.actor)
        rows = rows.select_related("home_office__region")
        account: User = get_object_or_404(rows, pk=self.kwargs["pk"])
        require(may_list_accounts(self.actor))
        return account

    def get_stale_url(self) -> str:
        """The account as it stands."""
        return self.url("account", self.kwargs["pk"])

    def crumbs(self, label: str = "") -> list[tuple[str, str | None]]:
        """The way here."""
        mine: list[tuple[str, str | None]] = [("账号", self.url("accounts"))]
        if not label:
            return [*mine, (str(self.account), None)]
        return [*mine, (str(self.account), self.url("account", self.account.pk)), (label, None)]
