"""Render pages of one file: ``python -I rendering.py WAY SOURCE FOLDER WIDTH FIRST LAST``

``WAY`` is pdf or image. One line of JSON on standard output for each thing that happened: the
number of pages, each image once it is on disk, or why it could not be done. It stands alone: what
a hostile file does to this process, it does to nothing else.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, ImageSequence

# A page is never enlarged beyond this, nor higher than this, whatever its stated size.
LARGEST_SCALE = 4.0
HEIGHT = 7000
# Beyond it the picture would not fit the memory that this process has.
MOST_PIXELS = 120_000_000
QUALITY = 80
ENCRYPTED = "encrypted"
DAMAGED = "damaged"
TOO_LARGE = "too_large"
EMPTY = "empty"


class Unusable(Exception):
    """The file cannot be shown; ``str()`` is the key of the reason."""


def say(**values: Any) -> None:
    """Tell whoever started this what happened."""
    print(json.dumps(values), flush=True)  # noqa: T201  # the way to the parent


def store(image: Image.Image, number: int, folder: Path) -> None:
    """Write one page image and say so."""
    path = folder / f"{number}.webp"
    image.save(path, "WEBP", quality=QUALITY, method=2)
    say(page=number, width=image.width, height=image.height)


def render_pdf(source: Path, folder: Path, width: int, first: int, last: int) -> None:
    """Pages of a PDF, with what was filled into its forms."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise Unusable(ENCRYPTED if encrypted else DAMAGED) from error
    total = len(document)
    if not total:
        raise Unusable(EMPTY)
    say(pages=total)
    document.init_forms()
    for number in range(first, min(last, total) + 1):
        page = document[number - 1]
        across, down = page.get_size()
        # The engine rounds up: half a pixel less stays within the width.
        scale = min((width - 0.5) / max(across, 1), (HEIGHT - 0.5) / max(down, 1), LARGEST_SCALE)
        store(page.render(scale=scale).to_pil().convert("RGB"), number, folder)
        page.close()


def render_image(source: Path, folder: Path, width: int, first: int, last: int) -> None:
    """Frames of a picture (a scanned TIFF has several), turned as the camera was held."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(source) as picture:
            total = getattr(picture, "n_frames", 1)
            say(pages=total)
            for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                if number > min(last, total):
                    break
                if number >= first:
                    store(on_paper(frame, width), number, folder)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable(TOO_LARGE) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unusable(DAMAGED) from error  # what Pillow says of files it cannot read


def on_paper(frame: Image.Image, width: int) -> Image.Image:
    """A frame upright, on white, no larger than a page image."""
    frame.draft("RGB", (width * 2, HEIGHT * 2))
    upright = ImageOps.exif_transpose(frame)
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    elif upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")
    upright = upright.convert("RGB")
    upright.thumbnail((width, HEIGHT))
    return upright


def main(arguments: list[str]) -> None:
    """Render what was asked for; the reason on standard output when it cannot be done."""
    way, source, folder, *numbers = arguments
    width, first, last = (int(text) for text in numbers)
    # Pillow and PDFium warn of harmless oddities; only a picture too large to hold is an error.
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    render = render_pdf if way == "pdf" else render_image
    try:
        render(Path(source), Path(folder), width, first, last)
    except Unusable as error:
        say(problem=str(error))
    except MemoryError:
        say(problem=TOO_LARGE)
    except pypdfium2.PdfiumError:
        say(problem=DAMAGED)
    else:
        say(done=True)


if __name__ == "__main__":
    main(sys.argv[1:])
