"""Models of the reviews app, split by subject."""

from reviews.models.cases import Case, CaseGrant, StepRun
from reviews.models.collective import (
    Meeting,
    MeetingItem,
    PublicNotice,
    PublicNoticeItem,
)
from reviews.models.duties import CriterionUnit, Duty
from reviews.models.judging import CriterionScore, ScoreSheet, UnitOpinion
from reviews.models.shortlists import Shortlist, ShortlistItem
from reviews.models.visits import Visit, VisitFinding, VisitPhoto
from reviews.models.working import CaseNote, Inquiry, InquiryFile, Phrase

__all__ = [
    "Case",
    "CaseGrant",
    "CaseNote",
    "CriterionScore",
    "CriterionUnit",
    "Duty",
    "Inquiry",
    "InquiryFile",
    "Meeting",
    "MeetingItem",
    "Phrase",
    "PublicNotice",
    "PublicNoticeItem",
    "ScoreSheet",
    "Shortlist",
    "ShortlistItem",
    "StepRun",
    "UnitOpinion",
    "Visit",
    "VisitFinding",
    "VisitPhoto",
]
