"""The sections (部分) of an application whose fields are typed: one row each, and their values.

A section of the application's own stores at once what is typed. One that shows a register keeps
what is typed until it is saved, because the register has rules of its own: ``own`` says which.
``towns.actions.drafting`` writes, ``towns.register_sections`` adds those of the registers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from criteria.queries import spec_of
from towns.declared import FACTS, criterion_section
from towns.models import Answer, Application, DraftField, RelaxationRequest

if TYPE_CHECKING:
    from portal.core.actor import Actor

Texts = dict[str, str]
LONGEST_TEXT, LONGEST_REASON = 20_000, 4_000


def plain(text: str) -> str:
    """A text with line ends as a browser sends them to be stored; stored ones may have others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Section(NamedTuple):
    """A section: its fields with their labels in order, what is stored, and how that is written.

    Names of fields are those of the form. ``path``: the field of ``towns.declared`` behind a name.
    ``write`` takes the texts that changed; ValidationError beside a name for what is not valid.
    ``limit``: how many characters a field takes.
    """

    key: str
    title: str
    own: bool
    labels: Callable[[Application], Texts]
    stored: Callable[[Application], Texts]
    write: Callable[[Actor, Application, Mapping[str, str]], None]
    path: Callable[[str], str]
    limit: Callable[[str], int] = lambda name: LONGEST_TEXT


class Working(NamedTuple):
    """What a field holds now: its text, who typed it last and when, and whether it only waits.

    ``source`` and ``note``: where it was taken from while nobody has typed it. ``by``: the key of
    the account behind ``who``.
    """

    text: str
    who: str = ""
    when: datetime | None = None
    waiting: bool = False
    source: str = ""
    note: str = ""
    by: int | None = None


_FIXED: dict[str, Section] = {}


def register_section(section: Section) -> Section:
    """Add a section; called once, where it is defined."""
    if section.key in _FIXED:
        raise ValueError(f"Section {section.key} is registered twice.")
    _FIXED[section.key] = section
    return section


def find_section(application: Application, key: str) -> Section | None:
    """The section of a key under the pinned criteria set; None when there is none."""
    if key in _FIXED:
        return _FIXED[key]
    prefix, _, criterion = key.partition(".")
    known = {row.key: row.title for row in spec_of(application.criteria_set).criteria}
    if prefix == "criterion" and criterion in known:
        return _criterion(criterion, known[criterion])
    return None


def typed_sections(application: Application) -> list[Section]:
    """Every section that is typed, in the order of the task list."""
    criteria = spec_of(application.criteria_set).criteria
    return [*_FIXED.values(), *(_criterion(row.key, row.title) for row in criteria)]


def waiting_sections() -> list[str]:
    """Keys of the sections that keep what is typed until it is saved."""
    return [section.key for section in _FIXED.values() if not section.own]


def working(application: Application, section: Section) -> dict[str, Working]:
    """The fields of a section as they stand: stored, or typed and waiting to be saved."""
    typed = {
        row.name: row
        for row in DraftField.objects.filter(application=application, section=section.key)
    }
    stored = section.stored(application)
    found = {}
    for name in section.labels(application):
        text, row = plain(stored.get(name, "")), typed.get(name)
        if row is None:
            found[name] = Working(text)
            continue
        source = row.source if row.source != "typed" else ""
        held = plain(row.text)
        # What came with a workbook was entered into the register: it waits for nobody.
        waiting = not section.own and held != text and row.source != "workbook"
        shown = held if waiting else text
        found[name] = Working(
            shown, row.saved_name, row.saved_at, waiting, source, row.source_note, row.saved_by_id
        )
    return found


def texts(values: Mapping[str, Working]) -> Texts:
    """Only the texts."""
    return {name: value.text for name, value in values.items()}


# --- sections of the application's own ------------------------------------------------------------


def _of_columns(key: str, title: str, labels: Texts) -> Section:
    def write(actor: Actor, application: Application, changed: Mapping[str, str]) -> None:
        for name, text in changed.items():
            setattr(application, name, text)
        application.save(update_fields=list(changed))

    return Section(
        key,
        title,
        True,
        lambda application: labels,
        lambda application: {name: plain(getattr(application, name)) for name in labels},
        write,
        lambda name: name,
        lambda name: getattr(Application._meta.get_field(name), "max_length", 0) or LONGEST_TEXT,
    )


FACTS_SECTION = register_section(_of_columns("facts", "基本情况", FACTS))
INDUSTRY_SECTION = register_section(
    _of_columns("industry", "主导产业和主导产品", {"industry_text": "主导产业和主导产品情况"})
)


def _criterion(criterion: str, title: str) -> Section:
    def conditions(application: Application) -> dict[str, str]:
        row = next(
            item for item in spec_of(application.criteria_set).criteria if item.key == criterion
        )
        return {
            f"relax_{item.key}": f"申请放宽“{item.indicator_name}”的理由"
            for item in row.conditions
            if item.relaxation is not None
        }

    def labels(application: Application) -> Texts:
        return {"text": "情况说明", **conditions(application)}

    def stored(application: Application) -> Texts:
        texts_of = {row.criterion: plain(row.text) for row in application.answers.all()}
        reasons = {row.condition: plain(row.reason) for row in application.relaxations.all()}
        found = {name: reasons.get(name[6:], "") for name in conditions(application)}
        return {"text": texts_of.get(criterion, ""), **found}

    def write(actor: Actor, application: Application, changed: Mapping[str, str]) -> None:
        for name, text in changed.items():
            if name == "text":
                Answer.objects.update_or_create(
                    application=application, criterion=criterion, defaults={"text": text}
                )
            elif text.strip():
                RelaxationRequest.objects.update_or_create(
                    application=application, condition=name[6:], defaults={"reason": text}
                )
            else:
                RelaxationRequest.objects.filter(
                    application=application, condition=name[6:]
                ).delete()

    def path(name: str) -> str:
        return f"answers.{criterion}" if name == "text" else f"relaxations.{name[6:]}"

    def limit(name: str) -> int:
        return LONGEST_TEXT if name == "text" else LONGEST_REASON

    return Section(criterion_section(criterion), title, True, labels, stored, write, path, limit)
