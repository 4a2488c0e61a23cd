"""Canned answers and troubleshooting trees in editions, and what messages must and must not hold.

Each action takes `by` and `at`, is one transaction, and ends in a fact. Whether somebody may is asked before, by the page; a
state that forbids an act is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import placeholders, rules, trees
from keyue.knowledge.actions._ground import signature, stamp, tidy
from keyue.knowledge.enums import EditionState, LineMode, Scope, ScriptKind, ScriptState
from keyue.knowledge.models import RequiredLine, Script, ScriptEdition, SpeechRules
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people.models import User

SPEECH = Subject("speech", "1")
CODE = re.compile(r"[0-9a-z\u3400-\u9fff][0-9a-z_\u3400-\u9fff-]{0,19}")
BODY_LONGEST = 8_000
REACH = ("code", "scope", "department", "ways")


@dataclass(frozen=True, slots=True)
class ScriptText:
    """What a script says, as it was typed, and who may use it where. `department` is needed for one of a department."""

    kind: str
    code: str
    title: str
    body: str
    scope: str = Scope.ALL.value
    department: str = ""
    ways: Sequence[str] = ()


@transaction.atomic
def draft_script(*, text: ScriptText, owner: User, by: Actor, at: datetime) -> Script:
    """Begin a canned answer or a tree. Nobody uses it before somebody else approved it. Raises Invalid by field."""
    values = _checked(text)
    _refuse_taken(values["code"])
    columns = {name: values[name] for name in ("kind", *REACH)}
    try:
        with transaction.atomic():
            row = Script.objects.create(**columns, owner=owner, created_at=at, created_by=signature(by))
    except IntegrityError:
        # somebody else took the same code in the same instant
        _refuse_taken(values["code"])
        raise
    _new_edition(row, 1, values, by, at)
    _record(row, "script.drafted", by, at, {"code": row.code, "type": row.kind, "scope": row.scope})
    stamp(by, at)
    return row


@transaction.atomic
def import_scripts(
    *, texts: Sequence[tuple[int, ScriptText]], owner: User, by: Actor, at: datetime
) -> list[Script]:
    """Begin many canned answers and ask for their approval: all of them or none. Raises Invalid at `sheet` with a sentence a
    row at fault, at most ten."""
    made, faults = [], []
    for number, text in texts:
        try:
            with transaction.atomic():
                row = draft_script(text=text, owner=owner, by=by, at=at)
        except Invalid as error:
            said = _("；").join(str(one) for one in error.fields.values()) or str(error)
            faults.append(_("第 %(row)d 行：%(why)s") % {"row": number, "why": said})
            continue
        submit_script(script=row, by=by, at=at)
        made.append(row)
    if faults:
        more = _("还有 %(n)d 行有错。") % {"n": len(faults) - 10} if len(faults) > 10 else ""
        listed = "\n".join([*faults[:10], more]).strip()
        raise Invalid(listed, fields={"sheet": listed})
    return made


@transaction.atomic
def revise_script(
    *, script: Script, text: ScriptText, by: Actor, at: datetime, revision: int | None = None
) -> ScriptEdition:
    """Write the next edition; what is in use, and who may use it, stays until the next one is approved. Raises Invalid by
    field, Refused for one that waits for approval, was put out of use, or was changed meanwhile."""
    row = _held(script, revision)
    values = _checked(text)
    if values["code"] != row.code:
        _refuse_taken(values["code"])
    last = row.editions.order_by("-n").first()
    assert last is not None  # noqa: S101  a script has an edition from its beginning on
    if last.state == EditionState.SUBMITTED:
        raise Refused(_("这一版正在等批准。请先退回，再修改。"))
    if last.is_open:
        _write(last, values, by, at)
        last.save()
        edition = last
    else:
        edition = _new_edition(row, last.n + 1, values, by, at)
    if row.state == ScriptState.DRAFT:
        _reach(row, edition)
    _save(row, *REACH)
    _record(row, "script.revised", by, at, {"edition": edition.n, "scope": values["scope"]})
    stamp(by, at)
    return edition


@transaction.atomic
def submit_script(*, script: Script, by: Actor, at: datetime) -> ScriptEdition:
    """Ask for approval. Raises Refused where nothing is being written."""
    row = _held(script)
    edition = _edition(row, EditionState.DRAFT, _("没有在起草的版本。"))
    edition.state, edition.remark = EditionState.SUBMITTED, ""
    edition.save(update_fields=["state", "remark"])
    _save(row)
    _record(row, "script.submitted", by, at, {"edition": edition.n})
    return edition


@transaction.atomic
def return_script(*, script: Script, remark: str, by: Actor, at: datetime) -> ScriptEdition:
    """Send an edition back to be changed. Raises Invalid without a reason, Refused where none waits."""
    row = _held(script)
    edition = _edition(row, EditionState.SUBMITTED, _("没有等批准的版本。"))
    edition.remark = tidy(remark, "remark", missing=_("请写明要改什么。"))
    edition.state = EditionState.DRAFT
    edition.save(update_fields=["state", "remark"])
    _save(row)
    _record(row, "script.returned", by, at, {"edition": edition.n})
    return edition


@transaction.atomic
def approve_script(*, script: Script, by: Actor, at: datetime) -> ScriptEdition:
    """Let an edition be used in place of the one before. Who wrote it does not approve it: raises Refused, also where none
    waits."""
    row = _held(script)
    edition = _edition(row, EditionState.SUBMITTED, _("没有等批准的版本。"))
    if signature(by) in edition.authors:
        raise Refused(_("不能批准自己写的话术，请另一位同事批准。"), code="own_edition")
    row.editions.filter(state=EditionState.PUBLISHED).update(state=EditionState.SUPERSEDED)
    edition.state, edition.approved_at, edition.approved_by = EditionState.PUBLISHED, at, signature(by)
    edition.save(update_fields=["state", "approved_at", "approved_by"])
    if edition.reach["code"] != row.code:
        _refuse_taken(edition.reach["code"])
    row.state = ScriptState.PUBLISHED
    _reach(row, edition)
    _save(row, "state", *REACH)
    author = edition.authors[-1] if edition.authors else edition.changed_by
    _record(row, "script.approved", by, at, {"edition": edition.n, "author": author})
    stamp(by, at)
    return edition


@transaction.atomic
def withdraw_script(*, script: Script, by: Actor, at: datetime) -> Script:
    """Put a script out of use, for good; its code is free again. Raises Refused where it is already."""
    row = _held(script)
    row.state, row.withdrawn_at, row.withdrawn_by = ScriptState.WITHDRAWN, at, signature(by)
    _save(row, "state", "withdrawn_at", "withdrawn_by")
    _record(row, "script.withdrawn", by, at, {})
    stamp(by, at)
    return row


@transaction.atomic
def hand_over_scripts(*, leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All scripts of a leaver that are in use or being written, to the heir."""
    for row in Script.objects.exclude(state=ScriptState.WITHDRAWN).filter(owner=leaver):
        row.owner = heir
        row.revision += 1
        row.save(update_fields=["owner", "revision"])
        _record(row, "script.handed_over", by, at, {})


