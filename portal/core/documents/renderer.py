"""The one place where WeasyPrint is loaded and called.

WeasyPrint is imported on first use, after ``fonts.activate()`` has pointed fontconfig at the
document fonts. Pango's font maps are not meant for several threads at once, so rendering is
serialised; one ``FontConfiguration`` serves the whole process.
"""

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from types import ModuleType
from typing import Any

from portal.core.documents import fonts

_lock = RLock()


@cache
def _weasyprint() -> ModuleType:
    fonts.activate()
    # Inside the function: fontconfig reads its configuration when WeasyPrint loads it, so this
    # must come after activate(); and pages that make no PDF should not pay for the import.
    import weasyprint  # noqa: PLC0415

    return weasyprint


@cache
def _font_configuration() -> Any:
    # Inside the function for the same reason.
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


@cache
def _no_fetching() -> Any:
    """A document refers to nothing outside itself; whatever slips in is not fetched."""
    # Inside the function for the same reason.
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    return URLFetcher(allowed_protocols=(), fail_on_errors=True)


@contextmanager
def _rendering() -> Iterator[None]:
    """One rendering at a time, with the cyclic collector at rest: layout makes many objects and
    frees them all at once, and scanning them again and again is a tenth of the time."""
    with _lock:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()


def lay_out(html: str) -> Any:
    """Set ``html`` in pages; returns WeasyPrint's document."""
    with _rendering():
        weasyprint = _weasyprint()
        return weasyprint.HTML(string=html, url_fetcher=_no_fetching()).render(
            font_config=_font_configuration()
        )


def write(document: Any, html: str) -> bytes:
    """The PDF of a document that was set from ``html``; the same input gives the same bytes."""
    with _rendering():
        identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
        pdf: bytes = document.write_pdf(pdf_identifier=identifier)
        return pdf
