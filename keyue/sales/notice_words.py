"""What notices of this room say, and the pages they lead to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keyue.promises import told


def register() -> None:
    """Let them be worded so wherever notices stand."""
    told.register("lead_conflict", _("%(number)s 报备的与您的线索或客户相近，等销售负责人裁定"))
    told.register("lead_settled", _("%(number)s 的撞单已裁定"))
    told.register("lead_expiring", _("%(number)s 的保护快到期了"), "sales:lead")
    told.register("lead_expired", _("%(number)s 的保护已到期，别人可以报备"), "sales:lead")
    told.register("customer_idle", _("%(number)s 很久没有联系，%(day)s 起回收到公海"), "customers:page")
    told.register("customer_recycled", _("%(number)s 很久没有联系，已回收到公海"))
    told.register("plan_confirmed", _("客户确认了服务方案 %(number)s"), "customers:page")
    told.register("plan_changes", _("客户要求修改服务方案 %(number)s"), "customers:page")
