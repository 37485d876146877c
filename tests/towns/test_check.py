"""The check page: what is missing, what waits, what changed; the stamped request; commitments."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from reviews.actions.moving import Corrections
from tests import scenario
from tests.factories import World, make_round
from tests.papers import PDF, picture
from towns.actions import (
    attach_request,
    hand_over,
    remove_request,
    save_overview,
    sign_commitments,
    start_application,
)
from towns.actions.drafting import autosave_section
from towns.models import Application, Enterprise, EvidenceSlot, Membership, TownFigure
from towns.queries import declared_now

pytestmark = pytest.mark.django_db
CHECK_QUERIES = 20
NUMBER = "蒲政请〔2026〕1号"


def scan(content: bytes = PDF, name: str = "请示.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def verbs(application: Application) -> list[str]:
    return list(
        LedgerEntry.objects.filter(chain=f"towns.application:{application.pk}")
        .order_by("seq")
        .values_list("verb", flat=True)
    )


def test_what_is_missing_leads_to_the_very_field_and_back(
    world: World, browse: Any, application: Application, filer: Actor
) -> None:
    EvidenceSlot.objects.create(
        round=application.round, criterion="market", key="share", title="占有率证明", required=True
    )
    person = browse("puxian.filer")
    page = person.get("application-check", application.pk)
    groups = {row["title"]: row["items"] for row in page.context["missing"]}
    assert [*groups][:1] == ["基本情况"]
    assert [*groups][-2:] == ["申报请示", "承诺"]
    contact = groups["基本情况"][0]
    assert contact["href"].endswith("from=check#id_contact")
    market = next(items for title, items in groups.items() if "市场" in title)
    assert any("占有率证明" in row["text"] and "#evidence" in row["href"] for row in market)
    assert "未填写" in page.text
    assert person.post("application-hand-over", application.pk).status_code == 422

    # What was opened from here leads back here once it is saved.
    address = contact["href"].partition("#")[0]
    form = person.client.get(address)
    opened = form.context["opened"]
    post = filer.post
    assert post is not None
    sent = {"acting_post": post.pk, "opened": opened, "contact": "张三", "save": "1"}
    answer = person.client.post(address, sent)
    assert answer.status_code == 302
    assert "/check/" in answer["Location"]
    application.refresh_from_db()
    assert application.contact == "张三"


def test_what_was_typed_and_not_saved_is_named_and_holds_the_handing_over_up(
    browse: Any, complete: Application, filer: Actor
) -> None:
    year = complete.round.figures_year
    autosave_section(
        actor=filer,
        application=complete,
        key="figures",
        opened={},
        typed={f"{year}.source": "县统计局年报"},
    )
    page = browse("puxian.filer").get("application-check", complete.pk)
    (group,) = page.context["unsaved"]
    assert group["rows"][0]["text"] == "县统计局年报"
    assert "sections/figures" in group["href"]
    with pytest.raises(ValidationError, match="没有保存"):
        hand_over(actor=filer, application=complete)


def test_the_request_is_attached_replaced_and_removed(
    world: World, browse: Any, application: Application, filer: Actor
) -> None:
    person = browse("puxian.filer")
    nothing = person.post("application-request", application.pk, data={"number": " "})
    assert nothing.status_code == 422
    assert nothing.context["request_form"].errors["number"]
    no_file = person.post(
        "application-request", application.pk, data={"number": "蒲政请〔2026〕1号"}
    )
    assert no_file.status_code == 422
    assert NUMBER in no_file.text, "what was typed comes back"
    sent = {"number": NUMBER, "file": scan()}
    assert person.post("application-request", application.pk, data=sent).status_code == 302
    application.refresh_from_db()
    first = application.request_file
    assert first is not None
    assert application.request_number == NUMBER
    page = person.get("application-check", application.pk)
    assert "预览" in page.text and "移除请示" in page.text
    assert b"".join(person.get("file-download", first.pk).streaming_content) == PDF
    assert browse("xixian.filer").get("file-download", first.pk).status_code == 404

    # The number alone is put right; the same again is not entered; another scan takes its place.
    for _ in range(2):
        attach_request(actor=filer, application=application, number="蒲政请〔2026〕2号")
    image = SimpleUploadedFile("盖章.png", picture(), "image/png")
    attach_request(actor=filer, application=application, number="蒲政请〔2026〕2号", upload=image)
    assert verbs(application).count("attach_request") == 3
    application.refresh_from_db()
    assert application.request_file_id != first.pk
    assert person.get("file-download", first.pk).status_code == 404
    for actor in (world.actor("puxian.submitter"), world.actor("xixian.filer")):
        with pytest.raises(Refused):
            remove_request(actor=actor, application=application)
    assert person.post("application-request-remove", application.pk).status_code == 302
    assert person.post("application-request-remove", application.pk).status_code == 302
    application.refresh_from_db()
    assert (application.request_file, application.request_number) == (None, "")
    assert verbs(application)[-1] == "remove_request"


def test_offices_read_the_request_that_was_submitted_whatever_the_town_attaches(
    browse: Any, application: Application, filer: Actor
) -> None:
    attach_request(
        actor=filer, application=application, number=NUMBER, upload=scan(name="已交请示.pdf")
    )
    application.refresh_from_db()
    first = application.request_file
    assert first is not None
    Application.objects.filter(pk=application.pk).update(
        state="returned", submitted_at=clock.now(), snapshot=declared_now(application)
    )
    image = SimpleUploadedFile("新请示.png", picture(), "image/png")
    attach_request(actor=filer, application=application, number=NUMBER, upload=image)
    application.refresh_from_db()
    office, town = browse("sx.clerk"), browse("puxian.filer")
    seen = office.get("application-evidence", application.pk).text
    assert "已交请示.pdf" in seen and "新请示" not in seen
    own = town.get("application-evidence", application.pk).text
    assert "新请示.png" in own and "已交请示" not in own
    assert b"".join(office.get("file-download", first.pk).streaming_content) == PDF
    assert office.get("file-download", application.request_file_id).status_code == 404
    assert town.get("file-download", first.pk).status_code == 404
    assert b"".join(
        town.get("file-download", application.request_file_id).streaming_content
    ).startswith(b"\x89PNG")


def test_commitments_are_read_one_by_one_and_made_anew_for_a_resubmission(
    world: World, browse: Any, filer: Actor
) -> None:
    application = scenario.draft(world, "county")
    Application.objects.filter(pk=application.pk).update(commitments=[])
    person, texts = browse("puxian.filer"), application.round.commitment_texts
    some = person.post("application-commitments", application.pk, data={"commitment": texts[:1]})
    assert some.status_code == 422
    assert [row["ticked"] for row in some.context["to_sign"]] == [True, False, False]
    assert some.context["errors"][0]["href"] == "#id_commitment_1"
    with pytest.raises(ValidationError, match="文字已由受理机构修改"):
        sign_commitments(actor=filer, application=application, texts=[*texts, "另一条"])
    whole = person.post("application-commitments", application.pk, data={"commitment": texts})
    assert whole.status_code == 302
    application.refresh_from_db()
    assert [row["text"] for row in application.commitments] == texts
    assert {row["name"] for row in application.commitments} == {filer.name}

    # Changing the declaration does not void them, another submission asks again.
    save_overview(
        actor=filer,
        application=application,
        contact="李四",
        contact_phone="0357-5322002",
        summary="改过的概述。",
    )
    hand_over(actor=filer, application=application)
    case = scenario.submit_application(
        actor=world.actor("puxian.submitter"), application=application
    )
    scenario.decide(
        world, case, "return", "请更正概述", corrections=Corrections({"summary": "写明产值"}, 5)
    )
    page = person.get("application-check", application.pk)
    assert page.context["again"]
    assert "还没有改动" in page.text and "写明产值" in page.text
    assert page.context["links"]["figures"] == {"url": "", "locked": "不在本次补正范围内"}
    application.refresh_from_db()
    with pytest.raises(Refused, match="不在本次补正范围内"):
        attach_request(actor=filer, application=application, number="别的文号")
    autosave_section(
        actor=filer,
        application=application,
        key="facts",
        opened={"summary": "改过的概述。"},
        typed={"summary": "改过的概述，产值20亿元。"},
    )
    application.refresh_from_db()
    with pytest.raises(ValidationError, match="作出承诺"):
        hand_over(actor=filer, application=application)
    sign_commitments(actor=filer, application=application, texts=texts)
    page = person.get("application-check", application.pk)
    (compared,) = page.context["compared"]
    assert [row.label for row in compared.rows] == ["申报概述"]
    assert not page.context["unanswered"]
    application.refresh_from_db()
    assert {row["revision"] for row in declared_now(application)["commitments"]} == {2}
    hand_over(actor=filer, application=application)


def test_changes_since_the_last_round_and_three_hundred_enterprises(
    world: World, browse: Any, filer: Actor
) -> None:
    with clock.at(clock.now() - timedelta(days=2)):
        case = scenario.file(world, "county")
    before = case.application
    given = world.rounds["province"]
    call = make_round(given.office, given.criteria_set, "sx-next")
    application = start_application(actor=filer, town=before.town, call=call)
    save_overview(
        actor=filer,
        application=application,
        contact="王五",
        contact_phone="0357-5322001",
        summary="新的概述。",
    )
    person = browse("puxian.filer")

    def asked() -> int:
        person.get("application-check", application.pk)
        with CaptureQueriesContext(connection) as seen:
            page = person.get("application-check", application.pk)
        assert page.status_code == 200
        shown.append(page)
        return len(seen)

    shown: list[Any] = []
    few = asked()
    (compared,) = shown[-1].context["compared"]
    rows = {row.path: row for row in compared.rows}
    assert (rows["contact"].before, rows["contact"].after) == ("张联系", "王五")
    assert rows["request"].after == "未上传"
    assert "commitments" not in rows

    here = before.town.memberships.count()
    made = Enterprise.objects.bulk_create(
        Enterprise(uscc=f"91140000{number:010d}", name=f"企业{number}", entity="enterprise")
        for number in range(300)
    )
    Membership.objects.bulk_create(
        Membership(
            town=before.town,
            enterprise=row,
            scope_code=before.town.scope_code,
            role="supporting",
            since=clock.today() - timedelta(days=9),
        )
        for row in made
    )
    assert asked() == few <= CHECK_QUERIES
    text = shown[-1].text
    assert f"展开全部 {here + 300} 家企业" in text
    rows = {row.path: row for row in shown[-1].context["compared"][0].rows}
    assert rows["enterprises"].summary == "新增 300 家"
    assert office_url(filer, "application-section", application.pk, "enterprises") in text


def test_an_application_without_figures_stays_and_what_is_wholly_empty_is_confirmed(
    world: World, browse: Any, complete: Application, filer: Actor
) -> None:
    year = complete.round.figures_year
    town = complete.town
    person = browse("puxian.filer")

    def pages() -> tuple[str, str]:
        listed, check = (person.get(f"application{end}", complete.pk) for end in ("", "-check"))
        return listed.text, check.text

    assert "可以送提交人" in pages()[0] and "需要的内容已填齐" in pages()[1]
    TownFigure.objects.filter(town=town, year=year - 1).delete()
    listed, check = pages()
    assert "还有 1 个部分没有完成" in listed and "可以送提交人" not in listed
    assert "还有 1 个部分没有填完" in check and "需要的内容已填齐" not in check
    assert f"{year - 1}年还有" in check

    kept = list(TownFigure.objects.filter(town=town, year=year))
    TownFigure.objects.filter(town=town, year=year).delete()
    listed, check = pages()
    assert "还缺 1 项" in listed and f"填写{year}年的年度数据" in check
    assert "需要的内容已填齐" not in check and "可以送提交人" not in listed
    with pytest.raises(ValidationError, match=f"填写{year}年的年度数据"):
        hand_over(actor=filer, application=complete)
    TownFigure.objects.bulk_create(kept)

    town.functions.all().delete()
    Membership.objects.filter(town=town).delete()
    assert "可以送提交人" not in pages()[0]
    half = person.post("application-hand-over", complete.pk, data={"confirmed": ["functions"]})
    assert half.status_code == 422
    assert [row["href"] for row in half.context["errors"]] == ["#id_confirm_enterprises"]
    assert 'id="id_confirm_functions" checked' in half.text
    assert "按 0 家判定" in half.text
    both = {"confirmed": ["enterprises", "functions"]}
    assert person.post("application-hand-over", complete.pk, data=both).status_code == 302
    complete.refresh_from_db()
    assert complete.state == "ready"
    entry = LedgerEntry.objects.get(verb="hand_over")
    assert json.loads(entry.payload) == {"empty": ["enterprises", "functions"]}
