"""The pages of shortlists: what is typed stays, what is confirmed is read above, nothing below."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock, jobs
from portal.core.actions.documents import (
    check_document,
    discard_document,
    issue_document,
    recall_document,
    send_for_check,
)
from portal.core.documents.printing import printed
from portal.core.documents.stored import content_of
from portal.core.models import Job, LedgerEntry, OfficialDocument
from portal.core.web import office_url
from reviews.actions import confirm_shortlist, withdraw_application
from reviews.models import Case, Shortlist, ShortlistItem
from reviews.papers import PAPERS
from tests import scenario
from tests.factories import World, client_of, make_world
from tests.shortlist_world import CITY, give_places, save, waiting_cases

SECRET = "机密理由甲乙丙"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


class Site:
    """The pages as one person asks for them."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.actor = world, world.actor(name)
        self.client = client_of(self.actor)
        self.call = world.rounds["province"]

    def get(self, name: str, *args: object) -> Any:
        return self.client.get(office_url(self.actor, name, *args))

    def post(self, name: str, data: dict[str, Any], pk: int = 0) -> Any:
        assert self.actor.post is not None
        url = office_url(self.actor, name, pk or self.call.pk)
        return self.client.post(url, {**data, "acting_post": self.actor.post.pk}, follow=True)


def fields(cases: list[Case], *standings: str, reason: str = "择优推荐") -> dict[str, Any]:
    """A filled form in this order."""
    data: dict[str, Any] = {}
    for place, (case, standing) in enumerate(zip(cases, standings, strict=True), 1):
        data[f"rank_{case.pk}"] = place
        data[f"standing_{case.pk}"] = standing
        data[f"reason_{case.pk}"] = f"{reason}{place}"
    return data


def text_of(response: Any) -> str:
    return re.sub(r"<[^>]+>|\s+", "", response.content.decode())


def test_ranking_keeps_what_is_typed(world: World) -> None:
    cases = waiting_cases(world, 3)
    give_places(world, 1)
    city, clerk = Site(world, f"{CITY}.checker"), Site(world, f"{CITY}.clerk")
    page = text_of(city.get("shortlist", city.call.pk))
    assert "推荐名额1个" in page
    assert all(case.town_name in page for case in cases)
    assert "推荐名单" in text_of(city.get("shortlists"))

    # Beyond the places: refused, with everything as it was typed.
    over = city.post("shortlist", fields(cases, "recommended", "recommended", "reserve"))
    assert over.status_code == 422
    assert "本批次推荐名额为1个，名单中推荐了2个" in text_of(over)
    assert "择优推荐2" in over.content.decode()
    assert not Shortlist.objects.exists()
    wrong = fields(cases, "reserve", "reserve", "reserve") | {f"rank_{cases[0].pk}": "第一"}
    shown = city.post("shortlist", wrong)
    assert shown.status_code == 422
    assert "请填写整数序号。" in text_of(shown)
    assert "第一" in shown.content.decode()

    # A button moves a row and saves nothing; typed numbers sort, a changed one going first.
    typed = fields(cases, "recommended", "reserve", "reserve")
    moved = city.post("shortlist", typed | {"move": f"down:{cases[0].pk}"})
    order = re.findall(r'name="rank_(\d+)" value="(\d)"', moved.content.decode())
    assert order == [(str(cases[1].pk), "1"), (str(cases[0].pk), "2"), (str(cases[2].pk), "3")]
    assert "择优推荐1" in moved.content.decode()
    assert not Shortlist.objects.exists()
    swapped = fields([cases[1], cases[0], cases[2]], "reserve", "recommended", "reserve")
    city.post("shortlist", swapped | {f"rank_{cases[2].pk}": "1"})
    items = Shortlist.objects.get().items.order_by("rank")
    assert [item.case_id for item in items] == [cases[2].pk, cases[1].pk, cases[0].pk]
    save(world, cases, "recommended", "reserve", "reserve")
    saved = city.post("shortlist", typed | {f"rank_{cases[2].pk}": "1"})
    assert "推荐名单已保存，尚未确定" in text_of(saved)
    items = Shortlist.objects.get().items.order_by("rank")
    assert [item.case_id for item in items] == [cases[2].pk, cases[0].pk, cases[1].pk]

    # A colleague has saved meanwhile: what was typed stays beside what stands, and may replace it.
    opened = re.search(r'name="seen" value="(\w+)"', saved.content.decode())
    assert opened is not None
    clerk.post("shortlist", fields(cases, "reserve", "reserve", "reserve", reason="经办改过"))
    mine = fields(cases, "recommended", "reserve", "reserve", reason="我写的") | {"seen": opened[1]}
    late = city.post("shortlist", mine)
    assert late.status_code == 409
    assert "我写的1" in late.content.decode()
    assert "现在：第1位，备选，经办改过1" in text_of(late)
    again = re.search(r'name="seen" value="(\w+)"', late.content.decode())
    assert again is not None
    city.post("shortlist", mine | {"seen": again[1]})
    assert ShortlistItem.objects.get(case=cases[0]).reason == "我写的1"

    # One has gone in the meantime: its reason is given back, the rest waits to be saved again.
    Case.objects.filter(pk=cases[2].pk).update(state="returned")
    gone = city.post("shortlist", fields(cases, "recommended", "reserve", "reserve", reason="新"))
    assert gone.status_code == 409
    assert f"{cases[2].town_name}新3" in text_of(gone)
    assert ShortlistItem.objects.get(case=cases[0]).reason == "我写的1"

    # Whoever only reads sees the list without fields; elsewhere there is no such page.
    reader = Site(world, f"{CITY}.leader")
    page = reader.get("shortlist", city.call.pk).content.decode()
    assert "我写的1" in page
    assert f"rank_{cases[0].pk}" not in page
    for name in ("sx.clerk", "puxian.clerk", "puxian.filer"):
        assert Site(world, name).get("shortlist", city.call.pk).status_code == 404


