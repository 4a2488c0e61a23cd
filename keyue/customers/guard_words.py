"""What notices about access, imports and exports say and where they lead; a line of the access trail in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from keyue.customers import area, erasure, sections
from keyue.customers.enums import GrantPurpose, Purpose, Revealable
from keyue.ledger.models import AccessEntry
from keyue.people.enums import Permission
from keyue.promises import told

WAYS = {"web": _("网页"), "api": _("接口"), "export": _("导出"), "portal": _("公众网页")}


@dataclass(frozen=True, slots=True)
class Look:
    """Who looked at what, when, what for, by which way."""

    at: datetime
    who: str
    what: str
    purpose: str
    via: str


def look(row: AccessEntry, names: Mapping[int, str]) -> Look:
    """A line of the trail as people read it."""
    who = names.get(int(row.actor_id), "") if row.actor_id.isdecimal() else ""
    labels = {**dict(Purpose.choices), **dict(GrantPurpose.choices), "work": _t("日常工作")}
    return Look(
        at=row.at,
        who=who or _t("系统"),
        what=_what(row.what),
        purpose=str(labels.get(row.purpose, row.purpose)),
        via=str(WAYS.get(row.via, row.via)),
    )


def _what(what: str) -> str:
    kind, _slash, rest = what.partition("/")
    if kind == "page":
        return _t("打开客户页面")
    if kind == "contact":
        fields = dict(Revealable.choices)
        said = _t("、").join(str(fields.get(one, one)) for one in rest.partition(":")[2].split(",") if one)
        return _t("查看联系人的%(fields)s") % {"fields": said}
    if kind == "file":
        return _t("下载附件")
    if kind == "attachment":
        return _t("下载事项附件")
    return what


def register() -> None:
    """Called once, when the room starts."""
    from keyue.customers import guard_views
    from keyue.customers.actions.attaching import forget_files
    from keyue.customers.actions.clearing import forget_sheets

    area.register("customers:imports", _("导入"), Permission.CUSTOMER_IMPORT, order=70)
    area.register("customers:exports", _("导出申请"), Permission.EXPORT_REQUEST, order=75)
    area.register("customers:grants", _("查看授权"), Permission.CUSTOMER_VIEW, order=80)
    erasure.register("customers.files", forget_files)
    erasure.register("customers.sheets", forget_sheets)
    place = sections.Place
    sections.register("trail", _("查看记录"), guard_views.trail_section, order=90, place=place.TRAIL)
    sections.register("attachments", _("附件"), guard_views.files_section, order=60, place=place.FILE)
    _register_notices()


def _register_notices() -> None:
    told.register("access_asked", _("%(name)s 申请查看 %(about)s"), "customers:grants")
    told.register("access_approved", _("查看 %(about)s 的申请已批准"), "customers:grants")
    told.register("access_refused", _("查看 %(about)s 的申请没有批准"), "customers:grants")
    told.register(
        "mass_reading", _("%(name)s 查看客户 %(n)s 次，超过限度 %(most)s，请核实"), "customers:grants"
    )
    told.register("export_asked", _("%(name)s 申请导出客户 %(number)s"), "customers:export")
    told.register(
        "export_made", _("导出 %(number)s 已制成，共 %(rows)s 条，请在到期前下载"), "customers:export"
    )
    told.register("export_refused", _("导出申请 %(number)s 没有批准"), "customers:export")
    told.register("export_failed", _("导出 %(number)s 没有制成"), "customers:export")
    told.register(
        "customers_imported",
        _(
            "客户导入完成：新增 %(added)s 位，更新 %(updated)s 位，无变化 %(unchanged)s 位，未导入 %(refused)s 行"
        ),
        "customers:import",
    )
    told.register(
        "customers_import_undone",
        _("客户导入已撤销：撤回 %(back)s 行，未撤销 %(kept)s 行"),
        "customers:import",
    )
