"""Numbers: gapless under many issuers, voided ones kept, those of the own register unique."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    begin_document,
    issue_document,
    set_number_rule,
    void_number,
)
from portal.core.actions.documents.numbering import parse
from portal.core.documents.kinds import Texts
from portal.core.models import DocumentNumber, NumberSeries, OfficialDocument
from tests.factories import World, make_world
from tests.scenario import ready_to_issue

TEXTS = Texts("关于报送数据的通知", "各乡镇", "请报送。")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def ready(world: World, kind: str = "notice") -> OfficialDocument:
    """A document that waits for its signer."""
    clerk = world.actor("puxian.clerk")
    return ready_to_issue(world, begin_document(actor=clerk, kind=kind, draft=Draft(TEXTS, {})))


def issue(world: World, document: OfficialDocument, number: str = "") -> OfficialDocument:
    signer = world.actor("puxian.signer")
    return issue_document(actor=signer, document=document, issued_on=clock.today(), number=number)


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
