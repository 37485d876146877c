"""Pages of offices: who sees which, what the forms do, the leading group as at any day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.models import (
    AccessEntry,
    Appointment,
    Leave,
    LedgerEntry,
    Office,
    OfficeChange,
    Post,
    PostGrant,
    User,
)
from portal.core.web import office_url
from reviews.models import CaseGrant
from tests.factories import (
    World,
    appoint,
    client_of,
    end_appointment,
    make_person,
    make_town,
    make_world,
)
from tests.scenario import drive, file
from towns.models import Town, TownGrant

pytestmark = pytest.mark.django_db

SOURCE = "县委编委〔2026〕3号"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def director(world: World) -> Actor:
    """Who keeps the county's office."""
    return world.actor("puxian.office_director")


def newcomer(world: World, username: str = "newcomer", slug: str = "puxian") -> User:
    """A person of an office with an account and no post."""
    person = make_person(username, f"新任{username}")
    person.home_office = world.offices[slug]
    person.save()
    return person


def vacate(world: World, name: str) -> Post:
    """Let nobody hold a post."""
    post = acting_seat(world.actor(name))
    Appointment.objects.filter(post=post).delete()
    return post


def held(name: str, world: World) -> Appointment:
    """The appointment of a person of the world."""
    return Appointment.objects.get(post=acting_seat(world.actor(name)))


def read(actor: Actor, name: str, *args: object, more: str = "", status: int = 200) -> str:
    """A page, with its text as a reader sees it."""
    response = client_of(actor).get(office_url(actor, name, *args) + more, follow=status == 200)
    assert response.status_code == status, (name, response.status_code)
    return unescape(response.content.decode())


def submit(actor: Actor, name: str, /, *args: object, status: int = 302, **fields: Any) -> str:
    """Send a form as the page does; the page one is led to, or the answer itself."""
    client = client_of(actor)
    data = {"acting_post": acting_seat(actor).pk, **fields}
    response = client.post(office_url(actor, name, *args), data)
    assert response.status_code == status, unescape(response.content.decode())[-4000:]
    if status == 302:
        response = client.get(response["Location"])
        assert response.status_code == 200
    return unescape(response.content.decode())


def day(back: int = 0) -> str:
    """A day so many days ago, as forms send it."""
    return (clock.today() - timedelta(days=back)).isoformat()


# --- who sees which -------------------------------------------------------------------------------


def test_administrators_of_a_county_see_its_offices_only(world: World) -> None:
    page = read(world.actor("puxian.system_admin"), "offices")
    assert "蒲县专业镇发展领导小组办公室" in page
    assert "蒲县工信局" in page
    assert "蒲县专业镇填报单位" in page
    assert "隰县" not in page
    assert "临汾市专业镇" not in page


@pytest.mark.parametrize(
    "who", ["puxian.system_admin", "puxian.office_director", "puxian.auditor", "puxian.filer"]
)
def test_another_countys_office_does_not_exist(world: World, who: str) -> None:
    actor = world.actor(who)
    office, post = world.offices["xixian"].pk, acting_seat(world.actor("xixian.clerk")).pk
    appointment = held("xixian.clerk", world).pk
    for name in ("office", "office-leading-group", "unit-new", "post-new", "office-rename"):
        read(actor, name, office, status=404)
    for name in ("post", "post-appoint", "post-succeed", "post-deputy", "town-grant"):
        read(actor, name, post, status=404)
    for name in ("appointment-end", "appointment-revoke", "appointment-leave"):
        submit(actor, name, appointment, reason="试", on=day(1), status=404)
    assert Appointment.objects.held().filter(pk=appointment).exists()


def test_the_province_sees_every_office_and_a_director_keeps_only_its_own(world: World) -> None:
    actor = world.actor("sx.office_director")
    page = read(actor, "office", world.offices["puxian"].pk)
    assert "您的岗位可以查阅，不能变更" in page
    assert "/succeed/" not in page
    refused = submit(actor, "office-rename", world.offices["puxian"].pk, status=403)
    assert "没有办理" in refused
    assert "/succeed/" in read(actor, "office", world.offices["sx"].pk)


