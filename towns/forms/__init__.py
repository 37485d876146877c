"""Shape of what is typed on the pages of the towns app. No rules: those are the actions'."""

from towns.forms.enterprises import MemberForm
from towns.forms.figures import (
    FigureField,
    FigureRow,
    FiguresForm,
    JudgeFiguresForm,
    suitable_unit,
)
from towns.forms.filing import CriterionForm, OverviewForm, SendBackForm
from towns.forms.services import FunctionRow, FunctionsForm

__all__ = [
    "CriterionForm",
    "FigureField",
    "FigureRow",
    "FiguresForm",
    "FunctionRow",
    "FunctionsForm",
    "JudgeFiguresForm",
    "MemberForm",
    "OverviewForm",
    "SendBackForm",
    "suitable_unit",
]
