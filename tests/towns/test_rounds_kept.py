"""What a round's office sets: terms, places, evidence asked for, its trial."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import acting_user
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification, StoredFile
from portal.core.web import office_url
from reviews.actions import change_round, submit_on_trial
from reviews.actions.rounds import AlsoChanged
from tests.factories import World, make_round, make_town
from tests.papers import PDF
from tests.scenario import complete, drive, file
from tests.towns.test_rounds import typed
from towns.actions import (
    add_slot,
    assess_round,
    attach_evidence,
    attach_files,
    change_slot,
    copy_slots,
    discard_trial,
    end_trial,
    grant_extension,
    hand_over,
    move_slot,
    remove_slot,
    save_answer,
    save_overview,
    set_quotas,
    start_application,
    start_on_behalf,
)
from towns.actions.rounds import terms_of
from towns.constants import COMMITMENTS
from towns.models import (
    Application,
    AssessmentRecord,
    Evidence,
    EvidenceSlot,
    Round,
    RoundQuota,
    Town,
    TownGrant,
)
from towns.round_queries import places_of

pytestmark = pytest.mark.django_db
LIST_QUERIES, PAGE_QUERIES = 12, 15


def entries(call: Round, verb: str) -> int:
    """How often the ledger has it of a round."""
    return LedgerEntry.objects.filter(chain=f"towns.round:{call.pk}", verb=verb).count()


def problems(attempt: Any) -> dict[str, list[str]]:
    """What a refused form says, by field."""
    with pytest.raises(ValidationError) as refused:
        attempt()
    found: dict[str, list[str]] = refused.value.message_dict
    return found


# --- opening and changing -------------------------------------------------------------------------


def test_a_round_opens_with_everything_it_says(world: World, browse) -> None:
    clerk, today = browse("puxian.clerk"), clock.today()
    page = clerk.get("round-new").text
    for text in (*COMMITMENTS, "上传宽限", "受理的类别", "先试运行"):
        assert text in page
    data = typed(
        world,
        "county",
        opens_time="8:30",
        closes_time="18:00:30",
        upload_grace="15",
        categories=["agriculture"],
        contact="李经办",
        contact_phone="0357-5322000",
        commitments="一切属实。\n\n愿意公开。\n",
    )
    assert clerk.post("round-new", data=data).status_code == 302
    call = Round.objects.get(key="new-round")
    assert (call.opens_time.isoformat(), call.closes_time.isoformat()) == ("08:30:00", "18:00:30")
    assert (call.upload_grace, call.categories, call.trial) == (15, ["agriculture"], False)
    assert call.commitments == ["一切属实。", "愿意公开。"]
    text = clerk.get("round", call.pk).text
    for words in ("18:00:30这一秒仍可提交", "15 分钟内传完", "李经办 0357-5322000", "愿意公开。"):
        assert words in text, words
    # Nothing given: the day is whole, the grace is the portal's, so are the sentences.
    plain = typed(world, "county", key="plain", closes_time="", commitments="\n".join(COMMITMENTS))
    assert clerk.post("round-new", data=plain).status_code == 302
    plainly = Round.objects.get(key="plain")
    assert plainly.closes_time.isoformat() == "23:59:59"
    assert (plainly.upload_grace, plainly.commitments, plainly.categories) == (30, [], [])
    assert plainly.commitment_texts == list(COMMITMENTS)
    for changes, field in (
        ({"closes_time": "下午六点"}, "closes_time"),
        ({"upload_grace": "500"}, "upload_grace"),
        ({"commitments": "长" * 201}, "commitments"),
        ({"categories": ["nothing"]}, "categories"),
        (
            {"opens_on": (today - timedelta(days=9)).isoformat(), "closes_on": "2026-01-01"},
            "closes_on",
        ),
    ):
        answer = clerk.post("round-new", data=typed(world, "county", key="bad", **changes))
        assert answer.status_code == 422, changes
        assert f'id="id_{field}_error"' in answer.text, changes
    assert not Round.objects.filter(key="bad").exists()


def test_a_round_changes_freely_until_a_town_has_begun(world: World, browse) -> None:
    call, clerk = world.rounds["county"], browse("puxian.clerk")
    form = clerk.get("round-edit", call.pk)
    assert 'value="23:59:59"' in form.text
    opened = re.search(r'name="opened" value="([^"]+)"', form.text)
    assert opened is not None
    data = typed(world, "county", title="改名的批次", key=call.key, note="先看通知")
    data["opened"] = opened.group(1)
    # Meanwhile a colleague changes the contact: what this form did not touch stays theirs.
    change_round(
        actor=world.actor("puxian.office_director"), call=call, wanted={"contact": "王主任"}
    )
    assert clerk.post("round-edit", call.pk, data=data).status_code == 302
    call.refresh_from_db()
    assert (call.title, call.note, call.contact) == ("改名的批次", "先看通知", "王主任")
    entry = LedgerEntry.objects.filter(chain=f"towns.round:{call.pk}").order_by("-seq")[0]
    assert '"note":""' in entry.before
    assert "先看通知" in entry.after
    assert "contact" not in entry.after
    # The same field changed by both: nothing is saved, the other's words are shown.
    again = clerk.post("round-edit", call.pk, data={**data, "contact": "张三"})
    assert again.status_code == 422
    assert "已由他人改为“王主任”" in again.text
    assert "张三" in again.text
    with pytest.raises(AlsoChanged):
        change_round(
            actor=world.actor("puxian.clerk"),
            call=call,
            wanted={"note": "丙"},
            opened={**terms_of(call), "note": "甲"},
        )
    with pytest.raises(Refused, match="由该机构的"):
        change_round(actor=world.actor("linfen.clerk"), call=call, wanted={"note": "丁"})
    nothing = entries(call, "change_round")
    change_round(actor=world.actor("puxian.clerk"), call=call, wanted={"note": "先看通知"})
    assert entries(call, "change_round") == nothing


def test_once_a_town_has_begun_only_what_harms_nobody_changes(world: World, browse) -> None:
    call, clerk = world.rounds["county"], world.actor("puxian.clerk")
    case = file(world, "county", "puxian")
    drive(world, case, "expert_scoring")

    def attempt(**wanted: Any) -> Any:
        return lambda: change_round(actor=clerk, call=call, wanted=wanted)

    step, later = call.step_days, call.closes_on + timedelta(days=5)
    for name, value in (
        ("title", "新名称"),
        ("figures_year", call.figures_year - 1),
        ("categories", ["agriculture"]),
        ("commitments", ["另一句。"]),
        ("opens_on", call.opens_on + timedelta(days=1)),
        ("criteria_set", world.rounds["province"].criteria_set),
        ("closes_on", call.closes_on - timedelta(days=1)),
        ("upload_grace", call.upload_grace - 1),
    ):
        assert list(problems(attempt(**{name: value}))) == [name]
    assert list(problems(attempt(step_days={**step, "county_accept": 9}))) == ["days_county_accept"]
    Notification.objects.all().delete()
    change_round(
        actor=clerk,
        call=call,
        wanted={
            "closes_on": later,
            "upload_grace": 60,
            "note": "推迟",
            "notice_days": 7,
            "step_days": {**step, "issue": 9},
        },
    )
    call.refresh_from_db()
    assert (call.closes_on, call.upload_grace, call.notice_days) == (later, 60, 7)
    told = Notification.objects.filter(kind="round-closing")
    assert {row.office.kind for row in told.select_related("office")} == {"filing_unit"}
    page = browse("puxian.clerk").get("round-edit", call.pk).text
    assert "已有专业镇开始申报" in page
    assert 'name="title"' not in page


# --- places ---------------------------------------------------------------------------------------


def test_places_go_down_and_never_beyond_what_is_there(world: World, browse) -> None:
    call = world.rounds["province"]
    linfen, jincheng = (world.offices[key].region for key in ("linfen", "jincheng"))
    puxian, xixian = (world.offices[key].region for key in ("puxian", "xixian"))
    province, city = world.actor("sx.clerk"), world.actor("linfen.clerk")
    assert places_of(call, linfen) is None
    with pytest.raises(Refused, match="还没有给临汾市下达名额"):
        set_quotas(actor=city, call=call, places={puxian.pk: 1})
    with pytest.raises(ValidationError, match="下一级地区"):
        set_quotas(actor=province, call=call, places={puxian.pk: 1})
    answer = browse("sx.clerk").post(
        "round-quotas", call.pk, data={"every": 2, f"places_{linfen.pk}": 5}
    )
    assert answer.status_code == 302
    assert (places_of(call, linfen), places_of(call, jincheng)) == (5, 2)
    told = browse("linfen.clerk").get("notifications").text
    assert "临汾市的推荐名额为5 个" in told.replace("为 5", "为5")
    with pytest.raises(ValidationError, match="合计 6 个，超过临汾市的名额 5 个，多出 1 个"):
        set_quotas(actor=city, call=call, places={puxian.pk: 4, xixian.pk: 2})
    form = browse("linfen.clerk").post(
        "round-quotas", call.pk, data={f"places_{puxian.pk}": 4, f"places_{xixian.pk}": 2}
    )
    assert form.status_code == 422
    assert "多出 1 个" in form.text
    set_quotas(actor=city, call=call, places={puxian.pk: 3, xixian.pk: 1})
    for wanted in (3, None):
        found = problems(
            lambda wanted=wanted: set_quotas(actor=province, call=call, places={linfen.pk: wanted})
        )
        assert "已向所属县（市、区）下达 4 个名额" in found[f"places_{linfen.pk}"][0]
    set_quotas(actor=province, call=call, places={linfen.pk: 4})
    set_quotas(actor=city, call=call, places={xixian.pk: None})
    # Zeros that the city has handed down do not hold what the province gave it.
    with transaction.atomic():
        set_quotas(actor=city, call=call, places={puxian.pk: 0})
        set_quotas(actor=province, call=call, places={linfen.pk: None})
        assert not call.quotas.filter(region=linfen).exists()
        transaction.set_rollback(True)
    assert places_of(call, xixian) is None
    assert entries(call, "set_quotas") == 4
    # Who sees which: all, the city's own part, a county's own number.
    page = browse("sx.clerk").get("round-quotas", call.pk).text
    assert "晋城市" in page
    assert "蒲县" in page
    part = browse("linfen.leader").get("round", call.pk).text
    assert "4 个" in part
    assert "晋城市 2 个" not in part
    assert "jincheng" not in part
    own = browse("puxian.leader").get("round", call.pk).text
    assert "3 个" in own
    assert RoundQuota.objects.filter(round=call).count() == 3
    assert "推荐名额" not in browse("puxian.filer").get("round", call.pk).text


# --- evidence asked for ---------------------------------------------------------------------------


def test_the_list_of_evidence_is_the_offices_until_towns_have_begun(world: World, browse) -> None:
    call, clerk = world.rounds["county"], world.actor("puxian.clerk")
    criteria = spec_of(call.criteria_set).criteria
    key, other = criteria[0].key, criteria[1].key
    form = browse("puxian.clerk")
    assert criteria[0].text[:10] in form.get("round-slots", call.pk).text
    data = {"criterion": key, "title": "营业执照", "asked": "加盖公章", "pages_max": "20"}
    assert form.post("round-slot-new", call.pk, data={**data, "required": "on"}).status_code == 302
    bad = form.post("round-slot-new", call.pk, data={**data, "pages_max": "很多"})
    assert bad.status_code == 422
    assert "营业执照" in bad.text
    same = form.post("round-slot-new", call.pk, data=data)
    assert "已有“营业执照”" in same.text
    first = EvidenceSlot.objects.get(round=call)
    second = add_slot(actor=clerk, call=call, criterion=key, title="纳税证明", required=False)
    third = add_slot(actor=clerk, call=call, criterion=other, title="照片", period="近三年")
    move_slot(actor=clerk, call=call, slot_id=second.pk, up=True)
    rows = EvidenceSlot.objects.filter(round=call, criterion=key)
    assert [row.title for row in rows] == ["纳税证明", "营业执照"]
    move_slot(actor=clerk, call=call, slot_id=second.pk, up=True)  # at the head already
    remove_slot(actor=clerk, call=call, slot_id=third.pk)
    with pytest.raises(Stale):
        remove_slot(actor=clerk, call=call, slot_id=third.pk)
    page = browse("puxian.filer").get("round", call.pk).text
    assert "营业执照（必须提供）" in page
    assert "不超过 20 页" in page
    with pytest.raises(Refused):
        add_slot(actor=world.actor("linfen.clerk"), call=call, criterion=key, title="外")
    # A later round of the office takes the list over; what is there already stays once.
    later = make_round(call.office, call.criteria_set, "later")
    assert copy_slots(actor=clerk, call=later, source=call) == 2
    assert copy_slots(actor=clerk, call=later, source=call) == 0
    assert form.post("round-slots", later.pk, data={"source": call.pk}).status_code == 302
    # A town begins and puts a file under the first row.
    application = start_application(
        actor=world.actor("puxian.filer"), town=world.towns["puxian"], call=call
    )
    found = attach_files(
        actor=world.actor("puxian.filer"),
        application=application,
        criterion=key,
        files=[SimpleUploadedFile("a.pdf", PDF, "application/pdf")],
    ).attached[0]
    Evidence.objects.filter(pk=found.pk).update(slot=first.key)
    with pytest.raises(ValidationError, match="不能删除"):
        remove_slot(actor=clerk, call=call, slot_id=first.pk)
    assert list(
        problems(lambda: change_slot(actor=clerk, call=call, slot_id=first.pk, title="别的"))
    ) == ["title"]
    assert list(
        problems(lambda: add_slot(actor=clerk, call=call, criterion=key, title="新", required=True))
    ) == ["required"]
    assert not change_slot(actor=clerk, call=call, slot_id=first.pk, required=False).required
    assert list(
        problems(lambda: change_slot(actor=clerk, call=call, slot_id=first.pk, required=True))
    ) == ["required"]
    assert add_slot(actor=clerk, call=call, criterion=key, title="新", required=False).key == "m003"
    remove_slot(actor=clerk, call=call, slot_id=second.pk)


# --- trial ----------------------------------------------------------------------------------------


def test_a_trial_is_the_offices_own_and_leaves_nothing(world: World, browse) -> None:
    call, clerk = world.rounds["county"], world.actor("puxian.clerk")
    Round.objects.filter(pk=call.pk).update(trial=True)
    call.refresh_from_db()
    with pytest.raises(Refused, match="正在试运行"):
        start_application(actor=world.actor("puxian.filer"), town=world.towns["puxian"], call=call)
    own = browse("puxian.clerk")
    began = own.post("round-on-behalf", call.pk, data={"town": world.towns["puxian"].pk})
    assert began.status_code == 302
    application = start_on_behalf(actor=clerk, town=world.towns["puxian"], call=call)
    assert application.trial
    begun = own.get("application", application.pk).text
    assert "已开始为" in begun
    assert "纸质" not in begun
    assert "试填" in own.get("workspace").text
    started = LedgerEntry.objects.get(verb="start_on_behalf")
    assert "试填" in started.summary
    assert "代为录入" not in started.summary
    save_overview(
        actor=clerk,
        application=application,
        contact="张",
        contact_phone="0357-5322000",
        summary="概述。",
    )
    criteria = spec_of(call.criteria_set).criteria
    for criterion in criteria:
        save_answer(actor=clerk, application=application, criterion=criterion.key, text="情况。")
    for key, content in (("a", b"1"), ("b", b"2")):
        attach_evidence(
            actor=clerk,
            application=application,
            criterion=criteria[0].key,
            title=key,
            upload=SimpleUploadedFile(f"{key}.pdf", PDF + content, "application/pdf"),
        )
    complete(world, application, actor=clerk)
    hand_over(actor=clerk, application=application)
    director = world.actor("puxian.office_director")
    submit_on_trial(actor=director, application=Application.objects.get(pk=application.pk))
    assert AssessmentRecord.objects.filter(application=application).exists()
    # Nobody else knows; nothing counts.
    for name in ("linfen.clerk", "sx.clerk", "puxian.filer", "puxian.submitter", "puxian.expert"):
        person = browse(name)
        assert person.get("round", call.pk).status_code == 404
        assert call.title not in person.get("rounds").text
        assert person.get("application", application.pk).status_code == 404
    for page in (own.get("round", call.pk), own.get("application-check", application.pk)):
        assert "试运行：仅本办公室可见，数据可以清除" in page.text
    assert application.town.name not in own.get("applications").text
    rounds = own.get("workspace").context["rounds"]
    assert call.title not in {row["title"] for row in rounds}
    with pytest.raises(ValidationError, match="还没有已提交的申报"):
        assess_round(actor=clerk, call=call)
    assert not Application.objects.visible_to(world.actor("linfen.clerk")).exists()
    tried = LedgerEntry.objects.filter(chain=f"towns.application:{application.pk}")
    assert tried.filter(verb="submit_on_trial").exists()
    for name in ("linfen.clerk", "sx.clerk"):
        assert not tried.visible_to(world.actor(name)).exists()
    # A file that something else holds as well stays.
    files = list(Evidence.objects.filter(application=application).order_by("pk"))
    kept = Application.objects.create(
        town=world.towns["xixian"],
        round=world.rounds["province"],
        criteria_set=world.rounds["province"].criteria_set,
        scope_code=world.towns["xixian"].scope_code,
        category="agriculture",
        filled_by=acting_user(world.actor("xixian.filer")),
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    held = Evidence.objects.create(
        application=kept, criterion="scale", title="同一份", file=files[0].file
    )
    with pytest.raises(ValidationError, match="先清除试运行数据"):
        end_trial(actor=clerk, call=call)
    assert "2 份" in own.get("round-discard", call.pk).text
    assert own.post("round-discard", call.pk).status_code == 302
    assert not Application.objects.filter(trial=True).exists()
    assert not AssessmentRecord.objects.filter(application=application.pk).exists()
    assert StoredFile.objects.filter(pk=held.file_id).exists()
    assert not StoredFile.objects.filter(pk=files[1].file_id).exists()
    assert Application.objects.filter(pk=kept.pk).exists()
    assert discard_trial(actor=clerk, call=call) == {}
    assert entries(call, "discard_trial") == 1
    above = LedgerEntry.objects.visible_to(world.actor("linfen.clerk"))
    assert not above.filter(verb="discard_trial").exists()
    # Official: not while its opening lies in the past.
    with pytest.raises(ValidationError, match="开始时间"):
        end_trial(actor=clerk, call=call)
    asked = own.get("round-official", call.pk)
    assert "请先把开始时间改为现在或以后" in asked.text
    assert escape(office_url(clerk, "round-edit", call.pk)) in asked.text
    assert "转为正式批次</button>" not in asked.text
    change_round(actor=clerk, call=call, wanted={"opens_on": clock.today() + timedelta(days=1)})
    assert "转为正式批次</button>" in own.get("round-official", call.pk).text
    assert own.post("round-official", call.pk).status_code == 302
    call.refresh_from_db()
    assert not call.trial
    assert browse("puxian.filer").get("round", call.pk).status_code == 200
    with pytest.raises(Refused, match="不在试运行"):
        discard_trial(actor=clerk, call=call)


# --- what it costs --------------------------------------------------------------------------------


def test_pages_cost_the_same_for_any_number_of_towns(world: World, browse) -> None:
    call = world.rounds["county"]
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    call.refresh_from_db()
    county, filer = world.offices["puxian"].region, world.actor("puxian.filer")
    grant = TownGrant.objects.filter(content_object=world.towns["puxian"]).first()
    assert grant is not None
    people = {"puxian.filer": browse("puxian.filer"), "puxian.office_director": None}
    people["puxian.office_director"] = browse("puxian.office_director")
    counts: dict[str, list[int]] = {}
    for wave in range(2):
        for number in range(wave * 6):
            town = make_town(county, f"另一镇{number}")
            TownGrant.objects.create(
                content_object=town,
                group=grant.group,
                permission=grant.permission,
                valid_from=grant.valid_from,
                reason="测试",
            )
            make_round(call.office, call.criteria_set, f"round-{number}")
            grant_extension(
                actor=world.actor("puxian.office_director"),
                call=call,
                town=town,
                until=clock.now() + timedelta(days=number + 1),
                reason="断网",
                approver="主任",
            )
        for name, person in people.items():
            assert person is not None
            for page, args in (("rounds", ()), ("round", (call.pk,))):
                person.get(page, *args)
                with CaptureQueriesContext(connection) as seen:
                    answer = person.get(page, *args)
                assert answer.status_code == 200
                counts.setdefault(f"{name} {page}", []).append(len(seen))
    assert filer.user is not None
    assert Town.objects.visible_to(filer).count() == 7
    for name, (before, after) in counts.items():
        most = LIST_QUERIES if name.endswith("rounds") else PAGE_QUERIES
        assert max(before, after) <= most, counts
        assert after <= before + 1, counts
