"""The words of the audit page: kinds of facts, of things and of ways, and what records may be taken along for.

A test says that none is missing of what the rooms record.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.channels.webhook.fact_words import FACT_WORDS as OUTLETS
from keyue.compliance.control_names import FACTS
from keyue.contracts.fact_words import FACT_WORDS as CONTRACTS
from keyue.conversations.fact_words import FACT_WORDS as CONVERSATIONS
from keyue.customers.enums import Purpose
from keyue.customers.guard_facts import FACT_WORDS as GUARD
from keyue.customers.guard_facts import SUBJECT_WORDS as GUARDED
from keyue.customers.upkeep_words import FACT_WORDS as ARCHIVE
from keyue.grading.fact_words import FACT_WORDS as GRADING
from keyue.knowledge.fact_words import FACT_WORDS as KNOWLEDGE
from keyue.people.enums import Scope
from keyue.privacy.fact_words import FACT_WORDS as PRIVACY
from keyue.sales.wording import FACT_WORDS as SALES
from keyue.sorting.fact_words import FACT_WORDS as SORTING
from keyue.sorting.fact_words import SUBJECT_WORDS as SORTED

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
    "what_if": _("推演"),
    "evidence_pack": _("证据包"),
    "calendar": _("工作日历"),
    "installation": _("系统"),
    "company": _("公司"),
    "import": _("导入"),
    "lead": _("线索"),
    "pool": _("公海客户"),
    "plan": _("服务方案"),
    "opportunity": _("商机"),
    "target": _("开发目标"),
    "sales_rules": _("客户开发规则"),
    "channel": _("渠道"),
    "outlet": _("推送去处"),
    "conversation": _("会话"),
    "party": _("渠道身份"),
    "contract": _("合同"),
    "project": _("项目"),
    "archive": _("客户档案"),
    "grading": _("分级标准"),
    "article": _("文章"),
    "knowledge": _("知识库"),
    "script": _("话术与排查流程"),
    "speech": _("对客用语规则"),
    "language_model": _("语言模型"),
    "grading_run": _("等级计算"),
    "privacy": _("个人信息处理规则"),
    **GUARDED,
    **SORTED,
}
TRAIL_KINDS = ("customer", "case", "regulation", "company", "installation")

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
        pgettext_lazy("列表", "制度"),
        {
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
            "company.edition_in_force": _("制度版本施行"),
            "company.attested": _("公司声明"),
            "company.shift_gap_found": _("热线没有人值班"),
            "company.shift_gap_filled": _("热线又有人值班"),
            "what_if.asked": _("提出推演"),
            "what_if.cancelled": _("取消推演"),
            "evidence_pack.asked": _("申请证据包"),
            "evidence_pack.made": _("制成证据包"),
            "evidence_pack.failed": _("证据包未制成"),
            "evidence_pack.downloaded": _("下载证据包"),
        },
    ),
    (_("客户档案"), dict(ARCHIVE)),
    (_("客户开发"), dict(SALES)),
    (_("客户分级"), dict(GRADING)),
    (_("合同与项目"), dict(CONTRACTS)),
    (_("知识库"), dict(KNOWLEDGE)),
    (_("分拣与问题"), dict(SORTING)),
    (_("渠道与会话"), {**CONVERSATIONS, **OUTLETS}),
    (_("个人信息"), dict(PRIVACY)),
    (_("客户资料的进出与查看"), dict(GUARD)),
    (
        _("系统"),
        {
            "company.founded": _("建立公司"),
            "company.changed": _("修改公司资料"),
            "calendar.published": _("发布工作日历"),
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

EVERY_FACT: dict[str, Promise] = {
    **FACT_LABELS,
    # what stands on the chain of a customer or of a case, where one is asked for by its number
    **{kind: label for kind, label in FACTS.items() if kind.startswith("case.")},
    **{kind: label for kind, label in FACTS.items() if kind.startswith("customer.")},
    "promise.held": _("指定约定的负责人"),
    "promise.waiver_requested": _("申请免除约定"),
    "promise.waiver_approved": _("批准免除约定"),
    "promise.waiver_declined": _("不同意免除约定"),
    "promise.extension_requested": _("申请延期"),
    "promise.extension_approved": _("批准延期"),
    "promise.extension_declined": _("不同意延期"),
    "promise.rebased": _("约定改按新版"),
    "promise.broken": _("约定逾期"),
    "promise.retracted": _("撤回逾期"),
    "control.failed": _("控制算不出"),
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
    "regulation": _("制度"),
    "clause": _("条款"),
    "control": _("控制"),
    "first": _("从"),
    "last": _("到"),
    "promises": _("约定"),
    "done": _("已推演"),
    "based_on": _("修订自版本"),
    "faults": _("待改处"),
    "turn": _("第几次送审"),
    "steps": _("步骤"),
    "step": _("步骤"),
    "approved": _("同意"),
    "why": _("说明"),
    "interpreter": _("解释岗位"),
    "review_on": _("复审日期"),
    "audience": _("告知范围"),
    "test": _("测验"),
    "pass": _("及格题数"),
    "questions": _("题数"),
    "people": _("人员"),
    "person": _("人员"),
    "score": _("答对"),
    "of": _("题数"),
    "made": _("新建"),
    "known": _("已有"),
    "bad": _("未导入"),
    "overdue": _("已逾期"),
}

# codes that a fact keeps, as people say them
VALUE_LABELS: dict[tuple[str, str], object] = {
    **{("scope", scope.value): scope.label for scope in Scope},
    ("factors", "password"): _("密码"),
    ("factors", "totp"): _("动态口令"),
    ("factors", "recovery_code"): _("恢复码"),
    **{("purpose", purpose): label for purpose, label in AUDIT_PURPOSES.items()},
    **{("purpose", purpose.value): purpose.label for purpose in Purpose},
}
