"""Signing in by an OpenID Connect provider: a small real one, asked over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal.config.env import read
from portal.core.accounts import sessions
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import AccessEntry, User
from portal.core.web import office_url
from tests.factories import age_session, client_of, make_office, make_post, make_regions, sign_in

pytestmark = pytest.mark.django_db


@dataclass
class Provider:
    """What the provider knows, and what it was asked."""

    url: str
    person: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """A provider that knows one person, and the portal configured with it."""
    known = Provider("", {"sub": "310-7", "name": "林晓宇", "email": "lin@example.cn"})

    class Answers(BaseHTTPRequestHandler):
        def _json(self, data: dict[str, Any]) -> None:
            known.asked.append(urlsplit(self.path).path)
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                self._json(
                    {
                        "issuer": known.url,
                        "authorization_endpoint": f"{known.url}/authorize",
                        "token_endpoint": f"{known.url}/token",
                        "userinfo_endpoint": f"{known.url}/person",
                        "jwks_uri": f"{known.url}/keys",
                        "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    }
                )
            else:
                assert self.headers["Authorization"] == "Bearer taken"
                self._json(known.person)

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert sent["client_secret"] == ["shared"]
            assert sent["code"] == ["given"]
            self._json({"access_token": "taken", "token_type": "Bearer"})

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = {
        "PORTAL_MODE": "test",
        "PORTAL_SECRET_KEY": "k" * 50,
        "PORTAL_OIDC_ISSUER": known.url,
        "PORTAL_OIDC_CLIENT_ID": "portal",
        "PORTAL_OIDC_CLIENT_SECRET": "shared",
    }
    row = read(environment).oidc
    assert row is not None
    settings.PORTAL_OIDC = row
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [row]}}
    settings.ROOT_URLCONF = "tests.core.provider_urls"
    registry.load()
    registry.register(OpenIDConnectProvider)
    cache.clear()
    yield known
    registry.provider_map.pop(OpenIDConnectProvider.id)
    server.shutdown()
    server.server_close()


@pytest.fixture
def clerk() -> Actor:
    region = make_regions()["141033"]
    office = make_office("puxian", "蒲县办", OfficeKind.LEADING_GROUP_OFFICE, region)
    return make_post(office, "clerk", "lin")


def go(client: Client, query: str = "") -> Any:
    """To the provider and back; the portal's last answer."""
    out = client.post(reverse("openid_connect_login", args=["oidc"]) + query)
    assert out.status_code == 302
    asked = parse_qs(urlsplit(out["Location"]).query)
    assert urlsplit(out["Location"]).path == "/authorize"
    assert asked["client_id"] == ["portal"]
    back = reverse("openid_connect_callback", args=["oidc"])
    return client.get(back, {"code": "given", "state": asked["state"][0]})


def connect(actor: Actor) -> Client:
    """Connect the account with the provider, as its person."""
    client = client_of(actor)
    assert go(client, "?process=connect")["Location"] == reverse("socialaccount_connections")
    return client


def test_the_page_offers_the_provider(provider: Provider) -> None:
    page = Client().get(reverse("login")).content.decode()
    assert "用统一身份认证登录" in page
    assert reverse("openid_connect_login", args=["oidc"]) in page


def test_an_unknown_person_gets_no_account(provider: Provider) -> None:
    client = Client()
    answer = go(client)
    assert answer["Location"] == reverse("login")
    assert "尚未与平台账号关联" in client.get(answer["Location"]).content.decode()
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()


def test_the_same_name_or_mail_is_no_connection(provider: Provider, clerk: Actor) -> None:
    assert clerk.user is not None
    User.objects.filter(pk=clerk.user.pk).update(email="lin@example.cn", display_name="林晓宇")
    client = Client()
    assert go(client)["Location"] == reverse("login")
    assert client.get(reverse("account-home")).status_code == 302


def test_a_connected_account_signs_in_and_is_noted(provider: Provider, clerk: Actor) -> None:
    connected = connect(clerk)
    assert "已关联" in connected.get(reverse("socialaccount_connections")).content.decode()
    client = Client()
    assert go(client)["Location"] == reverse("home")
    assert client.get(office_url(clerk, "workspace")).status_code == 200
    assert AccessEntry.objects.filter(kind="sign_in", actor=clerk.user).count() == 1
    assert clerk.user is not None
    assert len(sessions.sessions_of(clerk.user)) == 1


def test_taking_the_connection_back_closes_the_way(provider: Provider, clerk: Actor) -> None:
    connected = connect(clerk)
    connected.post(reverse("socialaccount_connections"))
    assert go(Client())["Location"] == reverse("login")


def test_connecting_needs_a_fresh_sign_in(provider: Provider, clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, shown_at=16 * 60)
    asked = client.get(reverse("socialaccount_connections"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    out = client.post(reverse("openid_connect_login", args=["oidc"]) + "?process=connect")
    assert out["Location"] == reverse("socialaccount_connections")


@pytest.mark.parametrize("how", ["disabled", "locked", "demo"])
def test_the_provider_opens_no_closed_account(provider: Provider, clerk: Actor, how: str) -> None:
    connect(clerk)
    user = clerk.user
    assert user is not None
    if how == "locked":
        for _ in range(5):
            sign_in(clerk, "Wrong-password-1")
    else:
        User.objects.filter(pk=user.pk).update(is_active=how != "disabled", is_demo=how == "demo")
    client = Client()
    assert go(client)["Location"] == reverse("login")
    assert client.get(reverse("account-home")).status_code == 302


def test_a_provider_that_refuses_or_is_away_leads_back(
    provider: Provider, settings: Settings
) -> None:
    client = Client()
    back = reverse("openid_connect_callback", args=["oidc"])
    answer = client.get(back, {"error": "access_denied", "state": "x"})
    assert answer["Location"] == reverse("login")
    assert "没有完成验证" in client.get(answer["Location"]).content.decode()
    row = settings.PORTAL_OIDC | {"settings": {"server_url": "http://127.0.0.1:9"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [row]}}
    away = client.post(reverse("openid_connect_login", args=["oidc"]))
    assert away["Location"] == reverse("login")


def test_half_a_configuration_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="PORTAL_OIDC_CLIENT_ID is missing"):
        read({"PORTAL_MODE": "test", "PORTAL_SECRET_KEY": "k", "PORTAL_OIDC_ISSUER": "https://a"})
