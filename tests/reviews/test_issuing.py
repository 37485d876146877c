"""Issuing: one transaction, one number, one PDF, nothing changed afterwards."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from portal.core import clock, jobs
from portal.core.actions.documents import (
    Draft,
    discard_document,
    issue_document,
    request_preview,
    revise_document,
    send_for_check,
)
from portal.core.actions.documents.drafting import missing_characters
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.documents.kinds import Texts
from portal.core.documents.stored import texts_of
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import (
    Job,
    LedgerEntry,
    NumberSeries,
    OfficialDocument,
    Rendition,
)
from portal.core.numbers import next_number
from portal.core.web import office_url
from reviews.actions import draft_certification
from reviews.documents import default_texts
from reviews.models import Case, StepRun
from tests import scenario
from tests.embedded import environment_of, place_database
from tests.factories import World, client_of, make_world, multiply
from tests.services import ROOT
from towns.models import Certification, Town

LIST_BUDGET = 12
RARE = "\U00030edd"  # a character of a later extension that none of the faces has

SQLITE_TRIAL = """
import json
import django
django.setup()
from django.db import DatabaseError, transaction
from django.utils import timezone
from portal.core.models import Office, OfficialDocument, Region, Rendition, StoredFile
region = Region.objects.create(code="140000", name="山西省", kind="province")
office = Office.objects.create(slug="sx", name="办", kind="leading_group_office", region=region)
document = OfficialDocument.objects.create(
    office=office, kind="certification_notice", title="通知", created_at=timezone.now())
OfficialDocument.objects.filter(pk=document.pk).update(
    state="issued", number="晋〔2026〕1号", issued_on="2026-11-22")
file = StoredFile.objects.create(
    name="a.pdf", content_type="application/pdf", size=1, sha256="0", created_at=timezone.now())
Rendition.objects.create(
    document=document, kind="unsigned", file=file, created_at=timezone.now())
said = []
for change in (
    lambda: Rendition.objects.update(kind="signed"),
    lambda: Rendition.objects.all().delete(),
    lambda: OfficialDocument.objects.update(title="改"),
    lambda: OfficialDocument.objects.update(state="draft", number=""),
    lambda: OfficialDocument.objects.all()._raw_delete("default"),
):
    try:
        with transaction.atomic():
            change()
        said.append("changed")
    except DatabaseError as error:
        said.append(str(error))
print(json.dumps(said))
"""


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def waiting(world: World, level: str = "county") -> Case:
    """A case at the issuing step."""
    return scenario.drive(world, scenario.file(world, level), "issue")


def signer(world: World, document: OfficialDocument) -> Actor:
    return world.of_office(document.office, "signer")


def issue(world: World, document: OfficialDocument) -> OfficialDocument:
    """Take the draft through check and signature."""
    document.refresh_from_db()
    if document.state == "draft":
        scenario.ready_to_issue(world, document)
    return issue_document(actor=signer(world, document), document=document, issued_on=clock.today())


def run_job(world: World, document: OfficialDocument) -> Rendition:
    """Do what the worker does."""
    assert jobs.run(Job.objects.get(key=f"render:{document.pk}").pk) == JobState.DONE
    return Rendition.objects.get(document=document)


def download(actor: Actor, document: OfficialDocument) -> bytes:
    """What the download of the document gives."""
    answer = client_of(actor).get(office_url(actor, "document-file", document.pk))
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def pdf_text(content: bytes) -> str:
    """Text of all pages without the spaces that setting puts between characters."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


# --- one transaction ----------------------------------------------------------------------------


