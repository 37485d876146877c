"""Models of the reviews app, split by subject."""

from reviews.models.cases import Case, CaseGrant, StepRun
from reviews.models.collective import (
    Meeting,
    MeetingItem,
    PublicNotice,
    PublicNoticeItem,
)
from reviews.models.judging import CriterionScore, ScoreSheet, UnitOpinion

__all__ = [
    "Case",
    "CaseGrant",
    "CriterionScore",
    "Meeting",
    "MeetingItem",
    "PublicNotice",
    "PublicNoticeItem",
    "ScoreSheet",
    "StepRun",
    "UnitOpinion",
]