def test_a_list_from_saving_to_the_issued_letter(world: World) -> None:
    real = scenario.drive(world, scenario.file(world, "province"), "city_recommend")
    cases = [real, *waiting_cases(world, 3, held=True)]
    give_places(world, 2)
    director, province = Site(world, f"{CITY}.office_director"), Site(world, "sx.clerk")
    call = director.call
    standings = ("recommended", "recommended", "reserve", "declined")
    shown = director.post("shortlist", fields(cases, *standings, reason=SECRET) | {"go": "1"})
    assert "确定推荐名单" in text_of(shown)
    # Nothing of a draft is read above or below.
    for name in ("sx.clerk", "puxian.clerk", "puxian.filer", "jincheng.clerk"):
        site = Site(world, name)
        assert site.get("shortlist-read", Shortlist.objects.get().pk).status_code == 404
        pages = [site.get("case", real.pk), site.get("shortlists")]
        assert not any(SECRET in page.content.decode() for page in pages)
    assert "名单确定以后，在本页拟写推荐函" in text_of(director.get("shortlist", call.pk))
    early = director.get("shortlist-letter", call.pk)
    assert early.url == office_url(director.actor, "shortlist", call.pk)

    seen = re.search(r'name="seen" value="(\w+)"', shown.content.decode())
    assert seen is not None
    done = director.post("shortlist-confirm", {"seen": seen[1]})
    assert "推荐名单已确定" in text_of(done)
    late = director.post("shortlist-confirm", {"seen": seen[1]})
    assert "无需再次确定" in text_of(late)
    shortlist = Shortlist.objects.get()

    # The province reads it; the county, the town and the other city do not.
    read = province.get("shortlist-read", shortlist.pk)
    assert f"{SECRET}1" in read.content.decode()
    assert "推荐名单" in text_of(province.get("case", real.pk))
    assert "临汾市" in text_of(province.get("shortlists"))
    for name in ("puxian.clerk", "puxian.filer", "jincheng.clerk"):
        site = Site(world, name)
        assert site.get("shortlist-read", shortlist.pk).status_code == 404
        assert SECRET not in site.get("case", real.pk).content.decode()
    refused = cases[3].application.town
    assert refused.name in text_of(Site(world, "puxian.filer").get("case", cases[3].pk))

    # The letter names what was recommended; a draft is given up and written anew.
    form = director.get("shortlist-letter", call.pk)
    texts = {
        name: form.context["form"][name].value()
        for name in ("title", "addressees", "body", "copy_to", "note")
    }
    assert texts["addressees"] == call.office.name
    assert f"现推荐{cases[0].town_name}等2个专业镇" in texts["body"]
    director.post("shortlist-letter", texts)
    first = OfficialDocument.objects.get(kind="recommendation_letter")
    twice = director.post("shortlist-letter", texts)
    assert "已有尚未印发的推荐函" in text_of(twice)
    discard_document(actor=director.actor, document_id=first.pk)
    shortlist.refresh_from_db()
    assert shortlist.letter is None
    director.post("shortlist-letter", texts)
    letter = OfficialDocument.objects.get(kind="recommendation_letter")
    assert letter.content["case_ids"] == [cases[0].pk, cases[1].pk]
    [annex] = letter.content["attachments"]
    assert annex["title"] == "临汾市推荐申报省级专业镇汇总表"
    assert "标准评定" in annex["header"] and len(annex["header"]) > 7
    assert "需评议" in annex["rows"][0][-2]
    assert any("亿元" in cell or "万元" in cell for cell in annex["rows"][0])
    assert len(letter.spec.subjects(director.actor, letter)) == 2

    # A town falls out before the letter is issued: the letter does not say so, and is refused.
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=cases[1].pk, reason="企业搬迁"
    )
    send_for_check(actor=director.actor, document_id=letter.pk)
    checker = world.actor(f"{CITY}.checker")
    check_document(actor=checker, document_id=letter.pk, opinion="同意")
    signer = world.actor(f"{CITY}.signer")
    with pytest.raises(ValidationError, match="名单在拟稿以后有变化"):
        issue_document(actor=signer, document=letter, issued_on=clock.today())
    letter.refresh_from_db()
    assert letter.number == ""

    # The reserve moves up, and the letter that names it is issued and delivered to the province.
    page = director.get("shortlist", call.pk)
    assert f"按顺序应递补{cases[2].town_name}" in text_of(page)
    item = ShortlistItem.objects.get(case=cases[2])
    nothing = director.post("shortlist-promote", {"item": item.pk, "reason": ""})
    assert nothing.status_code == 422
    moved = director.post("shortlist-promote", {"item": item.pk, "reason": "经会议研究递补"})
    assert f"{cases[2].town_name}已递补推荐上报" in text_of(moved)
    recall_document(actor=director.actor, document_id=letter.pk)
    discard_document(actor=director.actor, document_id=letter.pk)
    texts["body"] = f"现推荐{real.town_name}等2个专业镇。"
    director.post("shortlist-letter", texts)
    letter = OfficialDocument.objects.get(kind="recommendation_letter")
    send_for_check(actor=director.actor, document_id=letter.pk)
    check_document(actor=checker, document_id=letter.pk, opinion="同意")
    letter.refresh_from_db()
    issue_document(actor=signer, document=letter, issued_on=clock.today())
    letter.refresh_from_db()
    assert letter.number
    assert [row.office.slug for row in letter.deliveries.all()] == ["sx"]
    assert province.get("document", letter.pk).status_code == 200
    assert Site(world, "puxian.clerk").get("document", letter.pk).status_code == 404
    pdf = printed(content_of(letter, draft=False, on=clock.today())).pdf
    assert pdf.startswith(b"%PDF")
    verbs = LedgerEntry.objects.filter(chain=f"reviews.shortlist:{shortlist.pk}")
    assert {"promote_reserve", "draft_document", "discard_document", "issue_document"} <= set(
        verbs.values_list("verb", flat=True)
    )
    back = director.client.get(office_url(director.actor, "shortlist-letter", call.pk), follow=True)
    assert "没有需要再推荐的" in text_of(back)

    # The summary, as paper and as workbook, in the order and with the standings of the list.
    content = PAPERS["summary"].content(director.actor, call)
    table = content.attachments[0]
    assert table.header[-2:] == ("推荐结论", "推荐理由")
    assert [row[1] for row in table.rows] == [real.town_name, cases[2].town_name]
    assert table.rows[0][-2:] == ("推荐", f"{SECRET}1")
    answer = director.post("summary-export", {})
    assert answer.status_code == 200
    job = Job.objects.get(kind="reviews.export_summary")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    with job.file.file.open("rb") as stored:
        sheet = openpyxl.load_workbook(io.BytesIO(stored.read())).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "推荐结论" in row)
    first_row = rows[rows.index(head) + 1]
    told = dict(zip(head, first_row, strict=True))
    assert told["专业镇名称"] == real.town_name
    assert told["推荐结论"] == "推荐"
    assert any(isinstance(value, (int, float)) and value > 1000 for value in first_row)
    # Another office's summary has none of it.
    words = str(PAPERS["summary"].content(world.actor("puxian.clerk"), call))
    assert SECRET not in words


