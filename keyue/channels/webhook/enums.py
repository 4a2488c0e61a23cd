"""Closed lists of what is pushed out."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OutletKind(TextChoices):
    """Whom something is pushed to."""

    HOOK = "hook", _("其他系统（事件推送）")
    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    FEISHU = "feishu", _("飞书群机器人")


class PushState(TextChoices):
    """How far a push has come."""

    WAITING = "waiting", _("待推送")
    SENT = "sent", _("已推送")
    FAILED = "failed", _("已放弃")


PUSH_TONES: dict[str, str] = {
    PushState.WAITING: "open",
    PushState.SENT: "kept",
    PushState.FAILED: "late",
}
