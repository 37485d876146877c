"""The kinds of documents of the review chain, entered in the table of kinds."""

from __future__ import annotations

from portal.core.documents.kinds import Kind, Layout, register
from reviews import document_queries, recommendations
from reviews.actions import issuing, recommending
from reviews.documents import CERTIFICATION_PLACEHOLDERS, CERTIFICATION_TEXTS
from reviews.papers import certificates

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
        acted_on=issuing.undo_certification,
        reach=document_queries.certified_towns_of,
    )
)
RECOMMENDATION = register(
    Kind(
        key=recommendations.KIND,
        label="推荐函",
        genre="函",
        layout=Layout.LETTER,
        supplied=recommendations.TEXTS,
        placeholders=recommendations.PLACEHOLDERS,
        free=False,
        prepare=recommending.prepare_letter,
        issued=recommending.send_letter,
        discarded=recommending.release_list,
        subjects=document_queries.case_rows,
        recipients=document_queries.office_of_round,
    )
)
# Wordings alone: what is made of them are papers, which take no number and pass no sheet.
register(certificates.CERTIFICATE_KIND)
register(certificates.LETTER_KIND)
