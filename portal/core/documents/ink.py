"""Where the ink of a text begins and ends within its line box.

A ruler on paper finds the edge of the strokes, not that of the em box; at the size of a red header
the two differ by almost a millimetre.
"""

from functools import cache

import uharfbuzz

from portal.core.documents import fonts


@cache
def ink(text: str, role: str) -> tuple[float, float]:
    """Top and bottom of the ink in em, from the top of a line box one em high."""
    faces = [_open(str(face.path), face.index) for face in fonts.stack(role)]
    extents = faces[0].get_font_extents("ltr")
    upem = faces[0].face.upem
    baseline = (1 + (extents.ascender + extents.descender) / upem) / 2
    tops: list[float] = []
    bottoms: list[float] = []
    for char in text:
        found = fonts.glyph(role, char)
        if found is None or char == " ":
            continue
        font = faces[found[0]]
        box = font.get_glyph_extents(font.get_nominal_glyph(ord(char)))
        tops.append(box.y_bearing / font.face.upem)
        bottoms.append((box.y_bearing + box.height) / font.face.upem)
    if not tops:
        return 0.0, 1.0
    return baseline - max(tops), baseline - min(bottoms)


@cache
def _open(path: str, index: int) -> uharfbuzz.Font:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), index))
