"""On-site visits: planned and recorded by the office that handles the case, read by those above."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from criteria.queries import spec_of
from portal.core import clock
from portal.core.documents.printing import printed
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from reviews.actions import add_photos, cancel_visit, plan_visit, record_visit
from reviews.actions.visits import Found, Terms
from reviews.chain import CHAINS, Mode, Step, current_chain
from reviews.models import Visit
from reviews.papers import PAPERS
from reviews.visit_policies import may_record_visit, may_visit
from tests import scenario
from tests.factories import World, client_of, make_world
from tests.papers import PDF, picture
from tests.reviews.asking import followed, get, post, text
from tests.scenario import decide, drive, file, fresh, open_run
from towns.models import Round

pytestmark = pytest.mark.django_db

TODAY = clock.today()
TERMS = Terms(TODAY, "肉牛交易市场", "王核查 县工信局\n李核查", "赵经理")


@pytest.fixture
def world() -> World:
    return make_world()


def photo(name: str = "现场.jpg", shade: int = 90) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture("JPEG", shade=shade), "image/jpeg")


def test_a_visit_from_plan_to_paper(world: World) -> None:
    case = drive(world, file(world, "province"), "city_review")
    clerk, county = world.actor("linfen.clerk"), world.actor("puxian.clerk")
    criteria = spec_of(case.application.criteria_set).criteria
    assert "还没有安排现场核查" in text(get(clerk, "case", case.pk))
    answer = post(clerk, "visit-new", case.pk, held_on="2026-13-01", place="", people="王核查")
    assert answer.status_code == 422
    for words in ("日期格式如", "请填写核查地点", "王核查"):
        assert words in text(answer)
    told = {"held_on": str(TODAY), "place": TERMS.place, "people": TERMS.people, "met": TERMS.met}
    assert "已安排" in followed(clerk, "visit-new", case.pk, **told)
    followed(clerk, "visit-new", case.pk, **told)
    visit = Visit.objects.get(case=case)
    assert (visit.state, visit.run_id, visit.office.slug) == (
        "planned",
        open_run(case).pk,
        "linfen",
    )
    # Neither the town nor the county below reads it, nor the office above before it was made.
    for name in ("puxian.filer", "puxian.clerk", "puxian.expert", "sx.clerk"):
        assert get(world.actor(name), "visit", visit.pk).status_code == 404
    key = criteria[0].key
    answer = post(clerk, "visit", visit.pk, **told, done="1", **{f"finding_{key}": "differs"})
    assert answer.status_code == 422
    assert "请写明情况" in text(answer)
    answer = post(clerk, "visit", visit.pk, **told, done="1")
    assert "请填写核查情况" in text(answer)
    found = {f"finding_{key}": "differs", f"text_{key}": "现场屠宰线两条，申报三条。"}
    page = followed(clerk, "visit", visit.pk, **told, **found, summary="总体属实。", done="1")
    assert "现场核查已登记" in page
    page = text(get(clerk, "case", case.pk))
    for words in ("总体属实。", "与申报不一致 1 条"):
        assert words in page
    for actor in (county, world.actor("puxian.filer")):
        seen = text(get(actor, "case", case.pk))
        assert "总体属实。" not in seen
        assert TERMS.place not in seen
    assert "现场屠宰线两条" in text(get(world.actor("sx.clerk"), "visit", visit.pk))
    pdf = printed(PAPERS["visit"].content(clerk, visit)).pdf
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    for words in ("现场核查记录", "现场屠宰线两条", "陪同人员签字"):
        assert words in said.replace("\n", "")
    decide(world, case, "pass")
    visit.refresh_from_db()
    assert "环节已经结束" in may_record_visit(clerk, visit).reason
    answer = post(clerk, "visit", visit.pk, **told, summary="来不及存的话", done="1")
    assert answer.status_code == 403
    assert "来不及存的话" in text(answer) and "可复制留存" in text(answer)


def test_photographs_are_looked_into(world: World) -> None:
    case = file(world, "county")
    clerk = world.actor("puxian.clerk")
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=TERMS)
    address = get(clerk, "visit", visit.pk).wsgi_request.path
    client = client_of(clerk)
    assert clerk.post is not None
    sent = {"acting_post": clerk.post.pk, "caption": "交易大厅"}

    acting = clerk.post.pk

    def send(*files: SimpleUploadedFile) -> str:
        answer = client.post(
            f"{address}photos/?post={acting}", {**sent, "photos": list(files)}, follow=True
        )
        return text(answer)

    bad = SimpleUploadedFile("证书.pdf", PDF, "application/pdf")
    page = send(photo(), bad)
    assert "不是照片" in page
    assert not visit.photos.exists()
    assert "已加入 1 张照片" in send(photo())
    assert "没有重复保存" in send(photo("同一张.jpg"))
    kept = visit.photos.get()
    assert (kept.caption, kept.added_name) == ("交易大厅", clerk.name)
    preview = get(clerk, "file-preview", kept.file_id)
    assert preview.status_code == 200
    for name in ("puxian.filer", "linfen.clerk", "xixian.clerk"):
        assert get(world.actor(name), "file-preview", kept.file_id).status_code == 404
        assert get(world.actor(name), "file-download", kept.file_id).status_code == 404
    assert "照片已删除" in followed(clerk, "visit-photo-remove", visit.pk, kept.pk)
    assert not visit.photos.exists()
    add_photos(actor=clerk, visit_id=visit.pk, uploads=[photo("又一张.jpg", 40)])
    with pytest.raises(ValidationError, match="请选择照片"):
        add_photos(actor=clerk, visit_id=visit.pk, uploads=[])


def seen_on(answer: object) -> str:
    """What the form of a page says it was opened on."""
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', text(answer))
    assert found is not None
    return found[1]


def test_the_second_of_two_inspectors_sees_what_the_first_found(world: World) -> None:
    case = file(world, "county")
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    key = spec_of(case.application.criteria_set).criteria[0].key
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=TERMS)
    told = {"held_on": str(TODAY), "place": TERMS.place, "people": TERMS.people, "met": TERMS.met}
    told["seen"] = seen_on(get(clerk, "visit", visit.pk))
    first = {**told, "summary": "甲的话", f"finding_{key}": "differs", f"text_{key}": "甲查到的"}
    mine = {**told, "summary": "乙的话", f"finding_{key}": "confirmed"}
    assert "核查记录已保存" in followed(clerk, "visit", visit.pk, **first)
    assert "核查记录已保存" in followed(clerk, "visit", visit.pk, **first), "sent twice"
    answer = post(checker, "visit", visit.pk, **mine)
    assert answer.status_code == 409
    for words in ("已被修改，没有保存", "甲的话", "甲查到的", "与申报不一致", "乙的话"):
        assert words in text(answer)
    visit.refresh_from_db()
    assert (visit.summary, visit.findings.get().text) == ("甲的话", "甲查到的")
    mine["seen"] = seen_on(answer)
    assert "核查记录已保存" in followed(checker, "visit", visit.pk, **mine)
    visit.refresh_from_db()
    assert (visit.summary, visit.findings.get().finding) == ("乙的话", "confirmed")
    with pytest.raises(Stale, match="已被修改"):
        record_visit(
            actor=clerk,
            visit_id=visit.pk,
            terms=TERMS,
            summary="丙",
            findings={},
            done=True,
            seen=told["seen"],
        )


def test_photographs_leave_what_was_typed_where_it_is(world: World) -> None:
    """Upload and removal are sent with the record; what is planned tells nobody above a thing."""
    case = file(world, "county")
    clerk = world.actor("puxian.clerk")
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=TERMS)
    page = text(get(clerk, "visit", visit.pk))
    for name in ("photos", "criterion", "caption"):
        assert re.search(rf'name="{name}"[^>]*form="record"', page), name
    typed = {"held_on": "2026-13-01", "place": "新地点", "people": "王核查", "summary": "还没有存"}
    typed["seen"] = seen_on(get(clerk, "visit", visit.pk))
    answer = post(clerk, "visit-photos", visit.pk, **typed, photos=[photo("密名.jpg")])
    assert answer.status_code == 200
    for words in ("已加入 1 张照片", "尚未保存", "还没有存", "新地点", "2026-13-01", typed["seen"]):
        assert words in text(answer)
    assert "还没有存" in text(post(clerk, "visit-photos", visit.pk, **typed))
    kept = visit.photos.get()
    answer = post(clerk, "visit-photo-remove", visit.pk, kept.pk, **typed)
    assert "照片已删除" in text(answer) and "还没有存" in text(answer)
    answer = post(clerk, "visit-photo-remove", visit.pk, kept.pk, **typed)
    assert answer.status_code == 409
    assert "已经删除" in text(answer) and "还没有存" in text(answer)
    for name, args in (("visit-photos", ()), ("visit-photo-remove", (kept.pk,))):
        assert get(clerk, name, visit.pk, *args).status_code == 302
    cancel_visit(actor=clerk, visit_id=visit.pk, reason="密因。")
    answer = post(clerk, "visit-photos", visit.pk, **typed, photos=[photo()])
    assert answer.status_code == 403 and "还没有存" in text(answer)
    visit.refresh_from_db()
    assert (visit.place, visit.cancelled_reason) == (TERMS.place, "密因。")
    entries = LedgerEntry.objects.filter(verb__in=("remove_photo", "cancel_visit", "plan_visit"))
    said = "".join(f"{row.summary}{row.payload}" for row in entries)
    assert entries.count() == 3
    for hidden in ("密名", "密因", TERMS.place):
        assert hidden not in said


def test_only_the_handling_office_visits_and_a_day_that_came(world: World) -> None:
    case = file(world, "county")
    clerk = world.actor("puxian.clerk")
    for name in ("linfen.clerk", "puxian.filer", "puxian.signer", "puxian.expert"):
        assert not may_visit(world.actor(name), fresh(case)).ok
    later = TERMS._replace(held_on=TODAY + timedelta(days=3))
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=later)
    with pytest.raises(ValidationError) as refused:
        record_visit(
            actor=clerk, visit_id=visit.pk, terms=later, summary="好", findings={}, done=True
        )
    assert list(refused.value.message_dict) == ["held_on"]
    with pytest.raises(ValidationError, match="没有这一条"):
        record_visit(
            actor=clerk,
            visit_id=visit.pk,
            terms=TERMS,
            summary="好",
            findings={"nothing": Found("confirmed", "")},
            done=False,
        )
    with pytest.raises(ValidationError, match="取消的原因"):
        cancel_visit(actor=clerk, visit_id=visit.pk, reason=" ")
    cancel_visit(actor=clerk, visit_id=visit.pk, reason="改期。")
    with pytest.raises(Refused, match="已取消"):
        cancel_visit(actor=clerk, visit_id=visit.pk, reason="改期。")
    with pytest.raises(Stale):
        cancel_visit(actor=world.actor("linfen.clerk"), visit_id=visit.pk, reason="改期。")


def test_a_visit_may_be_a_step(world: World) -> None:
    """A chain with a step of that kind waits for a visit that was made."""
    chain = current_chain("county")
    row = Step("county_visit", "县级现场核查", "county", Mode.VISIT, chain.steps[0].ability,
               ("conclude", "return"), released=False)  # fmt: skip
    longer = chain._replace(version=98, steps=(chain.steps[0], row, *chain.steps[1:]))
    CHAINS[longer.key, longer.version] = longer
    try:
        Round.objects.filter(pk=world.rounds["county"].pk).update(chain_version=98)
        world.rounds["county"].refresh_from_db()
        case = drive(world, file(world, "county"), "county_visit")
        clerk = world.actor("puxian.clerk")
        with pytest.raises(ValidationError, match="还没有登记完成的现场核查"):
            decide(world, case, "conclude")
        visit = plan_visit(actor=clerk, case_id=case.pk, terms=TERMS)
        record_visit(
            actor=clerk, visit_id=visit.pk, terms=TERMS, summary="属实。", findings={}, done=True
        )
        decide(world, case, "conclude")
        assert fresh(case).step == "unit_opinions"
        assert scenario.drive(world, case).outcome == "certified"
    finally:
        del CHAINS[longer.key, longer.version]
