"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "contract.drafted": _("起草合同"),
    "contract.changed": _("修改合同"),
    "contract.reviewed": _("评审合同"),
    "contract.returned": _("退回合同"),
    "contract.signed": _("签订合同"),
    "contract.archived": _("合同归档"),
    "contract.terminated": _("终止合同"),
    "contract.staff_changed": _("合同换人负责"),
    "contract.renewal_planned": _("安排续签沟通"),
    "contract.payment_missed": _("到期未收款"),
    "contract.payment_chased": _("催款"),
    "contract.payment_received": _("收到款项"),
    "project.created": _("建立项目"),
    "project.changed": _("修改项目"),
    "project.manager_assigned": _("指派项目客户经理"),
    "project.plan_confirmed": _("客户确认服务计划"),
    "project.service_started": _("项目开工"),
    "project.progressed": _("更新项目进度"),
    "project.stage_finished": _("完成项目阶段"),
    "project.contacted": _("与客户沟通项目"),
    "project.opinion_heard": _("听取客户对项目的意见"),
    "project.case_opened": _("项目意见转为事项"),
    "project.completed": _("项目完工"),
}
