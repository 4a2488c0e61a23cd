"""The kinds of channels where everybody reads along: reviews of a shop, Weibo, Douyin. Answers are given on the platform."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.reviews.actions import threshold_of
from keyue.channels.reviews.forms import DouyinForm, ReviewForm, WeiboForm
from keyue.channels.reviews.selectors import months_of
from keyue.channels.reviews.views import take_douyin, take_weibo
from keyue.channels.webhook import rereading, selectors
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.ledger.facts import EvidenceKind


def told(channel: Channel) -> dict[str, Any]:
    """What the guide on a channel's page says beside what all say: ratings over time."""
    said = {"months": months_of(channel, clock.now()), "bad": threshold_of(channel)}
    return {**selectors.told(channel), **said}


REVIEW = ChannelKind(
    code="review",
    name=_t("店铺评价"),
    icon="star",
    case_channel=CaseChannel.REVIEW.value,
    scheme=Scheme.SHOP,
    evidence=EvidenceKind.CHAT,
    form=ReviewForm,
    guide="channels/reviews_guide.html",
    told=told,
)
WEIBO = ChannelKind(
    code="weibo",
    name=_t("微博"),
    icon="chat",
    case_channel=CaseChannel.REVIEW.value,
    scheme=Scheme.WEIBO,
    evidence=EvidenceKind.CHAT,
    form=WeiboForm,
    guide="channels/reviews_guide.html",
    told=told,
)
DOUYIN = ChannelKind(
    code="douyin",
    name=_t("抖音"),
    icon="chat",
    case_channel=CaseChannel.REVIEW.value,
    scheme=Scheme.DOUYIN,
    evidence=EvidenceKind.CHAT,
    form=DouyinForm,
    guide="channels/reviews_guide.html",
    told=told,
)

KINDS = (REVIEW, WEIBO, DOUYIN)
rereading.register("weibo", take_weibo)
rereading.register("douyin", take_douyin)
