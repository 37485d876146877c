"""What a PDF says of itself: ``python -I traces.py < file``, answers in JSON on standard output.

Codes and numbers of documents in its text and metadata, a digest of the text of each page. It
stands alone and is started confined (``portal.core.documents.traces``): what a hostile file does to
this process, it does to nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import pypdfium2

PAGES = 400
FOUND = 12
PACKETS = 4
PACKET = 64 * 1024
DIGITS = 16

CODE = re.compile(r"(?<![0-9A-Za-z])([0-9A-Z]{4}[-‐‑–][0-9A-Z]{4}[-‐‑–][0-9A-Z]{4})(?![0-9A-Za-z])")
ADDRESS = re.compile(r"/verify/([0-9A-Z]{12})(?![0-9A-Za-z])")
NUMBER = re.compile(r"^([^\s〔〕\d]{1,30}〔\d{4}〕\d{1,6}号)")
PACKET_OF = re.compile(rb"<\?xpacket begin=.*?<\?xpacket end=", re.DOTALL)


def codes_in(text: str) -> list[str]:
    """Codes as they are printed, and those in addresses."""
    return [*CODE.findall(text), *ADDRESS.findall(text)]


def numbers_in(text: str) -> list[str]:
    """Numbers with which a line begins: in the running text a document cites others' numbers."""
    lines = ("".join(line.split()) for line in text.splitlines())
    return [found[1] for line in lines if (found := NUMBER.match(line))]


def metadata(document: pypdfium2.PdfDocument, data: bytes) -> list[str]:
    """The information dictionary and XMP packets that lie open in the file."""
    packets = [found.group()[:PACKET] for found in list(PACKET_OF.finditer(data))[:PACKETS]]
    said = [str(value)[:PACKET] for value in document.get_metadata_dict().values()]
    return said + [packet.decode("utf-8", "replace") for packet in packets]


def first(items: Iterable[str]) -> list[str]:
    """Each once, and no more than anybody needs."""
    return list(dict.fromkeys(items))[:FOUND]


def look(data: bytes) -> dict[str, Any]:
    """What the file says of itself."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        return {"problem": "encrypted" if locked else "damaged"}
    codes: list[str] = []
    numbers: list[str] = []
    digests: list[str] = []
    for text in metadata(document, data):
        codes += codes_in(text)
        numbers += numbers_in(text)
    total = len(document)
    for place in range(min(total, PAGES)):
        page = document[place]
        words = page.get_textpage()
        text = words.get_text_range()
        words.close()
        page.close()
        codes += codes_in(text)
        if not place:
            numbers += numbers_in(text)
        digests.append(hashlib.sha256("".join(text.split()).encode()).hexdigest()[:DIGITS])
    return {"pages": total, "texts": digests, "codes": first(codes), "numbers": first(numbers)}


def main() -> None:
    """One answer, whatever the file is."""
    try:
        said = look(sys.stdin.buffer.read())
    except (pypdfium2.PdfiumError, MemoryError, ValueError, UnicodeError):
        said = {"problem": "damaged"}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
