"""Pages of accounts: who sees whom, filters, what is offered to which administrator, slips."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.actions.accounts import create_account
from portal.core.actor import Actor
from portal.core.models import AccessEntry, ActivationCode, LedgerEntry, User
from portal.core.stream import note
from portal.core.web import office_url
from tests.factories import World, client_of, make_world, multiply

pytestmark = pytest.mark.django_db

ADMIN, SECURITY = "puxian.system_admin", "puxian.security_admin"


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def person(world: World, name: str = "puxian.clerk") -> User:
    """Somebody's account."""
    user = world.actor(name).user
    assert user is not None
    return user


def get(actor: Actor, name: str, *args: object, **query: str) -> Any:
    """A page as the actor asks for it."""
    return client_of(actor).get(office_url(actor, name, *args), query or None)


def post(actor: Actor, name: str, *args: object, **data: Any) -> Any:
    """A form as the actor sends it."""
    assert actor.post is not None
    url = office_url(actor, name, *args).partition("?")[0]
    return client_of(actor).post(url, {"acting_post": actor.post.pk, **data})


def text_of(response: Any) -> str:
    """A page without markup."""
    return re.sub(r"<[^>]+>|\s+", "", response.content.decode())


def listed(response: Any) -> set[str]:
    """The sign-in names a list shows."""
    return {row["cells"][0]["text"] for row in response.context["rows"]}


# --- the list -----------------------------------------------------------------------------------


def test_list_shows_the_people_of_the_region(world: World) -> None:
    county = listed(get(world.actor(ADMIN), "accounts"))
    assert "puxian.clerk" in county and "puxian.filer" in county
    assert all(name.startswith("puxian.") for name in county)
    city = listed(get(world.actor("linfen.security_admin"), "accounts", search="clerk"))
    assert city == {"linfen.clerk", "puxian.clerk", "xixian.clerk"}


@pytest.mark.parametrize("who", ["clerk", "office_director", "auditor", "filer", "expert"])
def test_others_do_not_see_accounts(world: World, who: str) -> None:
    actor = world.actor(f"puxian.{who}")
    assert get(actor, "accounts").status_code == 403
    assert get(actor, "account", person(world).pk).status_code in (403, 404)


def test_accounts_of_a_neighbour_do_not_exist(world: World) -> None:
    other = person(world, "xixian.clerk").pk
    for who in (ADMIN, SECURITY):
        actor = world.actor(who)
        assert get(actor, "account", other).status_code == 404
        assert get(actor, "account-edit", other).status_code == 404
        assert post(actor, "account-step", other, "disable", reason="x").status_code == 404
        slips = post(actor, "account-slips", users=[other])
        assert slips.status_code == (404 if who == ADMIN else 403)
    assert not ActivationCode.objects.exists()
    assert person(world, "xixian.clerk").is_active


