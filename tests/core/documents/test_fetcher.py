"""Nothing typed into a field ever makes a document read a file, ask a host or embed anything."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from portal.core.documents import renderer
from portal.core.documents.content import People
from portal.core.documents.kinds import Layout
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import DocumentContent, render_pdf
from portal.core.models import Office, OfficialDocument, Region
from reviews.documents import stored_content
from reviews.models import Case
from tests.core.documents.pdf import joined_text, open_pdf
from tests.core.documents.samples import sample
from towns.models import Application, Town


class Listener:
    """A listening socket that counts who comes."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.1)
        self.port = self.server.getsockname()[1]
        self.visits = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while not self.ended.is_set():
            try:
                visitor, _ = self.server.accept()
            except TimeoutError:
                continue
            self.visits += 1
            visitor.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/css\r\n\r\n")
            visitor.close()

    def end(self) -> None:
        """Stop listening."""
        self.ended.set()
        self.thread.join()
        self.server.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.end()


SECRET = "/etc/passwd"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
# What a document could be asked to fetch with; {url} is replaced.
MARKUP = (
    '<img src="{url}">',
    '<link rel="stylesheet" href="{url}">',
    '<link rel="attachment" href="{url}">',
    '<a rel="attachment" href="{url}">附</a>',
    '<a href="{url}">链</a>',
    '<object data="{url}"></object>',
    '<embed src="{url}">',
    '<iframe src="{url}"></iframe>',
    '<input type="image" src="{url}">',
    '<base href="{url}"><img src="x">',
    "<style>@import url({url});</style>",
    "<style>body{{background:url({url})}}</style>",
    "<style>@font-face{{font-family:z;src:url({url})}}p{{font-family:z}}</style>",
    '<p style="background:url({url})">段</p>',
    '<ul style="list-style-image:url({url})"><li>项</ul>',
    '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    '<svg width="9" height="9"><use href="{url}#x"/></svg>',
    "<svg><style>@import url({url});</style></svg>",
)


def addresses(port: int) -> tuple[str, ...]:
    """Every kind of address there is."""
    return (
        f"file://{SECRET}",
        SECRET,
        "../../../../etc/passwd",
        f"//127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}/x",
        f"https://127.0.0.1:{port}/x",
        f"ftp://127.0.0.1:{port}/x",
        PIXEL,
    )


def pieces(port: int) -> list[str]:
    """Some markup with some addresses, and the ways out of an attribute, a style and a comment."""
    urls = (f"file://{SECRET}", f"http://127.0.0.1:{port}/x", "data:text/css,p")
    return [
        "\"'></style>-->]]>",
        "{% include 'base.html' %}",
        *(markup.format(url=url) for markup in MARKUP[:4] for url in urls),
    ]


def nothing_is_embedded(reader: PdfReader) -> None:
    """No file, no picture, no link, no script in the PDF."""
    assert not reader.attachments
    for number in range(1, int(reader.trailer["/Size"])):  # type: ignore[call-overload]
        found = reader.get_object(number)
        if not isinstance(found, dict):
            continue
        assert found.get("/Type") not in ("/EmbeddedFile", "/Filespec", "/Annot")
        assert found.get("/Subtype") not in ("/Image", "/Link", "/FileAttachment")
        assert not {"/AF", "/EmbeddedFiles", "/URI", "/JS", "/JavaScript", "/Launch"} & set(found)


def squeezed(text: str) -> str:
    """Without white space and without the marks that become full-width."""
    return "".join(char for char in text if char.isalnum() or char == "/")


def is_only_text(pdf: bytes, typed: list[str]) -> None:
    """The typed markup stands there in letters (two pages may end within some), and no more."""
    reader = open_pdf(pdf)
    nothing_is_embedded(reader)
    found = squeezed(joined_text(reader))
    lost = [piece for piece in typed if squeezed(piece) not in found]
    assert len(lost) <= 2, lost


# --- the fields ---------------------------------------------------------------------------------


TEXTS = sorted(
    field.name
    for field in dataclasses.fields(DocumentContent)
    if field.type in ("str", str, "str | None", str | None)
)
NESTED = (
    "organ", "signer", "people", "paragraph", "heading1", "run_in", "signatory", "attachment",
    "header", "cell",
)  # fmt: skip
# Drawn as a QR code, not written.
DRAWN = {"verify_url"}


def with_text(name: str, text: str) -> DocumentContent:
    """A notice with the text in one of its fields."""
    whole = sample()
    first, attachment = whole.paragraphs[0], whole.attachments[0]
    changes: dict[str, Any] = {
        "organ": {"organs": (text,)},
        "signer": {"signers": (text,)},
        "people": {"layout": Layout.MINUTES, "people": (People("出席", text),)},
        "code": {"code": text, "verify_url": "http://127.0.0.1/verify/"},
        "verify_url": {"code": "ABCD", "verify_url": text},
        "paragraph": {"paragraphs": (dataclasses.replace(first, text=text),)},
        "heading1": {"paragraphs": (dataclasses.replace(first, kind="heading1", text=text),)},
        "run_in": {"paragraphs": (dataclasses.replace(first, kind="heading2", run_in=text),)},
        "signatory": {"signatories": (text,)},
        "draft_word": {"draft": True, "draft_word": text},
        "attachment": {"attachments": (dataclasses.replace(attachment, title=text),)},
        "header": {
            "attachments": (
                dataclasses.replace(attachment, header=("序", text, *attachment.header[2:])),
            )
        },
        "cell": {
            "attachments": (
                dataclasses.replace(attachment, rows=((text, *attachment.rows[0][1:]),)),
            )
        },
    }
    return dataclasses.replace(whole, **changes.get(name, {name: text}))


