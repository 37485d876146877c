"""What every answer owes a browser: strict headers, and a page with nothing inline."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
PAGE_IMAGE = "image/webp"
DOWNLOAD_POLICY = {"default-src": {"'none'"}, "sandbox": set()}


class Inline(HTMLParser):
    """Whatever a strict policy refuses, or would have to allow: found in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.script = tag == "script"
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction", "poster", "data"):
                self.link(tag, name, (value or "").strip().lower())

    def link(self, tag: str, name: str, value: str) -> None:
        """Code in an address, and anything loaded from another host."""
        picture = tag == "img" and value.startswith("data:image/")  # the code of a second factor
        if value.startswith(("javascript:", "vbscript:", "data:")) and not picture:
            self.found.append(f"<{tag} {name}={value[:20]}>")
        if tag != "a" and value.startswith(("http:", "https:", "//")):
            self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self.script and data.strip():
            self.found.append("<script> with code")

    def handle_endtag(self, tag: str) -> None:
        self.script = False


def inline_in(html: str) -> list[str]:
    """What a page has inline."""
    reader = Inline()
    reader.feed(html)
    return reader.found


def policy_of(answer: Any) -> dict[str, set[str]]:
    """The content security policy of an answer."""
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";")]
    return {words[0]: set(words[1:]) for words in parts if words}


def faults_of(answer: Any, *, whole: bool = True) -> list[str]:
    """What is missing from an answer's headers and, of the whole, what its page has inline."""
    wrong = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        wrong.append("Cache-Control")
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    attached = answer.headers.get("Content-Disposition", "").startswith("attachment")
    # Pictures of pages are the portal's own; they are shown, under the rules of a download.
    attached |= answer.headers.get("Content-Type") == PAGE_IMAGE
    if policy_of(answer) != (DOWNLOAD_POLICY if attached else POLICY):
        wrong.append("Content-Security-Policy")
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        wrong += inline_in(answer.content.decode()) if whole else []
    elif answer.status_code == 200 and not attached and kind:
        wrong += [kind] if kind.partition(";")[0] not in ("application/json", "text/plain") else []
    return wrong
