"""Reading statements of the company: what is to be stated, by whom, what was, and whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from keyue.cases.proofs import Shown
from keyue.compliance.enums import STATEMENT_TONES, StatementState
from keyue.compliance.events import ATTESTED, THE_COMPANY
from keyue.compliance.models import Statement, StatementFile
from keyue.customers.wording import EVIDENCE
from keyue.kernel.errors import NotFound
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import EvidenceKind
from keyue.ledger.sealing import sealed_values
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.models import Promise
from keyue.promises.subjects import About
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.regulations.kinds import ControlKind
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui.addresses import address
from keyue.worktime.rules import due, parse_rule

INSTANT = timedelta(microseconds=1)
OWN_DAY = parse_rule("same day")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement as a page shows it. `words` is None where its key is gone; `until` None where it does not expire."""

    statement: Statement
    words: str | None
    remark: str
    name: str
    until: datetime | None
    state: StatementState
    files: Sequence[StatementFile]
    taken_back: str = ""
    why: str = ""

    @property
    def tone(self) -> str:
        return STATEMENT_TONES[self.state]

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds: midnight belongs to the day that ends."""
        return (self.until - INSTANT).astimezone(promises.zone()).date() if self.until is not None else None


def asked_for(regulation: str, control: str, *, at: datetime) -> tuple[Reading, Control]:
    """The statement that the edition in force asks for; one that it asks for no more, as long as it is still owed.

    Raises NotFound.
    """
    in_force = regulations.edition_in_force(regulation, at=at)
    for edition in (in_force, _edition_owed(regulation, control)):
        reading = regulations.read(edition) if edition else None
        found = next((one for one in reading.controls if one.id == control), None) if reading else None
        if reading is not None and found is not None and found.kind == ControlKind.ATTESTATION:
            return reading, found
    raise NotFound(_("制度里没有这项声明，或还没有生效。"))


def _edition_owed(regulation: str, control: str) -> Edition | None:
    """The edition of an open promise of the company: it keeps its edition when another one comes in force."""
    rows = Promise.objects.filter(
        subject_kind=THE_COMPANY.kind,
        subject_id=int(THE_COMPANY.ref),
        regulation=regulation,
        control=control,
        is_open=True,
    )
    row = rows.select_related("edition").order_by("-start").first()
    return row.edition if row else None


def may_attest(user: User, control: Control) -> bool:
    """Whether this person stands behind who owes the statement, by a post, a department or a delegation."""
    return bool(promises.owner_codes(user) & set(control.owner))


def may_take_back(user: User, statement: Statement, *, at: datetime) -> bool:
    """Who made it, and who stands behind its owner now."""
    if statement.made_by_id == user.pk:
        return True
    try:
        _reading, control = asked_for(statement.regulation_id, statement.control, at=at)
    except NotFound:
        return False
    return may_attest(user, control)


def proofs_for(control: Control) -> list[str]:
    """What the files of a statement may be: what the control asks for, else simply files."""
    return [kind for kind in control.evidence if kind != EvidenceKind.NOTE] or [str(EvidenceKind.FILE)]


def just_made(regulation: str, control: Control, user: User, *, since: datetime) -> Statement | None:
    """The statement that this person made of a control after an instant, and that stands."""
    rows = Statement.objects.filter(regulation=regulation, control=control.id, made_by=user)
    return rows.filter(made_at__gt=since, withdrawn_at=None).order_by("-pk").first()


def statement_for(user: User, pk: int) -> Statement:
    """A statement that this person may see. Raises NotFound."""
    found = Statement.objects.filter(pk=pk).select_related("regulation", "made_by").first()
    if found is None or not _may_see(user, found):
        raise NotFound(_("没有这项声明，或者您无权查看。"))
    return found


def file_for(user: User, pk: int) -> StatementFile:
    """A file of a statement that this person may see. Raises NotFound."""
    found = StatementFile.objects.filter(pk=pk).select_related("statement").first()
    if found is None or not _may_see(user, found.statement):
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    return found


def _may_see(user: User, statement: Statement) -> bool:
    return allows(user, Permission.REGULATION_VIEW) or statement.made_by_id == user.pk


def rows_for(regulation: str, control: Control, *, at: datetime) -> list[StatementRow]:
    """The statements of a control, the newest first, each with its words and whether it holds."""
    found = list(
        Statement.objects.filter(regulation=regulation, control=control.id)
        .select_related("made_by", "withdrawn_by")
        .prefetch_related("files")
        .order_by("-made_at", "-pk")
    )
    facts = ledger.facts_by_uid([uid for row in found for uid in (row.fact, row.voided_by) if uid])
    opened = dict(zip(facts, sealed_values(facts.values()), strict=True))
    rows, is_newest = [], True
    for row in found:
        until = _until(row.made_at, control)
        if row.withdrawn_at is not None:
            state = StatementState.TAKEN_BACK
        elif not is_newest:
            state = StatementState.FOLLOWED
        else:
            state = StatementState.EXPIRED if until is not None and until < at else StatementState.HOLDS
        is_newest = is_newest and row.withdrawn_at is not None
        said = opened.get(row.fact, {})
        gone = opened.get(row.voided_by, {}) if row.voided_by else {}
        rows.append(
            StatementRow(
                row,
                said.get("statement"),
                said.get("remark") or "",
                row.made_by.name,
                until,
                state,
                list(row.files.all()),
                row.withdrawn_by.name if row.withdrawn_by else "",
                gone.get("reason") or "",
            )
        )
    return rows


def _until(made_at: datetime, control: Control) -> datetime | None:
    """Until when a statement holds; its own day at least, where a period is rolled back to a working day before it."""
    rule = control.every.rule if control.every is not None else None
    if rule is None:
        return None
    calendar = promises.company_calendar()
    found = due(made_at, rule, calendar)
    return found if found is None or found > made_at else due(made_at, OWN_DAY, calendar)


# ── promises of the company, where those of all subjects stand together ───────────────────────────────────────


def abouts(user: User, rows: Sequence[Promise]) -> Mapping[int, About]:
    """What a promise of the company is about, and where it is kept: by its id."""
    names = {row.pk: row.title for row in regulations.regulations()}
    return {
        row.pk: About(
            number=_("公司"),
            title=_("%(name)s：《%(title)s》%(clause)s")
            % {"name": row.name, "title": names.get(row.regulation, row.regulation), "clause": row.clause},
            url=address("regulations:attest", row.regulation, row.control),
            kind=_("声明"),
            act_label=_("声明"),
        )
        for row in rows
        if allows(user, Permission.REGULATION_VIEW) or promises.owes(user, row)
    }


def proven(user: User, rows: Iterable[Promise]) -> Mapping[int, Sequence[Shown]]:
    """The statements behind promises of the company, by their ids."""
    closed = {row.closed_by: row.pk for row in rows if row.closed_by}
    found = Statement.objects.filter(fact__in=closed).select_related("made_by").prefetch_related("files")
    return {
        closed[row.fact]: [
            Shown(
                ATTESTED,
                _("%(name)s的声明") % {"name": row.made_by.name},
                [file.name for file in row.files.all()],
                row.made_at,
                f"{address('regulations:attest', row.regulation_id, row.control)}#s{row.pk}",
            )
        ]
        for row in found
    }


def proof_names(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Kinds of proof with what they are called."""
    return [(kind, str(EVIDENCE.get(kind, kind))) for kind in kinds]
