"""What a pack says to people, in words and tables, whatever file they stand in: the PDF, Word and Excel write the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from keyue.compliance.packs.form import EXCLUDED, PROMISES, SHOWN, Row
from keyue.compliance.packs.ground import Ground
from keyue.compliance.packs.signing import grouped
from keyue.promises.enums import PromiseState

MOST_LISTED = 2_000
"""Rows that the PDF and the Word file list of each table; the Excel file and promises.jsonl have all of them."""

CLOSINGS: Mapping[str, Any] = {
    "case.withdrawn": gettext_lazy("客户撤回"),
    "case.merged": gettext_lazy("并入另一事项"),
    "case.closed": gettext_lazy("事项关闭"),
    "case.solved": gettext_lazy("事项已解决"),
    "case.classified": gettext_lazy("事项重新分类"),
    "case.reclassified": gettext_lazy("事项重新分类"),
    "case.eta_given": gettext_lazy("另约了时间"),
    "case.follow_up_call": gettext_lazy("转入新一轮处理"),
    "case.reopened": gettext_lazy("转入新一轮处理"),
}
"""Why a promise is no longer asked for, by the fact that ended it."""


@dataclass(frozen=True, slots=True)
class Report:
    """The words of a pack. `about` are names with their values; `figures` and `clauses` as in the manifest."""

    id: str
    title: str
    subtitle: str
    about: Sequence[tuple[str, str]]
    figures: Mapping[str, Any]
    editions: Sequence[tuple[str, str, str]]
    clauses: Sequence[tuple[str, Sequence[str]]]
    checks: Sequence[str]
    fingerprint: str
    zone: ZoneInfo
    promises: Path
    names: Mapping[str, str]

    def rows(self, *, excluded: bool, most: int | None = None) -> Iterator[Sequence[str]]:
        """The cells of the promises that count in the rate, or of those that do not."""
        with self.promises.open("rb") as lines:
            told = 0
            for line in lines:
                row = json.loads(line)
                if (row["counts"] is None) is not excluded:
                    continue
                if most is not None and told == most:
                    return
                told += 1
                yield self._cells(row, excluded=excluded)

    def _cells(self, row: Row, *, excluded: bool) -> Sequence[str]:
        shown = row[SHOWN]
        who = " ".join(part for part in (shown["owner"], shown["holder"]) if part)
        name = self.names.get(row["control"], row["control"])
        cells = [shown["number"], f"{row['clause']} {name}", who, str(PromiseState(row["state"]).label)]
        cells += [self.moment(row[key]) for key in ("start", "due", "closed_at")]
        return [*cells, why(row) if excluded else _decided(row)]

    def moment(self, text: str | None) -> str:
        """An instant in the company's zone, to the minute; "" for none."""
        return "" if text is None else f"{datetime.fromisoformat(text).astimezone(self.zone):%Y-%m-%d %H:%M}"

    def listed(self, *, excluded: bool) -> list[Sequence[str]]:
        """The rows that the PDF and the Word file list."""
        return list(self.rows(excluded=excluded, most=MOST_LISTED))

    def total(self, *, excluded: bool) -> int:
        """How many rows there are."""
        return sum(self.figures[state] for state in EXCLUDED) if excluded else self.figures["due"]


def headings(*, excluded: bool) -> Sequence[str]:
    """The headings of `Report.rows`."""
    last = _("不计入的原因") if excluded else _("说明")
    return (
        _("编号"), _("约定"), _("责任"), _("状态"), _("起算"), _("到期"), _("完成"), last,
    )  # fmt: skip


def figure_headings() -> Sequence[str]:
    """The headings of `figure_rows`."""
    return (
        _("条款"), _("履约率"), _("到期"), _("按约"), _("逾期"), _("进行中"), _("免除"),
        pgettext("promise state", "取消"),
    )  # fmt: skip


