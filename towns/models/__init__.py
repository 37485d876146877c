"""Models of the towns app, split by subject."""

from towns.models.certifications import Certification
from towns.models.enterprises import Enterprise, EnterpriseFigure, EnterpriseName, Membership
from towns.models.figures import FigureCorrection, TownFigure, TownYear
from towns.models.filing import (
    Answer,
    Application,
    AssessmentRecord,
    Evidence,
    RelaxationRequest,
    Round,
)
from towns.models.honours import Honour, Platform, TownFunction
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
    "Enterprise",
    "EnterpriseFigure",
    "EnterpriseName",
    "Evidence",
    "FigureCorrection",
    "Honour",
    "Membership",
    "Platform",
    "RelaxationRequest",
    "Round",
    "Simulation",
    "SimulationRow",
    "StageMove",
    "Town",
    "TownCategory",
    "TownChange",
    "TownFigure",
    "TownFunction",
    "TownGrant",
    "TownName",
    "TownPaper",
    "TownYear",
]
