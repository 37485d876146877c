"""Plain pages of one file: ``python -I binding.py WAY SOURCE TARGET``

``WAY`` is pdf or image. Every page comes upright, beginning at its corner, with what was filled in
or stamped on it as part of the page, and with nothing that acts, links or hides. One line of JSON
on standard output for each thing that happened. It stands alone: what a hostile file does to this
process, it does to nothing else.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageOps, ImageSequence

A4 = (595.28, 841.89)
# No page is larger than A3, whatever the file says; larger ones are reduced.
LONGEST, SHORTEST = 1190.55, 841.89
MARGIN = 28.0
PIXELS = 2600
MOST_PIXELS = 120_000_000
QUALITY = 85


class Unusable(Exception):
    """The file cannot be bound; ``str()`` is the key of the reason."""


def say(**values: Any) -> None:
    """Tell whoever started this what happened."""
    print(json.dumps(values), flush=True)  # noqa: T201  # the way to the parent


def bind_pdf(source: Path, target: Path) -> None:
    """The pages of a PDF, each drawn onto a new one."""
    try:
        found = pikepdf.open(source)
    except pikepdf.PasswordError as error:
        raise Unusable("encrypted") from error
    except pikepdf.PdfError as error:
        raise Unusable("damaged") from error
    with found, pikepdf.new() as made:
        if not len(found.pages):
            raise Unusable("empty")
        say(pages=len(found.pages))
        if "/AcroForm" in found.Root:
            found.generate_appearance_streams()
        found.flatten_annotations("print")
        for number, page in enumerate(found.pages, start=1):
            across, down = _size(page)
            sheet = made.add_blank_page(page_size=(across, down))
            sheet.add_overlay(page, pikepdf.Rectangle(0, 0, across, down))
            if number % 10 == 0:
                say(page=number)
        made.save(target)


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height as it is read, at most A3 either way up."""
    left, bottom, right, top = (float(value) for value in page.trimbox)
    across, down = abs(right - left), abs(top - bottom)
    if int(page.obj.get("/Rotate", 0)) % 180:
        across, down = down, across
    if across < 1 or down < 1:
        raise Unusable("damaged")
    scale = min(1.0, LONGEST / max(across, down), SHORTEST / min(across, down))
    return across * scale, down * scale


def bind_image(source: Path, target: Path) -> None:
    """Each frame of a picture on a sheet of A4, the way up that it needs."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with pikepdf.new() as made:
        try:
            with Image.open(source) as picture:
                say(pages=getattr(picture, "n_frames", 1))
                for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                    _place(made, frame)
                    say(page=number)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unusable("too_large") from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise Unusable("damaged") from error  # what Pillow says of files it cannot read
        made.save(target)


def _place(made: pikepdf.Pdf, frame: Image.Image) -> None:
    shown = _on_paper(frame)
    packed = io.BytesIO()
    shown.save(packed, "JPEG", quality=QUALITY)
    across, down = A4 if shown.height >= shown.width else (A4[1], A4[0])
    scale = min((across - 2 * MARGIN) / shown.width, (down - 2 * MARGIN) / shown.height, 72 / 96)
    width, height = shown.width * scale, shown.height * scale
    image = pikepdf.Stream(made, packed.getvalue())
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Width, image.Height, image.BitsPerComponent = shown.width, shown.height, 8
    image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.DCTDecode
    page = made.add_blank_page(page_size=(across, down))
    page.obj.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(Picture=made.make_indirect(image))
    )
    drawn = (
        f"q {width:.2f} 0 0 {height:.2f} {(across - width) / 2:.2f} {(down - height) / 2:.2f} cm"
        " /Picture Do Q"
    )
    page.obj.Contents = made.make_stream(drawn.encode())


def _on_paper(frame: Image.Image) -> Image.Image:
    """A frame upright, on white, no larger than it is printed."""
    upright = ImageOps.exif_transpose(frame)
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    elif upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")
    upright = upright.convert("RGB")
    upright.thumbnail((PIXELS, PIXELS))
    return upright


def main(arguments: list[str]) -> None:
    """Bind what was asked for; the reason on standard output when it cannot be done."""
    way, source, target = arguments
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        (bind_pdf if way == "pdf" else bind_image)(Path(source), Path(target))
    except Unusable as error:
        say(problem=str(error))
    except MemoryError:
        say(problem="too_large")
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, RuntimeError):
        say(problem="damaged")  # what qpdf and its binding say of objects that are not as they must
    else:
        say(done=True)


if __name__ == "__main__":
    main(sys.argv[1:])
