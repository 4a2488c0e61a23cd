"""The form of a control: the fields of its kind, with as many rows as were typed and one more of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.compliance.control_names import (
    AGAIN,
    OWNERS,
    SUBJECTS,
    WEEKDAYS,
    WINDOWS,
    fact_name,
    field_name,
    owner_name,
    values_of,
)
from keyue.compliance.control_sentences import Look, Remark
from keyue.compliance.typed_conditions import RELATIONS, WITHOUT_VALUE
from keyue.compliance.typed_controls import FLAGS, LISTS, LONG, ONLY_ONE, Typed, kind_of, row_names, rows_of
from keyue.customers.wording import EVIDENCE
from keyue.promises.scenario import subject_models
from keyue.regulations.kinds import COMPANY, FIELDS, KIND_MEANINGS, KIND_NAMES, PART_NAMES, ControlKind
from keyue.regulations.vocabulary import OPENING

NOTHING = ("", "—")
MOST_ROWS = 30
REDRAW = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-vals": '{"act": "more"}',
    "hx-target": "#control-form",
    "hx-swap": "outerHTML",
}
"""A choice from a list changes what else there is to fill in."""
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """What the lists offer beside the vocabulary: who may owe, the calendars of the company, and the own subject."""

    subject: str
    owners: Mapping[str, str]
    calendars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartRow:
    """One condition: field, relation, value."""

    name: str
    field: forms.BoundField
    relation: forms.BoundField
    value: forms.BoundField
    is_new: bool
    list_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConditionRows:
    """The conditions of an occasion, or those of the whole control."""

    name: str
    parts: Sequence[PartRow]
    rest: forms.BoundField
    is_open: bool


@dataclass(frozen=True, slots=True)
class OccasionRow:
    """A fact and what must hold of it."""

    name: str
    fact: forms.BoundField
    other: forms.BoundField | None
    condition: ConditionRows
    is_new: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of simple fields: an owner, a rung of the ladder, a case of a limit."""

    name: str
    fields: Sequence[forms.BoundField]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A key of the block on screen: what it asks, its rows or its field, and what is wrong with it."""

    key: str
    label: str
    hint: str
    kind: str
    rows: Sequence[Any] = ()
    field: forms.BoundField | None = None
    condition: ConditionRows | None = None
    lines: Sequence[Line] = ()
    remarks: Sequence[Remark] = ()


def typed_from(data: QueryDict) -> Typed:
    """What was typed, by name; only names that a form has."""
    names = {name for fields in FIELDS.values() for name in fields}
    found: Typed = {}
    for name in data:
        key = name.partition("-")[0]
        if key in names and len(name) < 60:
            found[name] = data.getlist(name) if key in LISTS else str(data[name])
    return found


class ControlForm(forms.Form):
    """Shows what is typed; what it means is found by `typed_controls.built`, what is wrong by the checker."""

    def __init__(
        self, typed: Typed, offered: Offered, look: Look | None = None, *, is_new: bool = False
    ) -> None:
        super().__init__(initial=dict(typed), prefix=None)
        self.typed, self.offered, self.look, self.is_new = typed, offered, look, is_new
        self.control_kind = kind_of(typed.get("kind"))
        own = COMPANY if self.control_kind is ControlKind.ATTESTATION else str(typed.get("subject") or "")
        self.model = subject_models().get(own or offered.subject)
        self.subject = own or offered.subject

    # -- the parts of the page ------------------------------------------------------------------------------------

    @cached_property
    def about(self) -> list[Group]:
        """What it is: its kind, its name, what it is about."""
        keys = ["kind", "name"] + (["id"] if self.is_new else []) + ["subject", "awaits"]
        return self._groups(keys)

    @cached_property
    def happens(self) -> list[Group]:
        """What sets it going, and what performs it."""
        return self._groups(["statement", "on", "after", "met_by", "fields", "evidence", "when", "gate"])

    @cached_property
    def limits(self) -> list[Group]:
        """How long, and how often."""
        return self._groups(["within", "every", "count", "window", "days", "anchor", "question", "proposed"])

    @cached_property
    def owed(self) -> list[Group]:
        """Who owes, who is reminded, to whom it rises."""
        return self._groups(["owner", "remind", "escalate"])

    @cached_property
    def more(self) -> list[Group]:
        """What few controls need."""
        return self._groups(
            ["again", "start", "until", "counts_from", "max_pause", "late_serves_next", "calendar", "note"]
        )

    @property
    def has_more(self) -> bool:
        """Whether anything of that is filled in, or at fault."""
        keys = {group.key for group in self.more}
        return any(value and name.partition("-")[0] in keys for name, value in self.typed.items()) or any(
            group.remarks for group in self.more
        )

    @property
    def groups(self) -> list[Group]:
        return [*self.about, *self.happens, *self.limits, *self.owed, *self.more]

    @property
    def meaning(self) -> str:
        return str(KIND_MEANINGS[self.control_kind])

    @property
    def other_remarks(self) -> list[Remark]:
        """What is wrong with the whole, or with something that has no field here."""
        shown = {group.key for group in self.groups}
        found = self.look.remarks if self.look else {}
        return [remark for key, remarks in found.items() if key not in shown for remark in remarks]

    def _groups(self, keys: Iterable[str]) -> list[Group]:
        allowed = FIELDS[self.control_kind] - (
            {"subject"} if self.control_kind is ControlKind.ATTESTATION else set()
        )
        return [self._group(key) for key in keys if key in allowed]

    def _group(self, key: str) -> Group:
        label, hint = labels(self.control_kind).get(key, (key, ""))
        remarks = self.look.remarks.get(key, ()) if self.look else ()
        group: dict[str, Any] = {"key": key, "label": label, "hint": hint, "remarks": remarks}
        if key in ("on", "after", "start", "met_by", "counts_from"):
            return Group(kind="occasions", rows=self._occasions(key), **group)
        if key == "when":
            return Group(kind="condition", condition=self._condition("when", self._fields(())), **group)
        if key in ("within", "every"):
            return Group(kind="limit", lines=self._cases(key), rows=[self._by(key)],
                         field=self._text(key, label), **group)  # fmt: skip
        if key == "owner":
            return Group(kind="lines", lines=self._plain_lines("owner", self._owners, label), **group)
        if key == "fields":
            return Group(kind="lines", lines=self._plain_lines("fields", self._held, label), **group)
        if key == "escalate":
            return Group(kind="steps", lines=self._steps(), **group)
        return Group(kind="boxes" if key in LISTS else "field", field=self._simple(key, label), **group)

    # -- simple fields --------------------------------------------------------------------------------------------

    def _simple(self, key: str, label: str) -> forms.BoundField:
        if key in LISTS:
            options = EVIDENCE if key == "evidence" else WEEKDAYS
            shown = [(str(code), str(name)) for code, name in options.items()]
            if key == "evidence":
                shown += [("message", _("邮件、进度页留言或会话消息")), ("signature", _("签字的文件"))]
            boxes = forms.CheckboxSelectMultiple(choices=shown)
            return self._add(
                key, forms.MultipleChoiceField(label=label, required=False, choices=shown, widget=boxes)
            )
        if key in FLAGS:
            return self._add(key, forms.BooleanField(label=label, required=False))
        if key in LONG:
            rows = 2 if key != "note" else 3
            return self._add(
                key, forms.CharField(label=label, required=False, widget=forms.Textarea({"rows": rows}))
            )
        choices = self._choices(key)
        return self._select(key, label, choices) if choices else self._text(key, label)

    def _choices(self, key: str) -> Choices:
        if key == "kind":
            return [
                (str(kind), _("%(name)s：%(what)s") % {"name": KIND_NAMES[kind], "what": KIND_MEANINGS[kind]})
                for kind in ControlKind
            ]
        if key == "subject":
            known = dict.fromkeys([*subject_models(), *SUBJECTS])
            own = str(SUBJECTS.get(self.offered.subject, self.offered.subject))
            rest = [(name, str(SUBJECTS.get(name, name))) for name in known if name != self.offered.subject]
            return [("", _("%(subject)s（本制度的对象）") % {"subject": own}), *rest]
        if key == "awaits":
            return [
                ("", _("不等，现在就能衡量")),
                *((str(part), str(name)) for part, name in PART_NAMES.items()),
            ]
        if key == "again":
            return [(code, str(name)) for code, name in AGAIN.items()]
        if key == "window":
            return [(code, str(name)) for code, name in WINDOWS.items()]
        if key == "calendar":
            return [("", _("公司日历")), *self.offered.calendars.items()]
        return []

    def _add(self, name: str, field: forms.Field) -> forms.BoundField:
        field.widget.attrs["aria-describedby"] = f"fault-{name.partition('-')[0]}"
        self.fields[name] = field
        return self[name]

    def _text(self, name: str, label: str, *, bare: bool = False) -> forms.BoundField:
        """`bare`: it stands in a row, without what `{% field %}` puts around it."""
        field = forms.CharField(label=label, required=False)
        field.widget.attrs |= {"class": "input"} if bare else {}
        return self._add(name, field)

    def _select(self, name: str, label: str, choices: Choices, *, bare: bool = False) -> forms.BoundField:
        """A list, in which what is typed stands even where it is not known (any more)."""
        value = self.typed.get(name, "")
        known = {code for code, _label in choices}
        if isinstance(value, str) and value and value not in known:
            choices = [*choices, (value, value)]
        css = {"class": "input"} if bare else {}
        widget = forms.Select(choices=choices, attrs={**REDRAW, **css})
        return self._add(name, forms.CharField(label=label, required=False, widget=widget))

    # -- facts and conditions -------------------------------------------------------------------------------------

    def _occasions(self, key: str) -> list[OccasionRow]:
        numbers = [n for n in rows_of(self.typed, key) if self._is_occasion(f"{key}-{n}")][:MOST_ROWS]
        if not numbers or key not in ONLY_ONE:
            numbers.append(max(numbers, default=-1) + 1)
        return [self._occasion(key, n, is_new=not self._is_occasion(f"{key}-{n}")) for n in numbers]

    def _is_occasion(self, row: str) -> bool:
        return bool(self.typed.get(f"{row}-fact") or self.typed.get(f"{row}-other"))

    def _occasion(self, key: str, n: int, *, is_new: bool) -> OccasionRow:
        row = f"{key}-{n}"
        kinds = self.model.kinds if self.model else {}
        choices = [NOTHING] + ([(OPENING, fact_name(OPENING))] if key == "on" else [])
        choices += [(kind, fact_name(kind)) for kind in kinds]
        fact = str(self.typed.get(f"{row}-fact") or "")
        other = None
        if self.typed.get("awaits") or self.typed.get(f"{row}-other"):
            other = self._text(f"{row}-other", _("还没有的事实"), bare=True)
        named = [str(self.typed.get(f"on-{i}-fact") or "") for i in rows_of(self.typed, "on")]
        fields = self._fields([fact], triggers=named if key == "met_by" else [])
        return OccasionRow(
            row,
            self._select(f"{row}-fact", _("事实"), choices, bare=True),
            other,
            self._condition(row, fields),
            is_new,
        )

    def _fields(self, kinds: Sequence[str], triggers: Sequence[str] = ()) -> Choices:
        """Paths that a condition may name, in groups by whose they are."""
        if self.model is None:
            return [NOTHING]
        own = [f"{self.model.name}.{name}" for name in sorted(self.model.fields)]
        paths = [f"fact.{name}" for kind in kinds for name in self.model.kinds.get(kind, ())] + own
        paths += [f"trigger.{name}" for kind in triggers for name in self.model.kinds.get(kind, ())]
        return [NOTHING, *((path, field_name(path)) for path in dict.fromkeys(paths))]

    def _condition(self, name: str, fields: Choices) -> ConditionRows:
        found = rows_of(self.typed, name)
        numbers = [m for m in found if self.typed.get(f"{name}-{m}-field")][:MOST_ROWS]
        shown = [*numbers, max(numbers, default=-1) + 1]
        parts = [self._part(name, m, fields, is_new=m not in numbers) for m in shown]
        rest = self._text(f"{name}-rest", _("其余条件（CEL）"))
        return ConditionRows(name, parts, rest, bool(numbers or self.typed.get(f"{name}-rest")))

    def _part(self, name: str, m: int, fields: Choices, *, is_new: bool) -> PartRow:
        row = f"{name}-{m}"
        path, relation = str(self.typed.get(f"{row}-field") or ""), self.typed.get(f"{row}-relation")
        values = values_of(path)
        value = self._text(f"{row}-value", _("值"), bare=True)
        if relation in WITHOUT_VALUE:
            value.field.widget.attrs["disabled"] = True
        value.field.widget.attrs |= {"list": f"values-{row}"} if values else {}
        return PartRow(
            row,
            self._select(f"{row}-field", _("字段"), fields, bare=True),
            self._select(
                f"{row}-relation",
                _("关系"),
                [(code, str(said)) for code, said in RELATIONS.items()],
                bare=True,
            ),
            value,
            is_new,
            f"values-{row}" if values else "",
            values,
        )

    # -- rows -----------------------------------------------------------------------------------------------------

    def _numbers(self, key: str) -> list[int]:
        found = [
            n
            for n in rows_of(self.typed, key)
            if any(self.typed[name] for name in row_names(self.typed, f"{key}-{n}"))
        ]
        return [*found[:MOST_ROWS], max(found, default=-1) + 1]

    def _plain_lines(self, key: str, choices: Choices, label: str) -> list[Line]:
        numbers = self._numbers(key)
        return [
            Line(f"{key}-{n}", [self._select(f"{key}-{n}", label, choices, bare=True)], n == numbers[-1])
            for n in numbers
        ]

    def _steps(self) -> list[Line]:
        numbers, found = self._numbers("escalate"), []
        posts = [(code, name) for code, name in self._owners if "." not in code]
        for n in numbers:
            row = f"escalate-{n}"
            filled = [m for m in rows_of(self.typed, f"{row}-to") if self.typed[f"{row}-to-{m}"]]
            told = range(max([*filled, -1]) + 2) if filled else range(1)
            fields = [self._text(f"{row}-at", _("时限过百分之几"), bare=True)]
            fields += [self._select(f"{row}-to-{m}", _("报给谁"), posts, bare=True) for m in told]
            found.append(Line(row, fields, n == numbers[-1]))
        return found

    def _by(self, key: str) -> forms.BoundField:
        paths = [f"{self.model.name}.{name}" for name in sorted(self.model.fields)] if self.model else []
        choices = [
            ("", _("不分档")),
            *((path, _("按%(field)s分档") % {"field": field_name(path)}) for path in paths),
        ]
        return self._select(f"{key}-by", _("分档"), choices)

    def _cases(self, key: str) -> list[Line]:
        by = str(self.typed.get(f"{key}-by") or "")
        if not by:
            return []
        numbers = self._numbers(key)
        cases = values_of(by)
        if cases and len(numbers) == 1:
            # every case of a closed list, to be filled in
            for n, name in enumerate(cases.values()):
                self.initial.setdefault(f"{key}-{n}-case", name)
            numbers = list(range(len(cases)))
        return [
            Line(
                f"{key}-{n}",
                [self._text(f"{key}-{n}-case", _("哪一档")), self._text(f"{key}-{n}-limit", _("时限"))],
                n == numbers[-1],
            )
            for n in numbers
        ]

    @cached_property
    def _owners(self) -> Choices:
        known = self.model.fields if self.model else frozenset()
        paths = [
            path for path in OWNERS if path.partition(".")[0] == "trigger" or path.partition(".")[2] in known
        ]
        named = [
            (path, owner_name(path, {}))
            for path in paths
            if not path.startswith("case.") or self.subject == "case"
        ]
        return [NOTHING, *self.offered.owners.items(), *named]

    @cached_property
    def _held(self) -> Choices:
        named = [str(self.typed.get(f"on-{n}-fact") or "") for n in rows_of(self.typed, "on")]
        return self._fields(named)


def labels(kind: ControlKind) -> Mapping[str, tuple[str, str]]:
    """What each key is called on the form of a kind, and what to fill in."""
    on, met_by = str(_ON[kind]), str(_MET_BY[kind])
    every = _("时间写成 1 天、1 周、1 个月、6 个月 这样")
    return {
        "kind": (_("种类"), ""),
        "name": (_("名称"), _("几个字，列表和提醒里用，如：分类")),
        "id": (_("标识"), _("留空就用名称；以后不能改")),
        "subject": (_("针对什么"), ""),
        "awaits": (_("等哪一部分"), _("它要的事实要等这一部分启用；在那之前显示为尚不可衡量")),
        "statement": (_("声明的内容"), _("一句话，负责人署名确认的就是这一句")),
        "on": (on, _("选一件或几件，任何一件都算")),
        "after": (_("必须先有"), ""),
        "met_by": (met_by, _("任何一件都算")),
        "fields": (_("必须写明"), ""),
        "evidence": (_("凭证"), _("勾选的有一样即可；登记时一样都没有的会被拒绝")),
        "when": (_("只在什么情况下"), _("情况不再成立时，没办完的约定随之取消")),
        "gate": (_("没有就不能登记"), _("勾选后，没有先办的在登记时就被拒绝；不勾只记为违反")),
        "within": (_("时限"), _("写成 30 分钟、2 小时、1 天、2 个工作日、当日 这样；留空＝不限时")),
        "every": (_("多久一次"), every),
        "count": (_("每期几次"), ""),
        "window": (_("怎样算一期"), ""),
        "days": (_("只在哪几天"), ""),
        "anchor": (_("从哪一天起数"), _("如 2026-01-01；留空按日历的周、月")),
        "question": (_("要公司回答的问题"), _("时限由公司定时写在这里；回答以前不产生约定")),
        "proposed": (_("建议的时限"), _("只是建议，公司确认后才启用")),
        "owner": (_("由谁负责"), _("第一个没有时由下一个；最后一个要是岗位或部门")),
        "remind": (_("提醒责任人"), _("时限过百分之几时，如 50%、75%；留空不提醒")),
        "escalate": (_("升级"), _("时限过百分之几时报给谁；100% 就是逾期")),
        "again": (_("再次发生时"), ""),
        "start": (_("另从哪件事起算"), _("与触发的事不同时才填")),
        "until": (_("到事实写明的时刻"), _("如 fact.eta；与时限只填一个")),
        "counts_from": (_("从哪件事起的履行也算"), _("早于起算的履行也算数时才填")),
        "max_pause": (_("等客户的时间不计，最多"), _("如 5 天；留空＝一直计时")),
        "late_serves_next": (_("迟做的一次同时算下一期"), ""),
        "calendar": (_("按哪个日历"), ""),
        "note": (_("备注"), _("给读制度的人看")),
    }


_ON = {
    ControlKind.DEADLINE: _t("什么事发生后"),
    ControlKind.CADENCE: _t("从什么事起"),
    ControlKind.RECORD: _t("登记什么事时"),
    ControlKind.APPROVAL: _t("要做的事"),
    ControlKind.PROHIBITION: _t("不得发生的事"),
    ControlKind.SAMPLING: "",
    ControlKind.ATTESTATION: "",
}
_MET_BY = {
    ControlKind.DEADLINE: _t("做到什么算履行"),
    ControlKind.CADENCE: _t("做什么"),
    ControlKind.RECORD: "",
    ControlKind.APPROVAL: "",
    ControlKind.PROHIBITION: _t("怎样算补正"),
    ControlKind.SAMPLING: _t("什么算检查了一次"),
    ControlKind.ATTESTATION: "",
}
