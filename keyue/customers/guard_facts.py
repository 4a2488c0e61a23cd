"""What the auditor reads of facts about access, reading in bulk, imports and exports."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "person.access_asked": _("申请查看客户"),
    "person.access_approved": _("批准查看客户"),
    "person.access_refused": _("不同意查看客户"),
    "person.access_given": _("授权查看客户"),
    "person.access_withdrawn": _("收回查看授权"),
    "person.mass_reading_noticed": _("发现成批查阅"),
    "person.mass_reading_explained": _("说明成批查阅"),
    "installation.reading_limits_changed": _("修改查阅限度"),
    "customer_import.started": _("开始导入客户"),
    "customer_import.stopped": _("停止导入客户"),
    "customer_import.finished": _("客户导入完成"),
    "customer_import.undo_started": _("开始撤销客户导入"),
    "customer_import.undone": _("撤销客户导入"),
    "customer_import.cleared": _("清除导入的客户表格"),
    "export.asked": _("申请导出客户"),
    "export.approved": _("批准导出客户"),
    "export.refused": _("不同意导出客户"),
    "export.made": _("制成导出文件"),
    "export.failed": _("导出文件未制成"),
    "export.downloaded": _("下载导出文件"),
    "export.expired": _("导出文件到期"),
}

SUBJECT_WORDS: dict[str, Promise] = {
    "person": _("人员"),
    "customer_import": _("客户导入"),
    "export": _("导出申请"),
}
