"""Numbers: gapless under many issuers, voided ones kept, those of the own register unique."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    begin_document,
    draft_on,
    issue_document,
    set_number_rule,
    void_number,
)
from portal.core.actions.documents.numbering import parse
from portal.core.actor import Actor
from portal.core.documents.kinds import Texts
from portal.core.errors import Stale
from portal.core.models import DocumentNumber, NumberRule, NumberSeries, OfficialDocument
from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from tests.scenario import ready_to_issue

TEXTS = Texts("关于报送数据的通知", "各乡镇", "请报送。")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def ready(world: World, kind: str = "notice") -> OfficialDocument:
    """A document that waits for its signer."""
    clerk = world.actor("puxian.clerk")
    return ready_to_issue(world, begin_document(actor=clerk, kind=kind, draft=Draft(TEXTS, {})))


def issue(
    world: World, document: OfficialDocument, number: str = "", on: date | None = None
) -> OfficialDocument:
    signer, day = world.actor("puxian.signer"), on or clock.today()
    return issue_document(actor=signer, document=document, issued_on=day, number=number)


def complaint(field: str, act: Callable[[], object]) -> str:
    """The words beside the field that an act complains of."""
    with pytest.raises(ValidationError) as caught:
        act()
    assert list(caught.value.message_dict) == [field]
    return "".join(caught.value.message_dict[field])


@pytest.mark.django_db(transaction=True)
def test_no_gap_and_no_number_twice_with_fifty_issuers_at_once() -> None:
    """Fifty documents are issued at one moment; every fifth rolls back and is issued later."""
    with transaction.atomic():
        world = make_world()
        documents = [ready(world) for _ in range(50)]

    class ChangedMind(Exception):
        pass

    def issue_one(turn: int) -> int | None:
        try:
            with transaction.atomic():
                serial = issue(world, documents[turn]).serial
                if turn % 5 == 0:
                    raise ChangedMind
                return serial
        except ChangedMind:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        taken = [serial for serial in pool.map(issue_one, range(50)) if serial is not None]
    assert sorted(taken) == list(range(1, 41))
    later = [issue(world, documents[turn]).serial for turn in range(0, 50, 5)]
    assert later == list(range(41, 51))
    assert NumberSeries.objects.get(kind="document").last == 50
    rows = DocumentNumber.objects.order_by("serial").values_list("serial", "state")
    assert list(rows) == [(serial, "used") for serial in range(1, 51)]
    codes = set(OfficialDocument.objects.values_list("code", flat=True))
    assert len(codes) == 50 and None not in codes


def test_a_voided_number_stays_in_the_series_with_its_reason(world: World) -> None:
    clerk, year = world.actor("puxian.clerk"), clock.today().year
    first = issue(world, ready(world))
    row = void_number(actor=clerk, word=first.word, reason="纸质文件占用")
    assert (row.serial, row.text) == (2, f"{first.word}〔{year}〕2号")
    ahead = void_number(actor=clerk, word=first.word, reason="登记簿已用", serial=4)
    assert issue(world, ready(world)).serial == 3
    assert issue(world, ready(world)).serial == 5  # 4 is passed over, and has its row
    for given, field in (
        ({"reason": ""}, "reason"),
        ({"reason": "占用", "serial": 3}, "serial"),
        ({"reason": "占用", "serial": 0}, "serial"),
    ):
        with pytest.raises(ValidationError) as caught:
            void_number(actor=clerk, word=first.word, **given)  # type: ignore[arg-type]
        assert field in caught.value.message_dict
    with pytest.raises(IntegrityError, match="不可更改"), transaction.atomic():
        DocumentNumber.objects.filter(pk=ahead.pk).update(reason="改")
    with pytest.raises(IntegrityError, match="不可更改"), transaction.atomic():
        DocumentNumber.objects.filter(pk=ahead.pk).delete()


def test_numbers_of_the_own_register_are_given_at_issue_and_unique(world: World) -> None:
    clerk, year = world.actor("puxian.clerk"), clock.today().year
    set_number_rule(actor=clerk, genre="函", word="蒲专镇办函", source="register")
    letter = ready(world, "letter")
    assert (letter.word, letter.number_source) == ("蒲专镇办函", "register")
    for typed, words in (
        ("", "发文字号的写法"),
        ("蒲专镇办函12号", "发文字号的写法"),
        (f"蒲专镇办函〔{year - 1}〕12号", "年份应与成文日期一致"),
    ):
        with pytest.raises(ValidationError, match=words):
            issue(world, letter, typed)
    assert issue(world, letter, f" 蒲专镇办函[{year}] 12 号").number == f"蒲专镇办函〔{year}〕12号"
    again = ready(world, "letter")
    with pytest.raises(ValidationError, match="已经使用或作废"):
        issue(world, again, f"蒲专镇办函（{year}）12号")
    again.refresh_from_db()
    assert (again.state, again.number) == ("signing", "")
    assert not NumberSeries.objects.filter(word="蒲专镇办函").exists()
    # The genre that has no rule keeps the office's word and the portal's series.
    assert issue(world, ready(world)).serial == 1


def test_each_word_has_a_series_of_its_own(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    issue(world, ready(world))
    set_number_rule(actor=clerk, genre="函", word="蒲专镇办函", source="portal")
    assert issue(world, ready(world, "letter")).serial == 1
    assert issue(world, ready(world)).serial == 2
    for word in ("", "蒲〔2026〕", "蒲专镇办函1"):
        with pytest.raises(ValidationError) as caught:
            set_number_rule(actor=clerk, genre="函", word=word, source="portal")
        assert "word" in caught.value.message_dict


def test_the_word_of_another_organ_is_refused_and_blocks_nobody(world: World) -> None:
    """A county that sets the province's word can neither use nor void its numbers."""
    clerk, province = world.actor("puxian.clerk"), world.actor("sx.clerk")
    year, puxian, word = clock.today().year, world.offices["puxian"], "省专镇发"
    assert province.office is not None
    province.office.document_word = word
    province.office.save()

    def rule(actor: Actor, text: str) -> object:
        return set_number_rule(actor=actor, genre="函", word=text, source="portal")

    said = complaint("word", lambda: rule(clerk, word))
    assert "另一机关" in said and "山西省" not in said
    assert puxian.name in complaint("word", lambda: rule(province, puxian.document_word))
    rule(clerk, "蒲专镇办函")
    assert puxian.name in complaint("word", lambda: rule(province, "蒲专镇办函"))

    # A rule that is there already neither voids nor issues, and takes nothing from the other.
    NumberRule.objects.filter(office=puxian).update(word=word)
    said = complaint("word", lambda: void_number(actor=clerk, word=word, reason="占用"))
    assert "另一机关" in said
    letter = ready(world, "letter")
    assert "另一机关" in complaint("word", lambda: issue(world, letter))
    assert void_number(actor=province, word=word, reason="占用").serial == 1

    # A text that somebody else has is passed over.
    DocumentNumber.objects.create(
        office=puxian, word=word, year=year, serial=2, text=f"{word}〔{year}〕2号", state="void",
        reason="占用", taken_at=clock.now(),
    )  # fmt: skip
    assert void_number(actor=province, word=word, reason="占用").serial == 3


