"""The editor of a standard, without a line of JSON: what was typed, as text, becomes forms, and a standard.

Factors and their rows come and go while somebody types: the server redraws the form from what was typed so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.customers.enums import Grade
from keyue.grading import measures, rules
from keyue.grading.enums import KIND_NAMES, MISSING_NAMES, PART_NAMES, Outcome
from keyue.grading.models import TITLE_LONGEST, GradingStandard
from keyue.grading.rules import (
    CHOICE_LONGEST,
    GRADES,
    LABEL_LONGEST,
    MOST_BANDS,
    MOST_FACTORS,
    NO,
    OWN,
    TEXT_LONGEST,
    YES,
    Band,
    Factor,
    Fault,
    Kind,
    Missing,
    Part,
    Standard,
    Treatment,
    decimal,
    plain,
)

OWN_SOURCE = f"{OWN}:"
SPARE_ROWS = 2
FEWEST_ROWS = 3
WHOLE = ("contact_days", "visit_days", "verification_days", "first_response_hours", "leader_visits")
WORDS = ("resources", "policy")


def _number(label: Any, *, required: bool = False, most: int = 100, **more: Any) -> forms.DecimalField:
    attrs = {"class": "input", "inputmode": "decimal", "autocomplete": "off"}
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=most,
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(attrs=attrs),
        **more,
    )


def _whole(label: Any, most: int) -> forms.IntegerField:
    attrs = {"class": "input", "inputmode": "numeric", "autocomplete": "off"}
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=most, widget=forms.TextInput(attrs=attrs)
    )


class HeadForm(forms.Form):
    """What holds for the whole standard."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=TITLE_LONGEST)
    review_months = forms.IntegerField(label=gettext_lazy("每几个月评估一次"), min_value=1, max_value=60)
    mark_A = _number(gettext_lazy("A 级，满几分"), required=True)
    mark_B = _number(gettext_lazy("B 级，满几分"), required=True)
    mark_C = _number(gettext_lazy("C 级，满几分"), required=True)
    missing = forms.ChoiceField(
        label=gettext_lazy("一个因素没有资料时"),
        choices=[(one.value, label) for one, label in MISSING_NAMES.items()],
        widget=forms.RadioSelect,
    )


