"""Plays an application through its chain with the real actions, as the people of its offices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max

from criteria.queries import spec_of
from criteria.scoring import by_experts, top_of
from portal.core import clock
from portal.core.actions.documents import check_document, issue_document, send_for_check
from portal.core.actor import Actor, actor_of
from portal.core.constants import POST_KINDS, Can
from portal.core.models import Appointment, Office, OfficialDocument, Post
from reviews import actions
from reviews.actions.moving import Corrections
from reviews.actions.shortlists import Ranked
from reviews.chain import Mode, Step
from reviews.documents import default_texts
from reviews.models import Case, PublicNotice, ShortlistItem, StepRun, UnitOpinion
from towns import actions as filing
from towns.contributing import contact_posts
from towns.models import Application, Round, Town
from towns.queries import verdicts_of

OPINIONS = (
    ("agree", ""),
    ("agree_with_notes", "同意。建议进一步核实上年度统计数据（演示意见）。"),
    ("agree", "材料齐全，同意（演示意见）。"),
)
# The limit for member units; the documents state none (演示设定).
ANSWER_DAYS = 10
Say = Callable[[str], None]


class Player:
    """Moves one application at a time; ``day`` is the date on which the next step happens."""

    def __init__(self, day: date, say: Say | None = None) -> None:
        self.day = day
        self.last = clock.today()
        self.say = say or (lambda _: None)

    def pass_days(self, days: int) -> None:
        """Let days go by, never beyond today."""
        self.day = min(self.day + timedelta(days=days), self.last)

    # --- people ---------------------------------------------------------------------------

    @staticmethod
    def people(office: Office, ability: Can) -> list[Actor]:
        """Everybody in an office who is able to, the lowest post first."""
        kinds = [kind.key for kind in POST_KINDS.values() if ability in kind.can]
        held = (
            Appointment.objects.in_force()
            .filter(post__office=office, post__kind__in=kinds)
            .select_related("user", "post__office__region", "post__office__parent")
        )
        return sorted(
            (actor_of(row) for row in held),
            key=lambda actor: (-(actor.kind.rank if actor.kind else 0), actor.name),
        )

    def person(self, office: Office, ability: Can, but: int | None = None) -> Actor:
        """One of them, another user than ``but`` where there is one."""
        found = self.people(office, ability)
        if not found:
            raise LookupError(f"{office.name}没有能办理该环节的人员。")
        return next((a for a in found if a.user is not None and a.user.pk != but), found[0])

    @staticmethod
    def unit_of(town: Town, kind: str) -> Actor:
        """The filer or the submitter of a town."""
        held = (
            Appointment.objects.in_force()
            .filter(
                post__kind=kind,
                post__group__in=town.grants.values("group"),
            )
            .select_related("user", "post__office__region", "post__office__parent")
            .order_by("user__username")
            .first()
        )
        if held is None:
            raise LookupError(f"{town.name}没有{kind}。")
        return actor_of(held)

    # --- filing ---------------------------------------------------------------------------

    def draft(
        self,
        town: Town,
        call: Round,
        answers: dict[str, str],
        relaxation: str,
        evidence: list[tuple[Path, str, str]],
    ) -> Application:
        """Start and fill an application; nothing is handed over yet."""
        filer = self.unit_of(town, "filer")
        with clock.at(self.day):
            application = filing.start_application(actor=filer, town=town, call=call)
            filing.save_overview(
                actor=filer,
                application=application,
                contact="演示联系人",
                contact_phone="0350-0000000",
                summary=f"{town.name}以{town.industry}为主导产业，现申报{call.level_adjective}专业镇"
                "（演示材料）。",
            )
            for criterion in spec_of(application.criteria_set).criteria:
                text = answers.get(criterion.key, "")
                if text:
                    filing.save_answer(
                        actor=filer, application=application, criterion=criterion.key, text=text
                    )
            for verdict in verdicts_of(application):
                for finding in verdict.findings:
                    if finding.status == "may_relax" and relaxation:
                        filing.request_relaxation(
                            actor=filer,
                            application=application,
                            condition=finding.condition,
                            reason=relaxation,
                        )
            for path, place, title in evidence:
                filing.attach_evidence(
                    actor=filer,
                    application=application,
                    criterion=place,
                    title=title,
                    upload=SimpleUploadedFile(path.name, path.read_bytes()),
                )
        return application

    def give_sections(self, application: Application, sections: list[str]) -> None:
        """The filer opens sections to the contact of the filing unit."""
        with clock.at(self.day):
            filing.grant_sections(
                actor=self.unit_of(application.town, "filer"),
                application=application,
                post=contact_posts(application).earliest("pk"),
                sections=sections,
            )

    def complete(self, application: Application) -> None:
        """The filer attaches the stamped request and makes the commitments."""
        filer = self.unit_of(application.town, "filer")
        path = settings.PORTAL_FIXTURES_DIR / "demo" / "request.pdf"
        with clock.at(self.day):
            if application.request_file_id is None:
                application = filing.attach_request(
                    actor=filer,
                    application=application,
                    number=f"演示请〔{self.day.year}〕{application.pk}号",
                    upload=SimpleUploadedFile(path.name, path.read_bytes()),
                )
            filing.sign_commitments(
                actor=filer,
                application=application,
                texts=application.round.commitment_texts,
            )

    def hand_over(self, application: Application) -> None:
        """The filer has finished."""
        self.complete(application)
        with clock.at(self.day):
            filing.hand_over(actor=self.unit_of(application.town, "filer"), application=application)

    def submit(self, application: Application) -> Case:
        """A second person submits."""
        with clock.at(self.day):
            submitter = self.unit_of(application.town, "submitter")
            case = actions.submit_application(actor=submitter, application=application)
        self.say(f"{submitter.name} 提交申报，受理编号 {case.number}")
        return case

    # --- reviewing ------------------------------------------------------------------------

    def decide(
        self, case: Case, outcome: str, opinion: str, corrections: Corrections | None = None
    ) -> None:
        """Decide the current step of a case on its page."""
        run = StepRun.objects.get(case=case, finished_at__isnull=True)
        before = (
            StepRun.objects.filter(case=case, ordinal__lt=run.ordinal, office=run.office)
            .order_by("-ordinal")
            .first()
        )
        step = case.current
        who = self.person(case.office, step.ability, but=before.decided_by_id if before else None)
        with clock.at(self.day):
            actions.decide_step(
                actor=who,
                case_id=case.pk,
                run_id=run.pk,
                outcome=outcome,
                opinion=opinion,
                corrections=corrections,
            )
        self.say(f"{step.name}：{who.label}")

    def advance(self, case: Case) -> Case:
        """Take the current step forward, whatever its kind."""
        case.refresh_from_db()
        step = case.current
        self.pass_days(1)
        work: dict[Mode, Callable[[Case, Step], None]] = {
            Mode.DECIDE: self._decide,
            Mode.SHORTLIST: self._shortlist,
            Mode.OPINIONS: self._opinions,
            Mode.SCORES: self._scores,
            Mode.MEETING: self._meeting,
            Mode.NOTICE: self._notice,
            Mode.ISSUE: self._issue,
        }
        work[step.mode](case, step)
        return Case.objects.select_related("office__region", "application__town", "round").get(
            pk=case.pk
        )

    def _decide(self, case: Case, step: Step) -> None:
        opinion = "经审核，符合认定标准，材料齐全，同意（演示意见）。"
        self.decide(case, step.outcomes[0], opinion)

    def _shortlist(self, case: Case, step: Step) -> None:
        before = case.runs.filter(finished_at__isnull=False).order_by("-ordinal").first()
        who = self.person(case.office, step.ability, but=before.decided_by_id if before else None)
        reason = "产业特色鲜明，符合认定标准，择优推荐（演示理由）。"
        ranked = [
            Ranked(item.case_id, item.standing, item.reason)
            for item in ShortlistItem.objects.filter(
                shortlist__office=case.office, shortlist__round=case.round
            ).exclude(case=case)
        ]
        with clock.at(self.day):
            shortlist = actions.save_shortlist(
                actor=who,
                call=case.round,
                rows=[*ranked, Ranked(case.pk, "recommended", reason)],
            )
            actions.confirm_shortlist(actor=who, shortlist=shortlist)
        self.say(f"{step.name}：{who.label}")

    def _opinions(self, case: Case, step: Step) -> None:
        with clock.at(self.day):
            asked = self.ask_units(case, most=len(OPINIONS))
            for opinion, (verdict, text) in zip(asked, OPINIONS, strict=False):
                actions.give_opinion(
                    actor=self.person(opinion.office, Can.OPINE),
                    case_id=case.pk,
                    opinion_id=opinion.pk,
                    verdict=verdict,
                    text=text,
                )
        self.decide(case, "conclude", "成员单位意见已汇总（演示意见）。")

    def ask_units(self, case: Case, most: int | None = None) -> list[UnitOpinion]:
        """Ask the member units."""
        units = [
            unit.pk
            for unit in Office.objects.filter(kind="member_unit", parent=case.office)
            if self.people(unit, Can.OPINE)
        ][:most]
        if not units:
            return []
        with clock.at(self.day):
            return actions.ask_units(
                actor=self.person(case.office, Can.HANDLE),
                case_id=case.pk,
                office_ids=units,
                days=ANSWER_DAYS,
            )

    def assign_experts(self, case: Case) -> list[Any]:
        """Give the case to every expert of the office who holds the post."""
        posts = Post.objects.filter(
            office=case.office, kind="expert", appointments__in=Appointment.objects.in_force()
        )
        with clock.at(self.day):
            return actions.assign_experts(
                actor=self.person(case.office, Can.HANDLE),
                case_id=case.pk,
                post_ids=[post.pk for post in posts],
            )

    def _scores(self, case: Case, step: Step) -> None:
        experts = {
            actor.post.pk: actor
            for actor in self.people(case.office, Can.SCORE)
            if actor.post is not None
        }
        specs = by_experts(spec_of(case.application.criteria_set).criteria)
        for number, sheet in enumerate(self.assign_experts(case)):
            scores: dict[str, tuple[Decimal | None, str]] = {
                spec.key: (
                    (top_of(spec, case.round.score_max) or Decimal(10))
                    - (spec.ordinal + number) % 3
                    - Decimal("0.5") * (number % 2),
                    f"{spec.title}情况较好，材料能够佐证（演示理由）。",
                )
                for spec in specs
            }
            with clock.at(self.day):
                actions.save_scores(
                    actor=experts[sheet.post_id],
                    case_id=case.pk,
                    sheet_id=sheet.pk,
                    scores=scores,
                    comment="总体情况较好（演示评价）。",
                    submit=True,
                )
        self.decide(case, "conclude", "专家评分已汇总（演示意见）。")

    def _meeting(self, case: Case, step: Step) -> None:
        who = self.person(case.office, step.ability)
        with clock.at(self.day):
            meeting = actions.convene_meeting(
                actor=who,
                case_ids=[case.pk],
                title=f"{case.office.region.name}专业镇发展领导小组办公室审定会议（演示）",
                held_on=self.day,
                place="第一会议室（演示）",
                chair="办公室主任（演示）",
            )
            item = meeting.items.get()
            actions.record_meeting(
                actor=who,
                meeting=meeting,
                results={item.pk: ("approve", "会议研究，同意认定（演示意见）。")},
                minutes="会议听取了有关情况汇报，经研究，同意认定（演示纪要）。",
            )
        self.say(f"{step.name}：{who.label}")

    def _notice(self, case: Case, step: Step) -> None:
        who = self.person(case.office, step.ability)
        with clock.at(self.day):
            notice = actions.publish_notice(
                actor=who,
                case_ids=[case.pk],
                title=f"关于拟认定{case.town_name}为{case.round.level_adjective}专业镇的公示（演示）",
                body=f"经申报、审核推荐、会审、评分和会议审定，拟认定{case.town_name}为"
                f"{case.round.level_adjective}专业镇，现予公示。",
                starts_on=self.day,
                working_days=case.round.notice_days or 5,
                first_day_counts=case.round.notice_first_day_counts,
                contact=case.office.name,
                phone="0351-0000000",
                address="（演示地址）",
            )
        self.day = notice.ends_on + timedelta(days=1)
        if self.day > self.last:
            raise ValueError("公示期在今天之后结束，演示起始日期过晚。")
        self.close(notice, who)
        self.say(f"{step.name}：{notice.starts_on} 至 {notice.ends_on}")

    def close(self, notice: PublicNotice, who: Actor) -> None:
        """Close a notice whose window has passed."""
        with clock.at(self.day):
            actions.close_notice(
                actor=who,
                notice=notice,
                results={
                    item.pk: ("clear", "公示期内未收到异议（演示）。")
                    for item in notice.items.all()
                },
            )

    def _issue(self, case: Case, step: Step) -> None:
        self.issue([case])

    def issue(self, cases: list[Case]) -> OfficialDocument:
        """Draft and issue the notice for cases of one office."""
        office = cases[0].office
        texts = default_texts(office, cases, cases[0].round.year)
        drafter = self.person(office, Can.PUBLISH)
        # Numbers and dates go together: not before what the office has issued this year.
        issued = OfficialDocument.objects.filter(office=office, state="issued", year=self.day.year)
        last = issued.aggregate(last=Max("issued_on"))["last"]
        day = max(self.day, last or self.day)
        with clock.at(day):
            document = actions.draft_certification(
                actor=drafter, case_ids=[case.pk for case in cases], texts=texts
            )
            send_for_check(actor=drafter, document_id=document.pk)
            checker = self.person(office, Can.CHECK)
            check_document(actor=checker, document_id=document.pk, opinion="同意，请签发。")
            signer = self.person(office, Can.ISSUE)
            document = issue_document(actor=signer, document=document, issued_on=day)
        self.say(f"印发：{document.number} {signer.label}")
        return document
