"""Roles as classes: what each is called, what it is for, what it may do, how far it sees by default.

A role is granted to a person by the security administrator. Posts (岗位) are something else: a post is what a
regulation names as an owner, and needs no permission of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.people.enums import Permission as P
from keyue.people.enums import Scope

READING = frozenset({P.CASE_VIEW, P.CUSTOMER_VIEW, P.REGULATION_VIEW, P.ARTICLE_VIEW, P.CONVERSATION_VIEW})


class Role:
    """Base of all roles; never granted itself."""

    code: ClassVar[str]
    display_name: ClassVar[Promise]
    description: ClassVar[Promise]
    permissions: ClassVar[frozenset[P]]
    default_scope: ClassVar[Scope]
    is_administrator: ClassVar[bool] = False


class ServiceAgent(Role):
    code = "service_agent"
    display_name = _("客服专员")
    description = _("受理、分类、告知客户、回访；能看到全部事项。")
    default_scope = Scope.ALL
    permissions = READING | {
        P.CONVERSATION_ANSWER,
        P.CASE_REGISTER,
        P.CASE_CLASSIFY,
        P.CASE_NOTE,
        P.CASE_TAKE,
        P.CASE_RETURN,
        P.CASE_PLAN,
        P.CASE_SOLVE,
        P.CASE_TELL_CUSTOMER,
        P.CASE_FOLLOW_UP,
        P.CASE_PAUSE,
        P.CASE_CLOSE,
        P.WAIVER_REQUEST,
        P.EXPORT_REQUEST,
        P.CUSTOMER_EDIT,
        P.CUSTOMER_REVEAL,
        P.ARTICLE_EDIT,
    }


class ServiceSupervisor(Role):
    code = "service_supervisor"
    display_name = _("客服主管")
    description = _(
        "每日审核、评估定级、分派，批准免除、延期与非满意关闭，导入事项，应客户要求删除个人信息。"
    )
    default_scope = Scope.ALL
    permissions = ServiceAgent.permissions | {
        P.CONVERSATION_MANAGE,
        P.CASE_REVIEW,
        P.CASE_ASSESS,
        P.CASE_ASSIGN,
        P.CASE_HAND_OUT,
        P.CASE_ACKNOWLEDGE,
        P.CASE_CLOSE_APPROVE,
        P.CASE_IMPORT,
        P.WAIVER_APPROVE,
        P.EXTENSION_APPROVE,
        P.EXPORT_APPROVE,
        P.CUSTOMER_ERASE,
        P.CUSTOMER_ASSIGN,
        P.CUSTOMER_MERGE,
        P.CUSTOMER_IMPORT,
        P.CONTRACT_VIEW,
        P.PRIVACY_HANDLE,
        P.REPORT_VIEW,
        P.ARTICLE_APPROVE,
    }


class DepartmentStaff(Role):
    code = "department_staff"
    display_name = _("部门处理人员")
    description = _("领取本部门的事项，提交方案，处理并登记结果；可以附理由退回。")
    default_scope = Scope.DEPARTMENT
    permissions = READING | {
        P.CONVERSATION_ANSWER,
        P.CASE_NOTE,
        P.CASE_TAKE,
        P.CASE_RETURN,
        P.CASE_PLAN,
        P.CASE_SOLVE,
        P.CASE_TELL_CUSTOMER,
        P.CASE_PAUSE,
        P.WAIVER_REQUEST,
        P.ARTICLE_EDIT,
    }


class DepartmentHead(Role):
    code = "department_head"
    display_name = _("部门负责人")
    description = _("部门处理人员的全部权限，另可把约定派给个人、确认紧急事项、看本部门统计。")
    default_scope = Scope.DEPARTMENT_TREE
    permissions = DepartmentStaff.permissions | {
        P.CASE_HAND_OUT,
        P.CASE_ACKNOWLEDGE,
        P.EXPORT_REQUEST,
        P.REPORT_VIEW,
        P.ARTICLE_APPROVE,
    }


class AccountManager(Role):
    code = "account_manager"
    display_name = _("客户经理")
    description = _("开发与维护自己的客户，跟进需求、商机、合同与项目，登记意见与投诉，答复与回访。")
    default_scope = Scope.DEPARTMENT
    permissions = READING | {
        P.CONVERSATION_ANSWER,
        P.LEAD_REGISTER,
        P.OPPORTUNITY_EDIT,
        P.CONTRACT_VIEW,
        P.CONTRACT_EDIT,
        P.CASE_REGISTER,
        P.CASE_NOTE,
        P.CASE_TAKE,
        P.CASE_TELL_CUSTOMER,
        P.CASE_FOLLOW_UP,
        P.CASE_PAUSE,
        P.WAIVER_REQUEST,
        P.CUSTOMER_EDIT,
        P.CUSTOMER_REVEAL,
    }


class SalesManager(Role):
    code = "sales_manager"
    display_name = _("销售负责人")
    description = _(
        "管理客户开发：公海、撞单、目标与商机；起草分级标准，决定客户等级，指派客户经理，评审合同。"
    )
    default_scope = Scope.DEPARTMENT_TREE
    permissions = AccountManager.permissions | {
        P.LEAD_MANAGE,
        P.GRADING_EDIT,
        P.GRADE_DECIDE,
        P.CUSTOMER_ASSIGN,
        P.CONTRACT_REVIEW,
        P.REPORT_VIEW,
        P.EXPORT_REQUEST,
    }


class ArchiveKeeper(Role):
    code = "archive_keeper"
    display_name = _("客户档案管理员")
    description = _("管好全公司的客户档案：检查、查重、合并、导入，设置档案的字段与核实规则。")
    default_scope = Scope.ALL
    permissions = READING | {
        P.CUSTOMER_EDIT,
        P.CUSTOMER_REVEAL,
        P.CUSTOMER_ASSIGN,
        P.CUSTOMER_MERGE,
        P.CUSTOMER_IMPORT,
        P.CUSTOMER_CONFIGURE,
        P.CONTRACT_VIEW,
        P.EXPORT_REQUEST,
        P.REPORT_VIEW,
    }


class PrivacyOfficer(Role):
    code = "privacy_officer"
    display_name = _("个人信息保护负责人")
    description = _("处理个人信息权利请求，设置法律保全与保存期限，批准查看客户的授权，删除个人信息。")
    default_scope = Scope.ALL
    permissions = READING | {
        P.CUSTOMER_REVEAL,
        P.CUSTOMER_ERASE,
        P.ACCESS_APPROVE,
        P.PRIVACY_HANDLE,
        P.LEGAL_HOLD,
    }


class QualityManager(Role):
    code = "quality_manager"
    display_name = _("制度管理员")
    description = _("编写与启用制度、维护工作日历、看全部事项与统计；批准由管理层做出。")
    default_scope = Scope.ALL
    permissions = READING | {
        P.REGULATION_EDIT,
        P.REGULATION_ADOPT,
        P.CALENDAR_EDIT,
        P.ARTICLE_EDIT,
        P.REPORT_VIEW,
        P.EXPORT_REQUEST,
        P.CONTRACT_VIEW,
    }


class Inspector(Role):
    code = "inspector"
    display_name = _("督察员")
    description = _("查看全部事项、制度与统计，不改动任何一项。")
    default_scope = Scope.ALL
    permissions = READING | {P.REPORT_VIEW, P.CONTRACT_VIEW}


class Executive(Role):
    code = "executive"
    display_name = _("管理层")
    description = _(
        "查看全部，批准制度、分级标准、免除、延期、导出、查看授权与非满意关闭，评审合同，确认紧急事项。"
    )
    default_scope = Scope.ALL
    permissions = READING | {
        P.REPORT_VIEW,
        P.REGULATION_APPROVE,
        P.WAIVER_APPROVE,
        P.EXTENSION_APPROVE,
        P.EXPORT_APPROVE,
        P.CASE_CLOSE_APPROVE,
        P.CASE_ACKNOWLEDGE,
        P.ACCESS_APPROVE,
        P.GRADING_APPROVE,
        P.GRADE_DECIDE,
        P.CONTRACT_VIEW,
        P.CONTRACT_REVIEW,
    }


class SystemAdministrator(Role):
    code = "system_administrator"
    display_name = _("系统管理员")
    description = _("建立账号、部门与岗位，维护系统设置与渠道；不授予角色，不查阅审计记录。")
    default_scope = Scope.OWN
    is_administrator = True
    permissions = frozenset(
        {
            P.STAFF_VIEW,
            P.STAFF_MANAGE,
            P.STAFF_UNLOCK,
            P.ORGANISATION_MANAGE,
            P.SETTINGS_EDIT,
            P.CHANNELS_MANAGE,
        }
    )


class SecurityAdministrator(Role):
    code = "security_administrator"
    display_name = _("安全管理员")
    description = _("授予与收回角色，维护登录安全规则与接口令牌；不建立账号，不查阅审计记录。")
    default_scope = Scope.OWN
    is_administrator = True
    permissions = frozenset(
        {P.STAFF_VIEW, P.STAFF_UNLOCK, P.ROLES_MANAGE, P.SECURITY_MANAGE, P.TOKENS_MANAGE}
    )


class AuditAdministrator(Role):
    code = "audit_administrator"
    display_name = _("审计管理员")
    description = _("查阅审计记录，核对其他管理员的操作；不改动人员、权限与设置。")
    default_scope = Scope.OWN
    is_administrator = True
    permissions = frozenset({P.STAFF_VIEW, P.AUDIT_READ})


ROLES: dict[str, type[Role]] = {
    role.code: role
    for role in (
        ServiceAgent,
        ServiceSupervisor,
        DepartmentStaff,
        DepartmentHead,
        AccountManager,
        SalesManager,
        ArchiveKeeper,
        PrivacyOfficer,
        QualityManager,
        Inspector,
        Executive,
        SystemAdministrator,
        SecurityAdministrator,
        AuditAdministrator,
    )
}

ADMINISTRATORS = frozenset(code for code, role in ROLES.items() if role.is_administrator)


def roles_with(permission: P) -> list[type[Role]]:
    """The roles that carry `permission`."""
    return [role for role in ROLES.values() if permission in role.permissions]
