"""Does every character of a document have a glyph in the stack it will be set in?

One glyph that no font has makes some readers lose all text of that font, so this is asked before
a document is issued, and the answer names the character and where it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.documents import fonts
from portal.core.documents.charset import clean_text

CONTEXT = 8


@dataclass(frozen=True, slots=True)
class Missing:
    """A character that no face of the role's stack has, and the words around it."""

    char: str
    role: str
    context: str

    @property
    def message(self) -> str:
        """The sentence shown to the person who drafts the document."""
        return (
            f"“{self.char}”字在{fonts.ROLE_NAMES[self.role]}字体中缺字，"
            f"出现于“{self.context}”（U+{ord(self.char):04X}）"
        )


def missing(text_by_role: Mapping[str, str]) -> list[Missing]:
    """Every distinct character without a glyph, once per role, in order of appearance."""
    found: list[Missing] = []
    for role, text in text_by_role.items():
        seen: set[str] = set()
        for line in text.splitlines():
            cleaned = clean_text(line)
            for position, char in enumerate(cleaned):
                if char in seen or char == " ":
                    continue
                seen.add(char)
                if fonts.glyph(role, char) is None:
                    around = cleaned[max(0, position - CONTEXT) : position + CONTEXT + 1]
                    found.append(Missing(char, role, around))
    return found
