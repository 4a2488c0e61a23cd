"""Closed lists of conversations, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Who has the next word: nobody yet, a person, or nobody any more."""

    QUEUED = "queued", _("排队中")
    OPEN = "open", _("接待中")
    ENDED = "ended", _("已结束")


class LineKind(TextChoices):
    """What a line of a conversation is."""

    INBOUND = "in", _("客户消息")
    OUTBOUND = "out", _("人工回复")
    AUTO = "auto", _("自动答复")
    WHISPER = "whisper", _("悄悄话")
    EVENT = "event", _("提示")


LINE_VISIBLE_TO_CUSTOMER: dict[str, bool] = {
    LineKind.INBOUND: True,
    LineKind.OUTBOUND: True,
    LineKind.AUTO: True,
    LineKind.WHISPER: False,
    LineKind.EVENT: True,
}


class Delivery(TextChoices):
    """How far a line to the customer has come; empty for what is not sent."""

    NONE = "", _("不发送")
    WAITING = "waiting", _("待发出")
    SENT = "sent", _("已发出")
    READ = "read", _("已读")
    FAILED = "failed", _("没有发出")


class Scheme(TextChoices):
    """What kind of address somebody is known by on a channel."""

    MAIL = "mail", _("邮箱地址")
    PHONE = "phone", _("电话号码")
    VISITOR = "visitor", _("网页访客")
    WECHAT = "wechat", _("微信用户")
    WECOM = "wecom", _("企业微信用户")
    WEIBO = "weibo", _("微博用户")
    DOUYIN = "douyin", _("抖音用户")
    SHOP = "shop", _("店铺买家")
    HOOK = "hook", _("接口用户")


class Known(TextChoices):
    """How somebody on a channel came to be known as a contact."""

    NOBODY = "", _("还不知道是谁")
    ADDRESS = "address", _("邮箱或电话与档案一致")
    SAID = "said", _("本人留下联系方式")
    STAFF = "staff", _("客服确认")
    REFUSED = "refused", _("确认不是")


class Opinion(TextChoices):
    """Whether the customer said what they think, asked for at the end of each contact: S3 3.2.2, 3.2.3."""

    UNASKED = "", _("没有登记")
    NONE = "none", _("没有意见")
    SAID = "said", _("有意见，已登记")


class Ending(TextChoices):
    """Why a conversation ended."""

    STAFF = "staff", _("客服结束")
    CUSTOMER = "customer", _("客户离开")
    SILENCE = "silence", _("长时间没有消息")
    JOINED = "joined", _("并入另一个会话")


class Failure(TextChoices):
    """Why a channel does not work."""

    UNREACHABLE = "unreachable", _("连不上服务器")
    REFUSED = "refused", _("账号或密钥被拒绝")
    BROKEN = "broken", _("对方返回错误")
