"""What the work of this room can be: replays, evidence packs, re-basings, uploaded files, statements. Each member has its label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class WhatIfState(models.TextChoices):
    """Where a replay stands, from its asking to its figures."""

    RUNNING = "running", _("推演中")
    DONE = "done", _("已推演")
    CANCELLED = "cancelled", pgettext_lazy("what-if", "已取消")
    FAILED = "failed", _("无法推演")


WHAT_IF_TONES: dict[str, str] = {
    WhatIfState.RUNNING: "open",
    WhatIfState.DONE: "kept",
    WhatIfState.CANCELLED: "idle",
    WhatIfState.FAILED: "late",
}


class PackState(models.TextChoices):
    """Where an evidence pack stands, from its asking to the day on which its file is gone."""

    WAITING = "waiting", _("排队中")
    MAKING = "making", _("制作中")
    READY = "ready", _("可下载")
    FAILED = "failed", _("未制成")
    EXPIRED = "expired", _("已过期")


PACK_TONES: dict[str, str] = {
    PackState.WAITING: "idle",
    PackState.MAKING: "open",
    PackState.READY: "kept",
    PackState.FAILED: "late",
    PackState.EXPIRED: "void",
}


class PackPurpose(models.TextChoices):
    """What a pack is taken out of the house for: said before it is made, and recorded in the words of the audit."""

    INTERNAL_AUDIT = "internal_audit", _("内部审计")
    SUPERVISION = "supervision", _("监管部门检查")
    DISPUTE = "dispute", _("投诉或争议举证")


class RebasingState(models.TextChoices):
    """Where a re-basing stands: what would change is listed first, then somebody else decides."""

    LISTING = "listing", _("列出中")
    WAITING = "waiting", _("等待批准")
    MOVING = "moving", _("改按中")
    DONE = "done", _("已改按新版")
    DECLINED = "declined", _("不同意")


REBASING_TONES: dict[str, str] = {
    RebasingState.LISTING: "idle",
    RebasingState.WAITING: "soon",
    RebasingState.MOVING: "open",
    RebasingState.DONE: "kept",
    RebasingState.DECLINED: "void",
}


class ReadFileState(models.TextChoices):
    """Where a company's own file stands, from its upload to the draft that was made of it."""

    WAITING = "waiting", _("等待读取")
    READ = "read", _("已读出，待确认")
    FAILED = "failed", _("读不出")
    DRAFTED = "drafted", _("已生成草案")
    DISCARDED = "discarded", _("已放弃")


READ_FILE_TONES: dict[str, str] = {
    ReadFileState.WAITING: "open",
    ReadFileState.READ: "soon",
    ReadFileState.FAILED: "late",
    ReadFileState.DRAFTED: "kept",
    ReadFileState.DISCARDED: "void",
}


class StatementState(models.TextChoices):
    """Whether a statement of the company holds."""

    HOLDS = "holds", _("有效")
    EXPIRED = "expired", _("已过期")
    FOLLOWED = "followed", _("已有新的声明")
    TAKEN_BACK = "taken_back", _("已收回")


STATEMENT_TONES: dict[str, str] = {
    StatementState.HOLDS: "kept",
    StatementState.EXPIRED: "late",
    StatementState.FOLLOWED: "idle",
    StatementState.TAKEN_BACK: "void",
}
