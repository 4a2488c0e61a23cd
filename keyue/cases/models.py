"""Cases and what belongs to them. State columns are the projection of the case's facts; `actions` write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import (
    TYPE_PREFIXES,
    CaseType,
    Category,
    Channel,
    Exit,
    Level,
    MessageKind,
    Phase,
    Priority,
    Stage,
    Telling,
    WaitingReason,
)
from keyue.cases.importing.enums import Clearing, ImportState, RowOutcome
from keyue.cases.numbers import case_number
from keyue.kernel.ids import new_id
from keyue.ledger.facts import FactRecord, Subject

NO_DUE = datetime(9999, 12, 31, tzinfo=UTC)


class Case(models.Model):
    """Feedback, a complaint or a request, from intake to a satisfied customer.

    `queue_at` is the earliest due instant of its open promises (`NO_DUE` where none runs), the order of the queue.
    """

    received_type = models.CharField(_("受理类型"), max_length=12, choices=CaseType.choices)
    type = models.CharField(_("类型"), max_length=12, choices=CaseType.choices)
    category = models.CharField(_("类别"), max_length=12, choices=Category.choices, default="", blank=True)
    phase = models.CharField(
        _("阶段（售前售中售后）"), max_length=8, choices=Phase.choices, default="", blank=True
    )
    channel = models.CharField(_("渠道"), max_length=12, choices=Channel.choices)
    region = models.CharField(_("地区"), max_length=40, default="", blank=True)
    title = models.CharField(_("主题"), max_length=120)
    content = models.TextField(_("内容"))
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("客户"),
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    contact = models.ForeignKey(
        "customers.Contact",
        verbose_name=_("联系人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    is_anonymous = models.BooleanField(_("匿名"), default=False)
    code_digest = models.CharField(_("查询码摘要"), max_length=64, default="", blank=True)
    consent_version = models.CharField(_("告知文本版本"), max_length=20, default="", blank=True)
    source_key = models.CharField(_("来源标识"), max_length=160, null=True, unique=True)  # noqa: DJ001
    received_at = models.DateTimeField(_("受理时间"))
    registered_at = models.DateTimeField(_("登记时间"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("登记人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    stage = models.CharField(_("办理阶段"), max_length=12, choices=Stage.choices, default=Stage.CLASSIFY)
    priority = models.CharField(_("优先级"), max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices, default="", blank=True)
    severity = models.PositiveSmallIntegerField(_("严重程度"), null=True)
    reach = models.PositiveSmallIntegerField(_("影响范围"), null=True)
    consequence = models.PositiveSmallIntegerField(_("可能后果"), null=True)
    lead = models.CharField(_("牵头部门"), max_length=60, default="", blank=True)
    collaborators = models.JSONField(_("协办部门"), default=list, blank=True)
    round = models.PositiveIntegerField(_("轮次"), default=1)
    is_valid = models.BooleanField(_("有效"), null=True)
    is_solved = models.BooleanField(_("已解决"), default=False)
    is_waiting = models.BooleanField(_("停表"), default=False)
    waiting_reason = models.CharField(
        _("停表原因"), max_length=16, choices=WaitingReason.choices, default="", blank=True
    )
    is_told = models.BooleanField(_("已告知结果"), default=False)
    has_cause = models.BooleanField(_("已写根因"), default=False)
    eta = models.DateTimeField(_("预计解决时间"), null=True)
    eta_moves = models.PositiveSmallIntegerField(_("改期次数"), default=0)
    rating = models.PositiveSmallIntegerField(_("评分"), null=True)
    exit_requested = models.CharField(
        _("申请结束方式"), max_length=12, choices=Exit.choices, default="", blank=True
    )
    exit_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("结束申请人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    exit = models.CharField(_("结束方式"), max_length=12, choices=Exit.choices, default="", blank=True)
    is_open = models.BooleanField(_("办理中"), default=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    merged_into = models.ForeignKey(
        "self", verbose_name=_("并入"), null=True, on_delete=models.PROTECT, related_name="merged_cases"
    )
    queue_at = models.DateTimeField(_("最早到期"), default=NO_DUE)
    next_promise = models.ForeignKey(
        "promises.Promise", verbose_name=_("当前约定"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    rev = models.PositiveIntegerField(_("修订号"), default=0)

    held: Sequence[FactRecord] | None = None
    """The case's facts while an act holds it against other writers; see `actions.core.locked`."""

    personal: ClassVar[tuple[str, ...]] = ("title", "content")
    unpaired: ClassVar[dict[str, str]] = {
        "exit_requested_by": "kept so that nobody approves their own request; the fact case.exit_requested has the instant"
    }
    plain: ClassVar[tuple[str, ...]] = (
        "region", "code_digest", "consent_version", "source_key", "lead", "collaborators",
    )  # fmt: skip

    class Meta:
        verbose_name = _("事项")
        verbose_name_plural = _("事项")
        indexes = [
            # with what the list is narrowed by, so that a filter that nothing matches reads the index alone
            models.Index(
                fields=[
                    "queue_at",
                    "id",
                    "is_open",
                    "stage",
                    "category",
                    "lead",
                    "channel",
                    "phase",
                ],
                name="case_queue",
                condition=Q(is_open=True),
            ),
            # the tabs of the list: each has its own, so that one that is empty costs nothing either
            models.Index(fields=["type", "queue_at", "id"], name="case_type", condition=Q(is_open=True)),
            models.Index(fields=["level", "queue_at", "id"], name="case_level", condition=Q(is_open=True)),
            models.Index(
                fields=["queue_at", "id"],
                name="case_waiting",
                condition=Q(is_open=True, is_waiting=True),
            ),
            models.Index(fields=["customer", "-id"], name="case_customer"),
            models.Index(fields=["-received_at"], name="case_received"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=True, ended_at__isnull=True) | Q(is_open=False, ended_at__isnull=False),
                name="case_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(exit_requested="") | Q(exit_requested_by__isnull=False),
                name="case_exit_has_requester",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="case_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """`TS-2611-000142`; it keeps the prefix of the type under which the case was received."""
        return case_number(TYPE_PREFIXES[self.received_type], self.registered_at, self.pk)

    @property
    def subject(self) -> Subject:
        return Subject("case", str(self.pk))

    @property
    def seal_owner(self) -> Subject:
        """Whose key seals texts about this case: the customer's, or its own where there is none any more (the sender
        was anonymous, the customer has been erased)."""
        customer = self.customer
        return self.subject if customer is None or customer.is_erased else customer.subject


class CaseScope(models.Model):
    """A department that may see a case, with what its queue is ordered by: one row a department and case."""

    case = models.ForeignKey(Case, verbose_name=_("事项"), on_delete=models.CASCADE, related_name="scopes")
    department = models.CharField(_("部门"), max_length=60)
    is_open = models.BooleanField(_("办理中"), default=True)
    queue_at = models.DateTimeField(_("最早到期"), default=NO_DUE)

    plain: ClassVar[tuple[str, ...]] = ("department",)

    class Meta:
        verbose_name = _("事项可见范围")
        verbose_name_plural = _("事项可见范围")
        constraints = [models.UniqueConstraint(fields=["case", "department"], name="case_scope_once")]
        indexes = [
            models.Index(
                fields=["department", "queue_at", "case"], name="scope_queue", condition=Q(is_open=True)
            ),
            models.Index(fields=["department", "-case"], name="scope_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.department}"


class Message(models.Model):
    """A line of a case's timeline: what the customer wrote, what we told them, a note, a plan.

    The fact that goes with it holds `uid` and a salted digest, so that erasing the text leaves the chain whole.
    """

    uid = models.UUIDField(_("标识"), unique=True)
    case = models.ForeignKey(Case, verbose_name=_("事项"), on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(_("种类"), max_length=8, choices=MessageKind.choices)
    via = models.CharField(_("方式"), max_length=12, default="", blank=True)
    body = models.TextField(_("内容"))
    detail = models.JSONField(_("细节"), default=dict, blank=True)
    salt = models.CharField(_("摘要盐"), max_length=32)
    at = models.DateTimeField(_("时间"))
    recorded_at = models.DateTimeField(_("记录时间"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("作者"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    is_public = models.BooleanField(_("客户可见"), default=False)
    outbox_key = models.CharField(_("发件键"), max_length=200, default="", blank=True)
    erased_at = models.DateTimeField(_("擦除时间"), null=True)

    personal: ClassVar[tuple[str, ...]] = ("body", "detail")
    plain: ClassVar[tuple[str, ...]] = ("via", "salt", "outbox_key")

    class Meta:
        verbose_name = _("往来")
        verbose_name_plural = _("往来")
        indexes = [models.Index(fields=["case", "at", "id"], name="message_timeline")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.uid}"


class Attachment(models.Model):
    """A file that came with a message, checked by content and kept under its SHA-256."""

    message = models.ForeignKey(
        Message, verbose_name=_("往来"), on_delete=models.PROTECT, related_name="attachments"
    )
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    erased_at = models.DateTimeField(_("擦除时间"), null=True)

    personal: ClassVar[tuple[str, ...]] = ("name",)
    plain: ClassVar[tuple[str, ...]] = ("content_type", "sha256")

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        indexes = [models.Index(fields=["sha256"], name="attachment_by_content")]

    def __str__(self) -> str:
        return self.name


class CaseTask(models.Model):
    """A part of the work for a collaborating department, as the facts `case.task_given` and `case.task_done` say."""

    uid = models.UUIDField(_("标识"), unique=True)
    case = models.ForeignKey(Case, verbose_name=_("事项"), on_delete=models.PROTECT, related_name="tasks")
    department = models.CharField(_("部门"), max_length=60)
    message = models.ForeignKey(Message, verbose_name=_("说明"), on_delete=models.PROTECT, related_name="+")
    due = models.DateTimeField(_("到期"))
    given_at = models.DateTimeField(_("交办时间"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("交办人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("完成人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    plain: ClassVar[tuple[str, ...]] = ("department",)

    class Meta:
        verbose_name = _("协办任务")
        verbose_name_plural = _("协办任务")
        indexes = [models.Index(fields=["case", "id"], name="task_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_done_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.department}"


class SavedView(models.Model):
    """A list with its filters, kept under a name; without a user it is everybody's."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        null=True,
        on_delete=models.CASCADE,
        related_name="case_views",
    )
    name = models.CharField(_("名称"), max_length=40)
    query = models.CharField(_("条件"), max_length=500)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    plain: ClassVar[tuple[str, ...]] = ("name", "query")

    class Meta:
        verbose_name = _("保存的视图")
        verbose_name_plural = _("保存的视图")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class CaseText(models.Model):
    """The search index: 2-grams of a piece of a case's text. Rows are deleted with the text they came from.

    The id begins with the case's, so that the order of ids is the order of cases.
    """

    id = models.BigIntegerField(_("编号"), primary_key=True)
    case = models.ForeignKey(Case, verbose_name=_("事项"), on_delete=models.CASCADE, related_name="+")
    source = models.CharField(_("出处"), max_length=40)
    part = models.PositiveSmallIntegerField(_("段"))
    grams = models.TextField(_("二元组"))

    personal: ClassVar[tuple[str, ...]] = ("grams",)
    plain: ClassVar[tuple[str, ...]] = ("source",)

    class Meta:
        verbose_name = _("检索文本")
        verbose_name_plural = _("检索文本")
        constraints = [models.UniqueConstraint(fields=["case", "source", "part"], name="case_text_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.source}/{self.part}"


class WaitingFile(models.Model):
    """A file that was sent ahead of what it belongs to. Whoever sent it names it by its uid, within a day."""

    uid = models.UUIDField(_("编号"), unique=True, default=new_id)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("上传人"), on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(_("内容类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    created_at = models.DateTimeField(_("上传时间"), db_index=True)

    personal: ClassVar[tuple[str, ...]] = ("name",)
    plain: ClassVar[tuple[str, ...]] = ("content_type", "sha256")

    class Meta:
        verbose_name = _("待用文件")
        verbose_name_plural = _("待用文件")

    def __str__(self) -> str:
        return self.name


TELLING_VIA = frozenset(Telling.values)


class ImportRun(models.Model):
    """A spreadsheet of cases on its way in: the file, what its columns mean, and how far it has come.

    `position` counts the rows that are done; it moves in the transaction that registers them. The file itself is kept
    under its SHA-256, beside the attachments, until it is `cleared`.
    """

    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("大小"))
    form = models.CharField(_("格式"), max_length=8)
    headings = models.JSONField(_("表头"), default=list)
    columns = models.JSONField(_("列的含义"), default=dict)
    default_type = models.CharField(
        _("未写类型时"), max_length=12, choices=CaseType.choices, default=CaseType.FEEDBACK
    )
    default_via = models.CharField(
        _("未写告知方式时"), max_length=8, choices=Telling.choices, default=Telling.CALL
    )
    state = models.CharField(_("状态"), max_length=8, choices=ImportState.choices, default=ImportState.DRAFT)
    total = models.PositiveIntegerField(_("行数"))
    position = models.PositiveIntegerField(_("已处理"), default=0)
    made = models.PositiveIntegerField(_("新建"), default=0)
    known = models.PositiveIntegerField(_("已有"), default=0)
    bad = models.PositiveIntegerField(_("未导入"), default=0)
    overdue = models.PositiveIntegerField(_("导入时已逾期"), default=0)
    problem = models.CharField(_("问题"), max_length=300, default="", blank=True)
    actor_kind = models.CharField(_("导入人类别"), max_length=20)
    actor_id = models.CharField(_("导入人标识"), max_length=80)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("导入人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    cleared = models.CharField(_("清除原因"), max_length=8, choices=Clearing.choices, default="", blank=True)
    created_at = models.DateTimeField(_("上传时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    personal: ClassVar[tuple[str, ...]] = ("file_name",)
    plain: ClassVar[tuple[str, ...]] = ("sha256", "form", "headings", "columns", "problem", "actor_kind")

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        indexes = [
            models.Index(fields=["id"], name="import_running", condition=Q(state="running")),
            models.Index(fields=["user", "-id"], name="import_of_user"),
            models.Index(fields=["sha256"], name="import_file"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """What became of a row: the case it is now, or why it was not taken.

    `identity` is what it is known by; `meaning` a digest of what its columns said, `content` one of the row as it stood
    in its file (both empty for rows of earlier versions).
    """

    run = models.ForeignKey(ImportRun, verbose_name=_("导入"), on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("行"))
    identity = models.CharField(_("标识"), max_length=110)
    meaning = models.CharField(_("含义摘要"), max_length=40, default="", blank=True)
    content = models.CharField(_("内容摘要"), max_length=40, default="", blank=True)
    outcome = models.CharField(_("结果"), max_length=8, choices=RowOutcome.choices)
    case = models.ForeignKey(
        Case, verbose_name=_("事项"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reasons = models.JSONField(_("原因"), default=list, blank=True)

    personal: ClassVar[tuple[str, ...]] = ("identity", "reasons")
    plain: ClassVar[tuple[str, ...]] = ("meaning", "content")

    class Meta:
        verbose_name = _("导入的行")
        verbose_name_plural = _("导入的行")
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="import_row_once")]
        indexes = [
            models.Index(fields=["identity", "run"], name="import_row_known"),
            models.Index(fields=["content", "run"], name="import_row_content"),
            models.Index(fields=["case"], name="import_row_case"),
            models.Index(fields=["run", "line"], name="import_row_bad", condition=Q(outcome="bad")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line}"