class FactorForm(forms.Form):
    """One factor, without its table."""

    code = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    label = forms.CharField(label=gettext_lazy("因素"), max_length=LABEL_LONGEST)
    weight = _number(gettext_lazy("权重"), required=True)
    part = forms.ChoiceField(
        label=gettext_lazy("属于"), choices=[(one.value, label) for one, label in PART_NAMES.items()]
    )
    source = forms.ChoiceField(label=gettext_lazy("取值"))
    otherwise = _number(gettext_lazy("其余得分"))
    yes = _number(gettext_lazy("「是」得分"))
    no = _number(gettext_lazy("「否」得分"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = sources()  # type: ignore[attr-defined]


class BandForm(forms.Form):
    """A row of a factor's table."""

    edge = forms.CharField(label=gettext_lazy("取值"), required=False, max_length=CHOICE_LONGEST)
    points = _number(gettext_lazy("得分"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("edge") and data.get("points") is None and "points" not in self.errors:
            self.add_error("points", _("请填写得分"))
        if not data.get("edge") and data.get("points") is not None:
            self.add_error("edge", _("请填写取值"))
        return data


class TreatmentForm(forms.Form):
    """What a grade is given."""

    contact_days = _whole(gettext_lazy("几天联系一次"), 3660)
    visit_days = _whole(gettext_lazy("几天走访一次"), 3660)
    verification_days = _whole(gettext_lazy("几天核实一次档案"), 3660)
    first_response_hours = _whole(gettext_lazy("几小时内首次答复"), 720)
    leader_visits = _whole(gettext_lazy("每年领导走访几次"), 99)
    resources = forms.CharField(label=gettext_lazy("配多少资源"), required=False, max_length=TEXT_LONGEST)
    policy = forms.CharField(label=gettext_lazy("服务策略与权益"), required=False, max_length=TEXT_LONGEST)


def sources() -> list[tuple[str | Promise, Any]]:
    """Where the values of a factor may come from, in two groups."""
    known = [(one.code, one.label) for one in measures.known().values()]
    own = [(f"{OWN_SOURCE}{kind.value}", label) for kind, label in KIND_NAMES.items()]
    return [(_("档案与业务里有的"), known), (_("逐个客户填写的"), own)]


def kind_of(source: str) -> Kind:
    """How the values of a source are scored."""
    if source.startswith(OWN_SOURCE):
        word = source.removeprefix(OWN_SOURCE)
        return Kind(word) if word in set(Kind) else Kind.CHOICE
    known = measures.known().get(source)
    return known.kind if known else Kind.CHOICE


# --- what was typed ---


@dataclass
class TypedFactor:
    """A factor as text; `rows` are the rows of its table."""

    values: dict[str, str]
    rows: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return kind_of(self.values.get("source", ""))

    @property
    def known_choices(self) -> list[tuple[str, str]]:
        """The values that its measure has, where they are fixed."""
        known = measures.known().get(self.values.get("source", ""))
        return [(value, str(word)) for value, word in known.choices] if known else []


@dataclass
class Typed:
    """A whole standard as text."""

    head: dict[str, str]
    factors: list[TypedFactor]
    treatments: dict[str, dict[str, str]]


def typed_from(row: GradingStandard) -> Typed:
    """What a kept standard would have been typed as."""
    standard = row.standard
    head = {"title": row.title, "review_months": str(row.review_months), "missing": standard.missing.value}
    head |= {f"mark_{grade}": plain(mark) for grade, mark in standard.thresholds.items()}
    factors = [_typed_factor(factor) for factor in standard.factors]
    treatments = {grade: _typed_treatment(standard.treatments[grade]) for grade in GRADES}
    return Typed(head, factors, treatments)


def _typed_factor(factor: Factor) -> TypedFactor:
    source = f"{OWN_SOURCE}{factor.kind.value}" if factor.is_own else factor.measure
    points = {band.edge: plain(band.points) for band in factor.bands}
    values = {
        "code": factor.code,
        "label": factor.label,
        "weight": plain(factor.weight),
        "part": factor.part.value,
        "source": source,
        "otherwise": plain(factor.otherwise),
        "yes": points.get(YES, ""),
        "no": points.get(NO, ""),
    }
    return TypedFactor(values, [] if factor.kind == Kind.YES_NO else list(points.items()))


def _typed_treatment(treatment: Treatment) -> dict[str, str]:
    return {name: str(value or "") for name, value in rules.write_treatment(treatment).items()}


def proposed() -> Typed:
    """A first standard to write over: the factors of S1-6.1 and S4-7.1 with even weights."""
    head = {"title": _("客户分级标准"), "review_months": "12", "missing": Missing.LEAVE_OUT.value}
    head |= {"mark_A": "80", "mark_B": "60", "mark_C": "40"}
    levels = [(_("高"), "100"), (_("中"), "60"), (_("低"), "20")]
    credit = [("excellent", "100"), ("good", "80"), ("fair", "50"), ("poor", "0")]
    rows: list[tuple[str, Part, str, str, list[tuple[str, str]]]] = [
        (_("合作规模"), Part.SIZE, "scale", "30", [(_("大型"), "100"), (_("中型"), "60"), (_("小型"), "30")]),
        (_("潜力"), Part.POTENTIAL, f"{OWN_SOURCE}choice", "20", levels),
        (_("信用"), Part.CREDIT, "credit", "20", credit),
        (_("往来历史"), Part.HISTORY, "since", "20", [("36", "100"), ("12", "60"), ("0", "30")]),
        (_("客户需要"), Part.NEEDS, f"{OWN_SOURCE}choice", "10", levels),
    ]
    factors = [
        TypedFactor(
            {"label": label, "part": part.value, "source": source, "weight": weight, "otherwise": "0"}, table
        )
        for label, part, source, weight, table in rows
    ]
    return Typed(head, factors, {grade: {} for grade in GRADES})


def typed_of(data: Mapping[str, str]) -> Typed:
    """What was typed in the editor; at most as many factors and rows as a standard may have."""
    head = {name: data.get(name, "") for name in HeadForm.base_fields}
    factors = []
    for n in range(_count(data.get("factors"), MOST_FACTORS + 1)):
        values = {name: data.get(f"f{n}-{name}", "").strip() for name in FactorForm.base_fields}
        pairs = [
            (data.get(f"f{n}b{m}-edge", "").strip(), data.get(f"f{n}b{m}-points", "").strip())
            for m in range(_count(data.get(f"f{n}-rows"), MOST_BANDS + SPARE_ROWS))
        ]
        factors.append(TypedFactor(values, [pair for pair in pairs if any(pair)]))
    treatments = {
        grade: {name: data.get(f"t{grade}-{name}", "") for name in TreatmentForm.base_fields}
        for grade in GRADES
    }
    return Typed(head, factors, treatments)


def _count(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isascii() and text.isdecimal() and len(text) < 4 else 0


# --- the editor ---


@dataclass
class FactorRow:
    """A factor on the page."""

    n: int
    form: FactorForm
    # each with the word and the value of a fixed choice, empty for one that is typed
    bands: list[tuple[BandForm, str, str]]
    kind: Kind
    unit: str

    @property
    def is_yes_no(self) -> bool:
        return self.kind == Kind.YES_NO

    @property
    def rows(self) -> int:
        return len(self.bands)


class Editor:
    """All forms of the editor over what was typed; `checked` shows what is wrong with them."""

    def __init__(self, typed: Typed, *, checked: bool = False) -> None:
        self.typed, self.checked = typed, checked
        self.head = self._form(HeadForm, typed.head, None)
        self.factors = [self._factor(n, factor) for n, factor in enumerate(typed.factors)]
        self.treatments = [
            (grade, self._form(TreatmentForm, typed.treatments.get(grade, {}), f"t{grade}"))
            for grade in GRADES
        ]
        self.is_full = len(typed.factors) >= MOST_FACTORS

    def _form(self, kind: type[Any], values: Mapping[str, str], prefix: str | None) -> Any:
        if not self.checked:
            return kind(initial=values, prefix=prefix)
        return kind(
            {f"{prefix}-{name}" if prefix else name: text for name, text in values.items()}, prefix=prefix
        )

    def _factor(self, n: int, typed: TypedFactor) -> FactorRow:
        form = self._form(FactorForm, typed.values, f"f{n}")
        units = {Kind.NUMBER: _("满"), Kind.MONTHS: _("满几个月"), Kind.CHOICE: _("选项")}
        pairs: list[tuple[str, str, str]]
        if typed.kind == Kind.YES_NO:
            pairs = []
        elif typed.known_choices:
            points = dict(typed.rows)
            pairs = [(value, points.get(value, ""), word) for value, word in typed.known_choices]
        else:
            spare = max(FEWEST_ROWS - len(typed.rows), SPARE_ROWS)
            room = MOST_BANDS - len(typed.rows)
            pairs = [(edge, got, "") for edge, got in typed.rows]
            pairs += [("", "", "")] * min(spare, room)
        bands = []
        for m, (edge, got, word) in enumerate(pairs):
            values = {"edge": edge if got or not word else "", "points": got}
            band = self._form(BandForm, values, f"f{n}b{m}")
            bands.append((band, word, edge if word else ""))
        return FactorRow(n, form, bands, typed.kind, units.get(typed.kind, ""))

    def is_valid(self) -> bool:
        """Whether everything typed can be read; whether it is a sound standard, `rules.faults_of` says."""
        found = [self.head.is_valid(), *(form.is_valid() for _grade, form in self.treatments)]
        for row in self.factors:
            found.append(row.form.is_valid())
            found += [band.is_valid() for band, _word, _edge in row.bands]
        return all(found)

    @property
    def standard(self) -> Standard:
        """What was typed, as far as it can be read."""
        return Standard(
            factors=tuple(_read_factor(factor) for factor in self.typed.factors),
            thresholds={grade: decimal(self.typed.head.get(f"mark_{grade}")) for grade in GRADES[:-1]},
            missing=Missing(self.typed.head["missing"])
            if self.typed.head.get("missing") in set(Missing)
            else Missing.LEAVE_OUT,
            treatments={grade: _read_treatment(self.typed.treatments.get(grade, {})) for grade in GRADES},
        )

    @property
    def title(self) -> str:
        return self.typed.head.get("title", "")

    @property
    def review_months(self) -> int:
        """0 where it cannot be read, which no standard takes."""
        return _count(self.typed.head.get("review_months"), 999)


def _read_factor(typed: TypedFactor) -> Factor:
    values, kind = typed.values, typed.kind
    source = values.get("source", "")
    points = lambda text: _bounded(decimal(text, Decimal(-1)))  # noqa: E731  one line, used four times below
    if kind == Kind.YES_NO:
        pairs = [(YES, values.get("yes", "")), (NO, values.get("no", ""))]
    elif typed.known_choices:
        fixed = {value for value, _word in typed.known_choices}
        pairs = [(edge, got) for edge, got in typed.rows if edge in fixed and got]
    else:
        pairs = typed.rows
    return Factor(
        code=values.get("code", "")[:20],
        label=" ".join(values.get("label", "").split())[:LABEL_LONGEST],
        part=Part(values["part"]) if values.get("part") in set(Part) else Part.OTHER,
        kind=kind,
        measure=OWN if source.startswith(OWN_SOURCE) else source,
        weight=_bounded(decimal(values.get("weight"))),
        bands=tuple(
            Band(edge.replace(",", "") if kind in {Kind.NUMBER, Kind.MONTHS} else edge, points(got))
            for edge, got in pairs
        ),
        otherwise=points(values.get("otherwise") or "0"),
    )


def _bounded(value: Decimal) -> Decimal:
    """No number of unbounded length gets into a sum."""
    return value.quantize(Decimal("0.01")) if abs(value) < 10**6 else Decimal(-1)


def _read_treatment(typed: Mapping[str, str]) -> Treatment:
    whole = {name: _count(typed.get(name, "").strip(), 9999) or None for name in WHOLE}
    words = {name: " ".join(typed.get(name, "").split())[:TEXT_LONGEST] for name in WORDS}
    return Treatment(**whole, **words)  # type: ignore[arg-type]


def show_faults(editor: Editor, faults: Mapping[str, str]) -> list[str]:
    """Put what is wrong with a standard beside the fields it speaks of; what speaks of none comes back."""
    rest = []
    for where, said in faults.items():
        parts = where.split(".")
        form, name = None, parts[-1]
        if parts[0] == "factors" and len(parts) == 3 and int(parts[1]) < len(editor.factors):
            form = editor.factors[int(parts[1])].form
            name = {"measure": "source", "bands": "source", "points": "source"}.get(name, name)
        elif parts[0] == "thresholds":
            form, name = editor.head, f"mark_{name}"
        elif parts[0] == "treatments":
            form = dict(editor.treatments)[parts[1]]
        elif where in editor.head.fields:
            form = editor.head
        if form is not None and form.is_bound and name in form.fields:
            form.is_valid()
            if name not in form.errors:
                form.add_error(name, said)
        else:
            rest.append(said)
    return rest


def said_of(faults: list[Fault]) -> dict[str, str]:
    """The sentences of faults by their place; the first of each place."""
    said: dict[str, str] = {}
    for fault in faults:
        said.setdefault(fault.where, str(fault.why))
    return said


# --- decisions, values ---


class DecideForm(forms.Form):
    """How a proposal is decided, with its reason."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("决定"),
        choices=[(one.value, one.label) for one in (Outcome.ACCEPTED, Outcome.OTHER, Outcome.KEPT)],
        widget=forms.RadioSelect,
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("定为"),
        required=False,
        choices=[("", gettext_lazy("请选择")), *Grade.choices],
        help_text=gettext_lazy("只在定为其他等级时选。"),
    )
    remark = forms.CharField(
        label=gettext_lazy("理由"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        help_text=gettext_lazy("不按建议定级，或客户要求复核时，要写明理由。理由加密保存。"),
    )


class ReviewForm(forms.Form):
    """What a customer says about their grade."""

    request = forms.CharField(
        label=gettext_lazy("客户的理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        help_text=gettext_lazy(
            "照客户的原话记。个人信息保护法第二十四条：对自动化决定，个人有权要求说明，并要求由人来决定。"
        ),
    )


class ReasonForm(forms.Form):
    """Why a standard is given back."""

    reason = forms.CharField(
        label=gettext_lazy("退回理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )


class ValuesForm(forms.Form):
    """The company's own factors of one customer, as the standard in use has them."""

    def __init__(self, *args: Any, standard: Standard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for factor in standard.factors:
            if factor.is_own:
                self.fields[factor.code] = _value_field(factor)


def _value_field(factor: Factor) -> forms.Field:
    nothing = ("", _("没有资料"))
    if factor.kind == Kind.CHOICE:
        choices = [nothing, *((edge, edge) for edge in factor.choices)]
        return forms.ChoiceField(label=factor.label, required=False, choices=choices)
    if factor.kind == Kind.YES_NO:
        return forms.ChoiceField(
            label=factor.label, required=False, choices=[nothing, (YES, _("是")), (NO, _("否"))]
        )
    if factor.kind == Kind.MONTHS:
        return forms.CharField(
            label=factor.label,
            required=False,
            widget=forms.DateInput(attrs={"type": "date", "class": "input"}),
        )
    attrs = {"class": "input", "inputmode": "decimal"}
    return forms.CharField(
        label=factor.label, required=False, max_length=20, widget=forms.TextInput(attrs=attrs)
    )
