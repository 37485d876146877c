"""What administrators do to an account after being asked, and the slips they sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from portal.core.actions.accounts import (
    disable_account,
    enable_account,
    end_sign_ins,
    issue_activation,
    lift_lock,
    reset_second_factor,
)
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import Verdict, require
from portal.core.models import User
from portal.core.policies.accounts import (
    may_create_account,
    may_disable_account,
    may_enable_account,
    may_end_sign_ins,
    may_lift_lock,
    may_reset_second_factor,
)
from portal.core.web import OfficeView, add_errors
from portal.workspace.account_forms import ReasonForm
from portal.workspace.views.account_page import AccountPage


class Step(NamedTuple):
    """Something an administrator does to an account, with a page that asks first."""

    label: str
    text: str
    needs: Can
    may: Callable[[Actor, User], Verdict]
    act: Callable[..., object]
    done: str
    asks_reason: bool = True
    tone: str = "primary"


STEPS: dict[str, Step] = {
    "disable": Step(
        "停用账号", "停用后立即退出全部登录，不能再登录；任职和办理记录保留。",
        Can.ADMINISTER, may_disable_account, disable_account, "账号已停用。", tone="danger",
    ),
    "enable": Step(
        "启用账号", "启用后可以用原来的密码登录；忘记密码的另行签发激活单。",
        Can.ADMINISTER, may_enable_account, enable_account, "账号已启用。",
    ),
    "lift-lock": Step(
        "解除锁定", "请先向本人核实连续登录失败的原因；不是本人操作的，先不要解除。",
        Can.SECURE, may_lift_lock, lift_lock, "已解除锁定，可以重新登录。", asks_reason=False,
    ),
    "reset-second-factor": Step(
        "重置动态口令", "原动态口令和恢复码作废，并退出全部登录；本人下次登录后重新绑定。",
        Can.SECURE, may_reset_second_factor, reset_second_factor, "动态口令已重置。", tone="danger",
    ),
    "end-sign-ins": Step(
        "结束全部登录", "该账号在各处的登录立即退出，未保存的填写内容会丢失；可以重新登录。",
        Can.SECURE, may_end_sign_ins, end_sign_ins, "已结束全部登录。", asks_reason=False,
        tone="danger",
    ),
}  # fmt: skip


class AccountStepView(AccountPage):
    """Asking first, then disabling, enabling, lifting a lock, and the like."""

    fresh_sign_in = True

    @cached_property
    def step(self) -> Step:
        """The step of the address."""
        if self.kwargs["step"] not in STEPS:
            raise Http404("没有这个事项。")
        return STEPS[self.kwargs["step"]]

    def _show(self, form: ReasonForm | None, status: int = 200) -> HttpResponse:
        context = {
            "breadcrumbs": self.crumbs(self.step.label),
            "step": self.step,
            "title": f"{self.step.label}：{self.account}",
            "items": [
                {"label": "登录名", "value": self.account.username},
                {"label": "姓名", "value": str(self.account)},
            ],
            "form": form,
            "cancel_url": self.get_stale_url(),
        }
        return self.page("accounts/step.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """The question."""
        require(self.step.may(self.actor, self.account))
        return self._show(ReasonForm() if self.step.asks_reason else None)

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Do it."""
        require(self.step.may(self.actor, self.account))
        form = ReasonForm(request.POST) if self.step.asks_reason else None
        if form is None or form.is_valid():
            given = form.cleaned_data if form is not None else {}
            try:
                self.step.act(actor=self.actor, user=self.account, **given)
            except ValidationError as error:
                if form is None:
                    raise
                add_errors(form, error)
            else:
                messages.success(request, self.step.done)
                return redirect(self.get_stale_url())
        return self._show(form, 422)


class SlipView(OfficeView):
    """The slips, printed from the answer to the request that signs them: shown once."""

    fresh_sign_in = True
    http_method_names = ["post", "options"]

    def get_stale_url(self) -> str:
        """The list."""
        return self.url("accounts")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign a slip for each person ticked."""
        require(may_create_account(self.actor))
        keys = [int(key) for key in request.POST.getlist("users") if _is_key(key)]
        people = {user.pk: user for user in User.objects.visible_to(self.actor).filter(pk__in=keys)}
        if set(keys) - set(people):
            raise Http404("没有这个账号。")
        try:
            slips = issue_activation(actor=self.actor, users=[people[key] for key in keys])
        except ValidationError as error:
            messages.warning(request, "；".join(error.messages))
            return redirect(self.url("accounts"))
        answer = self.page(
            "accounts/slips.html",
            {
                "breadcrumbs": [("账号", self.url("accounts")), ("激活单", None)],
                "slips": slips,
                "site": request.build_absolute_uri(reverse("activate")),
                "back_url": self.url("accounts"),
            },
        )
        answer["Cache-Control"] = "private, no-store"
        return answer


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
