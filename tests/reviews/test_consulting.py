"""Consulting member units: on their criteria alone, silent, late, or keeping what they said."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from criteria.queries import spec_of
from portal.core import clock
from portal.core.calendar import add_working_days
from portal.core.errors import Refused
from portal.core.formatting import cn_date
from portal.core.models import Appointment, LedgerEntry, Notification, Office
from portal.core.owners import held_by
from portal.core.web import office_url
from reviews.actions import (
    ask_units,
    give_opinion,
    reconfirm_opinion,
    save_phrase,
    set_criterion_units,
    submit_application,
)
from reviews.actions.consulting import note_silent_units
from reviews.actions.extending import extend_opinion
from reviews.actions.moving import Corrections
from reviews.consulting_queries import (
    Asking,
    by_criterion,
    may_be_kept,
    narrowed,
    unchanged_since,
)
from reviews.models import Case, CriterionUnit, Duty, StepRun, UnitOpinion
from reviews.papers import PAPERS
from reviews.tasks import note_silent
from tests.factories import World, client_of, make_world
from tests.papers import PDF
from tests.reviews.asking import followed, get, post, text
from tests.reviews.test_papers import made, text_of, words
from tests.scenario import complete, decide, draft, drive, file, fresh, open_run
from towns.actions import attach_evidence, hand_over, save_answer, set_quotas
from towns.declared import COUNTED_FROM
from towns.models import Evidence

pytestmark = pytest.mark.django_db
SECRET = "只给另一单位看的情况说明"
OTHER_SAID = "另一单位的内部意见"


@pytest.fixture
def world() -> World:
    return make_world()


def keys_of(case: Case) -> list[str]:
    return [row.key for row in spec_of(case.application.criteria_set).criteria]


def unit(world: World, number: str = "") -> int:
    return world.offices[f"sx-unit{number}"].pk


def with_secrets(world: World) -> Case:
    """A provincial case at the consultation; the second criterion holds words and a file."""
    application = draft(world, "province")
    filer = world.actor("puxian.filer")
    second = spec_of(application.criteria_set).criteria[1].key
    save_answer(actor=filer, application=application, criterion=second, text=SECRET)
    attach_evidence(
        actor=filer,
        application=application,
        criterion=second,
        title="另一条的佐证",
        upload=SimpleUploadedFile("other.pdf", PDF + b"other", "application/pdf"),
    )
    hand_over(actor=filer, application=complete(world, application))
    case = submit_application(actor=world.actor("puxian.submitter"), application=application)
    return drive(world, case, "unit_opinions")


def test_units_read_what_they_are_asked_about_and_nothing_else(world: World) -> None:
    """Every address of a case: the page, the form, explanation, its paper, files, previews, API."""
    case = with_secrets(world)
    first, second, third = keys_of(case)[:3]
    clerk, own, other = (world.actor(f"sx.{name}") for name in ("clerk", "member", "member2"))
    a, b = ask_units(
        actor=clerk,
        case_id=case.pk,
        office_ids=[unit(world), unit(world, "2")],
        days=5,
        fields={
            unit(world): Asking((first,), "lead"),
            unit(world, "2"): Asking((second, third), "support"),
        },
    )
    assert a.due_on == add_working_days(clock.today(), 5)
    assert Notification.objects.filter(office=own.office, key=f"consultation:{a.pk}").exists()
    give_opinion(
        actor=other,
        case_id=case.pk,
        opinion_id=b.pk,
        points={second: ("agree", ""), third: ("disagree", OTHER_SAID)},
        text="",
    )
    b.refresh_from_db()
    assert b.verdict == "disagree"
    assert b.revision == 1

    criteria = {row.key: row for row in spec_of(case.application.criteria_set).criteria}
    evidence = {row.criterion: row for row in Evidence.objects.filter(application__case=case)}
    pages = {
        "case": text(get(own, "case", case.pk)),
        "opinion": text(get(own, "opinion", case.pk, a.pk)),
        "explanation": text(get(own, "case-explanation", case.pk)),
        "paper": words(own, "explanation", case.pk),
        "api": client_of(own).get(office_url(own, "api-case", case.pk)).content.decode(),
        "list": text(get(own, "cases", query="&tab=all")),
        "notices": text(get(own, "notifications")),
        "home": text(get(own, "workspace")),
        # Forms that are not its own answer with no more than its own page.
        **{
            f"{name} {run}": text(post(own, name, case.pk, run=run))
            for name in ("case-decide", "case-reaffirm", "case-return", "case-release")
            for run in (open_run(case).pk, 999999)
        },
    }
    # A decision that it may not take tells it no more, whether ill filled, refused or overtaken.
    run = case.runs.get(finished_at__isnull=True).pk
    opinion = {"outcome": "conclude", "opinion": "同意"}
    for number, sent in enumerate(({}, {"run": run, **opinion}, {"run": run - 1, **opinion})):
        answer = post(own, "case-decide", case.pk, **sent)
        assert answer.status_code in (302, 403, 409)
        pages[f"decide {number}"] = text(answer)
    summary = case.application.snapshot["summary"]
    for name, page in pages.items():
        for hidden in (SECRET, OTHER_SAID, summary, criteria[second].text, criteria[third].title,
                       "另一条的佐证", "财政局", "0357-5322000", "张联系"):  # fmt: skip
            assert hidden not in page, (name, hidden)
    for name in ("case", "opinion", "explanation", "paper"):
        assert criteria[first].title in pages[name]
    assert "历史沿革证明" in pages["case"]
    assert "历史沿革证明" in pages["opinion"]
    assert "牵头" in pages["opinion"]
    sent = get(own, "case-evidence-file", case.pk, evidence[first].pk)
    assert b"".join(sent.streaming_content).startswith(b"%PDF")
    assert get(own, "case-evidence-file", case.pk, evidence[second].pk).status_code == 404
    assert held_by(evidence[first].file_id, own) is not None
    assert held_by(evidence[second].file_id, own) is None
    assert held_by(evidence[second].file_id, other) is not None
    assert SECRET in text(get(other, "case", case.pk))
    assert get(own, "opinion", case.pk, b.pk).status_code == 404
    assert post(own, "opinion-reconfirm", case.pk, b.pk).status_code == 404
    for stranger in (own, world.actor("puxian.filer"), world.actor("linfen.clerk")):
        assert PAPERS["opinions"].find(stranger, case.pk) is None
    assert post(own, "paper", "opinions", case.pk).status_code == 404

    # What is typed comes back; each criterion wants a verdict, and words unless it agrees.
    answer = post(own, "opinion", case.pk, a.pk, **{f"text_{first}": "先写的话", "text": "总的话"})
    assert answer.status_code == 422
    assert "先写的话" in text(answer) and "总的话" in text(answer)
    assert f"对“{criteria[first].title}”的意见：请选择意见。" in text(answer)
    answer = post(own, "opinion", case.pk, a.pk, **{f"verdict_{first}": "disagree"})
    assert answer.status_code == 422
    assert f"对“{criteria[first].title}”的具体意见" in text(answer)
    assert "请写明具体意见" in text(answer)
    with pytest.raises(ValidationError):
        give_opinion(actor=own, case_id=case.pk, opinion_id=a.pk, points={second: ("agree", "")})
    page = followed(
        own,
        "opinion",
        case.pk,
        a.pk,
        **{f"verdict_{first}": "agree_with_notes", f"text_{first}": "请补充县志原件"},
    )
    assert "会审意见已提交" in page
    a.refresh_from_db()
    assert (a.verdict, a.points[first]["text"]) == ("agree_with_notes", "请补充县志原件")

    # The office and its next steps read the summary; a lower office and the town nothing of it.
    page = text(get(clerk, "case", case.pk))
    for told in ("请补充县志原件", OTHER_SAID, "征求 2 个单位意见", criteria[third].title, "牵头"):
        assert told in page
    told = words(clerk, "opinions", case.pk)
    assert "请补充县志原件" in told and OTHER_SAID in told and "牵头" in told
    assert "会审意见汇总表" in text_of(made(clerk, "opinions", case.pk))
    below = text(get(world.actor("puxian.clerk"), "case", case.pk))
    assert OTHER_SAID not in below and "会审意见汇总" not in below


def test_silence_is_recorded_and_a_late_answer_is_marked(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, own = world.actor("sx.clerk"), world.actor("sx.member")
    limit = add_working_days(clock.today(), 3)
    asked = ask_units(
        actor=clerk, case_id=case.pk, office_ids=[unit(world), unit(world, "2")], days=3
    )
    with pytest.raises(ValidationError, match="还有单位未答复"):
        decide(world, case, "conclude")
    with clock.at(limit):
        assert note_silent_units() == 0
        with pytest.raises(ValidationError, match="还有单位未答复"):
            decide(world, case, "conclude")
    after = limit + timedelta(days=1)
    with clock.at(after):
        note_silent()
        assert note_silent_units() == 0
        rows = list(case.opinions.order_by("pk"))
        assert all(timezone.localdate(row.silent_at) == after for row in rows if row.silent_at)
        assert [row.silent_at is not None for row in rows] == [True, True]
        assert "逾期未答复" in text(get(clerk, "case", case.pk))
        assert "期限已过" in text(get(own, "opinion", case.pk, asked[0].pk))
        late = give_opinion(
            actor=own, case_id=case.pk, opinion_id=asked[0].pk, verdict="agree", text=""
        )
        assert late.silent_at is not None
        page = text(get(clerk, "case", case.pk))
        assert "逾期答复" in page
        decide(world, case, "conclude")
        told = words(clerk, "opinions", case.pk)
    assert "逾期未答复 1 个" in told and "同意（逾期答复）" in told
    assert fresh(case).step == "expert_scoring"
    verbs = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").values_list(
        "verb", flat=True
    )
    assert list(verbs).count("note_silence") == 2
    # The office that asked knows of it, and nobody below.
    for who, knows in (("sx.clerk", 2), ("puxian.clerk", 0), ("linfen.clerk", 0)):
        noted = LedgerEntry.objects.visible_to(world.actor(who)).filter(verb="note_silence")
        assert noted.count() == knows, who


def test_the_limit_of_a_unit_is_extended_by_a_recorded_act(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, member = world.actor("sx.clerk"), world.actor("sx.member")
    limit = add_working_days(clock.today(), 3)
    one, two = ask_units(
        actor=clerk, case_id=case.pk, office_ids=[unit(world), unit(world, "2")], due_on=limit
    )
    way = office_url(clerk, "opinion-extend", case.pk, one.pk)
    assert way in text(get(clerk, "case", case.pk))
    answer = post(clerk, "opinion-extend", case.pk, one.pk, days="0", reason="")
    assert answer.status_code == 422 and "请填写延长的理由" in text(answer)
    asked = {"days": "2", "reason": "单位来函请求延期", "due": str(limit)}
    assert f'value="{limit}"' in text(get(clerk, "opinion-extend", case.pk, one.pk))
    assert post(clerk, "opinion-extend", case.pk, one.pk, **asked).status_code == 302
    # Sent twice it is one extension; what was typed comes back.
    answer = post(clerk, "opinion-extend", case.pk, one.pk, **asked)
    assert answer.status_code == 409 and "本次没有再延长" in text(answer)
    assert "单位来函请求延期" in text(answer)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.due_on, two.due_on) == (add_working_days(limit, 2), limit)
    entry = LedgerEntry.objects.get(verb="extend_opinion")
    assert "延长 2 个工作日" in entry.summary and "单位来函请求延期" in entry.summary
    told = Notification.objects.get(key__startswith="consultation-extended")
    assert told.office_id == one.office_id and cn_date(one.due_on) in told.title
    assert post(member, "opinion-extend", case.pk, one.pk, days="2", reason="x").status_code == 403
    # Answered, passed, or over: refused with the reason, and what was typed comes back.
    give_opinion(actor=member, case_id=case.pk, opinion_id=one.pk, verdict="agree")
    with clock.at(limit + timedelta(days=1)):
        for row, why in ((one, "已经答复"), (two, "答复期限已过")):
            answer = post(clerk, "opinion-extend", case.pk, row.pk, days="2", reason="再等等")
            assert answer.status_code == 403
            assert why in text(answer) and "再等等" in text(answer)
        assert "opinion-extend" not in text(get(clerk, "case", case.pk))
        decide(world, case, "conclude")
        with pytest.raises(Refused):
            extend_opinion(
                actor=clerk, case_id=case.pk, opinion_id=two.pk, due_on=limit, days=1, reason="等"
            )
        # Who was still writing when the step ended is told so, and loses no word.
        sent = {"verdict": "disagree", "text": SECRET}
        answer = post(member, "opinion", case.pk, one.pk, **sent)
        assert answer.status_code == 404 and SECRET in text(answer)
        assert case.town_name not in text(answer)


def test_silence_is_recorded_when_the_step_is_concluded(world: World) -> None:
    """Whoever concludes before the clock has noted it notes it; an answer in time stays in time."""
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, own = world.actor("sx.clerk"), world.actor("sx.member")
    a, b = ask_units(
        actor=clerk, case_id=case.pk, office_ids=[unit(world), unit(world, "2")],
        due_on=clock.today(),
    )  # fmt: skip
    give_opinion(actor=own, case_id=case.pk, opinion_id=a.pk, verdict="agree")
    with clock.at(clock.today() + timedelta(days=1)):
        decide(world, case, "conclude")
    for row in (a, b):
        row.refresh_from_db()
    assert a.silent_at is None
    assert b.silent_at is not None and b.given_at is None


def test_an_office_divides_the_criteria_and_is_offered_what_it_set(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, criteria_set = world.actor("sx.clerk"), case.application.criteria_set
    first, second = keys_of(case)[:2]
    a, b = unit(world), unit(world, "2")
    rows = [(1, "三(一)", "lead", a), (2, "三(一)", "support", b), (3, "(二)", "responsible", b),
            (4, "(二)", "responsible", None)]  # fmt: skip
    Duty.objects.bulk_create(
        Duty(document="晋政办发〔2022〕80号", clause=clause, title="主体倍增", role=role,
             unit_name="印文名称", region_code="140000", unit_id=pk, ordinal=number)
        for number, clause, role, pk in rows
    )  # fmt: skip
    assert criteria_set.title in text(get(clerk, "criterion-units-sets"))
    edit = ("criterion-units-edit", criteria_set.pk, first)
    clause = "晋政办发〔2022〕80号 三(一) 主体倍增"
    page = text(get(clerk, *edit, query=f"&clause={clause}"))
    assert "已带出，尚未保存" in page
    assert f'<option value="{clause}" selected>' in page
    assert not CriterionUnit.objects.exists()
    page = followed(clerk, *edit, clause=clause, **{f"role_{a}": "lead", f"role_{b}": "support"})
    assert "已设定 2 个单位" in page and clause in page
    assert set(CriterionUnit.objects.values_list("unit", "role", "source")) == {
        (a, "lead", clause), (b, "support", clause)}  # fmt: skip
    # A unit that stays keeps its source, one whose role the office changes is the office's own.
    set_criterion_units(
        actor=clerk, criteria_set=criteria_set, criterion=first, roles={a: "lead", b: "lead"}
    )
    assert dict(CriterionUnit.objects.values_list("unit", "source")) == {
        a: clause, b: "本办公室设定"}  # fmt: skip
    responsible = "晋政办发〔2022〕80号 (二) 主体倍增"
    assert "先按“配合”带出" in text(
        get(clerk, "criterion-units-edit", criteria_set.pk, second, query=f"&clause={responsible}")
    )
    set_criterion_units(
        actor=clerk, criteria_set=criteria_set, criterion=second, roles={b: "support"},
        clause=responsible,
    )  # fmt: skip
    assert CriterionUnit.objects.get(criterion=second).source == f"{responsible}（责任单位）"
    entry = LedgerEntry.objects.filter(verb="set_criterion_units").latest("pk")
    assert "责任单位" in entry.after
    for wrong, roles in ((first, {a: "chief"}), (first, {world.offices["puxian-unit"].pk: "lead"}),
                         ("nothing", {a: "lead"})):  # fmt: skip
        with pytest.raises(ValidationError):
            set_criterion_units(
                actor=clerk, criteria_set=criteria_set, criterion=wrong, roles=roles
            )
    # Another office's division is its own.
    assert "本办公室设定" not in text(
        get(world.actor("linfen.clerk"), "criterion-units", criteria_set.pk)
    )

    page = text(get(clerk, "case-units", case.pk))
    assert "按条款分工征求的单位" in page
    chosen = {"divided": "1", "offices": [a, b], "days": "5", f"role_{a}": "lead"}
    wrong = post(clerk, "case-units", case.pk, **chosen, **{f"criteria_{a}": [first]})
    assert wrong.status_code == 422
    assert "请至少选择一条" in text(wrong)
    both = {**chosen, "due_on": "2099-01-04", f"criteria_{a}": [first], f"criteria_{b}": [second]}
    assert "填写一项即可" in text(post(clerk, "case-units", case.pk, **both))
    assert "已向 1 个成员单位征求意见" in followed(
        clerk, "case-units", case.pk, offices=[b], days=5
    )
    chosen = {"divided": "1", "offices": [a], f"criteria_{a}": keys_of(case)}
    assert "已向 1 个成员单位征求意见" in followed(clerk, "case-units", case.pk, **chosen)
    found = {row.office_id: (row.criteria, row.role) for row in case.opinions.all()}
    assert found == {a: ([], ""), b: ([first, second], "lead")}
    # It leads on one criterion and supports another, and is told and shown so.
    asked = case.opinions.get(office=b)
    assert asked.roles == {first: "lead", second: "support"}
    page = text(get(world.actor("sx.member2"), "opinion", case.pk, asked.pk))
    assert page.index("分工：牵头") < page.index("分工：配合")
    spec = spec_of(criteria_set)
    assert [row.role for _, said in by_criterion(spec, [asked]) for row in said] == [
        "lead", "support"]  # fmt: skip


def returned(world: World, case: Case, path: str) -> None:
    """The case returned for one field, corrected there, and back at the consultation."""
    filer = world.actor("puxian.filer")
    decide(world, case, "return", "请补正", Corrections({path: "请补充"}))
    application = fresh(case).application
    key = path.partition(".")[2]
    save_answer(actor=filer, application=application, criterion=key, text="补正以后的说明")
    hand_over(actor=filer, application=complete(world, application))
    application = fresh(case).application
    submit_application(actor=world.actor("puxian.submitter"), application=application)
    drive(world, case, "unit_opinions")


def test_a_unit_keeps_its_answer_where_nothing_of_its_criteria_changed(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    first, second = keys_of(case)[:2]
    clerk, own, other = (world.actor(f"sx.{name}") for name in ("clerk", "member", "member2"))
    ids = [unit(world), unit(world, "2")]
    fields = {ids[0]: Asking((first,), "lead"), ids[1]: Asking((second,), "support")}
    for actor, row, key in zip(
        (own, other),
        ask_units(actor=clerk, case_id=case.pk, office_ids=ids, fields=fields),
        (first, second),
        strict=True,
    ):
        give_opinion(
            actor=actor, case_id=case.pk, opinion_id=row.pk, points={key: ("agree", "原来的意见")}
        )
    returned(world, case, f"answers.{second}")
    case = fresh(case)
    assert case.application.revision == 2
    kept, changed = ask_units(actor=clerk, case_id=case.pk, office_ids=ids, fields=fields)
    assert may_be_kept(case, kept) is not None
    assert "材料无变化，维持原意见" in text(get(own, "opinion", case.pk, kept.pk))
    assert "材料无变化，维持原意见" not in text(get(other, "opinion", case.pk, changed.pk))
    page = followed(other, "opinion-reconfirm", case.pk, changed.pk)
    assert "征求意见的内容有变化" in page
    changed.refresh_from_db()
    assert changed.given_at is None
    assert "维持原会审意见" in followed(own, "opinion-reconfirm", case.pk, kept.pk)
    kept.refresh_from_db()
    assert (kept.reaffirmed, kept.verdict, kept.revision) == (True, "agree", 2)
    assert kept.points == {first: {"verdict": "agree", "text": "原来的意见"}}
    page = text(get(clerk, "case", case.pk))
    assert "材料无变化，维持原意见" in page and "以前征求的意见" in page
    # Asked about more than it answered then, it answers anew.
    UnitOpinion.objects.filter(pk=kept.pk).update(criteria=[first, second], given_at=None)
    with pytest.raises(ValidationError):
        reconfirm_opinion(actor=own, case_id=case.pk, opinion_id=kept.pk)


def cost(actor: Any, name: str, *args: object) -> int:
    client, address = client_of(actor), office_url(actor, name, *args)
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def test_the_pages_cost_the_same_for_any_number_of_criteria(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, own = world.actor("sx.clerk"), world.actor("sx.member")
    keys, criteria_set = keys_of(case), case.application.criteria_set
    [row] = ask_units(
        actor=clerk, case_id=case.pk, office_ids=[unit(world)],
        fields={unit(world): Asking((keys[0],), "")},
    )  # fmt: skip
    pages = (
        (own, "case", case.pk), (own, "opinion", case.pk, row.pk),
        (own, "case-explanation", case.pk),
        (clerk, "case-units", case.pk), (clerk, "criterion-units", criteria_set.pk),
        (clerk, "criterion-units-sets"), (clerk, "criterion-units-edit", criteria_set.pk, keys[0]),
    )  # fmt: skip
    before = [cost(*page) for page in pages]
    UnitOpinion.objects.filter(pk=row.pk).update(criteria=keys)
    for key in keys:
        set_criterion_units(
            actor=clerk, criteria_set=criteria_set, criterion=key,
            roles={unit(world): "lead", unit(world, "2"): "support"},
        )  # fmt: skip
    after = [cost(*page) for page in pages]
    assert after == before
    assert max(after) <= 20


def test_what_an_answer_rests_on_is_told_from_what_it_does_not(world: World) -> None:
    """Each part of a declaration changed by itself, against a unit of one criterion and of all."""
    case = file(world, "province")
    spec, snapshot = spec_of(case.application.criteria_set), case.application.snapshot
    counted = next(
        row for row in spec.criteria if narrowed(spec, [row.key]).indicators & {*COUNTED_FROM}
    )
    measured = next(
        (row, indicator)
        for row in spec.criteria
        for year in snapshot["figures"].values()
        for indicator in narrowed(spec, [row.key]).indicators & {*year}
    )
    first = spec.criteria[0].key
    year = next(iter(snapshot["figures"]))
    filed = snapshot["evidence"][0]
    register = COUNTED_FROM[min(narrowed(spec, [counted.key]).indicators & {*COUNTED_FROM})]
    changed: list[tuple[str, set[str], dict[str, Any]]] = [
        ("answers", {first}, {"answers": {**snapshot["answers"], first: "另写的说明"}}),
        ("evidence", {first}, {"evidence": [{**filed, "sha256": "0" * 64}]}),
        ("evidence", {first}, {"evidence": []}),
        (
            "figures",
            {measured[0].key},
            {"figures": {**snapshot["figures"], year: {measured[1]: "1"}}},
        ),
        ("register", {counted.key}, {register: []}),
        ("summary", set(), {"summary": "另写的概述"}),
    ]
    for name, keys, part in changed:
        case.application.snapshot, case.application.revision = {**snapshot, **part}, 2
        assert not unchanged_since(case, 1, ()), name
        for row in keys:
            assert not unchanged_since(case, 1, (row,)), (name, row)
        others = [row.key for row in spec.criteria if row.key not in keys | {counted.key}]
        if name in ("answers", "evidence", "summary"):
            assert all(unchanged_since(case, 1, (row,)) for row in others), name
    pages = [{**filed, "id": 0, "pages": 9}]
    case.application.snapshot = {**snapshot, "evidence": pages, "commitments": []}
    assert unchanged_since(case, 1, ()) and unchanged_since(case, 1, (first,))


def seen_on(answer: Any) -> str:
    """What the form of a page says it was opened on."""
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', text(answer))
    assert found is not None
    return found[1]


def test_the_second_member_of_a_unit_sees_what_the_first_answered(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    first = keys_of(case)[0]
    clerk, own = world.actor("sx.clerk"), world.actor("sx.member")
    by_point, whole = ask_units(
        actor=clerk, case_id=case.pk, office_ids=[unit(world), unit(world, "2")],
        fields={unit(world): Asking((first,), "")},
    )  # fmt: skip
    # Enter in a field presses the form's own button, not a phrase.
    page = text(get(own, "opinion", case.pk, by_point.pk))
    form = page[page.index("data-unsaved") :]
    assert form.index("提交会审意见") < form.index('name="phrase"')
    for actor, row, mine, theirs in (
        (own, by_point, {f"verdict_{first}": "agree"},
         {f"verdict_{first}": "disagree", f"text_{first}": "甲的意见"}),
        (world.actor("sx.member2"), whole, {"verdict": "agree"},
         {"verdict": "disagree", "text": "甲的意见"}),
    ):  # fmt: skip
        seen = seen_on(get(actor, "opinion", case.pk, row.pk))
        for _ in range(2):
            answer = post(actor, "opinion", case.pk, row.pk, **theirs, seen=seen)
            assert answer.status_code == 302
        answer = post(actor, "opinion", case.pk, row.pk, **mine, seen=seen)
        assert answer.status_code == 409
        for said in ("已由他人提交或者修改", "甲的意见", "不同意"):
            assert said in text(answer)
        row.refresh_from_db()
        assert row.verdict == "disagree"
        answer = post(actor, "opinion", case.pk, row.pk, **mine, seen=seen_on(answer))
        assert answer.status_code == 302
        row.refresh_from_db()
        assert row.verdict == "agree"


def test_two_people_divide_and_a_merged_unit_keeps_its_part(world: World) -> None:
    criteria_set = world.rounds["province"].criteria_set
    first = spec_of(criteria_set).criteria[0].key
    clerk, a, b = world.actor("sx.clerk"), unit(world), unit(world, "2")
    where = (criteria_set.pk, first)
    seen = seen_on(get(clerk, "criterion-units-edit", *where))
    with CaptureQueriesContext(connection) as captured:
        set_criterion_units(
            actor=clerk, criteria_set=criteria_set, criterion=first, roles={a: "lead"}
        )
        save_phrase(actor=clerk, text="同意。")
        set_quotas(actor=clerk, call=world.rounds["province"], places={})
    # Rows that point at the office, the post and the round are entered meanwhile.
    ends = [row["sql"].rpartition(" FOR ")[2] for row in captured if " FOR " in row["sql"]]
    for table in ("core_office", "core_post", "towns_round"):
        assert any(
            f'FROM "{table}"' in row["sql"] and "FOR NO KEY UPDATE" in row["sql"]
            for row in captured
        ), table
    assert ends and all(end.startswith("NO KEY UPDATE") for end in ends), ends
    answer = post(clerk, "criterion-units-edit", *where, **{f"role_{b}": "support"}, seen=seen)
    assert answer.status_code == 409
    assert "已由本办公室其他人员修改" in text(answer) and "牵头" in text(answer)
    assert CriterionUnit.objects.get(criterion=first).unit_id == a
    # A is merged into B: its part is B's, on the page and when it is saved.
    CriterionUnit.objects.update(source="原来的依据")
    Office.objects.filter(pk=a).update(successor=b, valid_to=clock.today() - timedelta(days=1))
    page = text(get(clerk, "criterion-units-edit", *where))
    assert re.search(rf'name="role_{b}".*?value="lead" selected', page, re.DOTALL)
    seen = seen_on(get(clerk, "criterion-units-edit", *where))
    sent = {f"role_{b}": "lead", "seen": seen}
    assert post(clerk, "criterion-units-edit", *where, **sent).status_code == 302
    row = CriterionUnit.objects.get(criterion=first)
    assert (row.unit_id, row.role, row.source) == (b, "lead", "原来的依据")


def test_a_unit_is_never_asked_without_a_limit(world: World) -> None:
    case = drive(world, file(world, "province"), "unit_opinions")
    clerk, run = world.actor("sx.clerk"), open_run(case)
    StepRun.objects.filter(pk=run.pk).update(due_on=None)
    Appointment.objects.filter(post__office=unit(world)).update(valid_to=date(2020, 1, 1))
    answer = post(clerk, "case-units", case.pk, offices=[unit(world)])
    assert answer.status_code == 422 and "请填写答复期限" in text(answer)
    assert not case.opinions.exists()
    [row] = ask_units(actor=clerk, case_id=case.pk, office_ids=[unit(world)], days=3)
    assert row.due_on == add_working_days(clock.today(), 3)
    StepRun.objects.filter(pk=run.pk).update(due_on=clock.today())
    [row] = ask_units(actor=clerk, case_id=case.pk, office_ids=[unit(world, "2")])
    assert row.due_on == clock.today()
