"""Shape of what is typed on the pages of the towns app. No rules: those are the actions'."""

from towns.forms.enterprises import (
    AmendMemberForm,
    EndMembershipForm,
    MemberForm,
    RenameEnterpriseForm,
    RoleForm,
)
from towns.forms.evidence import EvidenceForm
from towns.forms.figures import (
    FigureField,
    FigureRow,
    FiguresForm,
    JudgeFiguresForm,
    suitable_unit,
)
from towns.forms.filing import CriterionForm, IndustryForm, OverviewForm, SendBackForm
from towns.forms.services import FunctionRow, FunctionsForm

__all__ = [
    "AmendMemberForm",
    "CriterionForm",
    "EndMembershipForm",
    "EvidenceForm",
    "FigureField",
    "FigureRow",
    "FiguresForm",
    "FunctionRow",
    "FunctionsForm",
    "IndustryForm",
    "JudgeFiguresForm",
    "MemberForm",
    "OverviewForm",
    "RenameEnterpriseForm",
    "RoleForm",
    "SendBackForm",
    "suitable_unit",
]
