"""Evidence packs over the REST API: ask for one, see how far it is, and take the file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Status

from keyue.compliance import actions
from keyue.compliance.api import Regulation
from keyue.compliance.models import EvidencePack
from keyue.compliance.pack_views import ZIP, file_answer
from keyue.compliance.packs import reading
from keyue.kernel.errors import NotFound
from keyue.people.api import LARGEST_ID, VIA, In, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

router = Router(tags=["regulations"])
Pack = Annotated[UUID, Path(examples=["01a204d7-2fcb-78a6-9637-9b00959fa887"])]
BINARY = {"responses": {200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}}}


class PackIn(In):
    """What a pack is to hold: one clause or (`clause` empty) the whole regulation, for days that are both included."""

    model_config = shown(
        examples=[{"clause": "4.1.1", "first": "2026-11-01", "last": "2026-11-30", "purpose": "supervision"}]
    )

    clause: str = Field("", max_length=40, examples=["4.1.1"])
    first: date
    last: date
    purpose: Literal["internal_audit", "supervision", "dispute"]


class PackFiguresOut(Out):
    """rate = kept ÷ due × 100 as text, null where nothing was due; what follows counts in no rate."""

    kept: int
    broken: int
    due: int
    rate: str | None
    pending: int
    waived: int
    cancelled: int


class EvidencePackOut(Out):
    """A pack; `done` of `total` steps are made. Its file is kept until `expires_at`."""

    id: UUID
    regulation: str
    clause: str
    first: date
    last: date
    purpose: str
    state: str = Field(examples=["ready"], description="waiting, making, ready, failed or expired")
    done: int
    total: int
    asked_at: datetime
    as_of: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    problem: str
    promises: int
    figures: PackFiguresOut | None
    size: int
    sha256: str
    fingerprint: str = Field(description="the SHA-256 of the public key whose signature the pack bears")


class EvidencePackPage(Out):
    """`next_before` leads to the next page; null on the last."""

    items: list[EvidencePackOut]
    next_before: int | None


def _out(pack: EvidencePack) -> dict[str, Any]:
    names = (
        "clause", "first", "last", "purpose", "state", "done", "total", "asked_at", "as_of", "finished_at",
        "expires_at", "problem", "promises", "size", "sha256", "fingerprint",
    )  # fmt: skip
    return {
        **{name: getattr(pack, name) for name in names},
        "id": pack.uid,
        "regulation": pack.regulation_id,
        "figures": pack.figures or None,
    }


@router.post("/{regulation}/packs", response={202: EvidencePackOut}, summary="Ask for an evidence pack")
@needs(Permission.REPORT_VIEW)
def ask_evidence_pack(request: HttpRequest, regulation: Regulation, body: PackIn) -> Status[dict[str, Any]]:
    """Made in the background. Only for who may see every case: a pack holds what the whole company did."""
    pack = actions.ask_pack(
        regulation=regulation,
        clause=body.clause,
        first=body.first,
        last=body.last,
        purpose=body.purpose,
        user=user_of(request),
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return Status(202, _out(pack))


@router.get("/{regulation}/packs", response=EvidencePackPage, summary="Evidence packs of a regulation")
@needs(*reading.SEEING)
def evidence_packs(
    request: HttpRequest,
    regulation: Regulation,
    limit: Annotated[int, Query(ge=1, le=200, description="rows a page")] = 50,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="`next_before` of the page before")
    ] = None,
) -> dict[str, Any]:
    """Own ones, newest first; for auditors everybody's."""
    rows, more = reading.page_of_packs(user_of(request), regulation, before=before, size=limit)
    return {"items": [_out(pack) for pack in rows], "next_before": more}


@router.get("/{regulation}/packs/{pack}", response=EvidencePackOut, summary="One evidence pack")
@needs(*reading.SEEING)
def evidence_pack(request: HttpRequest, regulation: Regulation, pack: Pack) -> dict[str, Any]:
    """How far it has come."""
    return _out(_found(reading.pack_for(user_of(request), pack), regulation))


@router.get("/{regulation}/packs/{pack}/file", summary="The file of an evidence pack", openapi_extra=BINARY)
@needs(*reading.SEEING)
def evidence_pack_file(request: HttpRequest, regulation: Regulation, pack: Pack) -> Any:
    """A zip file, which `keyue verify --pack` checks; that it was taken is recorded."""
    found = _found(reading.ready_pack_for(user_of(request), pack), regulation)
    answer = file_answer(found)
    actions.note_pack_download(pack=found, by=by_of(request), at=at_of(request), source=VIA)
    return answer


def _found(pack: EvidencePack, regulation: str) -> EvidencePack:
    if pack.regulation_id != regulation:
        raise NotFound(_("没有这个证据包，或者您无权查看。"))
    return pack
