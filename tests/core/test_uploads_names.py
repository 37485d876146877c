"""Names of files: whatever is typed or sent becomes one harmless line, and stays itself after."""

from __future__ import annotations

import random
import unicodedata

import pytest

from portal.core.inspection.sniffing import PROGRAMS
from portal.core.uploads.names import DEVICES, LENGTH, clean_name, extension_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("发票.pdf", "发票.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\发票.pdf", "发票.pdf"),
        ("发票.exe.pdf", "发票_exe.pdf"),
        ("发票.pdf.exe", "发票.pdf.exe"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("com1.2026.pdf", "_com1.2026.pdf"),
        ("nul", "_nul"),
        (".htaccess", "htaccess"),
        ("~$说明.docx", "$说明.docx"),
        ("=HYPERLINK(1).xlsx", "HYPERLINK(1).xlsx"),
        ("e\u0301.pdf", "é.pdf"),
        ("说明　书.docx", "说明 书.docx"),
        ("发票.pdf. . ", "发票.pdf"),
        ("证明.pdf:x.exe", "证明.pdf_x.exe"),
        ("", "未命名文件"),
        ("...", "未命名文件"),
        ("/", "未命名文件"),
        (".pdf", "pdf"),
        ("a.verylongextensionindeed", "a_verylongextensionindeed"),
    ],
)
def test_what_becomes_of_a_name(given: str, kept: str) -> None:
    assert clean_name(given) == kept


LETTERS = (
    "ab.. /\\:*?\"<>|\x00\x07\r\n\t\u202e\u200b\u2028\ufeff\ud800\U000e0001 ~=+@-%;'`$"
    "发票证明　ｅ\u0301한e\u0327.exe.pdf.CON"
)
PIECES = (
    "con",
    "NUL",
    "com1",
    ".exe",
    ".pdf",
    ".js",
    "..",
    "../",
    "C:\\",
    "\u202e",
    "长" * 90,
    "é",
)


def odd_names(count: int) -> list[str]:
    """Names put together from the worst pieces; the same ones at every run."""
    draw = random.Random(20261122)
    names = []
    for _ in range(count):
        letters = [draw.choice(LETTERS) for _ in range(draw.randrange(30))]
        for _ in range(draw.randrange(4)):
            letters.insert(draw.randrange(len(letters) + 1), draw.choice(PIECES))
        names.append("".join(letters))
    return names


def test_any_name_becomes_a_harmless_one_and_stays_so() -> None:
    for given in odd_names(20_000):
        kept = clean_name(given)
        told = (given, kept)
        assert 0 < len(kept) <= LENGTH, told
        assert clean_name(kept) == kept, told
        assert unicodedata.is_normalized("NFC", kept), told
        assert kept.encode(), told
        assert not set(kept) & set('<>:"/\\|?*'), told
        kinds = {unicodedata.category(letter) for letter in kept}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}, told
        assert kept == kept.strip(" ."), told
        assert not kept.startswith(("~", "=", "+", "@", "-", ".")), told
        *inner, _ = kept.split(".")
        assert not DEVICES.match((inner or [kept])[0]), told
        assert not {part.strip().lower() for part in inner[1:]} & PROGRAMS, told


def test_the_last_extension_is_the_one_that_is_judged() -> None:
    for given in odd_names(5_000):
        for ending in (".exe", ".pdf", ".docm"):
            assert extension_of(clean_name(given + "x" + ending)) == ending[1:], given
