"""What was not released stays inside: words that mark every opinion, score, note, visit and ground
of a provincial case are looked for in everything that anybody else can fetch.

Pages, answers of the API, exports, papers, issued files with their properties, file names, headers,
addresses and notifications are asked for by every post that the case concerns, below the office
that wrote the words, above it, and beside it.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from pypdf import PdfReader

from criteria.queries import spec_of
from criteria.scoring import by_experts
from portal.core import clock, jobs
from portal.core.actions.documents import check_document, issue_document, send_for_check
from portal.core.errors import Refused, Stale
from portal.core.listing import Listing, list_specs
from portal.core.listing.exports import request_list
from portal.core.models import Job, LedgerEntry, Notification, OfficialDocument
from portal.workspace.access import SUBJECTS
from reviews.actions import (
    add_note,
    ask_units,
    assign_experts,
    close_notice,
    confirm_shortlist,
    give_opinion,
    record_meeting,
    save_phrase,
    save_scores,
    save_shortlist,
)
from reviews.actions.inquiries import answer_information, ask_information
from reviews.actions.shortlists import Ranked
from reviews.actions.visits import Found, Terms, add_photos, plan_visit, record_visit
from reviews.consulting_queries import Asking
from reviews.models import Case, Meeting, PublicNotice, Shortlist
from reviews.papers import PAPERS
from reviews.summary_exports import request_summary
from reviews.tasks import request_paper
from tests.access.ground import HOME, PROVINCE, _mirror
from tests.factories import (
    World,
    client_of,
    grant_town,
    make_policy,
    make_town,
    make_world,
)
from tests.papers import PDF, picture
from tests.scenario import (
    convene,
    decide,
    draft_notice,
    drive,
    file,
    fresh,
    publish,
    taker,
)
from tests.test_access import County, fillings, parameters
from towns.models import Certification

pytestmark = pytest.mark.django_db

MARK = Decimal("6.3")
COUNTY, CITY = "puxian", "linfen"
# Subjects of the access matrix whose pages may say something of a case.
SUBJECT_WORDS = (
    "工作台",
    "专业镇",
    "列表",
    "批次",
    "申报",
    "佐证",
    "办件",
    "意见",
    "退回",
    "核查",
    "推荐",
    "会议",
    "材料",
    "公文",
    "说明",
    "台账",
)
BELOW = (
    "puxian.submitter",
    "puxian.contact",
    "puxian.member",
    "puxian.expert",
    "puxian.clerk",
    "puxian.auditor",
    "linfen.clerk",
    "linfen.office_director",
)
BESIDE = ("xixian.submitter", "xixian.clerk", "jincheng.clerk")
UNITS = ("sx.member", "sx.member2")
EXPERTS = ("sx.expert", "sx.expert2")
INSIDE = ("sx.clerk", "sx.office_director")
LISTING = (
    "puxian.submitter",
    "puxian.clerk",
    "puxian.auditor",
    "linfen.office_director",
    "xixian.submitter",
    "xixian.clerk",
    "sx.member",
    "sx.expert",
    "sx.clerk",
)
SEARCHING = ("puxian.submitter", "puxian.clerk", "puxian.auditor", "linfen.office_director")
PRESSING = ("puxian.submitter", "linfen.office_director")
EXPORTING = ("puxian.clerk", "linfen.office_director", "xixian.clerk", "puxian.submitter")


@dataclass
class Secrets:
    """Words to look for: who may read each, and who was found reading it."""

    world: World
    readers: dict[str, frozenset[str]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    found: dict[str, set[str]] = field(default_factory=dict)
    leaks: dict[str, list[str]] = field(default_factory=dict)
    looked: int = 0

    def of(self, about: str, readers: Iterable[str]) -> str:
        """A new word for something; ``readers``: the people who may come across it."""
        word = f"秘字{len(self.readers) + 11}号"
        return self.known(word, about, readers)

    def known(self, word: str, about: str, readers: Iterable[str]) -> str:
        """The same for a word that is given."""
        self.readers[word], self.about[word] = frozenset(readers), about
        self.found[word] = set()
        return word

    def inside(self, slug: str) -> set[str]:
        """The posts with the region of an office, and of those above it."""
        code = self.world.offices[slug].region.code
        return {
            name
            for name, actor in self.world.actors.items()
            if actor.scope is not None and code in actor.scope
        } | {
            name
            for name, actor in self.world.actors.items()
            if actor.kind is not None
            and actor.kind.key == "auditor"
            and actor.office is not None
            and code in actor.office.region.scope
        }

    def office(self, slug: str) -> set[str]:
        """The posts with a region of one office, and its auditor."""
        return {name for name in self.inside(slug) if name.startswith(f"{slug}.")}

    def look(self, who: str, where: str, said: bytes | str) -> None:
        """Look for every word in what somebody was given."""
        self.looked += 1
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        text = re.sub(r"\s+", "", text)
        for word, readers in self.readers.items():
            if not re.search(rf"(?<![\d.]){re.escape(word)}(?!\d)", text):
                continue
            self.found[word].add(who)
            if who not in readers:
                self.leaks.setdefault(f"{self.about[word]} → {who}", []).append(where)


# --- reading --------------------------------------------------------------------------------------


def unpacked(name: str, body: bytes) -> str:
    """What a file says: the text and properties of a PDF, every part of a workbook, else itself."""
    if body.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(body))
        pages = "".join(page.extract_text() for page in reader.pages)
        meta = reader.xmp_metadata
        return f"{name}{pages}{reader.metadata}{meta.rdf_root.toxml() if meta else ''}"
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            return name + "".join(
                part + unpacked(part, parts.read(part)) for part in parts.namelist()
            )
    return name + body.decode("utf-8", "replace")


class Reader:
    """One person with a session, who asks for everything."""

    def __init__(self, secrets: Secrets, name: str) -> None:
        self.secrets, self.name = secrets, name
        self.actor = secrets.world.actor(name)
        self.client = client_of(self.actor)
        assert self.actor.office is not None and self.actor.post is not None
        self.slug, self.post = self.actor.office.slug, self.actor.post.pk

    def ask(self, name: str, filled: dict[str, Any], method: str = "GET") -> int:
        """Ask for an address in the own workspace, keep nothing, look at all that came back."""
        office = {"office": self.slug} if "office" in parameters()[name] else {}
        url = reverse(name, kwargs={**filled, **office})
        with transaction.atomic():
            if method == "GET":
                answer = self.client.get(url, {"post": self.post})
            else:
                answer = self.client.post(url, {"acting_post": self.post})
            body = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        head = "".join(f"{key}{value}" for key, value in answer.headers.items())
        self.secrets.look(self.name, f"{method} {name} {filled}", head + unpacked("", body))
        return int(answer.status_code)

    def lists(self) -> None:
        """Every address that names nothing but the office."""
        for name in sorted(addresses()):
            if parameters()[name] <= {"office"}:
                self.ask(name, {})

    def told(self) -> None:
        """What the own office was told."""
        for row in Notification.objects.visible_to(self.actor):
            said = f"{row.title}{row.text}{row.key}{row.url_args}"
            self.secrets.look(self.name, f"notification {row.kind}", said)

    def exports(self, round_: Any) -> None:
        """Every list as a workbook, and the summary of the round."""
        made: list[Job] = []
        for spec in list_specs():
            with transaction.atomic():
                try:
                    made.append(request_list(Listing.of(spec, self.actor, "")))
                except (Refused, Stale, ValidationError) as error:
                    self.secrets.look(self.name, f"list {spec.key}", str(error))
        try:
            with transaction.atomic():
                made.append(request_summary(self.actor, round_))
        except (Refused, Stale, ValidationError) as error:
            self.secrets.look(self.name, "summary", str(error))
        for job in made:
            self.file_of(job)

    def papers(self, keys: dict[str, Collection[int]], printed: bool) -> None:
        """Every plain paper of the objects, as words, and set as a PDF."""
        for kind, pks in keys.items():
            for pk in pks:
                paper = PAPERS[kind]
                row = paper.find(self.actor, pk)
                if row is None or not paper.may(self.actor, row).ok:
                    continue
                try:
                    said = repr(paper.content(self.actor, row))
                except (Refused, Stale, ValidationError) as error:
                    said = str(error)
                    self.secrets.look(self.name, f"paper {kind}", said)
                    continue
                self.secrets.look(self.name, f"paper {kind}", said)
                if printed:
                    self.file_of(request_paper(self.actor, paper, row, pk))

    def file_of(self, job: Job) -> None:
        """The file that a job makes, with its name and the job's own words."""
        jobs.run(job.pk)
        job.refresh_from_db()
        self.secrets.look(self.name, f"job {job.kind}", f"{job.label}{job.reason}{job.result}")
        if job.file is not None:
            with job.file.file.open("rb") as stored:
                said = unpacked(job.file.name, stored.read())
            self.secrets.look(self.name, f"file of {job.kind} {job.key}", said)


