"""Proving statements of the company: their files by what the facts say of them, and by their content. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from keyue.cases.verification import Loss, lost_contents
from keyue.compliance.events import ATTESTED, THE_COMPANY
from keyue.compliance.models import Statement, StatementFile
from keyue.compliance.statement_files import CONTENTS
from keyue.ledger import selectors as ledger


def verify_statements() -> Iterator[Loss]:
    """Every statement that a fact tells of, and the digests of its files against those in the fact."""
    # the facts first: a statement and its fact are written at once
    told = [fact for fact in ledger.facts_of(THE_COMPANY) if fact.kind == ATTESTED]
    found = {str(row.fact): row for row in Statement.objects.prefetch_related("files")}
    for fact in told:
        row = found.get(fact.id)
        if row is None:
            number = "{regulation}.{control}".format(**fact.data)
            yield Loss(number, _("声明 %(uid)s 不见了") % {"uid": fact.id})
        elif {file.sha256 for file in row.files.all()} != {
            proof["sha256"] for proof in fact.evidence if "sha256" in proof
        }:
            yield Loss(str(row), _("声明的附件与留证时的散列不符"))


def verify_statement_files() -> Iterator[Loss]:
    """Every file that proves a statement, read and compared with its SHA-256; each content once."""
    rows = StatementFile.objects.select_related("statement").order_by("sha256", "pk")
    return lost_contents(CONTENTS, ((row.sha256, str(row.statement), row.pk) for row in rows.iterator()))