def test_list_is_filtered_by_state(world: World) -> None:
    admin = world.actor(ADMIN)
    create_account(
        actor=admin, username="zhang.wei", display_name="张伟", office=world.offices["puxian"]
    )
    User.objects.filter(username="puxian.clerk").update(is_active=False)
    AccessAttempt.objects.create(
        username="puxian.checker", ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    User.objects.filter(username="puxian.signer").update(
        password_changed_at=timezone.now() - timedelta(days=91)
    )
    found = {
        state: listed(get(admin, "accounts", state=state))
        for state in ("pending", "disabled", "locked", "expired", "normal")
    }
    assert found["pending"] == {"zhang.wei"}
    assert found["disabled"] == {"puxian.clerk"}
    assert found["locked"] == {"puxian.checker"}
    assert found["expired"] == {"puxian.signer"}
    everybody = listed(get(admin, "accounts"))
    assert set.union(*found.values()) == everybody
    assert sum(len(names) for names in found.values()) == len(everybody), "states are apart"


def test_list_is_filtered_by_name_and_office(world: World) -> None:
    admin = world.actor("linfen.system_admin")
    assert listed(get(admin, "accounts", search="蒲县经办")) == {"puxian.clerk"}
    assert listed(get(admin, "accounts", office="隰县工信局")) == {"xixian.member"}
    assert "没有符合条件的账号" in text_of(get(admin, "accounts", search="没有此人"))


@pytest.mark.parametrize("state", ["", "normal", "locked"])
def test_list_of_a_thousand_keeps_its_budget(world: World, state: str) -> None:
    multiply(person(world), 1200, username="'many-' || n")
    AccessAttempt.objects.create(
        username="many-7", ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    actor = world.actor(ADMIN)
    client = client_of(actor)
    client.get(office_url(actor, "accounts"))
    with CaptureQueriesContext(connection) as captured:
        response = client.get(office_url(actor, "accounts"), {"state": state})
    assert response.status_code == 200
    assert len(captured) <= 12


# --- one account --------------------------------------------------------------------------------


def offered(response: Any) -> set[str]:
    """What the page lets the reader do."""
    return {step["text"] for step in response.context["steps"] if not step["reason"]}


def test_each_administrator_is_offered_the_own_work(world: World) -> None:
    user = person(world)
    AccessAttempt.objects.create(
        username=user.username, ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    admin = get(world.actor(ADMIN), "account", user.pk)
    assert offered(admin) == {"停用账号"}
    assert admin.context["slip"] and admin.context["edit_url"]
    security = get(world.actor(SECURITY), "account", user.pk)
    assert offered(security) == {"解除锁定"}
    assert not security.context["slip"] and not security.context["edit_url"]
    assert "已锁定" in text_of(security) and "锁定至" in text_of(security)


def test_page_shows_posts_and_sign_ins(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    note(clerk, "sign_in_failed", summary="密码不正确", outcome="failed")
    note(world.actor("puxian.checker"), "sign_in", summary="别人的登录")
    page = get(world.actor(SECURITY), "account", person(world).pk)
    assert "密码不正确" in text_of(page) and "别人的登录" not in text_of(page)
    assert f"/o/puxian/offices/{world.offices['puxian'].pk}/" in page.content.decode()
    assert AccessEntry.objects.filter(kind="view", actor=person(world, SECURITY)).exists()


def test_own_account_says_who_else_could(world: World) -> None:
    admin = world.actor(ADMIN)
    page = get(admin, "account", person(world, ADMIN).pk)
    assert offered(page) == set()
    assert "须由其他系统管理员办理" in text_of(page)
    assert "不能为自己签发激活单" in text_of(page)


# --- registering and changing -------------------------------------------------------------------


def test_registering_leads_to_the_account(world: World) -> None:
    office = world.offices["puxian"]
    answer = post(
        world.actor(ADMIN),
        "account-new",
        username="zhang.wei",
        display_name="张伟",
        office=office.pk,
    )
    user = User.objects.get(username="zhang.wei")
    assert answer.status_code == 302 and f"/accounts/{user.pk}/" in answer["Location"]
    assert "待激活" in text_of(client_of(world.actor(ADMIN)).get(answer["Location"]))


def test_taken_name_keeps_what_was_typed(world: World) -> None:
    office = world.offices["puxian"]
    answer = post(
        world.actor(ADMIN),
        "account-new",
        username="sx.clerk",
        display_name="张伟",
        office=office.pk,
    )
    assert answer.status_code == 422
    assert "已有人使用" in text_of(answer)
    assert 'value="张伟"' in answer.content.decode()


def test_only_offices_of_the_region_can_be_chosen(world: World) -> None:
    page = get(world.actor(ADMIN), "account-new").content.decode()
    assert world.offices["puxian-unit"].name in page
    assert world.offices["xixian"].name not in page
    answer = post(
        world.actor(ADMIN),
        "account-new",
        username="zhang.wei",
        display_name="张伟",
        office=world.offices["xixian"].pk,
    )
    assert answer.status_code == 422
    assert not User.objects.filter(username="zhang.wei").exists()


def test_changing_a_name(world: World) -> None:
    user = person(world)
    answer = post(
        world.actor(ADMIN),
        "account-edit",
        user.pk,
        display_name="李娜",
        office=world.offices["puxian"].pk,
        phone="13800000000",
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.display_name, user.phone) == ("李娜", "13800000000")


# --- steps --------------------------------------------------------------------------------------


def test_disabling_asks_for_a_reason(world: World) -> None:
    user = person(world)
    admin = world.actor(ADMIN)
    assert "停用账号" in text_of(get(admin, "account-step", user.pk, "disable"))
    missing = post(admin, "account-step", user.pk, "disable", reason="")
    assert missing.status_code == 422
    assert User.objects.get(pk=user.pk).is_active
    assert post(admin, "account-step", user.pk, "disable", reason="退休").status_code == 302
    assert not User.objects.get(pk=user.pk).is_active
    assert post(admin, "account-step", user.pk, "disable", reason="退休").status_code == 302
    assert LedgerEntry.objects.filter(verb="disable_account").count() == 1
    assert post(admin, "account-step", user.pk, "enable", reason="返聘").status_code == 302
    assert User.objects.get(pk=user.pk).is_active


def test_lock_is_shown_and_lifted(world: World) -> None:
    user = person(world)
    AccessAttempt.objects.create(
        username=user.username, ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    refused = post(world.actor(ADMIN), "account-step", user.pk, "lift-lock")
    assert refused.status_code == 403 and "由安全管理员办理" in text_of(refused)
    done = post(world.actor(SECURITY), "account-step", user.pk, "lift-lock")
    assert done.status_code == 302
    page = get(world.actor(SECURITY), "account", user.pk)
    assert "未锁定" in text_of(page) and offered(page) == set()


def test_unknown_step_is_no_page(world: World) -> None:
    assert get(world.actor(ADMIN), "account-step", person(world).pk, "delete").status_code == 404


# --- slips --------------------------------------------------------------------------------------


def test_slips_are_shown_once_and_kept_by_nobody(world: World) -> None:
    users = [person(world), person(world, "puxian.checker")]
    answer = post(world.actor(ADMIN), "account-slips", users=[user.pk for user in users])
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = text_of(answer)
    for slip in answer.context["slips"]:
        assert slip.code in text
        assert slip.user.username in text and str(slip.user) in text
    assert answer.content.decode().count('<div class="slip"') == 2
    assert "http://testserver/activate/" in text
    assert all(word in text for word in ("有效期至", "请勿拍照", "激活地址", "只能使用一次"))
    assert get(world.actor(ADMIN), "account-slips").status_code == 405


def test_slip_of_oneself_is_refused_and_none_is_made(world: World) -> None:
    both = [person(world).pk, person(world, ADMIN).pk]
    answer = post(world.actor(ADMIN), "account-slips", users=both)
    assert answer.status_code == 403 and "不能为自己签发激活单" in text_of(answer)
    assert not ActivationCode.objects.exists()


@pytest.mark.parametrize("users", [[], ["x"], [""]])
def test_nobody_ticked_is_said(world: World, users: list[str]) -> None:
    actor = world.actor(ADMIN)
    assert actor.post is not None
    answer = client_of(actor).post(
        office_url(actor, "account-slips"),
        {"users": users, "acting_post": actor.post.pk},
        follow=True,
    )
    assert "没有选择人员" in text_of(answer)
    assert not ActivationCode.objects.exists()


def test_old_sign_in_asks_for_the_password_before_changing(world: World) -> None:
    actor = world.actor(ADMIN)
    client = client_of(actor)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    assert actor.post is not None
    answer = client.post(
        office_url(actor, "account-slips"), {"users": [1], "acting_post": actor.post.pk}
    )
    assert answer.status_code == 302 and answer["Location"].startswith("/account/confirm/")
    assert not ActivationCode.objects.exists()
