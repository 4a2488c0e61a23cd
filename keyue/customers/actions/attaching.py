"""Files of customers: checked by content, sealed under the customer's key, taken out only with a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import guarding
from keyue.customers.actions._ground import WEB, locked, note, signature
from keyue.customers.actions.watching import WORK
from keyue.customers.events import CustomerFileAdded, CustomerFileRemoved
from keyue.customers.exchange import keeping
from keyue.customers.models import ContactNote, Customer, CustomerFile
from keyue.customers.sealed import key_of
from keyue.customers.stops import refuse_stopped
from keyue.kernel.errors import NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload, checked

MOST = 100
"""Files of one customer."""
CONTENT, NAME = "customers.CustomerFile.content", "customers.CustomerFile.name"


@transaction.atomic
def add_files(
    *,
    customer: Customer,
    uploads: Sequence[Upload],
    by: Actor,
    at: datetime,
    of_note: ContactNote | None = None,
    via: str = WEB,
) -> list[CustomerFile]:
    """Keep files with a customer, or with the note of a contact with them. Raises Invalid with a sentence for each that will not do, Refused."""
    found = checked(uploads)
    customer = locked(customer)
    if CustomerFile.objects.filter(customer=customer, removed_at=None).count() + len(found) > MOST:
        raise Refused(_("一位客户最多保存 %(most)d 个附件，请先移除用不着的。") % {"most": MOST})
    key = key_of(customer.pk)
    made = []
    for content_type, upload in found:
        row = CustomerFile(
            uid=uuid4(),
            customer=customer,
            note=of_note,
            name=key.seal(upload.name, NAME),
            content_type=content_type,
            size=len(upload.content),
            sha256=sha256(upload.content).hexdigest(),
            added_at=at,
            added_by=signature(by),
        )
        # on disk before the row that names it: what a failed transaction leaves is tidied
        path = keeping.vault("files", row.uid)
        keeping.seal_file(keeping.pieces(upload.content), path, key, f"{CONTENT}.{row.uid}")
        row.save(force_insert=True)
        event = CustomerFileAdded(file=str(row.pk), sha256=row.sha256)
        note(customer, event, by=by, at=at, via=via)
        made.append(row)
    return made


@transaction.atomic
def take_file(*, file: CustomerFile, by: Actor, at: datetime, via: str = WEB) -> Iterator[bytes]:
    """The content of a file, piece by piece, with a line of the trail. Raises Refused where the customer's data is no
    longer used, NotFound where the file is gone."""
    path = keeping.vault("files", file.uid)
    if file.removed_at is not None or file.customer.is_erased or not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    refuse_stopped(file.customer)
    ledger.record_access(
        by=by, subject=file.customer.subject, what=f"file/{file.pk}", purpose=WORK, via=via, at=at
    )
    return keeping.open_file(path, key_of(file.customer_id), f"{CONTENT}.{file.uid}")


@transaction.atomic
def remove_file(*, file: CustomerFile, by: Actor, at: datetime, via: str = WEB) -> None:
    """Take a file away for good: the row stays and says who did. Raises Refused where it is gone already."""
    customer = locked(file.customer)
    row = CustomerFile.objects.select_for_update().get(pk=file.pk)
    if row.removed_at is not None:
        raise Refused(_("这个附件已经移除。"))
    row.removed_at, row.removed_by = at, signature(by)
    row.save(update_fields=["removed_at", "removed_by"])
    note(customer, CustomerFileRemoved(file=str(row.pk)), by=by, at=at, via=via)
    path = keeping.vault("files", row.uid)
    transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def forget_files(customer_id: int, by: Actor, at: datetime) -> None:
    """A customer is erased: their files open no more, and go."""
    rows = CustomerFile.objects.filter(customer=customer_id)
    paths = [keeping.vault("files", uid) for uid in rows.values_list("uid", flat=True)]
    rows.update(name="")
    for path in paths:
        transaction.on_commit(lambda path=path: path.unlink(missing_ok=True), robust=True)  # type: ignore[misc]


def tidy_files(now: datetime) -> int:
    """Delete sealed files that no row names: left by a transaction that failed, a day ago and more; how many."""
    return sum(_tidy(kind, now) for kind in ("files", "exports"))


def _tidy(kind: str, now: datetime) -> int:
    before = now.timestamp() - 24 * 3600
    old = [
        path for path in keeping.vault(kind, "00").parent.parent.glob("*/*") if path.stat().st_mtime < before
    ]
    needed = guarding.files_on_disk(kind, {path.name for path in old})
    gone = [path for path in old if path.name not in needed]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
