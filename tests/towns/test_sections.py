"""Sections of an application that are typed: autosave, conflicts, locks, presence, their pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from portal.core.merging import Overtaken
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from reviews.actions import submit_application
from tests.factories import World, grant_town, make_post, multiply
from tests.scenario import decide
from towns.actions import hand_over
from towns.actions.contributing import grant_sections
from towns.actions.drafting import autosave_section, save_section
from towns.actions.presence import note_presence
from towns.constants import PHONE_WRONG, Filing
from towns.models import (
    Answer,
    Application,
    Correction,
    DraftField,
    Membership,
    Presence,
    RelaxationRequest,
)
from towns.presence import STALE_SECONDS, present_by_section, present_in
from towns.queries import snapshot_of

pytestmark = pytest.mark.django_db
SECTION_QUERIES = 15
TASK_QUERIES = 25


@pytest.fixture
def colleague(world: World) -> Actor:
    """A second filer of the same town."""
    unit = world.actor("puxian.filer").office
    assert unit is not None
    actor = make_post(unit, "filer", "puxian.filer2")
    grant_town(actor, world.towns["puxian"])
    world.actors["puxian.filer2"] = actor
    return actor


def keep(actor: Actor, application: Application, opened: str, typed: str, **more: str) -> Any:
    """Autosave the overview."""
    return autosave_section(
        actor=actor,
        application=application,
        key="facts",
        opened={"summary": opened},
        typed={"summary": typed, **more},
    )


def returned(application: Application, *paths: str) -> Application:
    """As after a return that names these fields."""
    now = clock.now()
    Application.objects.filter(pk=application.pk).update(
        state=Filing.RETURNED, revision=1, submitted_at=now, snapshot=snapshot_of(application)
    )
    application.refresh_from_db()
    correction = Correction.objects.create(
        application=application,
        revision=1,
        office=application.round.office,
        asked_at=now,
        asked_name="省办",
    )
    for path in paths:
        correction.items.create(path=path, label=path, reason=f"请核对{path}。")
    return application


def test_a_section_says_when_it_was_itself_saved(
    browse: Any, application: Application, filer: Actor
) -> None:
    person = browse("puxian.filer")

    def line(name: str, *more: str) -> str:
        text = person.get(name, application.pk, *more).text
        return text.partition("data-saved>")[2].partition("</p>")[0]

    keep(filer, application, "", "概述")
    assert line("application-overview").startswith("上次保存")
    assert line("application-industry") == "还没有保存过"
    assert line("application-section", "figures") == ""
    moment = DraftField.objects.get(application=application).saved_at - timedelta(days=3)
    DraftField.objects.filter(application=application).update(saved_at=moment)
    assert f'datetime="{moment.isoformat()}"' in unescape(line("application-overview"))


# --- keeping what is typed ------------------------------------------------------------------------


def test_autosave_keeps_fields_and_is_not_in_the_ledger(
    application: Application, filer: Actor
) -> None:
    entries = LedgerEntry.objects.count()
    found = keep(filer, application, "", "第一行\r\n第二行")
    assert (found.kept, found.conflicts) == (["summary"], [])
    application.refresh_from_db()
    assert application.summary == "第一行\n第二行"
    row = DraftField.objects.get(application=application, section="facts", name="summary")
    assert (row.saved_name, row.source) == (filer.name, "typed")
    assert LedgerEntry.objects.count() == entries
    assert application.saved_at >= row.saved_at


def test_line_ends_of_another_kind_are_no_change(application: Application, filer: Actor) -> None:
    Application.objects.filter(pk=application.pk).update(summary="甲\r\n乙")
    Answer.objects.create(application=application, criterion="scale", text="甲\r\n乙")
    key = "criterion.scale"
    typed = autosave_section(
        actor=filer,
        application=application,
        key=key,
        opened={"text": "甲\n乙"},
        typed={"text": "甲\n乙\n丙"},
    )
    assert (typed.kept, typed.conflicts) == (["text"], [])
    assert keep(filer, application, "甲\r\n乙", "甲\r\n乙").kept == ["summary"]
    assert not DraftField.objects.filter(section="facts").exists()
    base: dict[str, Any] = {"actor": filer, "application": application, "key": "facts"}
    opened = {"summary": "甲\r\n乙"}
    assert save_section(**base, opened=opened, typed={"summary": "丙"}) == {"summary": "丙"}


def test_two_people_are_told_field_by_field(
    application: Application, filer: Actor, colleague: Actor
) -> None:
    keep(filer, application, "", "甲写的")
    late = keep(colleague, application, "", "乙写的", contact="李四")
    assert late.kept == ["contact"]
    [conflict] = late.conflicts
    assert (conflict.name, conflict.theirs, conflict.who) == ("summary", "甲写的", filer.name)
    application.refresh_from_db()
    assert (application.summary, application.contact) == ("甲写的", "李四")
    # The same text is no conflict, and who has seen the other's text may replace it.
    assert not keep(colleague, application, "", "甲写的").conflicts
    assert keep(colleague, application, "甲写的", "两人商定的").kept == ["summary"]


def test_what_cannot_be_stored_is_said_beside_its_field(
    application: Application, filer: Actor
) -> None:
    for text in ("长" * 61, "有\x00字符", "半个\ud800"):
        with pytest.raises(ValidationError) as caught:
            keep(filer, application, "", "好的", contact=text)
        assert list(caught.value.message_dict) == ["contact"]
    application.refresh_from_db()
    assert application.summary == ""


def test_relaxations_are_kept_and_taken_back(application: Application, filer: Actor) -> None:
    name = "relax_output_agriculture_light_craft"
    typed = autosave_section(
        actor=filer, application=application, key="criterion.scale", opened={}, typed={name: "有 "}
    )
    assert typed.kept == [name]
    assert RelaxationRequest.objects.get(application=application).reason == "有 "
    again = autosave_section(
        actor=filer,
        application=application,
        key="criterion.scale",
        opened={name: "有 "},
        typed={name: "  "},
    )
    # Nothing but blanks is no request; the answer says what stands.
    assert again.stands == {name: ""}
    assert not RelaxationRequest.objects.filter(application=application).exists()


def test_saving_merges_or_raises(application: Application, filer: Actor, colleague: Actor) -> None:
    def save(actor: Actor, opened: dict[str, str] | None, **typed: str) -> Any:
        return save_section(
            actor=actor, application=application, key="facts", opened=opened, typed=typed
        )

    empty = {"contact": "", "summary": ""}
    assert save(filer, empty, contact="张三", summary="") == {"contact": "张三"}
    # The other opened the form before: an untouched field would be emptied unseen.
    with pytest.raises(Overtaken) as caught:
        save(colleague, empty, contact="", summary="概述")
    assert (caught.value.theirs["contact"], caught.value.who) == ("张三", filer.name)
    application.refresh_from_db()
    assert (application.contact, application.summary) == ("张三", "")
    # One that sends its own field alone disturbs nobody.
    assert save(colleague, empty, summary="概述") == {"summary": "概述"}
    entry = LedgerEntry.objects.filter(verb="save_section").latest("pk")
    assert entry.summary == "保存“基本情况”"


def test_only_what_a_return_names_can_change(application: Application, filer: Actor) -> None:
    returned(application, "summary")
    assert keep(filer, application, "", "补正后的概述").kept == ["summary"]
    with pytest.raises(Refused, match="不在本次补正范围内"):
        keep(filer, application, "补正后的概述", "再改", contact="改联系人")
    with pytest.raises(Refused, match="不在本次补正范围内"):
        save_section(
            actor=filer, application=application, key="industry", opened=None,
            typed={"industry_text": "改"},
        )  # fmt: skip
    application.refresh_from_db()
    assert (application.summary, application.contact) == ("补正后的概述", "")


def test_a_contact_keeps_its_own_section_and_no_other(
    application: Application, filer: Actor, world: World
) -> None:
    contact = world.actor("puxian.contact")
    with pytest.raises(Refused, match="没有授权"):
        keep(contact, application, "", "联系人写的")
    assert contact.post is not None
    grant_sections(actor=filer, application=application, post=contact.post, sections=["facts"])
    assert keep(contact, application, "", "联系人写的").kept == ["summary"]
    with pytest.raises(Refused, match="没有授权"):
        autosave_section(
            actor=contact, application=application, key="industry", opened={},
            typed={"industry_text": "改"},
        )  # fmt: skip


# --- who is in ------------------------------------------------------------------------------------


def test_presence_is_said_to_the_others_until_it_is_stale(
    application: Application, filer: Actor, colleague: Actor
) -> None:
    entries = LedgerEntry.objects.count()
    for _ in range(2):
        note_presence(actor=filer, application=application, key="facts", page="a1")
    assert Presence.objects.count() == 1
    assert present_in(application, filer, "facts", "a1") == []
    [other] = present_in(application, colleague, "facts", "b1")
    assert other.words == f"{filer.name}（填报人）正在填写这一部分"
    [own] = present_in(application, filer, "facts", "a2")
    assert own.words == "您在另一个窗口也打开了这一部分"
    assert list(present_by_section(application, colleague)) == ["facts"]
    with clock.at(clock.now() + timedelta(seconds=STALE_SECONDS + 1)):
        assert present_in(application, colleague, "facts", "b1") == []
        note_presence(actor=colleague, application=application, key="industry", page="b1")
    assert Presence.objects.get().user == colleague.user
    note_presence(actor=colleague, application=application, key="industry", page="b1", here=False)
    assert not Presence.objects.exists()
    assert LedgerEntry.objects.count() == entries


# --- pages ----------------------------------------------------------------------------------------


def sealed(page: Any) -> str:
    """What the form of a page was opened with."""
    found = re.search(r'name="opened" value="([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


def test_the_script_s_addresses_answer_in_json(
    browse: Any, application: Application, colleague: Actor
) -> None:
    person, other = browse("puxian.filer"), browse("puxian.filer2")
    args = ("application-autosave", application.pk, "facts")
    fields = json.dumps({"contact": ["", "张三"]})
    answer = person.post(*args, data={"page": "aa11", "fields": fields})
    assert answer.json()["kept"] == ["contact"]
    assert re.fullmatch(r"\d\d:\d\d", answer.json()["saved_at"])
    fields = json.dumps({"contact": ["", "李四"], "summary": ["", "好"]})
    late = other.post(*args, data={"page": "bb22", "fields": fields}).json()
    assert late["kept"] == ["summary"]
    [conflict] = late["conflicts"]
    assert (conflict["label"], conflict["theirs"]) == ("联系人", "张三")
    assert conflict["own"] is False
    # The same person in two windows is nobody else.
    fields = json.dumps({"contact": ["", "王五"]})
    [conflict] = person.post(*args, data={"fields": fields}).json()["conflicts"]
    assert conflict["own"] is True
    fields = json.dumps({"contact": ["", "李四"], "summary": ["", "好"]})
    assert late["others"][0]["words"].endswith("正在填写这一部分")
    problem = person.post(*args, data={"fields": json.dumps({"contact": ["张三", "长" * 61]})})
    assert problem.status_code == 422
    assert problem.json()["problems"][0]["name"] == "contact"
    for text in ("[1]", '{"a": 1}', '{"a": ["x"]}', "no", "[" * 100_000):
        assert person.post(*args, data={"fields": text}).status_code == 422
    assert person.post("application-autosave", application.pk, "nothing").status_code == 404
    beat = person.post("application-presence", application.pk, "facts", data={"page": "aa11"})
    assert [row["name"] for row in beat.json()["others"]] == ["蒲县填报人"]
    Application.objects.filter(pk=application.pk).update(state=Filing.READY)
    address = office_url(person.actor, *args)
    headers = {"Accept": "application/json"}
    gone = person.client.post(address, {"fields": fields}, headers=headers)
    assert gone.status_code == 403
    assert "不能修改" in gone.json()["detail"]


def test_a_page_saved_late_shows_both_and_saves_what_is_chosen(
    browse: Any, application: Application, filer: Actor, colleague: Actor
) -> None:
    person = browse("puxian.filer")
    page = person.get("application-overview", application.pk)
    opened = sealed(page)
    keep(colleague, application, "", "对方写的概述", contact="李四")
    mine = {
        "contact": "",
        "contact_phone": "0357-5322018",
        "summary": "我写的概述",
        "opened": opened,
    }
    late = person.post("application-overview", application.pk, data=mine)
    assert late.status_code == 409
    for words in ("对方写的概述", "我写的概述", colleague.name, "两人都改了"):
        assert words in late.text
    hidden = {
        name: unescape(re.search(rf'name="{name}" value="([^"]+)"', late.text)[1])  # type: ignore[index]
        for name in ("first", "opened", "mine")
    }
    mine_too = browse("puxian.filer2")
    alone = mine_too.post("application-overview", application.pk, data=mine)
    assert alone.status_code == 409
    assert "您在另一个窗口已先修改" in alone.text
    for words in ("两人都改了", "对方现在", "用对方的", "他人"):
        assert words not in alone.text, words
    undecided = person.post("application-overview", application.pk, data=hidden)
    assert undecided.status_code == 409
    assert "请选择" in undecided.text
    chosen = {**hidden, "take_summary": "mine", "take_contact": "theirs"}
    done = person.post("application-overview", application.pk, data=chosen)
    assert done.status_code == 302
    application.refresh_from_db()
    assert (application.summary, application.contact) == ("我写的概述", "李四")
    assert application.contact_phone == "0357-5322018"


def test_what_the_page_itself_has_saved_is_nobody_else_s(
    browse: Any, application: Application, filer: Actor
) -> None:
    person = browse("puxian.filer")
    opened = sealed(person.get("application-overview", application.pk))
    keep(filer, application, "", "自动保存的")
    data = {
        "contact": "",
        "contact_phone": "",
        "summary": "接着写的",
        "opened": opened,
        "autosaved": json.dumps({"summary": "自动保存的"}),
    }
    deep = {**data, "autosaved": "[" * 100_000}
    assert person.post("application-overview", application.pk, data=deep).status_code == 409
    assert person.post("application-overview", application.pk, data=data).status_code == 302
    application.refresh_from_db()
    assert application.summary == "接着写的"


def test_fields_say_where_they_come_from_and_what_is_asked(
    browse: Any, application: Application, filer: Actor
) -> None:
    keep(filer, application, "", "去年的概述")
    DraftField.objects.update(source="last_year", source_note="2024年度省级专业镇申报")
    Application.objects.filter(pk=application.pk).update(contact="张三")
    page = browse("puxian.filer").get("application-overview", application.pk).text
    assert "上次申报带入：2024年度省级专业镇申报" in page
    assert "5/20000 字" in page
    returned(application, "summary", "evidence.scale")
    page = browse("puxian.filer").get("application-overview", application.pk).text
    assert "请核对summary。" in page
    assert "不在本次补正范围内，不能修改。" in page
    assert 'name="summary"' in page
    assert 'name="contact"' not in page
    page = browse("puxian.filer").get("application-criterion", application.pk, "scale").text
    assert "请核对evidence.scale。" in page
    assert 'name="save"' in page
    # Where nothing was asked for, nothing can be saved.
    page = browse("puxian.filer").get("application-industry", application.pk).text
    assert 'name="save"' not in page


def test_the_verdict_is_read_anew(browse: Any, application: Application, filer: Actor) -> None:
    person = browse("puxian.filer")
    before = person.get("application-verdict", application.pk, "heritage").text
    Answer.objects.create(application=application, criterion="heritage", text="悠久。")
    part = person.get("application-verdict", application.pk, "heritage")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "重新对照" in part.text
    assert part.text != before


def test_pages_cost_the_same_with_three_hundred_enterprises(
    browse: Any, complete: Application, world: World
) -> None:
    person = browse("puxian.filer")
    pages = [
        ("application", (complete.pk,), TASK_QUERIES),
        ("application-overview", (complete.pk,), SECTION_QUERIES),
        ("application-industry", (complete.pk,), SECTION_QUERIES),
        ("application-criterion", (complete.pk, "scale"), SECTION_QUERIES),
    ]

    def count() -> list[int]:
        found = []
        for name, args, budget in pages:
            with CaptureQueriesContext(connection) as seen:
                assert person.get(name, *args).status_code == 200
            assert len(seen) <= budget, (name, len(seen))
            found.append(len(seen))
        return found

    for name, args, _ in pages:
        person.get(name, *args)
    before = count()
    member = Membership.objects.filter(town=world.towns["puxian"]).latest("pk")
    companies = multiply(member.enterprise, 300, uscc="'9114TEST' || lpad(n::text, 10, '0')")
    multiply(member, 300, enterprise_id=f"{companies.start - 1} + n")
    assert count() == before

    # After a return as well: what was asked is read once, of the registers what is assessed.
    handed = hand_over(actor=world.actor("puxian.filer"), application=complete)
    case = submit_application(actor=world.actor("puxian.submitter"), application=handed)
    decide(world, case, "return")
    del pages[0]
    count()


def test_a_telephone_number_with_a_letter_is_named(
    browse: Any, complete: Application, world: World
) -> None:
    """Beside its field when it is saved, and before handing over where it was only autosaved."""
    person, wrong = browse("puxian.filer"), "0357-53220l8"
    sent = person.post(
        "application-overview",
        complete.pk,
        data={"contact": "张联系", "contact_phone": wrong, "summary": "概述"},
    )
    assert sent.status_code == 422 and PHONE_WRONG in sent.text and wrong in sent.text
    Application.objects.filter(pk=complete.pk).update(contact_phone=wrong)
    with pytest.raises(ValidationError, match="只能写数字"):
        hand_over(actor=world.actor("puxian.filer"), application=complete)


def test_criteria_without_evidence_are_named_before_handing_over(
    world: World, browse: Any, complete: Application
) -> None:
    page = browse("puxian.filer").get("application-check", complete.pk).text
    proven = {row.criterion for row in complete.evidence.all()}
    bare = [row for row in spec_of(complete.criteria_set).criteria if row.key not in proven]
    words = f"有 {len(bare)} 条认定条件没有佐证材料：{bare[0].title}"
    assert words in unescape(page)
    hand_over(actor=world.actor("puxian.filer"), application=complete)
    for name in ("application-check", "application-submit"):
        assert words in unescape(browse("puxian.submitter").get(name, complete.pk).text), name
    submit = browse("puxian.submitter").get("application-submit", complete.pk).text
    pieces = list(complete.evidence.values_list("file__sha256", flat=True))
    assert f"{len(pieces)} 件，{len(set(pieces))} 份文件" in submit
