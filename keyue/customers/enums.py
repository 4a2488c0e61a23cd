"""Closed lists of the customers room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a customer is. An organisation's name is public, a person's is sealed."""

    ORGANISATION = "organisation", _("单位")
    PERSON = "person", _("个人")


class Grade(TextChoices):
    """How important a customer is; the highest first."""

    A = "A", _("A 级")
    B = "B", _("B 级")
    C = "C", _("C 级")
    D = "D", _("D 级")


class Stage(TextChoices):
    """Where a customer stands in the life of the relation, from first sight to the past: S1-2."""

    PROSPECT = "prospect", _("潜在客户")
    INTENT = "intent", _("意向客户")
    SIGNED = "signed", _("签约客户")
    PAST = "past", _("历史客户")


class LossReason(TextChoices):
    """Why a customer works with the company no more."""

    PRICE = "price", _("价格")
    QUALITY = "quality", _("产品或工程质量")
    SERVICE = "service", _("服务")
    COMPETITOR = "competitor", _("选了别家")
    CLOSED = "closed", _("停业或需求消失")
    CREDIT = "credit", _("信用或回款")
    OTHER = "other", _("其他")


class Background(TextChoices):
    """What came of looking into a customer's background and credit before anything is agreed: S1 补1."""

    SOUND = "sound", _("没有发现问题")
    LIMITED = "limited", _("可以往来，有限制")
    REFUSED = "refused", _("不宜往来")


class Credit(TextChoices):
    """What the company knows of a customer's credit: S1-4.2; empty where nothing is known."""

    EXCELLENT = "excellent", _("优")
    GOOD = "good", _("良")
    FAIR = "fair", _("中")
    POOR = "poor", _("差")


class Secrecy(TextChoices):
    """How far a customer's file may be seen, from wide to narrow."""

    NORMAL = "normal", _("普通")
    INTERNAL = "internal", _("内部")
    SECRET = "secret", _("机密")


class Part(TextChoices):
    """The part a contact plays where their organisation decides: S1-4.2."""

    DECIDER = "decider", _("决策人")
    APPROVER = "approver", _("最终批准")
    INFLUENCER = "influencer", _("影响人")
    USER = "user", _("使用人")
    BUYER = "buyer", _("采购")
    FINANCE = "finance", _("财务")
    OTHER = "other", _("其他")


class Stance(TextChoices):
    """How a contact is disposed towards the company; empty where nobody has said."""

    SUPPORTS = "supports", _("支持")
    NEUTRAL = "neutral", _("中立")
    OPPOSES = "opposes", _("反对")
    UNKNOWN = "unknown", _("未知")


class Source(TextChoices):
    """How the company came to know a customer."""

    PORTAL = "portal", _("公众网页")
    PHONE = "phone", _("电话")
    EMAIL = "email", _("邮件")
    CHAT = "chat", _("在线会话")
    VISIT = "visit", _("来访或走访")
    REFERRAL = "referral", _("他人介绍")
    TENDER = "tender", _("招标投标")
    EXHIBITION = "exhibition", _("展会活动")
    IMPORT = "import", _("表格导入")
    API = "api", _("接口")
    OTHER = "other", _("其他")


class LegalBasis(TextChoices):
    """Why personal data may be kept: 个人信息保护法 article 13."""

    CONSENT = "consent", _("取得个人同意")
    CONTRACT = "contract", _("订立或履行合同所必需")
    DUTY = "duty", _("履行法定职责或法定义务所必需")
    EMERGENCY = "emergency", _("应对突发事件或紧急情况所必需")
    PUBLISHED = "published", _("已合法公开的个人信息")
    LAW = "law", _("法律法规规定的其他情形")


class Channel(TextChoices):
    """How a contact likes to be reached."""

    PHONE = "phone", _("电话")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    WECHAT = "wechat", _("微信")
    PORTAL = "portal", _("进度页")


class Revealable(TextChoices):
    """A field that stands masked until somebody says what they need it for."""

    NAME = "name", _("姓名")
    PHONE = "phone", _("电话")
    EMAIL = "email", _("邮箱")


class Purpose(TextChoices):
    """What a personal field is looked at for. A closed list: the access trail keeps it for ever, so nobody's data
    may get in."""

    HANDLE_CASE = "handle_case", _("处理事项")
    CONTACT = "contact", _("联系客户")
    FOLLOW_UP = "follow_up", _("回访")
    VERIFY = "verify", _("核实身份")
    CORRECT = "correct", _("更正资料")
    LEGAL = "legal", _("依法提供")


class ErasureReason(TextChoices):
    """Why personal data is erased: 个人信息保护法 article 47."""

    PURPOSE_DONE = "purpose_done", _("目的已实现、无法实现或不再必要")
    SERVICE_ENDED = "service_ended", _("停止提供产品或服务，或保存期限已满")
    WITHDRAWN = "withdrawn", _("个人撤回同意")
    UNLAWFUL = "unlawful", _("违反法律法规或约定处理")
    REQUESTED = "requested", _("个人要求删除")
    # nobody chooses it: `restore` does
    REPEATED = "repeated", _("恢复备份后再次执行")


class GrantPurpose(TextChoices):
    """What somebody asks to see a customer for who is not theirs to see: S1-7.2."""

    COVER = "cover", _("代为接待或接手")
    JOINT = "joint", _("协同服务或联合项目")
    COMPLAINT = "complaint", _("处理投诉或纠纷")
    CONTRACT = "contract", _("合同评审与履行")
    AUDIT = "audit", _("检查与审计")
    OTHER = "other", _("其他")


