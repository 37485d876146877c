"""Verification codes (核验码): twelve characters on paper that lead to the page of a document."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Final

from django.conf import settings

# Crockford's alphabet: nothing in it is taken for another character when it is read off paper.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def new_code() -> str:
    """A code that cannot be guessed (60 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As it is printed: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def normalised(typed: str) -> str:
    """A code as somebody typed it, in the form it is stored; empty when it cannot be one."""
    kept = "".join(char for char in typed.upper() if char.isalnum()).translate(_READ_AS)
    if len(kept) != LENGTH or any(char not in ALPHABET for char in kept):
        return ""
    return kept


_IN_ADDRESS: Final = re.compile(r"/verify/([0-9A-Za-z]{12})(?![0-9A-Za-z])")
_GROUPED: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{4}[-‐‑–—－ ]?){2}[0-9A-Za-z]{4}(?![0-9A-Za-z])"
)


def codes_typed(typed: str) -> list[str]:
    """The codes in what somebody typed or pasted: alone, with words around it, in an address."""
    text = unicodedata.normalize("NFKC", typed)
    alone = normalised(text)
    if alone and text.isascii():
        return [alone]
    found = [*_IN_ADDRESS.findall(text), *_GROUPED.findall(_IN_ADDRESS.sub(" ", text))]
    return list(dict.fromkeys(code for code in map(normalised, found) if code))


def verify_url(code: str) -> str:
    """The address that the QR code holds; empty where the portal does not know its own."""
    site: str = settings.PORTAL_SITE_URL
    return f"{site.rstrip('/')}/verify/{code}/" if site else ""
