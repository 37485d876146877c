"""Plain papers: they say what their pages say, to whoever sees those, and the job asks again."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from portal.core import jobs
from portal.core.actor import Actor, acting_seat
from portal.core.constants import JobState
from portal.core.documents.kinds import Layout
from portal.core.errors import Refused
from portal.core.models import Job
from portal.core.web import office_url
from reviews.models import Case
from reviews.papers import PAPERS
from reviews.papers.parts import chinese
from reviews.tasks import request_paper
from tests.factories import World, client_of, end_appointment, make_world
from tests.scenario import convene, drive, file, fresh
from towns.models import Certification

RARE = "\U00030edd"  # a character of a later extension that none of the faces has


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def made(actor: Actor, kind: str, pk: int) -> Job:
    """The job of a paper, run."""
    row = PAPERS[kind].find(actor, pk)
    assert row is not None, f"{actor} sees no {kind} {pk}"
    job = request_paper(actor, PAPERS[kind], row, pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def text_of(job: Job) -> str:
    """The text of the PDF that a job made, without white space."""
    assert job.state == JobState.DONE, job.reason
    assert job.file is not None
    with job.file.file.open("rb") as stored:
        reader = PdfReader(io.BytesIO(stored.read()))
    text = "".join(page.extract_text() for page in reader.pages)
    return "".join(text.split())


def words(actor: Actor, kind: str, pk: int) -> str:
    """All words of a paper, before it is set."""
    content = PAPERS[kind].content(actor, PAPERS[kind].find(actor, pk))
    cells = [cell for table in content.attachments for row in table.rows for cell in row]
    return "\n".join([content.title, *(p.text + p.run_in for p in content.paragraphs), *cells])


def test_numbers_of_headings() -> None:
    numbers = [chinese(n) for n in (1, 9, 10, 11, 20, 35, 99, 100, 101, 110, 215, 999)]
    assert numbers == ["一", "九", "十", "十一", "二十", "三十五", "九十九", "一百", "一百零一",
                       "一百一十", "二百一十五", "九百九十九"]  # fmt: skip


def test_a_case_is_told_on_its_papers_as_on_its_pages(world: World) -> None:
    case = drive(world, file(world, "county"), "meeting")
    application = case.application
    submitter, clerk = world.actor("puxian.submitter"), world.actor("puxian.clerk")

    receipt = words(submitter, "receipt", application.pk)
    assert f"{case.town_name}申报受理回执" in receipt
    assert application.number in receipt
    page = client_of(submitter).get(office_url(submitter, "application-receipt", application.pk))
    for told in (case.round.title, case.office.name, "进入会议审定前，提交人可以撤回申报。"):
        assert told in receipt
        assert told in page.content.decode()
    assert "制作回执（PDF）" in page.content.decode()
    assert application.snapshot_sha256 in receipt.replace(" ", "")
    assert text_of(made(submitter, "receipt", application.pk)).count("—1—") == 1

    explanation = words(clerk, "explanation", case.pk)
    page = client_of(clerk).get(office_url(clerk, "case-explanation", case.pk))
    shown = page.content.decode()
    lines = [line for row in page.context["cards"] for line in row["figures"]]
    assert page.context["summary"]["headline"] in explanation
    assert all(text in explanation for row in page.context["cards"] for text in row["sentences"])
    assert lines
    assert all(line["threshold"] in explanation for line in lines)
    assert "制作评定说明（PDF）" in shown
    told = text_of(made(clerk, "explanation", case.pk))
    assert "".join(page.context["summary"]["headline"].split()) in told
    assert application.snapshot_sha256 in told

    meeting = convene(world, case)
    content = PAPERS["meeting"].content(clerk, PAPERS["meeting"].find(clerk, meeting.pk))
    assert content.layout == Layout.PLAIN
    assert content.attachments[0].landscape
    assert content.attachments[0].rows[0][1:3] == (case.town_name, case.county_name)
    assert "平均" in words(clerk, "meeting", meeting.pk)
    told = text_of(made(clerk, "meeting", meeting.pk))
    assert case.town_name in told
    assert "审议事项一览表" in told
    for stranger in ("puxian.filer", "linfen.clerk", "sx.clerk", "xixian.clerk"):
        assert PAPERS["meeting"].find(world.actor(stranger), meeting.pk) is None


def test_a_summary_holds_what_the_office_recommended_with_figures(world: World) -> None:
    case = file(world, "province")
    county = fresh(case).application.town.county.parent
    assert county is not None
    slug = world.county_of("province")
    clerk = world.actor(f"{slug}.clerk")
    call = case.round_id
    assert "推荐" in words(clerk, "summary", call)
    assert "办公室正在办理 1 个，共 1 个" in words(clerk, "summary", call)
    drive(world, case, "city_review")
    told = words(clerk, "summary", call)
    assert "推荐 1 个，共 1 个" in told
    assert "已推荐" in told
    row = PAPERS["summary"].content(clerk, case.round).attachments[0]
    assert row.landscape
    figures = dict(zip(row.header, row.rows[0], strict=True))
    assert "达到" in figures["标准评定"]
    assert len(row.header) > 7
    # Another office has nothing to sum up, and learns so where it asked.
    other = world.actor("xixian.clerk" if slug != "xixian" else "puxian.clerk")
    response = client_of(other).post(
        office_url(other, "paper", "summary", call),
        {"acting_post": acting_seat(other).pk},
        follow=True,
    )
    assert "没有可以汇总的" in response.content.decode()
    assert not Job.objects.filter(kind="reviews.render_paper").exists()
    with pytest.raises(Refused):
        request_paper(world.actor(f"{slug}.filer"), PAPERS["summary"], case.round, call)


def test_a_certificate_is_printed_by_the_office_that_certified(world: World) -> None:
    drive(world, file(world, "county"))
    row = Certification.objects.get()
    clerk = world.actor("puxian.clerk")
    told = text_of(made(clerk, "certificate", row.pk))
    assert row.town_name in told
    assert row.document is not None
    assert row.document.number in told
    town = client_of(clerk).get(office_url(clerk, "town-filings", row.town_id)).content.decode()
    assert "制作证书（PDF）" in town
    for other in ("puxian.filer", "puxian.signer", "linfen.clerk", "sx.clerk"):
        actor = world.actor(other)
        assert PAPERS["certificate"].find(actor, row.pk) == row
        with pytest.raises(Refused, match="。"):
            request_paper(actor, PAPERS["certificate"], row, row.pk)
        page = client_of(actor).get(office_url(actor, "town-filings", row.town_id))
        assert "制作证书" not in page.content.decode()
    assert PAPERS["certificate"].find(world.actor("xixian.clerk"), row.pk) is None


def test_strangers_find_none_and_the_job_asks_again_and_names_what_it_cannot_print(
    world: World,
) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    clerk = world.actor("puxian.clerk")
    paper = PAPERS["explanation"]
    filer = world.actor("puxian.filer")
    job = request_paper(filer, paper, paper.find(filer, case.pk), case.pk)
    end_appointment(filer)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.file is None
    Case.objects.filter(pk=case.pk).update(town_name=f"蒲县{RARE}镇")
    job = made(clerk, "explanation", case.pk)
    assert job.state == JobState.FAILED
    assert RARE in job.reason
    assert "缺字" in job.reason
    assert f"{ord(RARE):04X}" in job.reason
    stranger = world.actor("xixian.clerk")
    client = client_of(stranger)
    for kind, pk in (("explanation", case.pk), ("receipt", case.application_id), ("nothing", 1)):
        url = office_url(stranger, "paper", kind, pk)
        assert client.post(url, {"acting_post": acting_seat(stranger).pk}).status_code == 404
        assert client.get(url).status_code == 405
