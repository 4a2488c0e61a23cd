"""The words of the audit page: kinds of facts, of things and of ways, and what records may be taken along for."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.people.enums import Scope

AUDIT_PURPOSES: dict[str, Promise] = {
    "internal_audit": _("内部审计"),
    "supervision": _("监管部门检查"),
    "incident": _("安全事件调查"),
    "dispute": _("投诉或争议举证"),
    # nobody chooses it: opening the page is for this
    "audit": _("审计查阅"),
}
EXPORT_PURPOSES = ("internal_audit", "supervision", "incident", "dispute")

SUBJECT_LABELS: dict[str, Promise] = {
    "customer": _("客户"),
    "case": _("事项"),
    "user": _("人员"),
    "department": _("部门"),
    "post": _("岗位"),
    "regulation": _("制度"),
    "approval_steps": _("审批步骤"),
    "calendar": _("工作日历"),
    "installation": _("系统"),
    "company": _("公司"),
    "import": _("导入"),
}
TRAIL_KINDS = ("customer", "case", "installation")

VIA_LABELS: dict[str, Promise] = {
    "web": _("网页"),
    "api": _("接口"),
    "export": _("导出"),
}

FACT_GROUPS: tuple[tuple[Promise, dict[str, Promise]], ...] = (
    (
        _("登录"),
        {
            "user.signed_in": _("登录"),
            "user.signed_out": _("退出"),
            "user.sign_in_failed": _("登录失败"),
            "user.locked": _("账号锁定"),
            "user.unlocked": _("账号解锁"),
            "user.session_ended": _("结束登录"),
        },
    ),
    (
        _("账号"),
        {
            "user.created": _("建立账号"),
            "user.changed": _("修改账号"),
            "user.left": _("离职停用"),
            "user.returned": _("恢复账号"),
            "user.password_changed": _("修改密码"),
            "user.password_reset": _("重置密码"),
            "user.code_set_up": _("设置动态码"),
            "user.code_removed": _("取消动态码"),
            "user.recovery_codes_made": _("生成备用码"),
            "user.recovery_code_used": _("使用备用码"),
            "user.token_issued": _("签发令牌"),
            "user.token_revoked": _("撤销令牌"),
        },
    ),
    (
        _("权限"),
        {
            "user.role_granted": _("授予角色"),
            "user.role_revoked": _("收回角色"),
            "user.administrators_joined": _("系统与安全兼任"),
            "user.delegated": _("委托代理"),
            "user.delegation_ended": _("结束委托"),
            "installation.security_policy_changed": _("修改安全规则"),
        },
    ),
    (
        _("部门与岗位"),
        {
            "department.created": _("建立部门"),
            "department.renamed": _("部门改名"),
            "department.moved": _("部门移动"),
            "department.head_set": _("指定部门负责人"),
            "department.closed": _("撤销部门"),
            "post.created": _("建立岗位"),
            "post.changed": _("修改岗位"),
            "post.holders_set": _("指定岗位人员"),
            "post.removed": _("撤销岗位"),
        },
    ),
    (
        _("制度与系统"),
        {
            "company.founded": _("建立公司"),
            "company.changed": _("修改公司资料"),
            "calendar.published": _("发布工作日历"),
            "regulation.edition_drafted": _("起草版本"),
            "regulation.edition_approved": _("批准版本"),
            "regulation.edition_published": _("发布版本"),
            "regulation.edition_revised": _("修改草案"),
            "regulation.edition_submitted": _("送审版本"),
            "regulation.review_decided": _("审批版本"),
            "regulation.edition_returned": _("退回草案"),
            "regulation.edition_withdrawn": _("撤回草案"),
            "regulation.readers_asked": _("请人阅读"),
            "regulation.reading_confirmed": _("确认阅读"),
            "regulation.test_failed": _("测验未通过"),
            "regulation.readers_reminded": _("催办阅读"),
            "regulation.receipts_exported": _("导出阅读确认"),
            "regulation.rebasing_asked": _("申请改按新版"),
            "regulation.rebasing_decided": _("审批改按新版"),
            "approval_steps.set": _("设置审批步骤"),
            "what_if.asked": _("提出推演"),
            "what_if.cancelled": _("取消推演"),
            "import.started": _("开始导入"),
            "import.stopped": _("停止导入"),
            "import.finished": _("导入完成"),
            "import.cleared": _("清除导入的文件"),
            "ledger.verified": _("核验台账"),
            "ledger.audit_exported": _("导出审计记录"),
            "ledger.copies_set_aside": _("移开检查点副本"),
            "fact.voided": _("撤销事实"),
            "key.destroyed": _("销毁密钥"),
            "outbox.retried": _("重发消息"),
        },
    ),
)
FACT_LABELS: dict[str, Promise] = {
    kind: label for _name, group in FACT_GROUPS for kind, label in group.items()
}

FIELD_LABELS: dict[str, Promise] = {
    "role": _("角色"),
    "roles": pgettext_lazy("列表", "角色"),
    "scope": _("数据范围"),
    "departments": pgettext_lazy("列表", "部门"),
    "department": _("部门"),
    "reason": _("原因"),
    "name": _("名称"),
    "posts": pgettext_lazy("列表", "岗位"),
    "post": _("岗位"),
    "head": _("负责人"),
    "holders": _("人员"),
    "until": _("至"),
    "problems": _("问题"),
    "sample": _("抽查"),
    "rows": _("条数"),
    "purpose": _("目的"),
    "what": _("内容"),
    "n": _("版本"),
    "joined": _("兼任"),
    "address": _("地址"),
    "edition": _("版本"),
    "title": _("标题"),
    "effective_from": _("生效"),
    "reports_to": _("上级岗位"),
    "parent": _("上级部门"),
    "removed": _("移出"),
    "to": _("受托人"),
    "factors": _("验证方式"),
    "failures": _("失败次数"),
    "minutes": _("锁定分钟"),
    "must_change": _("下次须改"),
    "fields": _("字段"),
    "changes": _("改动"),
    "count": _("数量"),
    "before": _("原为"),
    "company": _("公司"),
    "demo": _("演示"),
    "file": _("文件"),
}

# codes that a fact keeps, as people say them
VALUE_LABELS: dict[tuple[str, str], object] = {
    **{("scope", scope.value): scope.label for scope in Scope},
    ("factors", "password"): _("密码"),
    ("factors", "totp"): _("动态口令"),
    ("factors", "recovery_code"): _("恢复码"),
}
