"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "sorting.model_trained": _("训练分拣模型"),
    "sorting.model_put": _("换用分拣模型"),
    "sorting.words_changed": _("修改分拣词表"),
    "sorting.rule_made": _("新增派单规则"),
    "sorting.rule_changed": _("修改派单规则"),
    "sorting.rule_moved": _("调整派单规则的次序"),
    "sorting.rule_ended": _("停用派单规则"),
    "sorting.skill_given": _("登记员工技能"),
    "sorting.skill_taken": _("取消员工技能"),
    "sorting.alarm_changed": _("修改相似事项报警条件"),
    "problem.suspected": _("相似事项报警"),
    "problem.opened": _("立为问题"),
    "problem.case_linked": _("问题关联事项"),
    "problem.case_unlinked": _("问题取消关联事项"),
    "problem.cause_found": _("查明问题原因"),
    "problem.solved": _("问题解决"),
    "problem.dismissed": _("判定不是同一问题"),
    "problem.reopened": _("重新查找问题原因"),
}
SUBJECT_WORDS: dict[str, Promise] = {"sorting": _("分拣"), "problem": _("问题")}