# ── what every message must and must not hold ─────────────────────────────────────────────────────────────────


@transaction.atomic
def add_line(*, text: str, ways: Sequence[str], mode: str, by: Actor, at: datetime) -> RequiredLine:
    """Let every message carry a line. Raises Invalid by field."""
    said = tidy(text, "text", most=300, missing=_("请写语句。"))
    if mode not in LineMode.values:
        raise Invalid(_("请选择缺少时怎么办。"), fields={"mode": _("请选择缺少时怎么办。")})
    row = RequiredLine.objects.create(
        text=said, ways=list(dict.fromkeys(ways)), mode=mode, added_at=at, added_by=signature(by)
    )
    data = {"line": row.pk, "mode": mode, "ways": row.ways}
    ledger.record(SPEECH, [Draft("speech.line_added", data)], by=by, at=at, source="web")
    stamp(by, at)
    return row


@transaction.atomic
def end_line(*, line: RequiredLine, by: Actor, at: datetime) -> None:
    """Let messages do without a line again. Raises Refused where they do already."""
    row = RequiredLine.objects.select_for_update().get(pk=line.pk)
    if row.ended_at is not None:
        raise Refused(_("这一条已经停用了。"))
    row.ended_at, row.ended_by = at, signature(by)
    row.save(update_fields=["ended_at", "ended_by"])
    ledger.record(SPEECH, [Draft("speech.line_ended", {"line": row.pk})], by=by, at=at, source="web")
    stamp(by, at)


