"""Models of the towns app, split by subject."""

from towns.models.certifications import Certification
from towns.models.filing import (
    Answer,
    Application,
    AssessmentRecord,
    Evidence,
    RelaxationRequest,
    Round,
)
from towns.models.registers import (
    Enterprise,
    EnterpriseFigure,
    Honour,
    Membership,
    Town,
    TownFigure,
    TownFunction,
    TownGrant,
)

__all__ = [
    "Answer",
    "Application",
    "AssessmentRecord",
    "Certification",
    "Enterprise",
    "EnterpriseFigure",
    "Evidence",
    "Honour",
    "Membership",
    "RelaxationRequest",
    "Round",
    "Town",
    "TownFigure",
    "TownFunction",
    "TownGrant",
]
