"""Statements of the company: made by who stands behind the control, sealed, with their proof; taken back with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions.files import Upload, checked
from keyue.compliance import statements
from keyue.compliance.events import ATTESTED, THE_COMPANY
from keyue.compliance.models import Statement, StatementFile
from keyue.compliance.statement_files import CONTENTS
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.events import Event
from keyue.ledger.facts import Actor, Draft, EvidenceKind
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.regulations.actions.recording import words_of
from keyue.regulations.controls import Control

LONGEST_REMARK = 2000
LONGEST_REASON = 500
TWICE = timedelta(seconds=10)
"""Who signs the same again within this time has clicked twice: a second statement would keep the next promise too."""


@transaction.atomic
def attest(
    *,
    regulation: str,
    control: str,
    words: str,
    files: Sequence[Upload] = (),
    remark: str = "",
    proof: str = "",
    user: User,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Statement:
    """State what a control of the edition in force asks to be stated, now and by name.

    `words` is the sentence as it was read; `proof` what the files are, a member of EvidenceKind that the control asks
    for (`file` where nothing is said). Raises NotFound where no such control is in force, Denied for who does not stand
    behind its owner, Refused (`conflict`) where the sentence is another one by now, (`not_proven`) without the proof that
    it asks for, Invalid for a file or a remark that will not do.
    """
    held = promises.hold(THE_COMPANY)
    reading, found = statements.asked_for(regulation, control, at=at)
    _check_who(user, found)
    if words.strip() != found.statement.strip():
        raise Refused(_("声明的文字已随新版本改变，请重新读过再署名。"), code="conflict")
    said = words_of(remark, "remark", most=LONGEST_REMARK)
    if (twice := statements.just_made(regulation, found, user, since=at - TWICE)) is not None:
        return twice
    kept = _kept(files)
    draft = Draft(
        ATTESTED,
        {"regulation": regulation, "control": control, "edition": reading.edition.n},
        evidence=_evidence(found, proof, kept, said),
        sealed={"statement": found.statement, **({"remark": said} if said else {})},
    )
    [fact] = promises.record(
        THE_COMPANY, [draft], by=by, at=at, source=source, seal_for=THE_COMPANY, held=held
    )
    row = Statement.objects.create(
        fact=fact.uid,
        regulation_id=regulation,
        control=control,
        edition=reading.edition.n,
        made_at=fact.at,
        made_by=user,
    )
    for file in kept:
        file.statement = row
    StatementFile.objects.bulk_create(kept)
    # once more: while no row was seen, the same content of a statement that failed may have been tidied away
    contents = {file.sha256: upload.content for file, upload in zip(kept, files, strict=True)}
    transaction.on_commit(lambda: CONTENTS.keep_all(contents))
    return row


def _check_who(user: User, control: Control) -> None:
    if not statements.may_attest(user, control):
        names = people.owner_names(control.owner)
        who = _("、").join(names.get(code, code) for code in control.owner)
        raise Denied(_("这项声明由%(owner)s作出。") % {"owner": who})


def _kept(files: Sequence[Upload]) -> list[StatementFile]:
    """The rows of files whose content stands on disk by now."""
    rows = []
    for content_type, upload in checked(files):
        digest = sha256(upload.content).hexdigest()
        CONTENTS.keep(digest, upload.content)
        rows.append(
            StatementFile(
                name=upload.name, content_type=content_type, size=len(upload.content), sha256=digest
            )
        )
    return rows


def _evidence(
    control: Control, proof: str, files: Sequence[StatementFile], remark: str
) -> list[dict[str, str]]:
    kinds = statements.proofs_for(control)
    if proof and proof not in kinds:
        raise Invalid(_("没有这种凭证。"), fields={"proof": _("没有这种凭证。")})
    found = [{"type": proof or kinds[0], "sha256": file.sha256} for file in files]
    return [*found, {"type": str(EvidenceKind.NOTE)}] if remark else found


@transaction.atomic
def take_back(
    *, statement: Statement, reason: str, user: User, by: Actor, at: datetime, source: str = "web"
) -> Statement:
    """Take a statement back: it stays, and holds no more from then on. The reason is sealed in the fact that says so.

    Raises Denied for who neither made it nor stands behind its owner, Invalid without a reason, Refused for one that is
    taken back already.
    """
    promises.hold(THE_COMPANY)
    row = Statement.objects.select_for_update().get(pk=statement.pk)
    if not statements.may_take_back(user, row, at=at):
        raise Denied(_("声明由作出的人或责任岗位收回。"))
    why = words_of(reason, "reason", most=LONGEST_REASON, missing=_("请写明为什么收回。"))
    if row.withdrawn_at is not None:
        raise Refused(_("这项声明已经收回。"))
    draft = Draft(
        Event.FACT_VOIDED, {"reason": "statement_taken_back"}, voids=str(row.fact), sealed={"reason": why}
    )
    [fact] = promises.record(THE_COMPANY, [draft], by=by, at=at, source=source, seal_for=THE_COMPANY)
    row.withdrawn_at, row.withdrawn_by, row.voided_by = fact.at, user, fact.uid
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "voided_by"])
    return row
