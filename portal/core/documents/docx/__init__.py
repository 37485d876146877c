"""Official documents as docx, for an office's own document system (公文系统), which numbers and
seals them there.

``writer.document_docx`` is the way in. The text flows, so that it can be worked on; page, grid,
faces and sizes are those of the PDF.
"""

from typing import Final

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
