"""The regulations by which the demo keeps its archive: the ready ones, without what its regulation of opinions says."""

from __future__ import annotations

from datetime import datetime

from keyue.operations.demo.play import Play
from keyue.regulations import actions as regulations
from keyue.regulations.actions.adopting import read_pack
from keyue.regulations.document import Document, read_document
from keyue.regulations.writing import without_control

ANSWERS = {
    "facts_handed_in.within": "2 working days",
    "file_verified.every": "P2M",
    "change_entered.within": "2 working days",
    "files_checked.every": "P1W",
    "defect_mended.within": "3 working days",
    "grades_reviewed.every": "P6M",
    "customer_contacted.every": "P1M",
    "note_entered.within": "1 working day",
    "contract_archived.within": "5 working days",
    "receivable_chased.within": "3 working days",
}
RIGHTS = {
    "request_accepted.within": "3 working days",
    "copy_given.within": "15 working days",
    "data_moved.within": "15 working days",
    "data_corrected.within": "15 working days",
    "deleted_on_request.within": "15 working days",
    "deleted_when_due.within": "15 working days",
    "use_stopped.within": "PT24H",
    "rules_explained.within": "15 working days",
}
POSTS = {
    "sales_head": "lu", "marketing_head": "lu", "archive_keeper": "bai", "company_head": "gu", "finance_head": "shen",
    "quality_supervisor": "wu", "security_officer": "jian",
}  # fmt: skip


def adopt(play: Play, at: datetime) -> None:
    """Put both in force at once; of the first, only what is asked of the archive and of sales."""
    users, by = play.cast.users, play.cast["zhi"]
    for document, answers, posts in (
        (_of_the_archive(), ANSWERS, POSTS),
        (read_pack("privacy"), RIGHTS, {"privacy_officer": "jian"}),
    ):
        regulations.adopt_ready(
            document=document, effective_from=at, answers=answers, by=by, at=at,
            holders={post: [users[name]] for post, name in posts.items()},
        )  # fmt: skip


def _of_the_archive() -> Document:
    document = read_pack("customers")
    text = document.source
    for block in document.blocks:
        of_cases = block.raw.get("subject", "case") == "case" and block.raw.get("kind") != "attestation"
        if of_cases:
            text = without_control(text, block.id)
    return read_document(text)
