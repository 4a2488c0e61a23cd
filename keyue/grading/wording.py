"""Sentences and words of the grading room: faults of a standard, values of factors, what a grade is given."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyue.grading import measures
from keyue.grading.rules import NO, OWN, YES, Factor, Fault, Kind, Treatment, plain
from keyue.kernel.errors import Invalid
from keyue.ui import wording as ui


def invalid(faults: Sequence[Fault]) -> Invalid:
    """All that is wrong with a standard as one refusal, each sentence under the place it speaks of."""
    fields: dict[str, str] = {}
    for fault in faults:
        fields.setdefault(fault.where, str(fault.why))
    return Invalid(" ".join(dict.fromkeys(str(fault.why) for fault in faults)), fields=fields)


def value_words(kind: Kind, measure: str, value: str | None) -> str:
    """What is known of a factor, as people say it; a sentence where nothing is."""
    if value is None:
        return _("没有资料")
    if kind == Kind.YES_NO:
        return {YES: _("是"), NO: _("否")}.get(value, value)
    if kind == Kind.MONTHS:
        return ngettext("满 %(n)s 个月", "满 %(n)s 个月", int(value)) % {"n": value}
    if kind == Kind.NUMBER:
        whole = value.partition(".")[0]
        return f"{int(whole):,}{value[len(whole) :]}"
    known = measures.known().get(measure)
    return known.word(value) if known else value


def measure_words(factor: Factor) -> str:
    """Where the values of a factor come from."""
    if factor.measure == OWN:
        return _("逐个客户填写")
    known = measures.known().get(factor.measure)
    return str(known.label) if known else _("没有来源")


def band_words(factor: Factor) -> list[tuple[str, str]]:
    """A factor's table: (which values, points)."""
    if factor.kind in {Kind.NUMBER, Kind.MONTHS}:
        rising = sorted(factor.bands, key=lambda band: float(band.edge), reverse=True)
        said = [
            (
                _("%(value)s起") % {"value": value_words(factor.kind, factor.measure, band.edge)},
                plain(band.points),
            )
            for band in rising
        ]
        return [*said, (_("更低"), plain(factor.otherwise))]
    said = [
        (value_words(factor.kind, factor.measure, band.edge), plain(band.points)) for band in factor.bands
    ]
    return said if factor.kind == Kind.YES_NO else [*said, (_("表中没有的"), plain(factor.otherwise))]


def days(n: int | None) -> str:
    """How often: every so many days; by intent not at all."""
    return ngettext("每 %(n)d 天", "每 %(n)d 天", n) % {"n": n} if n else _("不安排")


def treatment_words(treatment: Treatment) -> list[tuple[str, str]]:
    """What a grade is given, each with its name."""
    hours = treatment.first_response_hours
    visits = treatment.leader_visits
    return [
        (_("联系"), days(treatment.contact_days)),
        (_("走访"), days(treatment.visit_days)),
        (_("核实档案"), days(treatment.verification_days)),
        (
            _("首次答复"),
            ngettext("%(n)d 小时内", "%(n)d 小时内", hours) % {"n": hours} if hours else _("按制度"),
        ),
        (
            _("领导走访"),
            ngettext("每年 %(n)d 次", "每年 %(n)d 次", visits) % {"n": visits} if visits else _("不安排"),
        ),
        (_("资源"), treatment.resources or ui.NOTHING),
        (_("策略与权益"), treatment.policy or ui.NOTHING),
    ]