def test_the_own_register_has_only_the_own_words(world: World) -> None:
    clerk, year = world.actor("puxian.clerk"), clock.today().year
    set_number_rule(actor=clerk, genre="函", word="蒲专镇办函", source="register")
    letter = ready(world, "letter")
    said = complaint("number", lambda: issue(world, letter, f"国发〔{year}〕1号"))
    assert "“国发”不是本机关的机关代字" in said and "蒲专镇办函" in said
    own = world.offices["puxian"].document_word
    assert issue(world, letter, f"{own}〔{year}〕9号").number == f"{own}〔{year}〕9号"


def test_dates_follow_the_numbers_and_the_documents_they_act_on(world: World) -> None:
    today = clock.today()
    with clock.at(today.replace(month=6, day=10)):
        first = issue(world, ready(world))
        early = today.replace(month=6, day=9)
        later, letter = ready(world), ready(world, "letter")
        said = complaint("issued_on", lambda: issue(world, later, on=early))
        assert first.number in said and f"{first.issued_on:%Y-%m-%d}" in said
        assert issue(world, later).serial == 2  # the refusal has given its number back
        assert "之内" in complaint("issued_on", lambda: issue(world, letter, on=before(today, 1)))

        # Register: last year's number on a day of last year, and none before that.
        clerk = world.actor("puxian.clerk")
        set_number_rule(actor=clerk, genre="函", word="蒲专镇办函", source="register")
        letter, year = ready(world, "letter"), today.year - 1
        number = f"蒲专镇办函〔{year}〕88号"
        old = before(today, 2)
        text = f"蒲专镇办函〔{year - 1}〕8号"
        assert "登记簿" in complaint("issued_on", lambda: issue(world, letter, text, on=old))
        assert "年份" in complaint("number", lambda: issue(world, letter, number, on=early))
        assert issue(world, letter, number, on=before(today, 1)).number == number

        # What acts on another is not older than that one.
        set_number_rule(actor=clerk, genre="通知", word="蒲专镇办改", source="portal")
        act = draft_on(actor=clerk, target_id=first.pk, relation="corrects", reason="有误")
        act = ready_to_issue(world, act)
        act.word = "蒲专镇办改"
        act.save(update_fields=["word"])
        said = complaint("issued_on", lambda: issue(world, act, on=early))
        assert "更正" in said and first.number in said
        assert issue(world, act).serial == 1


