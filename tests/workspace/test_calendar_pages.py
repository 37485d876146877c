"""The working calendar: kept by the top office, read by everybody, missed aloud."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actions.calendar import clear_calendar_day, set_calendar_day, set_calendar_year
from portal.core.calendar import add_working_days, years_missing
from portal.core.calendar_text import lines_of, read_lines
from portal.core.errors import Refused
from portal.core.models import CalendarDay, LedgerEntry
from portal.core.web import office_url
from portal.workspace.loading import load_calendar
from reviews.models import Case
from tests.factories import World, client_of, make_world
from tests.scenario import file, fresh

pytestmark = pytest.mark.django_db
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"
LINES = """2027-02-05 至 2027-02-11 放假 春节

2027-01-30 上班 春节调休
2027-10-01 放假 国庆节"""


@pytest.fixture
def world() -> World:
    return make_world()


def test_lines_are_read_and_written() -> None:
    rows, problems = read_lines(LINES, 2027)
    assert not problems
    assert len(rows) == 9
    assert lines_of(rows).splitlines() == [
        "2027-01-30 上班 春节调休",
        "2027-02-05 至 2027-02-11 放假 春节",
        "2027-10-01 放假 国庆节",
    ]
    assert read_lines(lines_of(rows), 2027) == (rows, [])
    wrong = {
        "春节": "写法应为",
        "2027-02-30 放假 春节": "没有这个日期",
        "2026-12-31 至 2027-01-02 放假 元旦": "分成两行",
        "2027-02-11 至 2027-02-05 放假 春节": "止日不能早于起日",
        "2027-01-01 放假 元旦\n2027年1月1日 放假 元旦": "写了两次",
        f"2027-01-01 放假 {'长' * 41}": "最多 40 字",
        "2027-01-01 放假 元旦\n" * 81: "最多 80 行",
    }
    for text, words in wrong.items():
        assert words in read_lines(text, 2027)[1][0], text


def test_the_top_office_keeps_it_for_everybody(world: World) -> None:
    clerk = world.actor("sx.clerk")
    CalendarDay.objects.all().delete()
    today = date(2026, 11, 23)
    with clock.at(today):
        for who in ("puxian.clerk", "linfen.office_director", "sx.leader", "sx.expert"):
            with pytest.raises(Refused, match="最高一级"):
                set_calendar_year(actor=world.actor(who), year=2027, text=LINES, source=SOURCE)
        assert years_missing(today, date(2027, 3, 1)) == [2026, 2027]
        # A day alone is no arrangement: the year stays missed aloud and open to the next seeding.
        with pytest.raises(ValidationError, match="请先在该年页面点“录入全年安排”") as refused:
            set_calendar_day(
                actor=clerk, day=date(2027, 10, 1), working=False, name="国庆节", source=SOURCE
            )
        assert set(refused.value.message_dict) == {"day"}
        assert years_missing(today, date(2027, 3, 1)) == [2026, 2027]
        before = add_working_days(date(2027, 2, 4), 1)
        assert before == date(2027, 2, 5)
        assert set_calendar_year(actor=clerk, year=2027, text=LINES, source=SOURCE) == 7
        assert years_missing(today, date(2027, 3, 1)) == [2026]
        assert add_working_days(date(2027, 2, 4), 1) == date(2027, 2, 12)
        day = date(2027, 2, 13)
        with pytest.raises(ValidationError, match="本来就是休息日"):
            set_calendar_day(actor=clerk, day=day, working=False, name="春节", source=SOURCE)
        with pytest.raises(ValidationError, match="请填写依据"):
            set_calendar_day(actor=clerk, day=day, working=True, name="春节", source=" ")
        with pytest.raises(ValidationError, match="只能录入"):
            set_calendar_day(
                actor=clerk, day=date(2031, 2, 13), working=True, name="春节", source=SOURCE
            )
        row = set_calendar_day(actor=clerk, day=day, working=True, name="调休", source=SOURCE)
        assert (row.entered_name, row.working) == (clerk.name, True)
        clear_calendar_day(actor=clerk, day=day)
        with pytest.raises(ValidationError, match="没有录入"):
            clear_calendar_day(actor=clerk, day=day)
        verbs = LedgerEntry.objects.filter(verb__contains="calendar").order_by("pk")
        assert [entry.verb for entry in verbs] == [
            "set_calendar_year",
            "set_calendar_day",
            "clear_calendar_day",
        ]
    # Seeding again leaves what the office keeps, and fills the years that are empty.
    CalendarDay.objects.create(day=date(2025, 3, 3), working=False, name="地方安排")
    load_calendar()
    assert CalendarDay.objects.filter(day__year=2027).count() == 7
    assert CalendarDay.objects.filter(day__year=2025).count() == 1
    assert CalendarDay.objects.filter(day__year=2026).count() > 10


def test_the_pages_ask_for_a_missing_year(world: World) -> None:
    clerk, county = world.actor("sx.clerk"), world.actor("puxian.clerk")
    CalendarDay.objects.all().delete()
    year = clock.today().year
    assert clerk.post is not None
    client, other = client_of(clerk), client_of(county)
    for actor, page in ((clerk, client), (county, other)):
        assert f"{year}年" in page.get(office_url(actor, "workspace")).content.decode()
        assert "放假安排尚未录入" in page.get(office_url(actor, "workspace")).content.decode()
        assert "放假安排尚未录入" in page.get(office_url(actor, "calendar")).content.decode()
    assert "录入一天" not in other.get(office_url(county, "calendar")).content.decode()
    assert other.get(office_url(county, "calendar-year")).status_code == 403
    address = f"{office_url(clerk, 'calendar-year')}&year={year + 1}"
    text = f"{year + 1}-10-01 至 {year + 1}-10-07 放假 国庆节"
    sent = {"acting_post": clerk.post.pk, "text": f"{text}\n乱写", "source": SOURCE}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "第 2 行“乱写”" in answer.content.decode() and text in answer.content.decode()
    case = fresh(file(world, "province", evidence=False))
    Case.objects.filter(pk=case.pk).update(due_on=date(year + 1, 1, 8))
    address_of_year = f"{office_url(clerk, 'calendar')}&year={year + 1}"
    assert "请先录入全年安排" in client.get(address_of_year).content.decode()
    assert client.post(address, sent | {"text": text}).status_code == 302
    shown = client.get(address_of_year).content.decode()
    assert f"1 件在办件的期限在{year + 1}年到期" in shown
    # Who opened the year before a colleague entered a day sees that day before it goes.
    opened = client.get(address).content.decode()
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', opened)
    assert found is not None
    last, name = date(year + 1, 12, 31), "除夕放假"
    set_calendar_day(actor=clerk, day=last, working=last.weekday() > 4, name=name, source=SOURCE)
    again = sent | {"text": f"{text}会", "seen": found[1]}
    answer = client.post(address, again)
    assert answer.status_code == 409
    for words in (name, f"{text}会", "已被他人修改，没有保存"):
        assert words in answer.content.decode()
    assert CalendarDay.objects.filter(day=last).exists()
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', answer.content.decode())
    assert found is not None
    assert client.post(address, again | {"seen": found[1]}).status_code == 302
    assert not CalendarDay.objects.filter(day=last).exists()
    assert client.post(address, again).status_code == 302, "what stands already undoes nothing"
    shown = client.get(f"{office_url(clerk, 'calendar')}&year={year + 1}").content.decode()
    assert f"{year + 1}-10-01" in shown and SOURCE in shown
    day = f"{year + 1}-12-31"
    sent = {"acting_post": clerk.post.pk, "day": day, "working": "off", "source": SOURCE}
    answer = client.post(f"{office_url(clerk, 'calendar')}&year={year + 1}", sent)
    assert answer.status_code == 422 and "请填写名称" in answer.content.decode()
    address = office_url(clerk, "calendar")
    assert client.post(address, sent | {"name": "除夕"}).status_code == 302
    assert CalendarDay.objects.filter(day=day).exists()
    assert client.post(address, {"acting_post": clerk.post.pk, "clear": day}).status_code == 302
    assert not CalendarDay.objects.filter(day=day).exists()
    # With its last day the year's arrangement is gone, and that is said.
    for row in CalendarDay.objects.filter(day__year=year + 1):
        sent = {"acting_post": clerk.post.pk, "clear": f"{row.day}"}
        said = client.post(address, sent, follow=True).content.decode()
    assert f"{year + 1}年放假安排尚未录入，暂按周一至周五推算。" in said
    for nonsense in ("x", "2027", day):
        sent = {"acting_post": clerk.post.pk, "clear": nonsense}
        assert client.post(address, sent).status_code == 302
    for nonsense in ("x", "1", "99999", "二〇二七"):
        assert client.get(f"{address}&year={nonsense}").status_code == 200