# --- writing the words ----------------------------------------------------------------------------


def inside_of(secrets: Secrets, case: Case, slug: str) -> None:
    """Notes for every audience and two visits of the office that has the case."""
    world, case = secrets.world, fresh(case)
    assert case.office.slug == slug
    clerk = taker(world, case.office, case.current)
    name = next(key for key, actor in world.actors.items() if actor is clerk)
    audiences = {
        "post": {name},
        "office": secrets.office(slug),
        "above": secrets.inside(slug),
    }
    for audience, readers in audiences.items():
        text = secrets.of(f"{slug}备注{audience}", readers)
        add_note(actor=clerk, case_id=case.pk, audience=audience, text=text)
    handler = world.of_office(case.office, "clerk")
    criterion = spec_of(case.application.criteria_set).criteria[0].key
    for done in (True, False):
        readers = secrets.inside(slug) if done else secrets.office(slug)
        word = secrets.of(f"{slug}核查{'记录' if done else '安排'}", readers)
        visit = plan_visit(
            actor=handler,
            case_id=case.pk,
            terms=Terms(clock.today(), f"{word}地点", f"{word}人员", f"{word}陪同"),
        )
        photo = SimpleUploadedFile(f"{word}.jpg", picture("JPEG", shade=60 + done), "image/jpeg")
        add_photos(actor=handler, visit_id=visit.pk, uploads=[photo], caption=f"{word}照片")
        if done:
            record_visit(
                actor=handler,
                visit_id=visit.pk,
                terms=Terms(clock.today(), f"{word}地点", f"{word}人员", f"{word}陪同"),
                summary=f"{word}情况",
                findings={criterion: Found("differs", f"{word}不一致")},
                done=True,
            )