def test_list_counts_people_and_vacant_posts(world: World, director: Actor) -> None:
    vacate(world, "puxian.signer")
    vacate(world, "puxian.member")
    page = read(director, "offices")
    row = re.search(r"<tr>(?:(?!</tr>).)*蒲县专业镇发展领导小组办公室.*?</tr>", page, re.DOTALL)
    assert row is not None
    counts = re.findall(r'<td class="num">(.*?)</td>', row.group(0))
    people = Appointment.objects.held().filter(post__office=world.offices["puxian"]).count()
    assert counts[0] == str(people)
    assert ">1<" in counts[1]
    vacant = read(director, "offices", more="&vacant=1")
    assert "蒲县工信局" in vacant
    assert "蒲县财政局" not in vacant
    assert "蒲县财政局" in read(director, "offices", more="&kind=member_unit&search=财政")
    assert "没有符合条件的机构" in read(director, "offices", more="&level=province")


def test_pages_of_offices_are_numbered_in_the_order_of_regions(world: World) -> None:
    actor = world.actor("sx.clerk")
    parent = world.offices["sx"]
    Office.objects.bulk_create(
        Office(
            slug=f"more-{n}",
            name=f"省直单位{n:03}",
            kind="member_unit",
            region=parent.region,
            parent=parent,
        )
        for n in range(120)
    )
    first, second = read(actor, "offices"), read(actor, "offices", more="&page=2")
    assert "省直单位000" in first
    assert "省直单位000" not in second
    assert '<td class="seq">51</td>' in second
    assert "蒲县专业镇填报单位" in read(actor, "offices", more="&at=last")


def test_office_page_shows_people_grants_and_sign_ins(world: World, director: Actor) -> None:
    clerk = acting_user(world.actor("puxian.clerk"))
    clerk.last_login = datetime(2026, 3, 4, 5, 6, tzinfo=timezone.get_current_timezone())
    clerk.save()
    vacate(world, "puxian.signer")
    page = read(director, "office", world.offices["puxian"].pk)
    assert "2026-03-04 05:06" in page
    assert "从未登录" in page
    assert "空缺" in page
    assert "蒲县工信局" in page
    unit = read(director, "office", world.offices["puxian-filing"].pk)
    assert "蒲县肉牛专业镇" in unit
    assert "填报授权" in unit
    grants = TownGrant.objects.filter(content_object=world.towns["puxian"])
    grants.update(valid_to=clock.today() - timedelta(days=1))
    assert "蒲县肉牛专业镇" not in read(director, "office", world.offices["puxian-filing"].pk)


def test_experts_do_not_learn_of_each_other_on_the_page_of_their_office(world: World) -> None:
    drive(world, file(world, "county"), "meeting")
    expert, other = world.actor("puxian.expert"), world.actor("puxian.expert2")
    assert CaseGrant.objects.filter(group=acting_seat(other).group).exists()
    User.objects.filter(pk=acting_user(other).pk).update(display_name="另一位专家")
    Appointment.objects.filter(post=acting_seat(other)).update(holder_name="另一位专家")
    office = world.offices["puxian"].pk
    assert "另一位专家" in read(world.actor("puxian.clerk"), "office", office)
    assert "另一位专家" not in read(expert, "office", office)
    read(expert, "post", acting_seat(other).pk, status=404)
    assert "最近登录" not in read(expert, "office", office)


def test_office_page_keeps_its_budget_with_many_posts(world: World, director: Actor) -> None:
    office = world.offices["puxian"]
    client, url = client_of(director), office_url(director, "office", office.pk)

    def taken() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    before = taken()
    for n in range(35):
        group = Group.objects.create(name=f"more-{n}")
        post = Post.objects.create(office=office, kind="clerk", title=f"经办{n}", group=group)
        appoint(newcomer(world, f"clerk{n}"), post)
    after = taken()
    assert after <= 25
    assert after == before


# --- who holds a post -----------------------------------------------------------------------------


