"""Every read that a person can cause starts from what the person may see.

The rule is checked on the source: in the modules that answer people, a read of a model whose
queryset knows ``visible_to`` begins with it (or with a method of the queryset that does). Functions
below the views that take no actor are given rows that somebody has fetched so, and read what hangs
from them; they may not be given nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from tests.services import ROOT
from tests.test_architecture import modules

ROLES = (
    "views", "api", "serializers", "forms", "tables", "filters", "exports", "documents", "tasks",
    "imports", "feeds", "homes", "queries", "context", "menu", "web",
)  # fmt: skip
# What may follow ``Model.objects``: ``visible_to`` itself, methods that begin with it or are given
# the actor as it is, and the empty queryset that a form starts with.
STARTS = {"visible_to", "awaiting", "answered_by", "contributed_by", "drafted_by", "none"}
# Importers write in bulk: rows they have made, or fetched by ``visible_to``; nothing is read.
WRITES = {"bulk_create", "bulk_update"}
# Module and function -> why a read in it starts elsewhere.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("portal/core/views/session.py", "demo_accounts"): "the demonstration's own list of sign-ins",
    ("portal/workspace/account_queries.py", "sign_ins_of"): "of an account found by visible_to",
    ("portal/workspace/office_queries.py", "filter_offices"): "narrows offices from visible_to",
    ("portal/workspace/office_forms.py", "__init__"): "narrows and names posts from visible_to",
    ("reviews/collective_queries.py", "waiting_for"): "leaves cases of visible_to out",
    ("portal/core/document_queries.py", "readable"): "joins on keys that are found by visible_to",
    ("portal/core/document_queries.py", "received_documents"): "narrows what is readable",
    ("towns/enterprise_queries.py", "revenue_key"): "a key of the catalogue, which is public",
    ("reviews/queries.py", "timeline_of"): "the chain of a case found by visible_to",
}
# Models that carry a region, an office or a town and are read only through the row they hang from:
# the fields that lead there.
THROUGH: dict[str, str] = {
    "core.OfficeName": "office",
    "core.OfficeChange": "before",
    "core.PostMove": "post",
    "core.NumberSeries": "office",
    "core.NumberRule": "office",
    "core.DocumentNumber": "office",
    "core.SheetEntry": "document",
    "core.Cosigner": "document",
    "core.Delivery": "document",
    "reviews.StepRun": "case",
    "reviews.UnitOpinion": "case",
    "towns.RoundQuota": "round",
    "towns.Extension": "round",
    "towns.TownFigure": "town",
    "towns.TownFunction": "town",
    "towns.TownGrant": "content_object",
    "towns.TownName": "town",
    "towns.TownCategory": "town",
    "towns.TownPaper": "town",
    "towns.StageMove": "town",
    "towns.TownChange": "town",
    "towns.FigureCorrection": "town",
    "towns.Platform": "town",
    "towns.Correction": "application",
    "towns.PaperCopy": "application",
}
# Names of regions and of categories are public.
PUBLIC_MODELS = {"core.Region", "criteria.Category", "reviews.Duty"}


def local_models() -> list[type[models.Model]]:
    """Every model of the portal's own apps."""
    roots = {"portal", "reviews", "subsidies", "towns", "criteria"}
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in roots]


def is_scoped(model: type[models.Model]) -> bool:
    """Whether reads of the model know ``visible_to``."""
    return hasattr(model._default_manager.all(), "visible_to")


SCOPED = {model.__name__ for model in local_models() if is_scoped(model)}


@dataclass(frozen=True)
class Read:
    """A place in the source where rows of a scoped model are asked for."""

    module: str
    function: str
    line: int
    text: str
    takes_actor: bool
    takes_something: bool


def answering() -> list[Path]:
    """The modules that answer people, by their role."""

    def role(name: str) -> bool:
        return any(name == word or name.endswith(f"_{word}") for word in ROLES)

    return [
        path
        for path in modules()
        if any(role(part) for part in path.relative_to(ROOT).with_suffix("").parts)
        # Actions lock what they change and ask a policy, whatever their package is called.
        and not {"management", "actions"} & set(path.parts)
    ]


