"""Evidence in the slots of a round: giving, using again, describing, ordering, what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.files import store_bytes
from portal.core.merging import Overtaken
from portal.core.models import LedgerEntry
from tests.factories import World
from tests.papers import pdf
from towns.actions import (
    amend_evidence,
    attach_evidence,
    attach_files,
    move_evidence,
    remove_evidence,
    reuse_evidence,
)
from towns.actions.drafting import save_section
from towns.evidence_index import BadReference, index_of, page_reference, relaxation_slot
from towns.evidence_queries import (
    evidence_declared,
    evidence_index,
    pieces_of,
    reusable,
    slots_of,
)
from towns.models import Application, Correction, Evidence, EvidenceSlot
from towns.queries import missing_parts, snapshot_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(application: Application) -> list[EvidenceSlot]:
    """The round asks for two kinds of evidence under 市场."""
    rows = (
        ("report", "三年统计年报", 3, True),
        ("photos", "现场照片", None, False),
    )
    return [
        EvidenceSlot.objects.create(
            round=application.round,
            criterion="market",
            key=key,
            title=title,
            asked=f"提供{title}。",
            period="2023年至2025年",
            pages_max=most,
            required=required,
            ordinal=number,
        )
        for number, (key, title, most, required) in enumerate(rows)
    ]


def give(filer: Actor, application: Application, name: str = "年报.pdf", **more: Any) -> Evidence:
    content = more.pop("content", pdf(name.partition(".")[0].encode().hex(), pages=4))
    saved = attach_files(
        actor=filer,
        application=application,
        criterion=more.pop("criterion", "market"),
        files=[SimpleUploadedFile(name, content)],
        **more,
    )
    assert not saved.refused, saved
    return saved.attached[0]


def numbers(application: Application, actor: Actor) -> dict[str, str]:
    declared = evidence_declared(application, actor)
    index = evidence_index(application, declared, pieces_of(declared))
    return {row.title: row.number for row in index.rows}


# --- pure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12", "12"),
        (" 第１２－15页 ", "12-15"),
        ("3、12至15", "3,12-15"),
        ("", ""),
        ("012", "012"),
    ],
)
def test_page_references_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert page_reference(typed, 15) == kept


@pytest.mark.parametrize("typed", ["第三页", "15-12", "0", "16", "12-16", "a", "1,,2"])
def test_page_references_that_say_nothing_are_refused(typed: str) -> None:
    with pytest.raises(BadReference):
        page_reference(typed, 15)


def test_the_index_counts_a_file_once_and_refers_to_its_first_number() -> None:
    class Row:
        def __init__(self, key: str, ordinal: int = 0, criterion: str = "") -> None:
            self.key, self.ordinal, self.title = key, ordinal, key
            self.criterion, self.required = criterion, True

    def piece(
        key: int, criterion: str, sha: str, slot: str = "", pages: str = ""
    ) -> dict[str, Any]:
        return {
            "id": key, "criterion": criterion, "slot": slot, "pages": pages, "title": str(key),
            "name": f"{key}.pdf", "size": 10, "sha256": sha,
        }  # fmt: skip

    criteria = [Row("b", 1), Row("a", 4)]
    slots = [Row("s1", criterion="a"), Row("s2", criterion="a"), Row("s3", criterion="b")]
    index = index_of(
        [piece(1, "a", "x"), piece(2, "a", "y", "s2", "2"), piece(3, "b", "y", "", "7-8")],
        criteria,
        slots,
        {"x": None, "y": 5},
        begins_at=3,
    )
    first, second, third = index.rows
    assert (first.number, second.number, third.number) == ("1-1", "4-1", "4-2")
    assert (first.place, second.place, third.place) == ("3-7", "3-7", "")
    assert (second.first, second.reference) == ("1-1", "见 1-1 第 2 页")
    assert (index.files, index.size, index.pages) == (2, 20, 5)
    assert [(group.key, slot.key) for group, slot in index.lacking] == [("b", "s3"), ("a", "s1")]


# --- actions --------------------------------------------------------------------------------------


def test_a_slot_is_filled_and_named_while_it_is_empty(
    application: Application, filer: Actor, slots: list[EvidenceSlot]
) -> None:
    words = "还缺材料：三年统计年报"
    assert any(words in text for _, text in missing_parts(application))
    saved = attach_files(
        actor=filer,
        application=application,
        criterion="market",
        slot="report",
        files=[SimpleUploadedFile("年报.pdf", pdf("Year", pages=4))],
        title="2025年年报",
        pages="第2-9页",
    )
    # More pages than the office asked for are said and taken; a reference beyond the file is not.
    assert "超过“三年统计年报”要求的 3 页" in saved.remarks[0]
    assert "认定文件没有规定" in saved.remarks[0]
    assert "共 4 页，没有第 9 页" in saved.unplaced[0]
    (piece,) = saved.attached
    assert (piece.slot, piece.title, piece.pages) == ("report", "2025年年报", "")
    assert not any(words in text for _, text in missing_parts(application))
    with pytest.raises(ValidationError, match="材料清单里没有这一项"):
        give(filer, application, "x.pdf", slot="unknown")
    with pytest.raises(ValidationError, match="材料清单里没有这一项"):
        give(filer, application, "x.pdf", slot="report", criterion="scale")


def test_a_file_is_used_again_and_counted_once(
    application: Application, filer: Actor, slots: list[EvidenceSlot], world: World
) -> None:
    piece = give(filer, application, "年报.pdf", slot="report")
    again = reuse_evidence(
        actor=filer, application=application, criterion="scale", slot="",
        evidence_id=piece.pk, title="产值页", pages="3",
    )  # fmt: skip
    assert again.file_id == piece.file_id
    declared = evidence_declared(application, filer)
    index = evidence_index(application, declared, pieces_of(declared))
    assert index.files == 1 and len(index.rows) == 2
    assert sum(bool(row.first) for row in index.rows) == 1
    for key in (piece.pk, 10**9):
        with pytest.raises(ValidationError) as found:
            reuse_evidence(
                actor=filer, application=application, criterion="scale", slot="", evidence_id=key
            )
        assert "source" in found.value.error_dict
    with pytest.raises(ValidationError, match="没有第 5 页"):
        reuse_evidence(
            actor=filer, application=application, criterion="market", slot="photos",
            evidence_id=piece.pk, pages="5",
        )  # fmt: skip
    # Of another town nothing can be taken, by whatever key.
    other = Application.objects.create(
        town=world.towns["xixian"],
        round=application.round,
        criteria_set=application.criteria_set,
        scope_code=world.towns["xixian"].scope_code,
        category=application.category,
        filled_by=application.filled_by,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    stored = store_bytes(pdf("foreign"), "别镇.pdf", "application/pdf", filer)
    foreign = Evidence.objects.create(
        application=other, criterion="market", title="别镇", file=stored
    )
    with pytest.raises(ValidationError, match="已不在可以选用的范围内"):
        reuse_evidence(
            actor=filer, application=application, criterion="market", slot="",
            evidence_id=foreign.pk,
        )  # fmt: skip


def test_an_office_takes_nothing_again_that_was_not_submitted(
    application: Application, filer: Actor, world: World
) -> None:
    given = give(filer, application, "已交.pdf")
    Application.objects.filter(pk=application.pk).update(
        state="returned", submitted_at=clock.now(), snapshot=snapshot_of(application)
    )
    late = give(filer, application, "未交.pdf")
    clerk = world.actor("puxian.clerk")
    call = world.rounds["county"]
    assert call.pk != application.round_id
    mine = Application.objects.create(
        town=application.town,
        round=call,
        criteria_set=application.criteria_set,
        scope_code=application.scope_code,
        category=application.category,
        filled_by=application.filled_by,
        entered_by=clerk.office,
        entered_reason="断网",
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    offered = [row.pk for item in reusable(clerk, mine, "scale", "") for row in item.rows]
    assert given.pk in offered and late.pk not in offered
    place: dict[str, Any] = {"application": mine, "criterion": "scale", "slot": ""}
    with pytest.raises(ValidationError, match="已不在可以选用的范围内"):
        reuse_evidence(actor=clerk, evidence_id=late.pk, **place)
    again = reuse_evidence(actor=clerk, evidence_id=given.pk, **place)
    assert again.file_id == given.file_id


def test_pieces_are_described_and_ordered(
    application: Application, filer: Actor, slots: list[EvidenceSlot]
) -> None:
    first, second = (give(filer, application, f"{n}.pdf", slot="report") for n in "ab")
    before = numbers(application, filer)
    move_evidence(actor=filer, application=application, evidence_id=second.pk, up=True)
    after = numbers(application, filer)
    assert (after["b.pdf"], after["a.pdf"]) == (before["a.pdf"], before["b.pdf"])
    move_evidence(actor=filer, application=application, evidence_id=second.pk, up=True)
    assert numbers(application, filer) == after
    opened = {"title": "a.pdf", "slot": "report", "pages": ""}
    change: dict[str, Any] = {"actor": filer, "application": application, "evidence_id": first.pk}
    amend_evidence(**change, title="甲", slot="photos", pages="2", opened=opened)
    first.refresh_from_db()
    assert (first.title, first.slot, first.pages) == ("甲", "photos", "2")
    with pytest.raises(Overtaken):
        amend_evidence(**change, title="乙", slot="report", pages="", opened=opened)
    problems: tuple[dict[str, str], ...] = ({"title": " "}, {"pages": "5"}, {"slot": "none"})
    for problem in problems:
        given: dict[str, Any] = {"title": "甲", "slot": "photos", "pages": "2", **problem}
        with pytest.raises(ValidationError) as found:
            amend_evidence(**change, **given)
        assert set(problem) == set(found.value.error_dict)
    first.refresh_from_db()
    assert first.title == "甲"
    remove_evidence(actor=filer, application=application, evidence_id=first.pk)
    with pytest.raises(Stale):
        amend_evidence(**change, title="甲", slot="photos", pages="")
    verbs = LedgerEntry.objects.filter(chain=f"towns.application:{application.pk}")
    assert {"move_evidence", "amend_evidence", "remove_evidence"} <= set(
        verbs.values_list("verb", flat=True)
    )


def test_only_what_was_asked_for_changes_after_a_return(
    application: Application, filer: Actor, slots: list[EvidenceSlot], browse: Callable[..., Any]
) -> None:
    locked = give(filer, application, "旧.pdf", slot="report")
    Application.objects.filter(pk=application.pk).update(
        state="returned",
        revision=1,
        submitted_at=clock.now() - timedelta(days=1),
        snapshot=snapshot_of(application),
    )
    application.refresh_from_db()
    correction = Correction.objects.create(
        application=application,
        revision=1,
        office=application.round.office,
        asked_at=clock.now(),
    )
    correction.items.create(path="evidence.scale", label="佐证材料")
    for write in (
        lambda: give(filer, application, "新.pdf", slot="photos"),
        lambda: remove_evidence(actor=filer, application=application, evidence_id=locked.pk),
        lambda: move_evidence(actor=filer, application=application, evidence_id=locked.pk, up=True),
    ):
        with pytest.raises(Refused, match="不在本次补正范围内"):
            write()
    assert give(filer, application, "新.pdf", criterion="scale").pk
    assert len(evidence_declared(application, filer)) == 2
    # The office reads what was submitted until it is submitted again.
    office = evidence_declared(application, browse("sx.clerk").actor)
    assert [row["id"] for row in office] == [locked.pk]
    page = browse("puxian.filer").get("application-criterion", application.pk, "market").text
    assert "不在本次补正范围内" in page and 'value="edit-' not in page


# --- pages ----------------------------------------------------------------------------------------


def test_the_page_says_what_is_asked_and_saves_everything_with_one_button(
    application: Application, slots: list[EvidenceSlot], browse: Callable[..., Any]
) -> None:
    person = browse("puxian.filer")
    page = person.get("application-criterion", application.pk, "market").text
    for words in (
        "三年统计年报",
        "2023年至2025年",
        "不超过 3 页",
        "必须提供",
        "还缺",
        "每份不超过",
    ):
        assert words in page
    answer = person.post(
        "application-criterion",
        application.pk,
        "market",
        data={
            "text": "写了很久的说明",
            "file-report": SimpleUploadedFile("年报.pdf", pdf("Year", pages=4)),
            "pages-report": "9",
            "file": SimpleUploadedFile("坏.pdf", b"%PDF-1.7"),
            "upload": "report",
        },
    )
    assert answer.status_code == 422
    assert "没有第 9 页" in answer.text and "“坏.pdf”" in answer.text
    assert "写了很久的说明" in answer.text
    piece = Evidence.objects.get(application=application)
    assert piece.slot == "report"
    answer = person.post(
        "application-criterion",
        application.pk,
        "market",
        data={"text": "又写了一些", "evidence": f"edit-{piece.pk}"},
    )
    assert answer.status_code == 302 and f"/evidence/{piece.pk}/edit/" in answer.url
    assert application.answers.get(criterion="market").text == "又写了一些"
    form = person.get("evidence-edit", application.pk, piece.pk)
    assert "共 4 页" in form.text
    (opened,) = re.findall(r'name="opened" value="([^"]+)"', form.text)
    data = {"title": "年报", "slot": "report", "pages": "9", "opened": opened}
    wrong = person.post("evidence-edit", application.pk, piece.pk, data=data)
    assert wrong.status_code == 422 and "没有第 9 页" in wrong.text and 'value="9"' in wrong.text
    data["pages"] = "3-4"
    assert person.post("evidence-edit", application.pk, piece.pk, data=data).status_code == 302
    piece.refresh_from_db()
    assert piece.pages == "3-4"
    choose = person.get("evidence-reuse", application.pk, "scale")
    assert "本次申报已有的材料" in choose.text and "年报" in choose.text
    data = {"source": piece.pk, "pages": "1"}
    answer = person.post("evidence-reuse", application.pk, "scale", data=data)
    assert answer.status_code == 302
    index = person.get("application-evidence", application.pk).text
    assert "2 件，1 份文件" in index and "见 " in index and "第 3-4 页" in index


def test_a_hundred_files_are_a_few_queries(
    application: Application, filer: Actor, slots: list[EvidenceSlot], browse: Callable[..., Any]
) -> None:
    stored = store_bytes(pdf("one"), "一.pdf", "application/pdf", filer)
    Evidence.objects.bulk_create(
        Evidence(application=application, criterion="market", title=f"材料{n}", file=stored)
        for n in range(100)
    )
    person = browse("puxian.filer")
    for name, args in (("application-evidence", ()), ("application-criterion", ("market",))):
        person.get(name, application.pk, *args)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = person.get(name, application.pk, *args)
        assert page.status_code == 200 and "材料99" in page.text
        assert len(queries) <= 15, (name, len(queries))


def test_the_round_answers_for_its_slots(
    application: Application, slots: list[EvidenceSlot]
) -> None:
    assert [row.key for row in slots_of(application, "market")] == ["report", "photos"]
    assert slots_of(application, "scale") == []


def test_what_backs_a_relaxation_is_named_in_the_index_and_on_the_check_page(
    application: Application, filer: Actor, browse: Any
) -> None:
    condition = "output_agriculture_light_craft"
    place = relaxation_slot(condition)
    with pytest.raises(ValidationError, match="材料清单里没有这一项"):
        attach_evidence(
            actor=filer,
            application=application,
            criterion="scale",
            slot=place,
            title="证明",
            upload=SimpleUploadedFile("a.pdf", pdf("A")),
        )
    section, name = "criterion.scale", f"relax_{condition}"
    save: dict[str, Any] = {"actor": filer, "application": application, "key": section}
    save_section(**save, opened=None, typed={name: "获国家地理标志"})
    person = browse("puxian.filer")
    page = person.get("application-criterion", application.pk, "scale").content.decode()
    assert f'id="slot-{place}"' in page and "放宽申请的佐证" in page
    check = person.get("application-check", application.pk).content.decode()
    assert "没有为这项放宽申请提供佐证材料" in check
    piece = give(filer, application, "地理标志证书.pdf", criterion="scale", slot=place)
    assert piece.slot == place
    check = person.get("application-check", application.pk).content.decode()
    assert f"佐证材料：{piece.title}" in check
    index = person.get("application-evidence", application.pk).content.decode()
    assert "放宽申请的佐证" in index and piece.title in index
    # Without the request it stays, among what no list asks for.
    save_section(**save, opened=None, typed={name: ""})
    index = person.get("application-evidence", application.pk).content.decode()
    assert "放宽申请的佐证" not in index and piece.title in index