def test_appointing_to_a_vacant_post_once(world: World, director: Actor) -> None:
    post, person = vacate(world, "puxian.signer"), newcomer(world)
    assert "任命人员" in read(director, "post", post.pk)
    fields: dict[str, Any] = {"user": person.pk, "since": day()}
    assert "已任命新任newcomer" in submit(director, "post-appoint", post.pk, **fields)
    again = submit(director, "post-appoint", post.pk, **fields)
    assert "无需重复办理" in again
    assert Appointment.objects.filter(post=post).count() == 1
    assert "新任newcomer" in read(director, "office", world.offices["puxian"].pk)


def test_forms_offer_only_people_of_the_actors_region(world: World, director: Actor) -> None:
    post = vacate(world, "puxian.signer")
    newcomer(world, "ours")
    theirs = newcomer(world, "theirs", "xixian")
    page = read(director, "post-appoint", post.pk)
    assert "新任ours" in page
    assert "新任theirs" not in page
    answer = submit(
        director, "post-appoint", post.pk, status=422, user=theirs.pk, since=day(), source="原文"
    )
    assert "不在您的管理范围内" in answer
    assert 'value="原文"' in answer
    assert not Appointment.objects.filter(post=post).exists()


def test_nobody_appoints_oneself(world: World, director: Actor) -> None:
    post = vacate(world, "puxian.signer")
    own = acting_user(director).pk
    answer = submit(director, "post-appoint", post.pk, status=403, user=own, since=day())
    assert "不能任命本人" in answer
    assert not Appointment.objects.filter(post=post).exists()


def test_successor_takes_over_what_the_post_was_given(world: World, director: Actor) -> None:
    filer = world.actor("puxian.filer")
    post, person = acting_seat(filer), newcomer(world, slug="puxian-filing")
    page = read(director, "post-succeed", post.pk)
    assert "随岗位转给继任人员" in page
    fields: dict[str, Any] = {
        "user": person.pk,
        "since": day(),
        "replacing": held("puxian.filer", world).pk,
        "source": SOURCE,
    }
    assert "接任填报人" in submit(director, "post-succeed", post.pk, **fields)
    assert "无需重复办理" in submit(director, "post-succeed", post.pk, **fields)
    assert Appointment.objects.filter(post=post).count() == 2
    client = client_of(filer)
    assert client.get(office_url(filer, "workspace")).status_code == 404
    successor = Actor(name=str(person), user=person, office=filer.office, post=post)
    assert "蒲县肉牛专业镇" in read(successor, "towns")
    assert filer.name in read(director, "post", post.pk)


def test_ending_and_taking_back_an_appointment(world: World, director: Actor) -> None:
    row = held("puxian.signer", world)
    short = submit(director, "appointment-end", row.pk, status=422, on=day(1), reason="")
    assert "请填写卸任原因" in short
    done = submit(director, "appointment-end", row.pk, on=day(1), reason="调出")
    assert "已办理" in done
    assert "已于" in submit(director, "appointment-end", row.pk, on=day(1), reason="调出")
    row.refresh_from_db()
    assert row.valid_to == clock.today() - timedelta(days=1)
    mistaken = held("puxian.checker", world)
    submit(director, "appointment-revoke", mistaken.pk, reason="选错人员")
    assert "登记有误" in read(director, "post", mistaken.post_id)
    again = submit(director, "appointment-revoke", mistaken.pk, reason="选错人员")
    assert "已撤销" in again


def test_leave_stops_the_holder_until_the_return(world: World, director: Actor) -> None:
    clerk = world.actor("puxian.clerk")
    row, url = held("puxian.clerk", world), office_url(clerk, "workspace")
    fields: dict[str, Any] = {"kind": "leave", "since": day(), "until": "", "reason": "病假"}
    assert "已登记" in submit(director, "appointment-leave", row.pk, **fields)
    assert client_of(clerk).get(url).status_code == 404
    assert "返岗日期未定" in read(director, "post", row.post_id)
    leave = Leave.objects.get()
    assert "起返岗" in submit(director, "leave-end", leave.pk, on=day())
    assert client_of(clerk).get(url).status_code == 200
    assert "已经结束" in submit(director, "leave-end", leave.pk, on=day())