def starts_wrong(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    """What a read begins with instead of ``visible_to``; empty when it is none or is right."""
    if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager"):
        if not (isinstance(node.value, ast.Name) and node.value.id in SCOPED):
            return ""
        following = above.get(node)
        name = following.attr if isinstance(following, ast.Attribute) else "nothing"
        return "" if name in STARTS | WRITES else f"{node.value.id}.objects.{name}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        short = node.func.id in ("get_object_or_404", "get_list_or_404")
        if short and isinstance(node.args[0], ast.Name) and node.args[0].id in SCOPED:
            return f"{node.func.id}({node.args[0].id})"
    return ""


def reads_of(source: str, module: str) -> Iterator[Read]:
    """Every read in a module that does not start from ``visible_to``."""
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        text = starts_wrong(node, above)
        if not text:
            continue
        inside: ast.AST | None = node
        while inside is not None and not isinstance(inside, ast.FunctionDef):
            inside = above.get(inside)
        given: list[str] = []
        if isinstance(inside, ast.FunctionDef):
            arguments = inside.args
            given = [item.arg for item in (*arguments.args, *arguments.kwonlyargs)]
        yield Read(
            module=module,
            function=inside.name if isinstance(inside, ast.FunctionDef) else "",
            line=getattr(node, "lineno", 0),
            text=text,
            # A handler is given the run of a job and nothing else.
            takes_actor=bool({"actor", "self", "request"} & set(given)) or given == ["run"],
            takes_something=bool(given),
        )


def all_reads() -> list[Read]:
    """Every such read of the portal."""
    return [
        read
        for path in answering()
        for read in reads_of(path.read_text(), str(path.relative_to(ROOT)))
    ]


def is_query(read: Read) -> bool:
    """Whether the module is given rows by the views and handlers, which fetch them."""
    return read.module.removesuffix(".py").endswith(("queries", "documents", "tasks"))


def test_every_read_starts_from_visible_to() -> None:
    wrong = [
        f"{read.module}:{read.line} {read.function}: {read.text}"
        for read in all_reads()
        if (read.module, read.function) not in EXCEPTIONS
        and not (is_query(read) and not read.takes_actor and read.takes_something)
    ]
    assert wrong == []


def test_no_exception_is_left_over() -> None:
    used = {(read.module, read.function) for read in all_reads()}
    assert set(EXCEPTIONS) <= used
    assert len(EXCEPTIONS) <= 10


@pytest.mark.parametrize(
    "line",
    [
        "Case.objects.filter(pk=1)",
        "Case.objects.get(pk=pk)",
        "list(Case.objects.all())",
        "Case._default_manager.filter(pk=1)",
        "get_object_or_404(Case, pk=pk)",
        "Prefetch('cases', Case.objects.select_related('round'))",
        "Town.objects",
    ],
)
def test_the_rule_sees_reads_that_start_elsewhere(line: str) -> None:
    source = f"def page(actor, pk):\n    return {line}\n"
    assert [read.function for read in reads_of(source, "x.py")] == ["page"]


def test_the_rule_lets_right_reads_pass() -> None:
    source = (
        "def page(actor, pk):\n"
        "    rows = Case.objects.visible_to(actor).filter(pk=pk)\n"
        "    return get_object_or_404(rows, pk=pk), case.runs.all(), Category.objects.all()\n"
    )
    assert list(reads_of(source, "x.py")) == []


def test_the_rule_looks_at_every_kind_of_module() -> None:
    seen = {str(path.relative_to(ROOT)) for path in answering()}
    for name in (
        "reviews/views/cases.py",
        "reviews/api.py",
        "portal/core/document_tasks.py",
        "reviews/forms/cases.py",
        "reviews/collective_queries.py",
        "reviews/queries.py",
        "towns/exports.py",
        "towns/tasks.py",
        "portal/workspace/homes.py",
        "portal/workspace/queries.py",
        "portal/workspace/views/public.py",
        "portal/workspace/office_forms.py",
        "portal/core/api.py",
        "portal/core/web.py",
    ):
        assert name in seen, name


# --- select boxes -------------------------------------------------------------------------------


def test_select_boxes_offer_what_the_actor_sees() -> None:
    """A box of rows starts empty and is filled from ``visible_to``, or with rows it is given."""
    wrong, boxes = [], 0
    for path in answering():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call) and "ModelChoice" in ast.unparse(node.func):
                first = [*node.args[:1], *[k.value for k in node.keywords if k.arg == "queryset"]]
                boxes += 1
                if not any(ast.unparse(value).endswith(".none()") for value in first):
                    wrong.append(place)
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr == "queryset"
                for target in node.targets
            ):
                # A name holds rows that were read before, which the first rule has looked at.
                text = ast.unparse(node.value)
                if ".objects" in text and ".objects.visible_to(actor)" not in text:
                    wrong.append(place)
    assert wrong == []
    assert boxes


# --- models -------------------------------------------------------------------------------------


def carries_region(model: type[models.Model]) -> bool:
    """Whether the model says of itself which region, office or town it belongs to."""
    for field in model._meta.get_fields():
        if field.name == "scope_code":
            return True
        pointing = isinstance(field, models.ForeignKey | models.ManyToManyField)
        target = field.related_model if pointing else None
        if isinstance(target, type) and target.__name__ in ("Region", "Office", "Town"):
            return True
    return False


def test_every_model_with_a_region_knows_who_sees_it() -> None:
    carrying = {model._meta.label: model for model in local_models() if carries_region(model)}
    unknown = {label for label, model in carrying.items() if not is_scoped(model)}
    assert unknown <= set(THROUGH) | PUBLIC_MODELS
    assert len(carrying) > 15


@pytest.mark.parametrize("label", THROUGH)
def test_what_has_a_parent_hangs_from_a_row_that_knows(label: str) -> None:
    model = apps.get_model(label)
    assert carries_region(model) and not is_scoped(model)
    parent = model._meta.get_field(THROUGH[label]).related_model
    assert isinstance(parent, type)
    assert is_scoped(parent)


def test_no_admin_site_stands_beside_the_pages() -> None:
    """docs/architecture.md says so: Django's admin would read past ``visible_to``."""
    assert not apps.is_installed("django.contrib.admin")
    assert not [path for path in modules() if path.name == "admin.py"]
    assert "admin" in (ROOT / "docs" / "architecture.md").read_text()
