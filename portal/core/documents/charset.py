"""Which characters the document fonts keep when they are cut.

The repertoire is the union of

* the two-byte area of GB 18030 (GBK and its additions), taken from Python's own codec;
* the 276 characters of 通用规范汉字表 (8,105 characters) that lie outside GBK. They were read off
  the ``kTGH`` field of the Unicode Han database (Debian package unicode-data 15.0.0:
  8,105 entries, 276 of them not encodable in GBK) and are listed below, so that setting the
  fonts up needs no further package;
* Latin letters, punctuation, arrows, mathematical signs, circled numbers, box drawing, kana and
  full-width forms.
"""

import unicodedata
from functools import cache

TABLE_BEYOND_GBK = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎"
    "䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮鿍鿎鿏𠅤𠙶𠳐𡎚"
    "𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷"
    "𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜"
    "𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯"
    "𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵"
    "𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)

SYMBOL_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x024F),
    (0x02B0, 0x02FF),
    (0x0370, 0x03FF),
    (0x0400, 0x045F),
    (0x2000, 0x206F),
    (0x2070, 0x209F),
    (0x20A0, 0x20BF),
    (0x2100, 0x218F),
    (0x2190, 0x22FF),
    (0x2300, 0x23FF),
    (0x2460, 0x24FF),
    (0x2500, 0x26FF),
    (0x2E80, 0x2FDF),
    (0x3000, 0x30FF),
    (0x3100, 0x312F),
    (0x31C0, 0x31EF),
    (0x3200, 0x33FF),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFFEF),
)


@cache
def gb18030_two_byte() -> frozenset[str]:
    """Every assigned character of the two-byte area of GB 18030, private use left out."""
    found: set[str] = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                char = bytes((lead, trail)).decode("gb18030")
            except UnicodeDecodeError:
                continue
            if len(char) == 1 and unicodedata.category(char) != "Co":
                found.add(char)
    return frozenset(found)


@cache
def repertoire() -> frozenset[int]:
    """Code points kept in every cut face."""
    points = {ord(char) for char in gb18030_two_byte()}
    points.update(ord(char) for char in TABLE_BEYOND_GBK)
    for first, last in SYMBOL_RANGES:
        points.update(range(first, last + 1))
    return frozenset(points)


def clean_text(text: str) -> str:
    """One line of printable text: controls and invisible format marks removed.

    Tabs and line ends become one space; zero-width and direction marks, which people paste in
    without seeing them, are dropped, because they have no glyph.
    """
    pieces: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if char in "\t\r\n\v\f\x85\u2028\u2029":
            pieces.append(" ")
        elif category not in ("Cc", "Cf", "Cs"):
            pieces.append(char)
    return " ".join("".join(pieces).split(" ")).strip(" ")
