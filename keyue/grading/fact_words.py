"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "grading.drafted": _("起草分级标准"),
    "grading.revised": _("修改分级标准"),
    "grading.submitted": _("送审分级标准"),
    "grading.approved": _("批准分级标准"),
    "grading.refused": _("退回分级标准"),
    "grading.applied": _("施行分级标准"),
    "grading.retired": _("停用分级标准"),
    "grading.reviewed": _("重新评估客户等级"),
    "grading_run.started": _("开始计算等级"),
    "grading_run.resumed": _("继续计算等级"),
    "grading_run.stopped": _("停止计算等级"),
    "grading_run.finished": _("等级计算完成"),
}