def figure_rows(figures: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """The total, and each clause with its controls."""
    yield _figure(_("合计"), figures)
    for clause in figures["clauses"]:
        yield _figure(f"{clause['number']} {clause['heading']}".strip(), clause)
        if len(clause["controls"]) > 1:
            yield from (_figure(f"　{control['name']}", control) for control in clause["controls"])


def rate(figure: Mapping[str, Any]) -> str:
    """A rate, or that nothing was due, which is not 100 %, or that nothing can be measured yet."""
    if not figure.get("runs", True):
        return _("尚不可衡量")
    return _("没有到期的") if figure["rate"] is None else f"{figure['rate']}%"


def section_names() -> dict[str, str]:
    """What the parts of the report are called."""
    return {
        "figures": _("数字"),
        "verify": _("如何核验"),
        "editions": _("所依据的版本"),
        "clauses": _("条款全文"),
        "counted": _("计入履约率的约定"),
        "excluded": _("不计入履约率的约定"),
        "none": _("没有。"),
    }


def edition_headings() -> list[str]:
    """The headings of the table of editions."""
    return [_("版次"), _("施行时间"), _("摘要")]


def denominator(figures: Mapping[str, Any]) -> str:
    """What the rate is a share of."""
    return _("到期 %(due)d 条：按约 %(kept)d，逾期 %(broken)d") % figures


def apart(figures: Mapping[str, Any]) -> str:
    """What counts in no rate."""
    return _("不计入：进行中 %(pending)d，免除 %(waived)d，取消 %(cancelled)d") % figures


def left_out(report: Report, *, excluded: bool) -> str:
    """How many rows are listed of how many, and where all of them are; "" where all are here."""
    total = report.total(excluded=excluded)
    if total <= MOST_LISTED:
        return ""
    return _(
        "共 %(total)d 条，这里只列出前 %(most)d 条；全部约定在同一个证据包的 report.xlsx 和 promises.jsonl 里。"
    ) % {"total": total, "most": MOST_LISTED}


def _figure(name: str, figure: Mapping[str, Any]) -> Sequence[str]:
    counted = ("due", "kept", "broken", *EXCLUDED)
    return (name, rate(figure), *(str(figure[one]) for one in counted))


def why(row: Row) -> str:
    """Why a promise counts in no rate, and who said so."""
    if row["excluded"] == PromiseState.WAIVED:
        return _decided(row) or _("免除")
    if row["excluded"] == PromiseState.PENDING:
        reason = _("还没有到期，也还没有完成")
    else:
        kind = row["closed_by_kind"] or ""
        reason = _("到期前不再需要：%(what)s") % {"what": CLOSINGS.get(kind, kind)}
    return _("；").join(part for part in (reason, _decided(row)) if part)


def _decided(row: Row) -> str:
    """What was approved about it. The reason is sealed with the customer's texts: its fact is named instead."""
    kinds = {"waiver": _("免除"), "extension": _("延期"), "rebasing": _("改用新版")}
    said = [
        _("%(what)s，%(name)s批准，事实 %(fact)s")
        % {"what": kinds[one["what"]], "name": name or one["approved_by"], "fact": one["fact"]}
        for one, name in zip(row["decisions"], row[SHOWN]["approved_by"], strict=True)
    ]
    return _("；").join(said)


def report_of(manifest: Mapping[str, Any], ground: Ground, place: Path) -> Report:
    """The report of a pack whose manifest is whole but for its files."""
    zone = ZoneInfo(ground.period.tz)
    scope, regulation, period = manifest["scope"], manifest["regulation"], manifest["period"]

    def moment(text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S}"

    whole = f"{scope['clause']} {scope['heading']}".strip() or _("全部条款")
    about = [
        (_("公司"), manifest["company"]),
        (_("制度"), " ".join(part for part in (regulation["code"], f"《{regulation['title']}》") if part)),
        (_("范围"), whole),
        (_("期间"), _("%(first)s 至 %(last)s，按到期日") % period),
        (_("截至"), f"{moment(manifest['as_of'])} {ground.period.tz}"),
        (_("制作人"), manifest["made_by"]["name"]),
        (_("制作时间"), moment(manifest["made_at"])),
        (_("编号"), manifest["id"]),
    ]
    return Report(
        id=manifest["id"],
        title=_("证据包"),
        subtitle=f"《{regulation['title']}》 {whole}",
        about=about,
        figures=manifest["figures"],
        editions=[
            (_("第 %(n)d 版") % {"n": one["n"]}, moment(one["effective_from"]), one["digest"])
            for one in manifest["editions"]
        ],
        clauses=_texts(ground),
        checks=_checks(manifest),
        fingerprint=grouped(manifest["fingerprint"]),
        zone=zone,
        promises=place / PROMISES,
        names={control: name for _n, _h, controls in ground.clauses() for control, name, _runs in controls},
    )


def _texts(ground: Ground) -> list[tuple[str, Sequence[str]]]:
    """The clauses as the edition in force has them: the one that was asked for, or all."""
    current = ground.in_force()
    if current is None:
        return []
    return [
        (f"{clause.number} {clause.heading}".strip(), clause.paragraphs)
        for clause in current[1].clauses
        if ground.clause in ("", clause.number)
    ]


def _checks(manifest: Mapping[str, Any]) -> list[str]:
    counts = manifest["counts"]
    return [
        _("整个文件的每一个字节都有签名或校验值：任何改动都会被发现。核验不需要联网，也不需要数据库："),
        f"keyue verify --pack FILE --key {manifest['fingerprint']}",
        _("请从签发单位另行取得公钥指纹，与本页所列的核对：指纹一致，才能证明是该单位签发的。"),
        _(
            "包内有 %(facts)d 条事实、%(chains)d 条事实链、%(checkpoints)d 个检查点；%(unsealed)d 条事实尚未被检查点封存。"
        )
        % counts,
        _("每一条约定都由事实、制度全文和工作日历重新推算，与 promises.jsonl 逐条比对。"),
        _("客户的个人信息以密文保存在事实里，不在包内公开；密钥销毁后，散列和签名仍然有效。"),
    ]