def test_issuing_numbers_certifies_and_closes_together(world: World) -> None:
    case = waiting(world)
    document = issue(world, scenario.draft_notice(world, case))
    year = clock.today().year
    assert document.number == f"蒲专镇办〔{year}〕1号"
    certification = Certification.objects.get()
    assert certification.document == document
    assert (certification.level, certification.valid_from) == ("county", clock.today())
    assert Town.objects.get(pk=certification.town_id).stage == "county"
    case = scenario.fresh(case)
    assert (case.state, case.outcome, case.application.state) == (
        "closed",
        "certified",
        "certified",
    )
    assert case.runs.get(step="issue").document == document
    assert Job.objects.get(key=f"render:{document.pk}").state == JobState.QUEUED
    assert LedgerEntry.objects.filter(verb="issue_document").count() == 1
    assert first_broken_link(f"core.officialdocument:{document.pk}") is None


def test_a_town_certified_already_rolls_everything_back(world: World) -> None:
    case = waiting(world)
    document = scenario.ready_to_issue(world, scenario.draft_notice(world, case))
    other = OfficialDocument.objects.create(
        office=document.office, kind="certification_notice", title="旧", created_at=clock.now()
    )
    Certification.objects.create(
        town=case.application.town, document=other, level="county", scope_code=case.scope_code,
        town_name=case.town_name, category=case.category, industry="肉牛", year=2024,
        valid_from=clock.today(),
    )  # fmt: skip
    entries = LedgerEntry.objects.count()
    with pytest.raises(ValidationError, match="已有同一层级的有效认定"):
        issue(world, document)
    document.refresh_from_db()
    assert (document.state, document.number) == ("signing", "")
    assert Certification.objects.count() == 1
    assert scenario.fresh(case).step == "issue"
    assert scenario.fresh(case).application.state == "submitted"
    assert not NumberSeries.objects.filter(kind="document", last__gt=0).exists()
    assert LedgerEntry.objects.count() == entries
    assert not Job.objects.filter(kind="core.render_document").exists()
    Certification.objects.all().delete()
    assert issue(world, document).serial == 1


def test_issuing_twice_takes_one_number(world: World) -> None:
    document = scenario.draft_notice(world, waiting(world))
    issued = issue(world, document)
    with pytest.raises(Stale, match=issued.number):
        issue(world, document)
    assert NumberSeries.objects.get(kind="document").last == 1
    assert Certification.objects.count() == 1


def test_only_the_signing_post_issues_and_on_a_day_of_this_year(world: World) -> None:
    document = scenario.ready_to_issue(world, scenario.draft_notice(world, waiting(world)))
    for name in ("puxian.clerk", "sx.signer", "puxian.leader"):
        with pytest.raises((Refused, Stale)):
            issue_document(actor=world.actor(name), document=document, issued_on=clock.today())
    for day in (clock.today() + timedelta(days=1), clock.today().replace(year=2020)):
        with pytest.raises(ValidationError) as caught:
            issue_document(actor=signer(world, document), document=document, issued_on=day)
        assert "issued_on" in caught.value.message_dict
    assert not Certification.objects.exists()


def test_a_case_stands_in_one_draft_at_a_time(world: World) -> None:
    case = waiting(world)
    document = scenario.draft_notice(world, case)
    with pytest.raises(ValidationError, match="已列入另一份拟稿"):
        scenario.draft_notice(world, case)
    discard_document(actor=world.actor("puxian.clerk"), document_id=document.pk)
    assert not OfficialDocument.objects.exists()
    again = scenario.draft_notice(world, case)
    assert StepRun.objects.get(case=case, step="issue").document == again


def test_without_the_organs_word_there_is_no_draft(world: World) -> None:
    case = waiting(world)
    clerk = world.actor("puxian.clerk")
    assert clerk.office is not None
    clerk.office.document_word = ""
    clerk.office.save()
    with pytest.raises(ValidationError, match="机关代字"):
        scenario.draft_notice(world, case)
    page = client_of(clerk).get(office_url(clerk, "certification-new")).content.decode()
    assert "本办公室还没有设定机关代字" in page


