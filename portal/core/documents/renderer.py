"""The one place where WeasyPrint is loaded and called.

WeasyPrint is imported on first use, after ``fonts.activate()`` has pointed fontconfig at the
document fonts. Pango's font maps are not meant for several threads at once, so rendering is
serialised; one ``FontConfiguration`` serves the whole process.
"""

import gc
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, Final

from portal.core.documents import fonts
from portal.core.documents.embedding import with_plain_cids

_lock = RLock()

# Everything a document may refer to, by the address it uses for it. The notice brings its style
# along and fontconfig finds its faces, so nothing is listed. Nothing else is ever fetched.
ASSETS: Final[Mapping[str, Path]] = {}
# Relative addresses are joined to this one, and so refused like any other.
BASE: Final = "document:///"

# Every document is an archival file (PDF/A-2u), tagged so that it can be read aloud in order. Its
# colours are those of the profile that ``write`` gives it under this name.
PROFILE: Final = "srgb"
PDF_OPTIONS: Final[Mapping[str, Any]] = {
    "pdf_variant": "pdf/a-2u",
    "pdf_tags": True,
    "output_intent": "own",
}


class ForeignReference(Exception):
    """A document asked for something that is not one of our own assets; it is not made."""


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
def _profile() -> Any:
    """The sRGB profile that WeasyPrint brings; left to itself it never closes the file."""
    # Inside the function for the same reason.
    from weasyprint.css import ColorProfile  # noqa: PLC0415

    data = files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes()
    return ColorProfile(
        BytesIO(data), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"])
    )


def fetcher(assets: Mapping[str, Path] = ASSETS) -> Any:
    """The one URL fetcher: reads the listed assets, refuses every other address, opens no network.

    WeasyPrint leaves out what cannot be fetched; ``fail_on_errors`` makes it stop instead, except
    within drawings: ``refused`` remembers the address for those.
    """
    # Inside the function for the same reason.
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class OwnAssets(URLFetcher):
        """Never calls its base, which would open files, hosts and data addresses."""

        refused = ""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url not in assets:
                self.refused = url
                raise ValueError(f"公文不得引用外部内容：{url[:200]}")
            return URLFetcherResponse(url, assets[url].read_bytes())

    return OwnAssets(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)


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


@contextmanager
def _refusing(allowed: Any) -> Iterator[None]:
    """Turn WeasyPrint's own refusal, which is no ``Exception``, into one a job can report."""
    # Inside the function for the same reason.
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    try:
        yield
    except FatalURLFetchingError as error:
        raise ForeignReference(str(error.__cause__ or error)) from error
    if allowed.refused:
        raise ForeignReference(f"公文不得引用外部内容：{allowed.refused[:200]}")


def lay_out(html: str, assets: Mapping[str, Path] = ASSETS) -> Any:
    """Set ``html`` in pages; returns WeasyPrint's document.

    Raises ForeignReference when it asks for anything but ``assets``.
    """
    with _rendering():
        weasyprint, allowed = _weasyprint(), fetcher(assets)
        with _refusing(allowed):
            return weasyprint.HTML(string=html, base_url=BASE, url_fetcher=allowed).render(
                font_config=_font_configuration()
            )


def write(document: Any, html: str) -> bytes:
    """The PDF of a document that was set from ``html``; the same input gives the same bytes."""
    with _rendering(), _refusing(document.url_fetcher):
        identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
        document.color_profiles[PROFILE] = _profile()
        pdf: bytes = document.write_pdf(pdf_identifier=identifier, finisher=_finish, **PDF_OPTIONS)
        return pdf


def _finish(document: Any, pdf: Any) -> None:
    """Put right what WeasyPrint leaves as it is: the CIDs of embedded fonts."""
    for item in pdf.objects:
        if getattr(item, "extra", {}).get("Subtype") == "/OpenType":
            item.stream = [with_plain_cids(item.stream[0])]