def test_deputy_acts_for_the_period_and_is_marked(world: World, director: Actor) -> None:
    signer, checker = world.actor("puxian.signer"), world.actor("puxian.checker")
    post, lender = acting_seat(signer), acting_seat(checker)
    page = read(director, "post-deputy", post.pk)
    assert f'value="{lender.pk}"' in page
    assert f'value="{acting_seat(world.actor("xixian.checker")).pk}"' not in page
    assert f'value="{acting_seat(world.actor("puxian.expert")).pk}"' not in page
    fields: dict[str, Any] = {
        "deputy": lender.pk,
        "since": day(),
        "until": day(-3),
        "reason": "出差",
    }
    submit(director, "post-deputy", post.pk, **fields)
    client = client_of(checker)
    home = unescape(client.get(reverse("home")).content.decode())
    assert "签发（代理）" in home
    acting = Actor(name=checker.name, user=checker.user, office=signer.office, post=post)
    assert "签发（代理）" in read(acting, "workspace")
    assert "出差" in read(director, "office", world.offices["puxian"].pk)
    grant = PostGrant.objects.get()
    assert "已终止" in submit(director, "deputy-end", grant.pk, reason="提前返岗")
    assert client.get(office_url(acting, "workspace")).status_code == 404
    foreign = acting_seat(world.actor("xixian.checker")).pk
    answer = submit(director, "post-deputy", post.pk, status=422, **{**fields, "deputy": foreign})
    assert "不在可代理的岗位之列" in answer


# --- units and posts ------------------------------------------------------------------------------


def test_new_unit_new_post_and_their_end(world: World, director: Actor) -> None:
    parent = world.offices["puxian"]
    fields: dict[str, Any] = {
        "name": "蒲县商务局",
        "kind": "member_unit",
        "source": SOURCE,
        "since": day(5),
    }
    assert "已新增" in submit(director, "unit-new", parent.pk, **fields)
    assert "已有名为" in submit(director, "unit-new", parent.pk, status=422, **fields)
    unit = Office.objects.get(name="蒲县商务局")
    post: dict[str, Any] = {"kind": "member", "title": "县商务局局长", "since": day(5)}
    assert "现为空缺" in submit(director, "post-new", unit.pk, **post)
    assert "已有“县商务局局长”" in submit(director, "post-new", unit.pk, status=422, **post)
    made = Post.objects.get(title="县商务局局长")
    submit(director, "post-close", made.pk, on=day(1), reason="编制调整")
    assert f"该岗位至 {day(1)} 撤销" in read(director, "post", made.pk)
    assert "县商务局局长" not in read(director, "office", unit.pk)
    submit(director, "office-close", unit.pk, on=day(1), source=SOURCE)
    assert "蒲县商务局" not in read(director, "offices")
    assert "已撤销" in read(director, "offices", more="&state=gone")
    assert "已撤销" in submit(director, "office-close", unit.pk, on=day(1), source=SOURCE)


def test_posts_of_a_later_day_say_so(world: World, director: Actor) -> None:
    fields: dict[str, Any] = {"kind": "clerk", "title": "经办（二）", "since": day(-9)}
    page = submit(director, "post-new", world.offices["puxian"].pk, **fields)
    assert "尚未设立" in page
    assert "已撤销" not in page


def test_directors_create_no_posts_that_are_kept_apart(world: World, director: Actor) -> None:
    office = world.offices["puxian"].pk
    assert 'value="auditor"' not in read(director, "post-new", office)
    assert 'value="auditor"' not in read(world.actor("puxian.system_admin"), "post-new", office)
    assert 'value="auditor"' in read(world.actor("linfen.system_admin"), "post-new", office)
    fields: dict[str, Any] = {"kind": "auditor", "title": "审计员", "since": day()}
    submit(director, "post-new", office, status=422, **fields)
    assert Post.objects.filter(office=office, kind="auditor").count() == 1