# --- numbers ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_under_twenty_threads_that_roll_back() -> None:
    with transaction.atomic():
        office = make_world().offices["puxian"]

    class ChangedMind(Exception):
        pass

    def take(turn: int) -> int | None:
        try:
            with transaction.atomic():
                serial = next_number(office, "document")[1]
                if turn % 5 == 0:
                    raise ChangedMind
                return serial
        except ChangedMind:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        taken = [serial for serial in pool.map(take, range(200)) if serial is not None]
    assert sorted(taken) == list(range(1, 161))
    assert NumberSeries.objects.get(office=office, kind="document").last == 160


@pytest.mark.django_db(transaction=True)
def test_two_signers_at_once_issue_one_document() -> None:
    with transaction.atomic():
        world = make_world()
        document = scenario.ready_to_issue(world, scenario.draft_notice(world, waiting(world)))
    actors = [world.actor("puxian.signer"), world.actor("puxian.office_director")]

    def try_it(actor: Actor) -> str:
        try:
            return issue_document(actor=actor, document=document, issued_on=clock.today()).number
        except Stale as stale:
            return str(stale)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(try_it, actors))
    document.refresh_from_db()
    assert sorted(answer == document.number for answer in answers) == [False, True]
    assert any("已印发" in answer and document.number in answer for answer in answers)
    assert Certification.objects.count() == 1


# --- nothing changes afterwards -----------------------------------------------------------------


def test_postgresql_refuses_to_change_what_is_issued(world: World) -> None:
    document = issue(world, scenario.draft_notice(world, waiting(world)))
    rendition = run_job(world, document)
    documents = OfficialDocument.objects.filter(pk=document.pk)
    renditions = Rendition.objects.filter(pk=rendition.pk)
    changes: list[tuple[Callable[[], Any], str]] = [
        (lambda: documents.update(title="改"), "已印发公文不可更改"),
        (lambda: documents.update(state="draft", number=""), "已印发公文不可更改"),
        (lambda: documents._raw_delete("default"), "已印发公文不可更改"),
        (lambda: renditions.update(kind="signed"), "版式件不可更改"),
        (lambda: renditions.delete(), "版式件不可更改"),
    ]
    for change, words in changes:
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            change()
    draft = OfficialDocument.objects.create(
        office=document.office, kind="certification_notice", title="稿", created_at=clock.now()
    )
    OfficialDocument.objects.filter(pk=draft.pk).update(title="新稿")
    assert draft.delete()[0] == 1


