"""Papers that prove a consent, a kinship or a mandate, kept sealed under the customer's key."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.privacy.actions._ground import WEB, member, signature
from keyue.privacy.enums import ProofKind
from keyue.privacy.models import Proof
from keyue.privacy.sealed import opened, seal

MOST_BYTES = 5 * 1024 * 1024
# what a file begins with says what it is, whatever its name
STARTS: dict[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


@transaction.atomic
def keep_proof(*, customer: Customer, kind: str, upload: Upload, by: Actor, at: datetime) -> Proof:
    """Keep a paper: a PDF, PNG or JPEG of at most 5 MB, known by its content. Raises Invalid."""
    sort = member(ProofKind, kind, "kind")
    found = next((name for start, name in STARTS.items() if upload.content.startswith(start)), "")
    if not found:
        sentence = _("证明材料只收 PDF、PNG 和 JPEG。")
        raise Invalid(sentence, fields={"paper": sentence})
    if len(upload.content) > MOST_BYTES:
        sentence = _("证明材料最大 %(most)d MB。") % {"most": MOST_BYTES >> 20}
        raise Invalid(sentence, fields={"paper": sentence})
    return Proof.objects.create(
        customer=customer,
        kind=sort,
        name=seal(customer.pk, "Proof", "name", upload.name[-120:]),
        content=seal(customer.pk, "Proof", "content", base64.b64encode(upload.content).decode()),
        content_type=found,
        size=len(upload.content),
        added_at=at,
        added_by=signature(by),
    )


@transaction.atomic
def open_proof(*, proof: Proof, by: Actor, at: datetime, via: str = WEB) -> Upload:
    """A paper in the clear; the look is recorded. Raises NotFound where it went with the key."""
    [clear] = opened([proof], "name", "content")
    if not clear["content"]:
        raise NotFound(_("材料已随个人信息删除。"))
    ledger.record_access(
        by=by,
        subject=proof.customer.subject,
        what=f"proof/{proof.pk}",
        purpose="verify",
        via=via,
        at=at,
    )
    return Upload(clear["name"], base64.b64decode(clear["content"]))
