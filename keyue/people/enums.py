"""Closed lists of the people room, each member with its Chinese label."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """What a person may be allowed to do. Stable values: API tokens store them."""

    CASE_REGISTER = "case.register"
    CASE_VIEW = "case.view"
    CASE_CLASSIFY = "case.classify"
    CASE_REVIEW = "case.review"
    CASE_ASSESS = "case.assess"
    CASE_ASSIGN = "case.assign"
    CASE_HAND_OUT = "case.hand_out"
    CASE_TAKE = "case.take"
    CASE_RETURN = "case.return"
    CASE_PLAN = "case.plan"
    CASE_SOLVE = "case.solve"
    CASE_NOTE = "case.note"
    CASE_TELL_CUSTOMER = "case.tell_customer"
    CASE_FOLLOW_UP = "case.follow_up"
    CASE_PAUSE = "case.pause"
    CASE_ACKNOWLEDGE = "case.acknowledge"
    CASE_CLOSE = "case.close"
    CASE_CLOSE_APPROVE = "case.close_approve"
    CASE_IMPORT = "case.import"
    WAIVER_REQUEST = "waiver.request"
    WAIVER_APPROVE = "waiver.approve"
    EXTENSION_APPROVE = "extension.approve"
    EXPORT_REQUEST = "export.request"
    EXPORT_APPROVE = "export.approve"
    CUSTOMER_VIEW = "customer.view"
    CUSTOMER_EDIT = "customer.edit"
    CUSTOMER_REVEAL = "customer.reveal"
    CUSTOMER_ERASE = "customer.erase"
    CUSTOMER_ASSIGN = "customer.assign"
    CUSTOMER_MERGE = "customer.merge"
    CUSTOMER_IMPORT = "customer.import"
    CUSTOMER_CONFIGURE = "customer.configure"
    ACCESS_APPROVE = "access.approve"
    GRADING_EDIT = "grading.edit"
    GRADING_APPROVE = "grading.approve"
    GRADE_DECIDE = "grade.decide"
    LEAD_REGISTER = "lead.register"
    LEAD_MANAGE = "lead.manage"
    OPPORTUNITY_EDIT = "opportunity.edit"
    ARTICLE_VIEW = "article.view"
    ARTICLE_EDIT = "article.edit"
    ARTICLE_APPROVE = "article.approve"
    CONTRACT_VIEW = "contract.view"
    CONTRACT_EDIT = "contract.edit"
    CONTRACT_REVIEW = "contract.review"
    PRIVACY_HANDLE = "privacy.handle"
    LEGAL_HOLD = "legal.hold"
    REGULATION_VIEW = "regulation.view"
    REGULATION_EDIT = "regulation.edit"
    REGULATION_APPROVE = "regulation.approve"
    REGULATION_ADOPT = "regulation.adopt"
    CALENDAR_EDIT = "calendar.edit"
    REPORT_VIEW = "report.view"
    STAFF_VIEW = "staff.view"
    STAFF_MANAGE = "staff.manage"
    STAFF_UNLOCK = "staff.unlock"
    ORGANISATION_MANAGE = "organisation.manage"
    ROLES_MANAGE = "roles.manage"
    SECURITY_MANAGE = "security.manage"
    TOKENS_MANAGE = "tokens.manage"
    AUDIT_READ = "audit.read"
    SETTINGS_EDIT = "settings.edit"
    CHANNELS_MANAGE = "channels.manage"
    CONVERSATION_VIEW = "conversation.view"
    CONVERSATION_ANSWER = "conversation.answer"
    CONVERSATION_MANAGE = "conversation.manage"


PERMISSION_LABELS: dict[Permission, Promise] = {
    Permission.CASE_REGISTER: _("登记事项"),
    Permission.CASE_VIEW: _("查看事项"),
    Permission.CASE_CLASSIFY: _("初步分类"),
    Permission.CASE_REVIEW: _("每日审核"),
    Permission.CASE_ASSESS: _("影响评估与定级"),
    Permission.CASE_ASSIGN: _("分派事项"),
    Permission.CASE_HAND_OUT: _("部门内派给个人"),
    Permission.CASE_TAKE: _("领取约定"),
    Permission.CASE_RETURN: _("退回任务"),
    Permission.CASE_PLAN: _("提交方案"),
    Permission.CASE_SOLVE: _("登记解决"),
    Permission.CASE_NOTE: _("写内部备注"),
    Permission.CASE_TELL_CUSTOMER: _("告知客户"),
    Permission.CASE_FOLLOW_UP: _("回访客户"),
    Permission.CASE_PAUSE: _("停表与恢复"),
    Permission.CASE_ACKNOWLEDGE: _("确认紧急事项"),
    Permission.CASE_CLOSE: _("关闭事项"),
    Permission.CASE_CLOSE_APPROVE: _("批准非满意关闭"),
    Permission.CASE_IMPORT: _("导入事项"),
    Permission.WAIVER_REQUEST: _("申请免除或延期"),
    Permission.WAIVER_APPROVE: _("批准免除"),
    Permission.EXTENSION_APPROVE: _("批准延期"),
    Permission.EXPORT_REQUEST: _("申请导出"),
    Permission.EXPORT_APPROVE: _("批准导出"),
    Permission.CUSTOMER_VIEW: _("查看客户"),
    Permission.CUSTOMER_EDIT: _("维护客户档案"),
    Permission.CUSTOMER_REVEAL: _("查看客户个人信息"),
    Permission.CUSTOMER_ERASE: _("删除客户个人信息"),
    Permission.CUSTOMER_ASSIGN: _("指派客户经理"),
    Permission.CUSTOMER_MERGE: _("合并与拆开客户档案"),
    Permission.CUSTOMER_IMPORT: _("导入客户档案"),
    Permission.CUSTOMER_CONFIGURE: _("设置客户档案的字段与规则"),
    Permission.ACCESS_APPROVE: _("批准查看客户的授权"),
    Permission.GRADING_EDIT: _("起草分级标准"),
    Permission.GRADING_APPROVE: _("批准分级标准"),
    Permission.GRADE_DECIDE: _("决定客户等级"),
    Permission.LEAD_REGISTER: _("报备与领取客户"),
    Permission.LEAD_MANAGE: _("管理公海、撞单与开发目标"),
    Permission.OPPORTUNITY_EDIT: _("跟进需求与商机"),
    Permission.ARTICLE_VIEW: _("查看知识库"),
    Permission.ARTICLE_EDIT: _("编写知识库文章"),
    Permission.ARTICLE_APPROVE: _("批准知识库文章"),
    Permission.CONTRACT_VIEW: _("查看合同与项目"),
    Permission.CONTRACT_EDIT: _("维护合同与项目"),
    Permission.CONTRACT_REVIEW: _("评审合同"),
    Permission.PRIVACY_HANDLE: _("处理个人信息权利请求"),
    Permission.LEGAL_HOLD: _("设置与解除法律保全"),
    Permission.REGULATION_VIEW: _("查看制度"),
    Permission.REGULATION_EDIT: _("编写制度"),
    Permission.REGULATION_APPROVE: _("批准制度"),
    Permission.REGULATION_ADOPT: _("启用制度"),
    Permission.CALENDAR_EDIT: _("维护工作日历"),
    Permission.REPORT_VIEW: _("查看统计"),
    Permission.STAFF_VIEW: _("查看人员账号"),
    Permission.STAFF_MANAGE: _("管理人员账号"),
    Permission.STAFF_UNLOCK: _("解锁账号"),
    Permission.ORGANISATION_MANAGE: _("管理部门与岗位"),
    Permission.ROLES_MANAGE: _("授予与收回角色"),
    Permission.SECURITY_MANAGE: _("维护登录安全规则"),
    Permission.TOKENS_MANAGE: _("管理接口令牌"),
    Permission.AUDIT_READ: _("查阅审计记录"),
    Permission.SETTINGS_EDIT: _("修改系统设置"),
    Permission.CHANNELS_MANAGE: _("管理渠道"),
    Permission.CONVERSATION_VIEW: _("查看会话"),
    Permission.CONVERSATION_ANSWER: _("接待客户会话"),
    Permission.CONVERSATION_MANAGE: _("分派与转接会话"),
}

# what keeps the installation itself: no delegation passes it on, and an API token only where it is named
ADMINISTRATION = frozenset(
    {
        Permission.STAFF_VIEW,
        Permission.STAFF_MANAGE,
        Permission.STAFF_UNLOCK,
        Permission.ORGANISATION_MANAGE,
        Permission.ROLES_MANAGE,
        Permission.SECURITY_MANAGE,
        Permission.TOKENS_MANAGE,
        Permission.AUDIT_READ,
        Permission.SETTINGS_EDIT,
        Permission.CHANNELS_MANAGE,
    }
)


class Scope(TextChoices):
    """How far a role's sight reaches, from narrow to wide."""

    OWN = "own", _("本人")
    DEPARTMENT = "department", _("本部门")
    DEPARTMENT_TREE = "department_tree", _("本部门及下级")
    CHOSEN = "chosen", _("指定部门")
    ALL = "all", _("全部")


class Language(TextChoices):
    """Languages of the interface; empty = as the browser asks."""

    BROWSER = "", _("跟随浏览器")
    CHINESE = "zh-hans", _("简体中文")
    ENGLISH = "en", _("English")


class Theme(TextChoices):
    """Light or dark; empty = as the system says."""

    SYSTEM = "", _("跟随系统")
    LIGHT = "light", _("浅色")
    DARK = "dark", _("深色")


class Density(TextChoices):
    """Height of rows."""

    NORMAL = "", _("标准")
    COMPACT = "compact", _("紧凑")


class SessionEnd(TextChoices):
    """Why a session ended; shown on the sign-in page."""

    IDLE = "idle", _("长时间没有操作，已自动退出。")
    ABSOLUTE = "absolute", _("登录已满最长时限，请重新登录。")
    ELSEWHERE = "elsewhere", _("登录已失效：账号在别处登录、密码已更改，或会话被结束。")
    LOCKED = "locked", _("密码多次输错，账号已锁定，您已退出登录。请稍后再试，或请管理员解锁。")
    SIGNED_OUT = "signed_out", _("已退出登录。")