def test_sqlite_refuses_it_too(tmp_path: Path) -> None:
    place_database(tmp_path)
    environment = environment_of(tmp_path) | {"DJANGO_SETTINGS_MODULE": "portal.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SQLITE_TRIAL],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == ["版式件不可更改"] * 2 + ["已印发公文不可更改"] * 3


def test_a_missing_trigger_would_be_noticed(world: World) -> None:
    document = issue(world, scenario.draft_notice(world, waiting(world)))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    OfficialDocument.objects.filter(pk=document.pk).update(title="改")
    document.refresh_from_db()
    assert document.title == "改"  # so it is the trigger that refuses in the test above


# --- characters and the PDF ---------------------------------------------------------------------


def test_a_character_no_font_has_stops_the_document(world: World) -> None:
    case = waiting(world)
    clerk = world.actor("puxian.clerk")
    document = scenario.draft_notice(world, case)
    rare = texts_of(document)._replace(title=f"关于公布{RARE}名单的通知")

    def revise(texts: Texts) -> None:
        draft = Draft(texts, document.content)
        revise_document(actor=clerk, document_id=document.pk, draft=draft)
        document.refresh_from_db()

    revise(rare)
    [gap] = missing_characters(document)
    assert RARE in gap and "小标宋" in gap and "U+30EDD" in gap
    with pytest.raises(ValidationError) as caught:
        send_for_check(actor=clerk, document_id=document.pk)
    assert caught.value.messages == [gap]
    page = client_of(clerk).get(office_url(clerk, "document", document.pk)).content.decode()
    assert "有字无法排印" in page and RARE in page
    revise(rare._replace(title="关于公布名单的通知"))
    assert missing_characters(document) == []
    scenario.ready_to_issue(world, document)
    # A name in the list may have become rare since the check: issuing asks once more.
    Town.objects.filter(pk=case.application.town_id).update(industry=f"肉{RARE}")
    with pytest.raises(ValidationError, match=f"U\\+{ord(RARE):X}"):
        issue(world, document)
    assert not NumberSeries.objects.filter(kind="document", last__gt=0).exists()
    Town.objects.filter(pk=case.application.town_id).update(industry="肉牛")
    assert issue(world, document).state == "issued"
    with pytest.raises(Stale):
        revise(rare)


def test_the_pdf_says_what_the_document_says(world: World) -> None:
    case = waiting(world, "province")
    document = issue(world, scenario.draft_notice(world, case))
    page_of = world.of_office(document.office, "clerk")
    client = client_of(page_of)
    address = office_url(page_of, "document", document.pk)
    assert "文件生成中" in client.get(address).content.decode()
    file_address = office_url(page_of, "document-file", document.pk)
    assert client.get(file_address).status_code == 404
    rendition = run_job(world, document)
    content = download(page_of, document)
    assert content.startswith(b"%PDF-") and len(content) == rendition.file.size
    text = pdf_text(content)
    for words in (document.number, document.title, case.town_name, case.county_name, "蒲县"):
        assert words in text, words
    assert "样稿" not in text
    assert rendition.file.sha256 in client.get(address).content.decode()
    entry = LedgerEntry.objects.get(verb="store_rendition")
    assert rendition.file.sha256 in entry.payload


def test_polling_gives_the_progress_alone_and_a_failure_may_be_tried_again(world: World) -> None:
    document = issue(world, scenario.draft_notice(world, waiting(world)))
    clerk, sign = world.actor("puxian.clerk"), world.actor("puxian.signer")
    address = office_url(sign, "document", document.pk)
    poll = client_of(sign).get(address, headers={"hx-request": "true"}).content.decode()
    assert "排队中" in poll and "<html" not in poll
    Job.objects.filter(key=f"render:{document.pk}").update(state=JobState.FAILED, reason="磁盘已满")
    page = client_of(sign).get(address).content.decode()
    assert "磁盘已满" in page and "重新办理" in page
    own = client_of(clerk).get(office_url(clerk, "document", document.pk)).content.decode()
    assert "磁盘已满" in own and "重新办理" not in own
    assert client_of(clerk).post(office_url(clerk, "document-file", document.pk)).status_code == 403
    client_of(sign).post(office_url(sign, "document-file", document.pk))
    assert Job.objects.get(key=f"render:{document.pk}").state == JobState.QUEUED
    run_job(world, document)
    assert (
        "下载公文"
        in client_of(clerk).get(office_url(clerk, "document", document.pk)).content.decode()
    )


def test_the_preview_is_marked_and_leaves_no_rendition(world: World) -> None:
    document = scenario.draft_notice(world, waiting(world))
    clerk = world.actor("puxian.clerk")
    job = request_preview(clerk, document)
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert job.file is not None
    with job.file.file.open("rb") as handle:
        assert "样稿" in pdf_text(handle.read())
    assert not Rendition.objects.exists()


def test_rendering_again_gives_the_stored_file(world: World) -> None:
    document = issue(world, scenario.draft_notice(world, waiting(world)))
    first = run_job(world, document)
    job = Job.objects.get(key=f"render:{document.pk}")
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    assert run_job(world, document) == first
    assert Rendition.objects.count() == 1


# --- pages --------------------------------------------------------------------------------------


def test_the_whole_way_on_its_pages(world: World) -> None:
    case = waiting(world)
    clerk, sign = world.actor("puxian.clerk"), world.actor("puxian.signer")
    client = client_of(clerk)
    choose = client.get(office_url(clerk, "certification-new")).content.decode()
    assert case.town_name in choose
    drafted = client.get(
        office_url(clerk, "certification-new") + f"&case={case.pk}"
    ).content.decode()
    texts = default_texts(case.office, [case], clock.today().year)
    assert texts.title in drafted and f'name="cases" value="{case.pk}"' in drafted
    refused = client.post(
        office_url(clerk, "certification-new"),
        {"cases": case.pk, **texts._asdict(), "title": "", "note": "附注甲"},
    )
    assert refused.status_code == 422
    assert "请填写标题" in refused.content.decode() and "附注甲" in refused.content.decode()
    client.post(office_url(clerk, "certification-new"), {"cases": case.pk, **texts._asdict()})
    document = OfficialDocument.objects.get()
    assert client.get(office_url(clerk, "document-issue", document.pk)).status_code == 403
    scenario.ready_to_issue(world, document)
    client = client_of(sign)
    address = office_url(sign, "document-issue", document.pk)
    unsure = client.post(address, {"issued_on": f"{clock.today():%Y-%m-%d}"})
    assert "请核对后勾选确认" in unsure.content.decode()
    assert not Certification.objects.exists()
    sure = {"issued_on": f"{clock.today():%Y-%m-%d}", "confirmed": "on"}
    assert client.post(address, sure).status_code == 302
    again = client.post(address, sure)
    assert "已印发" in client.get(again.url).content.decode()  # type: ignore[attr-defined]
    assert Certification.objects.count() == 1


def test_the_town_and_its_county_read_what_certified_it(world: World) -> None:
    document = issue(world, scenario.draft_notice(world, waiting(world, "province")))
    run_job(world, document)
    for name in ("puxian.clerk", "linfen.leader", "puxian.filer"):
        actor = world.actor(name)
        client = client_of(actor)
        assert client.get(office_url(actor, "document", document.pk)).status_code == 200, name
        assert download(actor, document).startswith(b"%PDF-"), name
    for name in ("xixian.clerk", "jincheng.clerk", "xixian.filer", "sx.expert", "sx.member"):
        actor = world.actor(name)
        client = client_of(actor)
        assert client.get(office_url(actor, "document", document.pk)).status_code == 404, name
        assert client.get(office_url(actor, "document-file", document.pk)).status_code == 404, name
    clerk = world.actor("puxian.clerk")
    listed = client_of(clerk).get(office_url(clerk, "documents") + "&box=received")
    assert document.number in listed.content.decode()


def test_drafts_are_for_their_office_alone(world: World) -> None:
    document = scenario.draft_notice(world, waiting(world))
    for name in ("sx.clerk", "xixian.clerk", "puxian.filer"):
        actor = world.actor(name)
        for page in ("document", "document-edit", "document-issue", "document-file"):
            answer = client_of(actor).get(office_url(actor, page, document.pk))
            assert answer.status_code == 404, (name, page)
        for page in ("document-preview", "document-issue", "document-edit"):
            answer = client_of(actor).post(office_url(actor, page, document.pk))
            assert answer.status_code == 404, (name, page)


@pytest.mark.parametrize("query", ["", "&at=last", "&state=draft", "&box=received"])
def test_the_list_costs_the_same_whatever_the_rows(world: World, query: str) -> None:
    document = scenario.draft_notice(world, waiting(world))
    clerk = world.actor("puxian.clerk")
    client = client_of(clerk)
    counts = []
    for more in (0, 2, 47, 30):
        if more:
            multiply(document, more)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(office_url(clerk, "documents") + query).status_code == 200
        counts.append(len(captured))
    assert max(counts) <= LIST_BUDGET, counts


def test_choosing_several_towns_names_them_all(world: World) -> None:
    case = waiting(world)
    texts = default_texts(case.office, [case, case], 2026)
    clerk = world.actor("puxian.clerk")
    assert f"{case.town_name}等2个专业镇为县级专业镇" in texts.body
    assert "逐级审核推荐" not in texts.body
    with pytest.raises(Stale):
        draft_certification(actor=clerk, case_ids=[case.pk, 0], texts=texts)
    with pytest.raises(ValidationError, match="请至少选择一个办件"):
        draft_certification(actor=clerk, case_ids=[], texts=texts)