def test_renaming_keeps_the_old_name_for_past_days(world: World, director: Actor) -> None:
    unit = world.offices["puxian-unit"]
    fields: dict[str, Any] = {"name": "蒲县工业和信息化局", "on": day(2), "source": SOURCE}
    submit(director, "office-rename", unit.pk, **fields)
    page = read(director, "office", unit.pk)
    assert "蒲县工业和信息化局" in page
    assert "蒲县工信局（至" in page
    assert "更名" in page
    group = world.offices["puxian"].pk
    before = read(director, "office-leading-group", group, more=f"&on={day(3)}")
    assert "蒲县工信局" in before
    assert "蒲县工业和信息化局" not in before
    assert "蒲县工业和信息化局" in read(director, "office-leading-group", group)
    again = submit(director, "office-rename", unit.pk, **fields)
    assert "名称已是" in again
    assert OfficeChange.objects.count() == 1


def test_merging_units_moves_posts_and_splitting_gives_them_out(
    world: World, director: Actor
) -> None:
    office = world.offices["puxian"].pk
    first, second = world.offices["puxian-unit"], world.offices["puxian-unit2"]
    foreign = world.offices["xixian-unit"].pk
    fields: dict[str, Any] = {"name": "蒲县经济局", "on": day(1), "source": SOURCE}
    wrong = submit(
        director, "office-merge", office, status=422, offices=[first.pk, foreign], **fields
    )
    assert "不在可合并之列" in wrong
    submit(director, "office-merge", office, offices=[first.pk, second.pk], **fields)
    merged = Office.objects.get(name="蒲县经济局")
    posts = list(Post.objects.filter(office=merged).order_by("pk"))
    assert len(posts) == 2
    gone = read(director, "office", first.pk)
    assert "该机构已撤销" in gone
    assert "蒲县经济局" in gone
    Office.objects.filter(pk=merged.pk).update(valid_from=clock.today() - timedelta(days=9))
    shares: dict[str, Any] = {f"post_{posts[0].pk}": "1", f"post_{posts[1].pk}": "3"}
    split: dict[str, Any] = {"names": "蒲县甲局\n蒲县乙局", "on": day(), "source": SOURCE}
    few = submit(director, "office-split", merged.pk, status=422, **split, **shares)
    assert "只填写了 2 个新单位" in few
    shares[f"post_{posts[1].pk}"] = "2"
    submit(director, "office-split", merged.pk, **split, **shares)
    assert Post.objects.get(pk=posts[1].pk).office.name == "蒲县乙局"
    assert Post.objects.get(pk=posts[0].pk).office.name == "蒲县甲局"
    assert OfficeChange.objects.filter(kind="split").count() == 1


# --- grants of towns ------------------------------------------------------------------------------


def test_granting_a_town_to_a_filing_post_and_taking_it_back(world: World, director: Actor) -> None:
    filer = world.actor("puxian.filer")
    town = make_town(world.regions["141033"], "蒲县核桃专业镇")
    foreign = world.towns["xixian"]
    post = acting_seat(filer).pk
    page = read(director, "town-grant", post)
    assert "蒲县核桃专业镇" in page
    assert foreign.name not in page
    fields: dict[str, Any] = {"since": day(), "until": day(-30), "reason": "2026年度申报"}
    wrong = submit(director, "town-grant", post, status=422, town=foreign.pk, **fields)
    assert "不在本县之列" in wrong
    submit(director, "town-grant", post, town=town.pk, **fields)
    assert "无需重复办理" in submit(director, "town-grant", post, town=town.pk, **fields)
    grant = TownGrant.objects.get(content_object=town)
    assert Town.objects.visible_to(filer).filter(pk=town.pk).exists()
    submit(director, "town-grant-revoke", grant.pk, reason="改由他人填报")
    assert not Town.objects.visible_to(filer).filter(pk=town.pk).exists()
    assert "已经撤销" in submit(director, "town-grant-revoke", grant.pk, reason="改由他人填报")
    clerk = acting_seat(world.actor("puxian.clerk")).pk
    assert "只能授权给填报人或提交人" in read(director, "town-grant", clerk, status=403)


# --- the leading group ----------------------------------------------------------------------------


