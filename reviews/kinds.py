"""The kinds of documents of the review chain, entered in the table of kinds."""

from __future__ import annotations

from portal.core.documents.kinds import Kind, Layout, register
from reviews import document_queries
from reviews.actions import issuing
from reviews.documents import CERTIFICATION_PLACEHOLDERS, CERTIFICATION_TEXTS

CERTIFICATION = register(
    Kind(
        key=issuing.KIND,
        label="认定通知",
        genre="通知",
        layout=Layout.NOTICE,
        supplied=CERTIFICATION_TEXTS,
        placeholders=CERTIFICATION_PLACEHOLDERS,
        free=False,
        openness="open",
        prepare=issuing.prepare_certification,
        issued=issuing.certify_towns,
        discarded=issuing.release_cases,
        subjects=document_queries.case_rows,
        recipients=document_queries.concerned_offices,
        reach=document_queries.certified_towns_of,
    )
)