@pytest.mark.parametrize("name", [*TEXTS, *NESTED])
def test_markup_in_a_field_is_text(listener: Listener, name: str) -> None:
    typed = pieces(listener.port)
    is_only_text(render_pdf(with_text(name, "".join(typed))), [] if name in DRAWN else typed)
    assert listener.visits == 0


def test_every_field_of_a_notice_is_tried() -> None:
    tried = {*TEXTS, "paragraphs", "signatories", "attachments", "organs", "signers", "people"}
    # Dates, a yes or no, a word of a table.
    harmless = {"signed_on", "printed_on", "draft", "layout"}
    assert {field.name for field in dataclasses.fields(DocumentContent)} == tried | harmless


def test_markup_in_every_row_behind_a_notice_is_text(listener: Listener) -> None:
    """Office, town, county, industry, title, addressees, body, note and copies, all at once."""
    markup = pieces(listener.port)
    typed = "".join(markup)
    region = Region(code="141033", name=f"蒲县{typed}", kind="county")
    office = Office(name=f"办公室{typed}", region=region, document_word=f"蒲{typed}")
    case = Case(
        pk=1,
        scope_code="141033",
        town_name=f"镇{typed}",
        county_name=f"县{typed}",
        category="agriculture",
        application=Application(town=Town(industry=f"业{typed}")),
    )
    document = OfficialDocument(
        kind="certification_notice",
        office=office,
        title=f"通知{typed}",
        addressees=f"各县{typed}",
        body=f"正文{typed}\n第二段{typed}",
        note=f"附注{typed}",
        copy_to=f"抄送{typed}",
        content=stored_content(office, [case]),
    )
    content = content_of(document, draft=True, on=date(2026, 11, 22))
    pdf = render_pdf(content)
    nothing_is_embedded(open_pdf(pdf))
    assert listener.visits == 0
    found = squeezed(joined_text(open_pdf(pdf)))
    for before in ("办公室", "镇", "县", "业", "通知", "各县", "正文", "第二段", "附注", "抄送"):
        assert before + squeezed(typed)[:20] in found, before


# --- the fetcher itself -------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_that_slipped_in_stops_the_document(listener: Listener, markup: str) -> None:
    """Should a template ever forget to escape: no document, or one in which nothing was fetched."""
    silent = ("<a href", "<iframe", "<input", "<use", "<svg><style")
    for url in addresses(listener.port):
        html = f"<p>文</p>{markup.format(url=url)}"
        if any(word in markup for word in silent):
            # WeasyPrint does not know these, or links without asking; so it must find nothing.
            try:
                reader = open_pdf(renderer.write(renderer.lay_out(html), html))
            except renderer.ForeignReference:
                continue
            assert not reader.attachments
            assert "root" not in joined_text(reader)
        else:
            with pytest.raises(renderer.ForeignReference, match="不得引用外部内容"):
                renderer.write(renderer.lay_out(html), html)
    assert listener.visits == 0


def test_only_listed_assets_are_read(tmp_path: Path) -> None:
    asset = tmp_path / "rules.css"
    asset.write_text("p::after { content: '由样式加入' }")
    address = "document:///rules.css"
    html = f'<link rel="stylesheet" href="{address}"><p>正文</p>'
    with pytest.raises(renderer.ForeignReference, match=r"rules\.css"):
        renderer.lay_out(html)
    allowed = {address: asset}
    fetched = renderer.fetcher(allowed)
    with fetched.fetch(address)._file_obj as body:
        assert body.read() == asset.read_bytes()
    for other in (
        asset.as_uri(),
        f"{address}?x",
        f"{address}#x",
        "document:///../rules.css",
        address.upper(),
        "",
    ):
        with pytest.raises(ValueError, match="不得引用外部内容"):
            fetched.fetch(other)
        with pytest.raises(ValueError, match="不得引用外部内容"):
            fetched.open(other)


def test_the_portal_lists_no_asset_outside_its_tree() -> None:
    root = Path(renderer.__file__).resolve().parents[3]
    assert all(path.resolve().is_relative_to(root) for path in renderer.ASSETS.values())
    assert not any(address.startswith(("http", "file", "data")) for address in renderer.ASSETS)


def test_weasyprint_is_loaded_in_one_place() -> None:
    """No second renderer with a fetcher of its own."""
    root = Path(renderer.__file__).resolve().parents[3]
    using = [
        str(path.relative_to(root))
        for package in ("portal", "reviews", "subsidies", "towns", "criteria")
        for path in sorted((root / package).rglob("*.py"))
        if "import weasyprint" in path.read_text() or "from weasyprint" in path.read_text()
    ]
    assert using == ["portal/core/documents/renderer.py"]