def test_leading_group_as_at_any_day_and_its_workbook(world: World, director: Actor) -> None:
    leader = world.actor("puxian.leader")
    person = newcomer(world)
    Appointment.objects.filter(post=acting_seat(leader)).update(holder_name="原组长")
    submit(director, "post-succeed", acting_seat(leader).pk, user=person.pk, since=day())
    vacate(world, "puxian.member2")
    office = world.offices["puxian"].pk
    today = read(director, "office-leading-group", office)
    assert "新任newcomer" in today
    assert "原组长" not in today
    assert "空缺" in today
    past = read(director, "office-leading-group", office, more=f"&on={day(1)}")
    assert "原组长" in past
    assert "新任newcomer" not in past
    odd = read(director, "office-leading-group", office, more="&on=昨天")
    assert "日期有误" in odd
    assert "新任newcomer" in odd
    response = client_of(director).post(
        office_url(director, "office-leading-group-export", office),
        {"acting_post": acting_seat(director).pk, "on": day(1)},
    )
    book = load_workbook(BytesIO(b"".join(response)))
    text = " ".join(str(cell.value) for row in book.worksheets[0].rows for cell in row)
    assert "原组长" in text
    assert "空缺" in text
    assert "新任newcomer" not in text
    noted = AccessEntry.objects.filter(kind="export", actor=director.user)
    assert noted.get().summary == f"截至 {day(1)}"


def test_only_leading_group_offices_have_a_group(world: World, director: Actor) -> None:
    read(director, "office-leading-group", world.offices["puxian-unit"].pk, status=404)


# --- posts of one person --------------------------------------------------------------------------


def test_without_a_post_one_is_told_why_and_whom_to_ask(world: World) -> None:
    clerk, admin = world.actor("puxian.clerk"), world.actor("puxian.system_admin")
    User.objects.filter(pk=acting_user(admin).pk).update(phone="0357-1234567")
    end_appointment(clerk, date(2026, 1, 31))
    page = unescape(client_of(clerk).get(reverse("home")).content.decode())
    assert "任职已于 2026-01-31 结束" in page
    assert "0357-1234567" in page
    assert "蒲县肉牛专业镇" not in page
    Appointment.objects.filter(post=acting_seat(admin)).delete()
    above = world.actor("linfen.system_admin")
    User.objects.filter(pk=acting_user(above).pk).update(phone="0357-7654321")
    assert "0357-7654321" in client_of(clerk).get(reverse("home")).content.decode()


@pytest.mark.parametrize("second", ["puxian.office_deputy_director", "xixian.office_director"])
def test_two_tabs_act_for_two_posts(world: World, director: Actor, second: str) -> None:
    """Forms opened for one post record it, whatever another tab has opened since."""
    other = world.actor(second)
    Appointment.objects.filter(post=acting_seat(other)).delete()
    also = appoint(acting_user(director), acting_seat(other))
    client = client_of(director)
    tabs = [director, also]
    forms = []
    for tab in tabs:
        url = office_url(tab, "unit-new", acting_office(tab).pk)
        page = unescape(client.get(url).content.decode())
        assert tab.post_label in page
        hidden = re.search(r'name="acting_post" value="(\d+)"', page)
        assert hidden is not None
        forms.append((url.partition("?")[0], hidden.group(1)))
    for number, (url, seat) in enumerate(forms):
        fields = {"name": f"新单位{number}", "kind": "member_unit", "source": SOURCE}
        data = {"acting_post": seat, "since": day(), **fields}
        assert client.post(url, data).status_code == 302
    recorded = LedgerEntry.objects.filter(verb="add_unit").order_by("pk")
    assert [entry.post for entry in recorded] == [acting_seat(tab) for tab in tabs]


def test_header_names_the_post_and_offers_the_others(world: World, director: Actor) -> None:
    other = world.actor("xixian.office_director")
    Appointment.objects.filter(post=acting_seat(other)).delete()
    also = appoint(acting_user(director), acting_seat(other))
    page = read(director, "workspace")
    assert office_url(also, "workspace").replace("&", "&amp;") in page
    assert "切换岗位" in page
    assert "隰县专业镇发展领导小组办公室 · 办公室主任" in page
    chosen = unescape(client_of(director).get(reverse("home")).content.decode())
    assert chosen.count("进入工作台") == 2