def opinion(secrets: Secrets, case: Case, outcome: str) -> None:
    """Decide the open step with words of its own: inside the office and above."""
    case = fresh(case)
    slug = case.office.slug
    word = secrets.of(f"{slug}{case.step}意见", secrets.inside(slug))
    decide(secrets.world, case, outcome, f"{word}。")


def rank(secrets: Secrets, case: Case, other: Case, third: Case) -> Shortlist:
    """The city recommends one town, keeps one as a reserve and declines one, with grounds.

    The reserve's ground is then written anew and stays a draft.
    """
    city = secrets.world.actor(f"{CITY}.office_director")
    words = [
        secrets.of(f"{CITY}{about}", secrets.inside(CITY))
        for about in ("推荐理由", "备选理由", "名单说明", "不推荐理由")
    ]
    shortlist = save_shortlist(
        actor=city,
        call=case.round,
        rows=[
            Ranked(case.pk, "recommended", f"{words[0]}。"),
            Ranked(other.pk, "reserve", f"{words[1]}。"),
            Ranked(third.pk, "declined", f"{words[3]}。"),
        ],
        note=f"{words[2]}。",
    )
    confirm_shortlist(actor=city, shortlist=shortlist)
    draft = secrets.of(f"{CITY}备选理由草稿", secrets.office(CITY))
    save_shortlist(
        actor=city,
        call=case.round,
        rows=[Ranked(case.pk, "recommended", ""), Ranked(other.pk, "reserve", f"{draft}。")],
        note=f"{words[2]}。",
    )
    return shortlist


def inquire(secrets: Secrets, case: Case) -> None:
    """The province asks the town and is answered: between the two of them."""
    filers = {f"{COUNTY}.submitter", f"{COUNTY}.filer"}
    words = [
        secrets.of(f"补充说明{about}", secrets.inside(PROVINCE) | filers)
        for about in ("问题", "答复", "附件")
    ]
    inquiry = ask_information(
        actor=secrets.world.actor("sx.clerk"),
        case_id=case.pk,
        question=f"{words[0]}。",
        pauses=False,
    )
    answer_information(
        actor=secrets.world.actor(f"{COUNTY}.submitter"),
        case_id=case.pk,
        inquiry_id=inquiry.pk,
        answer=f"{words[1]}。",
        files=[SimpleUploadedFile(f"{words[2]}.pdf", PDF + b"asked", "application/pdf")],
    )


def consult(secrets: Secrets, case: Case) -> list[int]:
    """Two units are asked, one has answered; each reads its own."""
    world = secrets.world
    units = [world.actor(f"{PROVINCE}.{name}") for name in ("member", "member2")]
    ids = [unit.office.pk for unit in units if unit.office is not None]
    keys = [row.key for row in spec_of(case.application.criteria_set).criteria]
    rows = ask_units(
        actor=world.actor("sx.clerk"),
        case_id=case.pk,
        office_ids=ids,
        fields={pk: Asking((key,), "") for pk, key in zip(ids, keys, strict=False)},
    )
    for name, unit, row in zip(("member", "member2"), units, rows, strict=True):
        readers = secrets.inside(PROVINCE) | {f"{PROVINCE}.{name}"}
        word = secrets.of(f"{name}会审意见", readers)
        point = secrets.of(f"{name}逐条意见", readers)
        give_opinion(
            actor=unit,
            case_id=case.pk,
            opinion_id=row.pk,
            verdict="disagree",
            text=f"{word}。",
            points={row.criteria[0]: ("disagree", f"{point}。")},
        )
    return [row.pk for row in rows]