def test_pages_cost_the_same_for_any_number_of_rows(world: World) -> None:
    director, province = Site(world, f"{CITY}.office_director"), Site(world, "sx.clerk")

    def costs(shortlist: Shortlist) -> list[int]:
        found = []
        for site, name, args in (
            (director, "shortlists", ()),
            (director, "shortlist", (director.call.pk,)),
            (director, "shortlist-confirm", (director.call.pk,)),
            (province, "shortlists", ()),
            (province, "shortlist-read", (shortlist.pk,)),
        ):
            with CaptureQueriesContext(connection) as queries:
                assert site.get(name, *args).status_code == 200
            found.append(len(queries))
        return found

    few = waiting_cases(world, 3)
    confirm_shortlist(
        actor=world.actor(f"{CITY}.checker"),
        shortlist=save(world, few, "recommended", "declined", "reserve"),
    )
    few_cost = costs(Shortlist.objects.get())
    many = waiting_cases(world, 40, "xixian")
    standings = ["recommended"] * 20 + ["reserve"] * 10 + ["declined"] * 10
    confirm_shortlist(actor=world.actor(f"{CITY}.checker"), shortlist=save(world, many, *standings))
    waiting_cases(world, 30, "xixian", "又")
    many_cost = costs(Shortlist.objects.get())
    assert few_cost == many_cost
    assert max(many_cost[0], many_cost[3]) <= 12
    assert max(many_cost) <= 20, many_cost
