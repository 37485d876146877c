"""Accounts of a region: the list, one account, registering, changing."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.accounts.fences import has_second_factor
from portal.core.accounts.locks import locks_of
from portal.core.accounts.sessions import sessions_of
from portal.core.actions.accounts import create_account, update_account
from portal.core.constants import Can
from portal.core.errors import require
from portal.core.paging import paginate
from portal.core.policies.accounts import (
    may_create_account,
    may_issue_activation,
    may_keep_account,
    may_list_accounts,
)
from portal.core.web import OfficeView, add_errors
from portal.workspace.account_forms import AccountFilterForm, AccountForm, PersonForm
from portal.workspace.account_queries import (
    STATES,
    AccountFilter,
    filter_accounts,
    posts_of,
    sign_ins_of,
    state_of,
)
from portal.workspace.account_tables import (
    COLUMNS,
    POST_COLUMNS,
    SIGN_IN_COLUMNS,
    account_rows,
    facts_of,
    post_rows,
    sign_in_facts,
)
from portal.workspace.views.account_page import AccountPage
from portal.workspace.views.account_steps import STEPS


class AccountListView(OfficeView):
    """The people of the region's offices."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of accounts, narrowed by name, office and state."""
        require(may_list_accounts(self.actor))
        form = AccountFilterForm(request.GET)
        chosen = AccountFilter()
        if form.is_valid():
            data = form.cleaned_data
            chosen = AccountFilter(data["search"], data["office"], data["state"])
        rows = filter_accounts(self.actor, chosen)
        page = paginate(rows.select_related("home_office"), request.GET, counted=rows)
        return self.page(
            "accounts/list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("账号", None)],
                "form": form,
                "clear_url": self.url("accounts") if any(chosen) else "",
                "columns": COLUMNS,
                "rows": account_rows(page.items, self.url),
                "page": page,
                "keeps": self.actor.can(Can.ADMINISTER),
                "slip_actions": [
                    {"text": "签发激活单", "value": "slips", "url": self.url("account-slips")}
                ],
            },
        )


class AccountView(AccountPage):
    """One account: facts, posts, state, last sign-ins, and what may be done."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        user = self.account
        self.viewed(user)
        until = locks_of([user]).get(user.pk)
        state = state_of(user, until)
        sessions, second = len(sessions_of(user)), has_second_factor(user)
        offered = {
            "disable": state != "disabled",
            "enable": state == "disabled",
            "lift-lock": until is not None,
            "reset-second-factor": second,
            "end-sign-ins": sessions > 0,
        }
        word, tone = STATES[state]
        return self.page(
            "accounts/account.html",
            {
                "breadcrumbs": self.crumbs(),
                "account": user,
                "state_word": word,
                "state_tone": tone,
                "facts": facts_of(user),
                "sign_in_facts": sign_in_facts(
                    user, until, second_factor=second, sessions=sessions
                ),
                "post_columns": POST_COLUMNS,
                "posts": post_rows(posts_of([user])[user.pk], self.url),
                "sign_in_columns": SIGN_IN_COLUMNS,
                "sign_ins": sign_ins_of(self.actor, user),
                "steps": self._steps(offered),
                "slip": self._slip(),
                "edit_url": self.url("account-edit", user.pk)
                if may_keep_account(self.actor, user).ok
                else "",
            },
        )

    def _steps(self, offered: dict[str, bool]) -> list[dict[str, str]]:
        """What this kind of post does and the state allows; refused ones say why."""
        return [
            {
                "text": step.label,
                "url": self.url("account-step", self.account.pk, key),
                "reason": step.may(self.actor, self.account).reason,
            }
            for key, step in STEPS.items()
            if offered[key] and self.actor.can(step.needs)
        ]

    def _slip(self) -> dict[str, str]:
        if not self.actor.can(Can.ADMINISTER):
            return {}
        return {
            "url": self.url("account-slips"),
            "reason": may_issue_activation(self.actor, self.account).reason,
        }


class AccountNewView(OfficeView):
    """Registering a person."""

    fresh_sign_in = True

    def _show(self, form: AccountForm, status: int = 200) -> HttpResponse:
        context = {
            "breadcrumbs": [("账号", self.url("accounts")), ("登记账号", None)],
            "form": form,
            "cancel_url": self.url("accounts"),
        }
        return self.page("accounts/new.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        require(may_create_account(self.actor))
        return self._show(AccountForm(actor=self.actor))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Register, and go on to the account, where a slip is signed."""
        require(may_create_account(self.actor))
        form = AccountForm(request.POST, actor=self.actor)
        if form.is_valid():
            try:
                user = create_account(actor=self.actor, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"{user}的账号已登记。请签发激活单，交本人设定密码。")
                return redirect(self.url("account", user.pk))
        return self._show(form, 422)


class AccountEditView(AccountPage):
    """Changing name, telephone and home office."""

    fresh_sign_in = True

    def _show(self, form: PersonForm, status: int = 200) -> HttpResponse:
        context = {
            "breadcrumbs": self.crumbs("修改资料"),
            "account": self.account,
            "form": form,
            "cancel_url": self.get_stale_url(),
        }
        return self.page("accounts/edit.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form with what is there."""
        require(may_keep_account(self.actor, self.account))
        return self._show(PersonForm(actor=self.actor, user=self.account))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save."""
        require(may_keep_account(self.actor, self.account))
        form = PersonForm(request.POST, actor=self.actor, user=self.account)
        if form.is_valid():
            try:
                update_account(actor=self.actor, user=self.account, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "账号资料已保存。")
                return redirect(self.get_stale_url())
        return self._show(form, 422)