def score(secrets: Secrets, case: Case) -> list[int]:
    """Two experts mark; each reads the own sheet."""
    world = secrets.world
    experts = [world.actor(f"{PROVINCE}.{name}") for name in ("expert", "expert2")]
    ids = [expert.post.pk for expert in experts if expert.post is not None]
    sheets = assign_experts(actor=world.actor("sx.clerk"), case_id=case.pk, post_ids=ids)
    criteria = by_experts(spec_of(case.application.criteria_set).criteria)
    secrets.known(str(MARK), "expert评分", secrets.inside(PROVINCE) | {"sx.expert"})
    for name, expert, sheet in zip(("expert", "expert2"), experts, sheets, strict=True):
        readers = secrets.inside(PROVINCE) | {f"{PROVINCE}.{name}"}
        word = secrets.of(f"{name}评分理由", readers)
        whole = secrets.of(f"{name}总体评价", readers)
        mark = MARK if name == "expert" else Decimal(8)
        save_scores(
            actor=expert,
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores={row.key: (mark, f"{word}。") for row in criteria},
            comment=f"{whole}。",
            submit=True,
        )
    return [sheet.pk for sheet in sheets]


def second_of_xixian(world: World) -> Case:
    """Another town of the neighbouring county files in the province's round."""
    first = world.towns["xixian"]
    town = make_town(first.county, "隰县第二专业镇")
    for kind in ("filer", "submitter"):
        grant_town(world.actor(f"xixian.{kind}"), town)
    world.towns["xixian"] = town
    case = file(world, "province", "xixian", evidence=False)
    world.towns["xixian"] = first
    return case


# --- what is asked for ----------------------------------------------------------------------------


