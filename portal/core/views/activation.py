"""Beginning with an activation slip (激活单): for everybody who holds one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.core.actions.activation import activate_account
from portal.core.forms import ActivationForm
from portal.core.web import PublicView, add_errors, address_of


class ActivationView(PublicView):
    """Login name, code of the slip, and the person's own password twice."""

    http_method_names = ["get", "post", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._show(ActivationForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set the password and lead to signing in; otherwise say what to do."""
        form = ActivationForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        given = form.cleaned_data
        try:
            outcome = activate_account(
                username=given["username"],
                code=given["code"],
                password=given["password"],
                address=address_of(request),
            )
        except ValidationError as error:
            add_errors(form, error)
            return self._show(form, 422)
        if outcome.user is None:
            form.add_error(None, outcome.problem)
            return self._show(form, 422)
        messages.success(request, "密码已设定，激活单已作废。请用登录名和新密码登录。")
        return redirect("login")

    def _show(self, form: ActivationForm, status: int = 200) -> HttpResponse:
        answer = render(self.request, "accounts/activate.html", {"form": form}, status=status)
        answer["Cache-Control"] = "private, no-store"
        return answer