def before(day: date, years: int) -> date:
    """A day in an earlier year."""
    return date(day.year - years, 11, 5)


def test_voiding_keeps_within_reach_and_voids_what_was_shown(world: World) -> None:
    clerk, year = world.actor("puxian.clerk"), clock.today().year
    word = world.offices["puxian"].document_word

    def void(**given: int) -> Callable[[], DocumentNumber]:
        return lambda: void_number(actor=clerk, word=word, reason="占用", **given)

    assert "最多作废到 50 号" in complaint("serial", void(serial=900000))
    assert "只能作废" in complaint("year", void(serial=1, year=year + 1))
    assert "只能作废" in complaint("year", void(serial=1, year=year - 2))
    assert "请填写序号" in complaint("serial", void(year=year - 1))
    assert void(serial=7, year=year - 1)().text == f"{word}〔{year - 1}〕7号"
    assert void(expected=1)().serial == 1
    with pytest.raises(Stale, match="2号"):
        void(expected=1)()
    assert "最多作废到 51 号" in complaint("serial", void(serial=52))
    assert void(expected=2)().serial == 2  # nothing was taken meanwhile


def test_the_page_shows_the_next_number_and_voids_it_once(world: World) -> None:
    clerk, year = world.actor("puxian.clerk"), clock.today().year
    browser, word = client_of(clerk), world.offices["puxian"].document_word
    url = office_url(clerk, "number-void")
    page = browser.get(url).content.decode()
    assert f"下一号：{word}〔{year}〕1号" in page
    assert clerk.post is not None
    form = {"word": word, "reason": "重复点击", "year": year, "acting_post": clerk.post.pk}
    form["shown"] = f"{word}〔{year}〕1号"
    assert f'name="shown" value="{form["shown"]}"' in page
    assert browser.post(url, form).status_code == 302
    answer = browser.post(url, form, follow=True).content.decode()
    assert f"下一号已经变为{word}〔{year}〕2号" in answer
    assert DocumentNumber.objects.count() == 1
    for field, typed, words in (
        ("serial", "七", "序号请填整数"),
        ("serial", "0", "序号从 1 开始"),
        ("year", "今年", "年份请填四位数字"),
        ("year", "2200", "只能作废"),
        ("word", "国发", "请选择本办公室的机关代字"),
        ("reason", "长" * 201, "作废原因不超过 200 字"),
    ):
        refused = browser.post(url, {**form, field: typed})
        assert refused.status_code == 422 and words in refused.content.decode(), field
    rules = office_url(clerk, "number-rules")
    refused = browser.post(rules, {"acting_post": clerk.post.pk, "word": "长" * 31})
    page = refused.content.decode()
    assert "机关代字不超过 30 字" in page and "请选择文种" in page and "请选择编号方式" in page


def test_a_text_changed_after_it_was_read_is_not_issued(world: World) -> None:
    document, signer = ready(world), world.actor("puxian.signer")
    given: dict[str, Any] = {
        "actor": signer,
        "document": document,
        "issued_on": clock.today(),
    }
    with pytest.raises(Stale, match="正文已经修改，请重新核对后再签发"):
        issue_document(**given, revision=document.revision + 1)
    assert issue_document(**given, revision=document.revision).state == "issued"


def test_what_has_no_number_is_issued_without(world: World) -> None:
    posted = issue(world, ready(world, "publicity"))
    assert (posted.number, posted.serial, posted.state) == ("", None, "issued")
    assert posted.code and not DocumentNumber.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        "晋专镇办发〔2026〕12号",
        "晋专镇办发[2026]12号",
        "晋专镇办发【2026】１２号",
        "晋专镇办发(2026)12",
    ],
)
def test_a_number_is_read_whatever_brackets_were_typed(typed: str) -> None:
    assert parse(typed).text == "晋专镇办发〔2026〕12号"
