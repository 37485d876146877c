"""Official documents as PDF: the public face of the engine that sets every layout.

``render_pdf`` composes the lines, predicts the pages, sets the document in one pass and checks
that the prediction held; only if it did not is the document set again.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template

from portal.core.documents import coverage, fonts, geometry, layout, renderer
from portal.core.documents.content import (
    Attachment,
    DocumentContent,
    Paragraph,
    ParagraphKind,
    chinese_date,
    tidied,
)
from portal.core.documents.coverage import Missing
from portal.core.documents.titles import title_lines

__all__ = [
    "Attachment",
    "DocumentContent",
    "Missing",
    "Paragraph",
    "ParagraphKind",
    "Rendered",
    "chinese_date",
    "document_html",
    "missing_glyphs",
    "page_count",
    "predicted_page_count",
    "render",
    "render_pdf",
    "text_by_role",
]

TEMPLATE = "documents/document.html"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The PDF, its number of pages, and how many times it had to be set."""

    pdf: bytes
    pages: int
    passes: int


def render_pdf(content: DocumentContent) -> bytes:
    return render(content).pdf


def render(content: DocumentContent) -> Rendered:
    html, document, passes = _settle(content)
    return Rendered(renderer.write(document, html), len(document.pages), passes)


def document_html(content: DocumentContent) -> str:
    """The final HTML, exactly as ``render_pdf`` hands it to WeasyPrint."""
    return _settle(content)[0]


def page_count(content: DocumentContent) -> int:
    return len(_settle(content)[1].pages)


def predicted_page_count(content: DocumentContent) -> int:
    """Number of pages by arithmetic alone, without setting the document."""
    return layout.lay_out(tidied(content)).pages


def text_by_role(content: DocumentContent) -> dict[str, str]:
    """Every piece of text of the document under the font it is set in."""
    texts: dict[str, list[str]] = {role: [] for role in fonts.ROLE_NAMES}
    for piece in coverage.pieces_of(content):
        texts[piece.role].append(piece.text)
    return {role: "\n".join(parts) for role, parts in texts.items()}


def missing_glyphs(content: DocumentContent) -> list[Missing]:
    """Characters of the document that would not print. Ask before issuing."""
    return coverage.missing(coverage.pieces_of(content))


def _settle(content: DocumentContent) -> tuple[str, Any, int]:
    """HTML, set document and number of passes."""
    tidy_content = tidied(content)
    return settle(tidy_content, layout.lay_out(tidy_content))


def settle(content: DocumentContent, plan: layout.Plan) -> tuple[str, Any, int]:
    """Set tidied content as planned, and again if the pages come out otherwise than planned."""
    html = _html(content, plan)
    document = renderer.lay_out(html)
    passes = 1
    if _as_planned(plan, document):
        return html, document, passes
    # The plan failed; let the setting decide, the way a person would by trying. At the foot of
    # a page of text the imprint reserves no space of its own, so there it must be known to fit.
    places: tuple[layout.ImprintPlace, ...] = (plan.imprint_place,)
    if plan.imprint is not None:
        places = ("next", "blank") if plan.even else ("next",)
        if plan.attachments or plan.imprint_fits:
            places = ("here", *places)
    for place in places:
        tried = replace(plan, imprint_place=place, pages=len(document.pages))
        for _ in range(2):
            html = _html(content, tried)
            document = renderer.lay_out(html)
            passes += 1
            # The side of the verification mark depends on the number of pages.
            if _as_planned(tried, document):
                return html, document, passes
            tried = replace(tried, pages=len(document.pages))
    return html, document, passes


def _as_planned(plan: layout.Plan, document: Any) -> bool:
    pages = len(document.pages)
    return pages == plan.pages and not (plan.even and pages % 2)


@cache
def _template() -> Template:
    """A document depends on nothing of the site's pages: no context processors, no tags of theirs.

    This engine also starts in a few milliseconds, where the site's own imports all apps' tags.
    """
    engine = Engine(
        dirs=[str(settings.BASE_DIR / "templates")],
        libraries={"l10n": "django.templatetags.l10n"},
    )
    template: Template = engine.get_template(TEMPLATE)
    return template


def _html(content: DocumentContent, plan: layout.Plan) -> str:
    faces = [
        {"css": f"f-{role}-{position}", "family": fonts.css_family(face)}
        for role in fonts.ROLE_NAMES
        for position, face in enumerate(fonts.stack(role))
    ]
    stacks = [
        {"css": f"r-{role}", "families": fonts.css_families(role)} for role in fonts.ROLE_NAMES
    ]
    values = {
        "content": content,
        "title": "".join(title_lines(content.title)),
        "subject": " ".join(filter(None, (content.issuing_organ, content.number))),
        "plan": plan,
        "faces": faces,
        "stacks": stacks,
        "songti": fonts.css_families(fonts.SONGTI),
        "draft_mark": content.draft_word,
        "g": {name.lower(): value for name, value in vars(geometry).items() if name.isupper()},
    }
    html: str = _template().render(Context(values))
    return html
