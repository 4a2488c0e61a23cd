"""What an import can be. Each member has its label and its tone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

IMPORTED = "imported"
"""What the notice at the end of an import says has happened; its numbers stand beside it."""


class ImportState(models.TextChoices):
    """Where a file stands, from its upload to the last row."""

    DRAFT = "draft", _("待确认")
    RUNNING = "running", _("导入中")
    STOPPED = "stopped", _("已停止")
    DONE = "done", _("已导入")
    FAILED = "failed", _("无法继续")


ENDED = frozenset({ImportState.DONE, ImportState.FAILED})
"""Where nothing more is done with the rows."""


class Clearing(models.TextChoices):
    """Why what stood in an imported file is not here any more."""

    AGE = "age", _("文件内容已过保存期，已清除；文件名、大小和 SHA-256 留作证据。")
    ERASURE = "erasure", _("文件已按个人信息删除要求清除；文件名、大小和 SHA-256 留作证据。")


IMPORT_TONES: dict[str, str] = {
    ImportState.DRAFT: "idle",
    ImportState.RUNNING: "open",
    ImportState.STOPPED: "wait",
    ImportState.DONE: "kept",
    ImportState.FAILED: "late",
}


class RowOutcome(models.TextChoices):
    """What became of a row."""

    MADE = "made", _("新建")
    KNOWN = "known", _("已有")
    BAD = "bad", _("未导入")


ROW_TONES: dict[str, str] = {
    RowOutcome.MADE: "kept",
    RowOutcome.KNOWN: "idle",
    RowOutcome.BAD: "late",
}
