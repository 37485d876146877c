"""What holds for every request and every answer of the portal, whichever view gives it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse

from portal.core import clock
from portal.core.addresses import client_address
from portal.core.arrivals import arrived_at
from portal.core.limits import refuse_too_many

Answer = Callable[[HttpRequest], HttpResponse]
# No page uses any of these; a script that slipped in could not either.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb",
    )
)  # fmt: skip


class ClientAddress:
    """Put the visitor's own address in ``REMOTE_ADDR``: everything after reads it there."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = client_address(request)
        return self.get_response(request)


class RequestReceived:
    """Keep the moment at which the request arrived: a round's closing is held against it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with clock.request_received(arrived_at(request)):
            return self.get_response(request)


class AnswerHeaders:
    """No browser and no proxy keeps an answer; a view that knows better has said so itself.

    A download is never shown as a page; should a browser do so, nothing in it runs.

    Static files never come here: they are answered before, and cached.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.headers.setdefault("Permissions-Policy", PERMISSIONS)
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer


class WrittenAddress:
    """An address with a NUL in it leads nowhere: no text of ours holds one, no database takes it.

    Pages may so hand what an address says to a query as it is; the API checks its filters itself
    and answers in JSON.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        of_api = request.path_info.startswith("/api/")
        if not of_api and ("\0" in request.path_info or "\0" in unquote(query)):
            raise Http404("地址中含有不能识别的字符。")
        return self.get_response(request)


class VisitorLimit:
    """Whoever is not signed in may post only so often: sign-in, activation, any public form."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            refusal = refuse_too_many(request)
            if refusal is not None:
                return refusal
        return self.get_response(request)
