"""Who is bound by an edition and has confirmed that they have read it. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.models import Department, User
from keyue.regulations import selectors
from keyue.regulations.models import Edition, EditionReader

REST = timedelta(days=1)
"""Nobody is reminded twice within this time."""
MOST_QUESTIONS, MOST_OPTIONS, LONGEST_LINE = 20, 8, 300


@dataclass(frozen=True, slots=True)
class Receipts:
    """Of those who were asked and still work here, how many have confirmed; `left` have gone without."""

    asked: int
    read: int
    due_reminder: int
    left: int

    @property
    def unread(self) -> int:
        return self.asked - self.read

    @property
    def rate(self) -> float | None:
        return 100 * self.read / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class DepartmentReceipts:
    """The receipts of one department: those of its people that are shown, and how many of all were asked and have
    confirmed."""

    name: str
    rows: Sequence[EditionReader]
    asked: int
    read: int


def bound_by(audience: Mapping[str, Any]) -> QuerySet[User]:
    """Everybody who works here now and belongs to an audience; a department stands for those below it too."""
    staff = people.active_staff()
    if audience.get("all"):
        return staff
    codes = set(audience.get("departments", ()))
    paths = [unit.path for unit in people.open_departments() if unit.code in codes]
    return staff.filter(_below(paths, "department"))


def _below(paths: Iterable[str], department: str) -> Q:
    """That a department is one of these paths or stands below one."""
    found = Q(pk=None)
    for path in paths:
        found |= Q(**{f"{department}__path__startswith": path})
    return found


def check_audience(audience: Mapping[str, Any]) -> dict[str, Any]:
    """The audience in its form. Raises Invalid for one that is none; {} asks nobody."""
    if not audience:
        return {}
    if dict(audience) == {"all": True}:
        return {"all": True}
    codes = audience.get("departments")
    if set(audience) != {"departments"} or not isinstance(codes, list) or not codes:
        raise _wrong("audience", _("请选择全体员工，或至少一个部门。"))
    known = {unit.code for unit in people.open_departments()}
    unknown = [str(code) for code in codes if code not in known]
    if unknown:
        raise _wrong("audience", _("没有这个部门：%(codes)s") % {"codes": _("、").join(unknown)})
    return {"departments": sorted(set(codes))}


def check_test(test: Mapping[str, Any]) -> dict[str, Any]:
    """The test in its form. Raises Invalid, by `test` or `question-1` and so on; {} is none."""
    if not test:
        return {}
    questions = test.get("questions")
    enough = test.get("pass")
    if set(test) != {"pass", "questions"} or not isinstance(questions, list) or not questions:
        raise _wrong("test", _("测验至少要有一道题。"))
    if len(questions) > MOST_QUESTIONS:
        raise _wrong("test", _("测验最多 %(most)d 道题。") % {"most": MOST_QUESTIONS})
    faults: dict[str, object] = {
        f"question-{n}": said for n, one in enumerate(questions, start=1) if (said := _question_fault(one))
    }
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    if not isinstance(enough, int) or isinstance(enough, bool) or not 1 <= enough <= len(questions):
        raise _wrong("pass", _("答对几题算通过，要在 1 和题数之间。"))
    kept = [
        {
            "text": one["text"].strip(),
            "options": [option.strip() for option in one["options"]],
            "answer": one["answer"],
        }
        for one in questions
    ]
    return {"pass": enough, "questions": kept}


def _question_fault(one: object) -> str:
    if not isinstance(one, dict) or set(one) != {"text", "options", "answer"}:
        return _("每道题要有题目、选项和正确答案。")
    text, options, answer = one["text"], one["options"], one["answer"]
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= LONGEST_LINE:
        return _("请写题目，最多 %(most)d 字。") % {"most": LONGEST_LINE}
    if not isinstance(options, list) or not 2 <= len(options) <= MOST_OPTIONS:
        return _("每道题要有 2 到 %(most)d 个选项。") % {"most": MOST_OPTIONS}
    if not all(isinstance(said, str) and 1 <= len(said.strip()) <= LONGEST_LINE for said in options):
        return _("选项不能留空，每个最多 %(most)d 字。") % {"most": LONGEST_LINE}
    if len({said.strip() for said in options}) != len(options):
        return _("选项不能重复。")
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < len(options):
        return _("请选出正确答案。")
    return ""


def reader_of(edition: Edition, user: User) -> EditionReader:
    """That somebody was asked to read an edition. Raises NotFound for who was not."""
    found = EditionReader.objects.filter(edition=edition, user=user).first()
    if found is None:
        raise NotFound(_("这一版没有请您确认。"))
    return found


def waiting_for(user: User) -> list[EditionReader]:
    """What this person was asked to read and has not confirmed, of editions that are not superseded; oldest first."""
    rows = EditionReader.objects.filter(user=user, read_at=None).select_related("edition")
    found = list(rows.defer("edition__source", "edition__answers").order_by("asked_at", "pk"))
    if not found:
        return []
    # nobody need read what another one has replaced
    newest = selectors.newest_of(row.edition.regulation_id for row in found).values()
    return [row for row in found if row.edition_id in newest]


def receipts(edition: Edition, at: datetime) -> Receipts:
    """How many have confirmed. Its denominator are those who were asked and still work here."""
    here, unread = Q(user__is_active=True), Q(read_at=None)
    counts = EditionReader.objects.filter(edition=edition).aggregate(
        asked=Count("pk", filter=here),
        read=Count("read_at", filter=here),
        due_reminder=Count("pk", filter=here & unread & _rested(at)),
        left=Count("pk", filter=~here & unread),
    )
    return Receipts(**counts)


def to_remind(edition: Edition, at: datetime) -> QuerySet[EditionReader]:
    """Who has not confirmed, still works here, and was not reminded within a day."""
    rows = EditionReader.objects.filter(edition=edition, read_at=None, user__is_active=True)
    return rows.filter(_rested(at)).order_by("pk")


def _rested(at: datetime) -> Q:
    """That somebody was not reminded within a day."""
    return Q(reminded_at=None) | Q(reminded_at__lte=at - REST)


def rows_of(edition: Edition, *, paths: Iterable[str] | None = None) -> QuerySet[EditionReader]:
    """Everybody who was asked and still works here, by department and name, those who have not confirmed first; with
    `paths`, only of departments at or below these."""
    rows = EditionReader.objects.filter(edition=edition, user__is_active=True)
    if paths is not None:
        rows = rows.filter(_below(paths, "user__department"))
    return rows.select_related("user__department").order_by(
        Coalesce("user__department__path", Value("")),
        ExpressionWrapper(Q(read_at__isnull=False), BooleanField()),
        "user__name_pinyin",
        "user_id",
    )


def narrowed(
    rows: QuerySet[EditionReader], *, show: str = "", department: Department | None = None
) -> QuerySet[EditionReader]:
    """Some rows of `rows_of`: "read", "unread" or all, and of a department with those below it."""
    if show:
        rows = rows.filter(read_at__isnull=show == "unread")
    return rows if department is None else rows.filter(_below([department.path], "user__department"))


def by_department(
    rows: Iterable[EditionReader], everybody: QuerySet[EditionReader]
) -> list[DepartmentReceipts]:
    """Some rows of `rows_of` under their departments, each with its share of `everybody`."""
    counts = everybody.order_by().values_list("user__department").annotate(Count("pk"), Count("read_at"))
    shares = {unit: (asked, read) for unit, asked, read in counts}
    return [
        DepartmentReceipts(
            unit.name if unit else _("没有部门"), list(found), *shares[unit.pk if unit else None]
        )
        for unit, found in groupby(rows, key=lambda row: row.user.department)
    ]


def in_need(at: datetime) -> list[tuple[Edition, list[int]]]:
    """Editions that nothing has superseded by now, each with who belongs to its audience and was never asked."""
    rows = Edition.objects.filter(published_at__isnull=False).exclude(audience={})
    found = list(rows.defer("source", "answers").order_by("pk"))
    names = {edition.regulation_id for edition in found}
    current = {*selectors.newest_of(names).values(), *selectors.newest_of(names, at=at).values()}
    needed = []
    for edition in found:
        if edition.pk not in current:
            continue
        asked = EditionReader.objects.filter(edition=edition).values("user")
        missing = bound_by(edition.audience).exclude(pk__in=asked).order_by("pk")
        if ids := list(missing.values_list("pk", flat=True)):
            needed.append((edition, ids))
    return needed


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