class GrantState(TextChoices):
    """Where a request to look stands."""

    ASKED = "asked", _("等待批准")
    APPROVED = "approved", _("有效")
    REFUSED = "refused", _("不同意")
    ENDED = "ended", _("已收回")


class ReadingWindow(TextChoices):
    """What of somebody's reading is compared with the limit and with their usual."""

    HOUR = "hour", _("一小时查看客户数")
    DAY = "day", _("一天查看客户数")
    REVEALS = "reveals", _("一天查看个人信息次数")
    DOWNLOADS = "downloads", _("一天下载次数")


class FieldKind(TextChoices):
    """What a field of the company's own holds."""

    TEXT = "text", _("文字")
    NUMBER = "number", _("数值")
    DATE = "date", _("日期")
    CHOICE = "choice", _("选项")
    MONEY = "money", _("金额")
    YES_NO = "yes_no", _("是或否")


class CheckedHow(TextChoices):
    """How a field of the file was checked against the world: S1-5.1."""

    PHONE = "phone", _("电话核实")
    VISIT = "visit", _("上门核实")
    REGISTRY = "registry", _("查询登记")
    DOCUMENT = "document", _("查验证件")
    CUSTOMER = "customer", _("客户告知")


class DefectKind(TextChoices):
    """What the daily check finds wrong with a file: S1-5.3."""

    INCOMPLETE = "incomplete", _("内容不全")
    IRREGULAR = "irregular", _("内容不合规范")
    UNATTENDED = "unattended", _("客户经理已离职")


class ContactWay(TextChoices):
    """How somebody was in touch with a customer: S1-8.2."""

    PHONE = "phone", _("电话")
    MAIL = "mail", _("邮件")
    MEETING = "meeting", _("会议")
    VISIT = "visit", _("上门拜访")
    WECHAT = "wechat", _("微信")
    EVENT = "event", _("参加活动")
    OTHER = "other", _("其他")


class FollowUpEnd(TextChoices):
    """What became of a next step that had been agreed."""

    DONE = "done", _("已完成")
    NEEDLESS = "needless", _("不再需要")


class IdentifierKind(TextChoices):
    """By what a customer is known beside the name on file."""

    USCC = "uscc", _("统一社会信用代码")
    FORMER_NAME = "former_name", _("曾用名")
    SHORT_NAME = "short_name", _("简称")
    OTHER_NAME = "other_name", _("别名")
    EXTERNAL = "external", _("外部系统编号")
    ID_NUMBER = "id_number", _("身份证件号码")


class PairState(TextChoices):
    """What became of two files that looked like one customer."""

    OPEN = "open", _("待判断")
    MERGED = "merged", _("已合并")
    DISTINCT = "distinct", _("不是同一个")


class SearchState(TextChoices):
    """How far a search over the whole archive is."""

    RUNNING = "running", _("正在查重")
    STOPPED = "stopped", _("已停止")
    DONE = "done", _("已查完")


class ImportMode(TextChoices):
    """What an import does with a customer who is on file already, and with one who is not."""

    ADD = "add", _("只新增")
    UPDATE = "update", _("只更新")
    BOTH = "both", _("新增并更新")


class ImportKey(TextChoices):
    """By what a row of a sheet finds the customer on file: an identifier, never a name."""

    ANY = "any", _("依次用编号、信用代码、外部编号、电话")
    NUMBER = "number", _("客户编号")
    USCC = "uscc", _("统一社会信用代码")
    EXTERNAL = "external", _("外部编号")
    PHONE = "phone", _("电话")


class ImportState(TextChoices):
    """Where a sheet stands, from its upload to the last row, and back."""

    DRAFT = "draft", _("待确认")
    RUNNING = "running", _("导入中")
    STOPPED = "stopped", _("已停止")
    DONE = "done", _("已导入")
    FAILED = "failed", _("无法继续")
    UNDOING = "undoing", _("撤销中")
    UNDONE = "undone", _("已撤销")


class ImportOutcome(TextChoices):
    """What became of a row."""

    ADDED = "added", _("新增")
    UPDATED = "updated", _("更新")
    UNCHANGED = "unchanged", _("无变化")
    REFUSED = "refused", _("未导入")


class UndoOutcome(TextChoices):
    """What became of a row when its import was undone."""

    BACK = "back", _("已撤销")
    KEPT = "kept", _("未撤销")


class Clearing(TextChoices):
    """Why what stood in an imported sheet is not here any more."""

    AGE = "age", _("文件内容已过保存期，已清除；文件名、大小和 SHA-256 留作证据。")
    ERASURE = "erasure", _("文件已按个人信息删除要求清除；文件名、大小和 SHA-256 留作证据。")


class ExportForm(TextChoices):
    """What kind of file goes out."""

    XLSX = "xlsx", _("Excel 工作簿")
    CSV = "csv", _("CSV 文本")


class ExportState(TextChoices):
    """Where a request to take customers out stands."""

    ASKED = "asked", _("等待批准")
    APPROVED = "approved", _("制作中")
    REFUSED = "refused", _("不同意")
    MADE = "made", _("可以下载")
    FAILED = "failed", _("没有制成")
    EXPIRED = "expired", _("已过期")


class BulkKind(TextChoices):
    """What many customers can be given at once."""

    MANAGER = "manager", _("指派客户经理")
    STAGE = "stage", _("变更阶段")
    CATEGORY = "category", _("变更分类")


class BulkItemState(TextChoices):
    """What became of one customer of a change of many."""

    WAITING = "waiting", _("等待")
    DONE = "done", _("已变更")
    SKIPPED = "skipped", _("跳过")
    FAILED = "failed", _("没有办成")