def of_case(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Every address of the case that names something of it: one row for each thing there is."""
    one = {"pk": case.pk}
    application = {"pk": case.application_id}
    asked: list[tuple[str, dict[str, Any]]] = [
        (name, one)
        for name in (
            "case",
            "api-case",
            "case-explanation",
            "case-units",
            "case-experts",
            "case-reverse",
            "case-withdraw",
            "case-return",
            "case-decide",
            "case-reaffirm",
            "case-release",
            "visit-new",
            "case-ask",
            "case-extend",
        )
    ]
    asked += [
        (name, application)
        for name in ("application", "application-receipt", "application-explanation")
    ]
    asked += [("opinion", {**one, "opinion": row.pk}) for row in case.opinions.all()]
    asked += [("sheet", {**one, "sheet": row.pk}) for row in case.sheets.all()]
    asked += [("visit", {"pk": row.pk}) for row in case.visits.all()]
    asked += [
        ("case-evidence-file", {**one, "evidence": row.pk})
        for row in case.application.evidence.all()
    ]
    asked += [
        (name, {"pk": case.round_id})
        for name in ("round", "round-cockpit", "shortlist", "shortlist-confirm", "summary-export")
    ]
    asked += [
        (name, {**one, "inquiry": row.pk}) for row in case.inquiries.all() for name in ("inquiry",)
    ]
    asked += [("shortlist-read", {"pk": row.pk}) for row in Shortlist.objects.all()]
    asked += [("meeting", {"pk": row.pk}) for row in Meeting.objects.all()]
    asked += [("notice", {"pk": row.pk}) for row in PublicNotice.objects.all()]
    asked += [
        (name, {"pk": row.pk})
        for row in OfficialDocument.objects.all()
        for name in ("document", "document-preview", "document-file")
    ]
    return asked


def paper_keys(case: Case) -> dict[str, Collection[int]]:
    """The objects that plain papers may be made of."""
    found: dict[str, Collection[int]] = {
        "receipt": [case.application_id],
        "explanation": [case.pk],
        "meeting": Meeting.objects.values_list("pk", flat=True),
        "opinions": [case.pk],
        "summary": [case.round_id],
        "application": [case.application_id],
        "visit": case.visits.values_list("pk", flat=True),
        "certificate": Certification.objects.values_list("pk", flat=True),
    }
    return found


@functools.cache
def addresses() -> frozenset[str]:
    """Addresses of the matrix that are read and may say something of a case."""
    return frozenset(
        row.target
        for label, group in SUBJECTS
        for row in group
        if any(word in label for word in SUBJECT_WORDS) and "GET" in row.methods.split()
    )


def sweep(secrets: Secrets, case: Case, people: Iterable[str]) -> None:
    """Everything that stands at this moment, for some people."""
    case = fresh(case)
    for name in people:
        reader = Reader(secrets, name)
        if name in LISTING:
            reader.lists()
        for address, filled in of_case(case):
            reader.ask(address, filled)
            if name in (*PRESSING, *UNITS, *EXPERTS):
                reader.ask(address, filled, "POST")
        reader.papers(paper_keys(case), printed=name in PRESSING)
        reader.told()
        if name in EXPORTING:
            reader.exports(case.round)


def others(secrets: Secrets, case: Case, people: Iterable[str]) -> None:
    """The other addresses of the access matrix, with the objects of the case; the ledger."""
    world = secrets.world
    document = OfficialDocument.objects.filter(office=world.offices[PROVINCE]).latest("pk")
    job = Job.objects.get(key=f"render:{document.pk}")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    case = fresh(case)
    filled = fillings(
        County(
            world=_mirror(world),
            case=case,
            filing=case.application,
            meeting=Meeting.objects.get(),
            notice=PublicNotice.objects.get(),
            document=document,
            job=job,
            policy=make_policy(world.offices[PROVINCE].region),
        )
    )
    asked = {name for name, _ in of_case(case)}
    rest = [n for n in sorted(addresses() - asked) if n in filled and parameters()[n] - {"office"}]
    for name in people:
        reader = Reader(secrets, name)
        for address in rest:
            reader.ask(address, filled[address])
        for entry in LedgerEntry.objects.visible_to(reader.actor):
            said = f"{entry.summary}{entry.payload}{entry.before}{entry.after}"
            if any(word in said for word in secrets.readers):
                reader.ask("ledger-entry", {"pk": entry.pk})


@pytest.mark.slow
def test_what_was_not_released_stays_inside() -> None:
    world = make_world()
    secrets = Secrets(world)
    other = drive(world, file(world, "province", "xixian"), "city_recommend")
    third = drive(world, second_of_xixian(world), "city_recommend")
    case = file(world, "province", COUNTY)
    assert (case.round.office.slug, world.offices[COUNTY].slug) == (PROVINCE, HOME)

    inside_of(secrets, case, COUNTY)
    opinion(secrets, case, "accept")
    opinion(secrets, case, "recommend")
    inside_of(secrets, case, CITY)
    opinion(secrets, case, "pass")
    rank(secrets, case, other, third)
    inside_of(secrets, case, PROVINCE)
    inquire(secrets, case)
    opinion(secrets, case, "accept")
    phrase = secrets.of("常用意见", {"sx.clerk"})
    save_phrase(actor=world.actor("sx.clerk"), text=f"{phrase}。")

    consult(secrets, case)
    sweep(secrets, case, UNITS)
    opinion(secrets, case, "conclude")
    score(secrets, case)
    sweep(secrets, case, EXPERTS)
    opinion(secrets, case, "conclude")

    meeting = convene(world, fresh(case))
    resolution = secrets.of("会议意见", secrets.inside(PROVINCE))
    minutes = secrets.of("会议纪要", secrets.inside(PROVINCE))
    record_meeting(
        actor=world.actor("sx.clerk"),
        meeting=meeting,
        results={row.pk: ("approve", f"{resolution}。") for row in meeting.items.all()},
        minutes=f"{minutes}。",
    )
    notice = publish(world, fresh(case))
    closing = secrets.of("公示办结意见", secrets.inside(PROVINCE))
    close_notice(
        actor=world.actor("sx.clerk"),
        notice=notice,
        results={row.pk: ("clear", f"{closing}。") for row in notice.items.all()},
    )
    document = draft_notice(world, fresh(case))
    checking = secrets.of("核稿意见", secrets.inside(PROVINCE))
    send_for_check(actor=world.actor("sx.clerk"), document_id=document.pk)
    document = check_document(
        actor=world.actor("sx.checker"), document_id=document.pk, opinion=f"{checking}。"
    )
    issue_document(actor=world.actor("sx.signer"), document=document, issued_on=clock.today())
    sweep(secrets, case, (*BELOW, *BESIDE, *INSIDE))
    others(secrets, case, SEARCHING)

    assert secrets.leaks == {}
    unread = [secrets.about[word] for word, readers in secrets.found.items() if not readers]
    assert unread == [], "words that nobody came across prove nothing"
    assert secrets.looked > 800
