"""Models of the towns app, split by subject."""

from towns.models.certifications import Certification
from towns.models.drafting import (
    Correction,
    CorrectionItem,
    DraftField,
    PaperCopy,
    Presence,
    SectionGrant,
    Submission,
)
from towns.models.enterprises import (
    Enterprise,
    EnterpriseFigure,
    EnterpriseName,
    Membership,
    by_role,
)
from towns.models.figures import FigureCorrection, TownFigure, TownYear
from towns.models.filing import (
    Answer,
    Application,
    AssessmentRecord,
    Evidence,
    RelaxationRequest,
)
from towns.models.honours import Honour, Platform, TownFunction
from towns.models.rounds import EvidenceSlot, Extension, Round, RoundQuota
from towns.models.simulation import Simulation, SimulationRow
from towns.models.towns import (
    StageMove,
    Town,
    TownCategory,
    TownChange,
    TownGrant,
    TownName,
    TownPaper,
)

__all__ = [
    "Answer",
    "Application",
    "AssessmentRecord",
    "Certification",
    "Correction",
    "CorrectionItem",
    "DraftField",
    "Enterprise",
    "EnterpriseFigure",
    "EnterpriseName",
    "Evidence",
    "EvidenceSlot",
    "Extension",
    "FigureCorrection",
    "Honour",
    "Membership",
    "PaperCopy",
    "Platform",
    "Presence",
    "RelaxationRequest",
    "Round",
    "RoundQuota",
    "SectionGrant",
    "Simulation",
    "SimulationRow",
    "StageMove",
    "Submission",
    "Town",
    "TownCategory",
    "TownChange",
    "TownFigure",
    "TownFunction",
    "TownGrant",
    "TownName",
    "TownPaper",
    "TownYear",
    "by_role",
]
