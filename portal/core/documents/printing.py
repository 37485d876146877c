"""Papers that are printed without an issue: every character is checked, then they are set."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from portal.core.documents.content import DocumentContent
from portal.core.documents.coverage import missing, pieces_of
from portal.core.documents.fonts import FontsUnavailableError
from portal.core.documents.typesetting import Rendered, render


def printed(content: DocumentContent) -> Rendered:
    """The paper set. Raises ValidationError for characters that no font has."""
    try:
        gaps = missing(pieces_of(content))
    except FontsUnavailableError as error:
        raise ValidationError(f"{error}。") from error
    if gaps:
        raise ValidationError([f"{gap.message}。" for gap in gaps])
    return render(content)