@transaction.atomic
def forbid_words(*, forbidden: str, by: Actor, at: datetime) -> SpeechRules:
    """Set the words that no message may hold, a line each. Raises Invalid for one that is too short to be meant."""
    said = tidy(forbidden, "forbidden", most=rules.WORDS_LONGEST)
    words = list(dict.fromkeys(" ".join(line.split()) for line in said.splitlines() if line.strip()))
    short = [word for word in words if len(word) < 2]
    if short:
        fault = _("「%(word)s」只有一个字，会误伤，请写完整的词。") % {"word": short[0]}
        raise Invalid(fault, fields={"forbidden": fault})
    columns = {"forbidden": "\n".join(words), "changed_at": at, "changed_by": signature(by)}
    row = SpeechRules.objects.update_or_create(pk=1, defaults=columns)[0]
    ledger.record(
        SPEECH, [Draft("speech.words_forbidden", {"lines": len(words)})], by=by, at=at, source="web"
    )
    stamp(by, at)
    return row


# ── what they share ───────────────────────────────────────────────────────────────────────────────────────────


def _checked(text: ScriptText) -> dict[str, Any]:
    faults: dict[str, object] = {}
    values: dict[str, Any] = {"kind": text.kind, "scope": text.scope, "ways": list(dict.fromkeys(text.ways))}
    values["code"] = text.code.strip().lower().lstrip("/")
    if not CODE.fullmatch(values["code"]):
        faults["code"] = _("短代码用小写字母、数字或汉字，最多 20 个，例如 tkjd。")
    for name, most, missing in (
        ("title", rules.TITLE_LONGEST, _("请写标题。")),
        ("body", BODY_LONGEST, _("请写内容。")),
    ):
        try:
            # the first line of a tree may be indented, and means something by it
            typed = getattr(text, name)
            values[name] = tidy(typed, name, most=most, missing=missing)
        except Invalid as error:
            faults.update(error.fields)
    if text.scope not in Scope.values:
        faults["scope"] = _("请选择谁能用。")
    values["department"] = text.department if text.scope == Scope.DEPARTMENT else ""
    if text.scope == Scope.DEPARTMENT and not text.department:
        faults["department"] = _("请选择部门。")
    if "body" not in faults:
        faults.update(_faults_of_body(text.kind, values["body"]))
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return values


def _faults_of_body(kind: str, body: str) -> Mapping[str, object]:
    if kind == ScriptKind.TREE:
        try:
            trees.read(body)
        except Invalid as error:
            return error.fields
        return {}
    unknown = placeholders.unknown_in(body)
    if not unknown:
        return {}
    said = _("没有 {%(name)s} 这个占位。可用的有：%(known)s") % {
        "name": unknown[0],
        "known": " ".join(f"{{{name}}}" for name in placeholders.NAMES),
    }
    return {"body": said}


def _refuse_taken(code: str) -> None:
    if Script.objects.exclude(state=ScriptState.WITHDRAWN).filter(code=code).exists():
        said = _("短代码「%(code)s」已经有人用了。") % {"code": code}
        raise Invalid(said, fields={"code": said})


def _new_edition(row: Script, n: int, values: Mapping[str, Any], by: Actor, at: datetime) -> ScriptEdition:
    edition = ScriptEdition(script=row, n=n)
    _write(edition, values, by, at)
    edition.save()
    return edition


def _write(edition: ScriptEdition, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    edition.title, edition.body = values["title"], values["body"]
    edition.reach = {name: values[name] for name in REACH}
    edition.search_text = rules.search_text(edition.title, [values["code"]], edition.body)
    me = signature(by)
    edition.authors = [*(one for one in edition.authors if one != me), me]
    edition.changed_at, edition.changed_by = at, me


def _reach(row: Script, edition: ScriptEdition) -> None:
    """Let an edition say for whom its script is."""
    for name in REACH:
        setattr(row, name, edition.reach[name])


def _edition(row: Script, state: EditionState, missing: str) -> ScriptEdition:
    edition = row.editions.filter(state=state).first()
    if edition is None:
        raise Refused(missing)
    return edition


def _held(script: Script, revision: int | None = None) -> Script:
    row = Script.objects.select_for_update(of=("self",)).get(pk=script.pk)
    if revision is not None and revision != row.revision:
        raise Refused(_("刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    if row.state == ScriptState.WITHDRAWN:
        raise Refused(_("已经停用了。"))
    return row


def _save(row: Script, *columns: str) -> None:
    row.revision += 1
    row.save(update_fields=[*columns, "revision"])


def _record(row: Script, kind: str, by: Actor, at: datetime, data: Mapping[str, Any]) -> None:
    ledger.record(row.subject, [Draft(kind, dict(data))], by=by, at=at, source="web")
