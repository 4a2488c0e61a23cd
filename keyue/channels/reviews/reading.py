"""Reviews and messages as platforms and files give them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.channels.wechat.reading import LONGEST_ID, Said, instant, link, place
from keyue.kernel.errors import Invalid
from keyue.kernel.jsons import load_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADINGS: dict[str, tuple[str, ...]] = {
    "rating": ("评分", "评价星级", "星级", "评价等级", "打分", "rating", "score", "stars"),
    "text": ("评价内容", "评论内容", "内容", "评价", "初次评价", "text", "content", "comment"),
    "time": ("评价时间", "评论时间", "时间", "创建时间", "日期", "time", "date"),
    "author": ("买家昵称", "买家", "用户昵称", "昵称", "会员名", "用户", "author", "buyer"),
    "order": ("订单编号", "订单号", "订单", "子订单编号", "order"),
    "shop": ("店铺名称", "店铺", "shop"),
    "id": ("评价编号", "评价id", "评论id", "编号", "id"),
    "product": ("商品名称", "商品标题", "宝贝标题", "商品", "product"),
}
"""What columns of a sheet may be called; the first that fits counts."""
WORDS = {"好评": 5, "中评": 3, "差评": 1, "非常满意": 5, "满意": 4, "一般": 3, "不满意": 2, "非常不满意": 1}
DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
            "%Y年%m月%d日 %H:%M", "%Y年%m月%d日")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Review:
    """A review: `score` from 1 to 5."""

    id: str
    score: int
    text: str
    at: datetime
    author: str = ""
    order: str = ""
    shop: str = ""
    product: str = ""


def plain(heading: str) -> str:
    """A heading without what people add to it."""
    return re.sub(r"[\s*（(].*$", "", unicodedata.normalize("NFKC", heading).strip().lower())


def mapping(headings: Sequence[str], own: Mapping[str, str]) -> dict[str, int]:
    """Which column is what: as the channel says (`own`), else by what columns are usually called."""
    names = [plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for field, usual in HEADINGS.items():
        wanted = [plain(own[field])] if own.get(field) else list(usual)
        place_of = next((names.index(name) for name in wanted if name in names), None)
        if place_of is not None and place_of not in found.values():
            found[field] = place_of
    return found


def own_columns(text: str) -> dict[str, str]:
    """Columns as somebody typed them, one a line: `rating=星星`. Raises Invalid."""
    found = {}
    for line in text.splitlines():
        name, equals, heading = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not equals or name not in HEADINGS or not heading:
            raise Invalid(_("看不懂「%(line)s」。一行一个，如 rating=星级。") % {"line": line.strip()[:40]})
        found[name] = heading
    return found


def score_of(text: str) -> int | None:
    """1 to 5, of a number, stars or words; None where it is none."""
    value = unicodedata.normalize("NFKC", text).strip()
    if value in WORDS:
        return WORDS[value]
    if "★" in value:
        return value.count("★") if 1 <= value.count("★") <= 5 else None
    value = value.removesuffix("分").removesuffix("星")
    if value in DIGITS:
        return DIGITS[value]
    try:
        number = float(value)
    except ValueError:
        return None
    return max(1, round(number)) if 0 < number <= 5 else None


def time_of(text: str, now: datetime) -> datetime | None:
    """When it was written, in Chinese local time where nothing is said of a zone; None where it is no time."""
    value = text.strip()
    for form in _FORMATS:
        try:
            found = datetime.strptime(value, form).replace(tzinfo=SHANGHAI)
            break
        except ValueError:
            continue
    else:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        found = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    return found if found.year >= 2000 and found <= now + timedelta(days=1) else None


def review_of(cells: Mapping[str, str], now: datetime) -> Review:
    """A row as a review. Raises Invalid with what is wrong in it."""
    score = score_of(cells.get("rating", ""))
    if score is None:
        raise Invalid(_("评分「%(value)s」看不懂，要是 1 至 5。") % {"value": cells.get("rating", "")[:20]})
    written = cells.get("time", "")
    at = time_of(written, now) if written else now
    if at is None:
        raise Invalid(_("时间「%(value)s」看不懂。") % {"value": written[:20]})
    text = cells.get("text", "").strip()
    parts = [cells.get(name, "").strip() for name in ("shop", "order", "author", "product")]
    identity = cells.get("id", "").strip()
    if not identity:
        # the same review in a later export has a later text at most: who, what and when make it the same
        same_one = [*parts, written] if parts[1] or parts[2] else [*parts, written, text]
        identity = sha256("\n".join(same_one).encode()).hexdigest()
    shop, order, author, product = parts
    return Review(
        identity[:150], score, text, min(at, now), author[:60], order[:60], shop[:60], product[:100]
    )


def words_of(review: Review) -> str:
    """A review as a line says it."""
    head = _("[评价 %(score)d 分] %(text)s") % {"score": review.score, "text": review.text or _("没有文字")}
    about = [part for part in (review.shop, review.product, review.order) if part]
    return f"{head}\n{' · '.join(about)}" if about else head


# --- Weibo ---


def weibo(values: Mapping[str, Any], now: datetime) -> Said | None:
    """A private message or a mention on Weibo; None for events. Raises Invalid."""
    sender, kind = str(values.get("sender_id") or ""), str(values.get("type") or "")
    if not sender or not kind:
        raise Invalid(_("回调里没有 sender_id 或 type。"))
    data = values.get("data")
    content: Mapping[str, Any] = data if isinstance(data, dict) else {}
    if kind == "event":
        return None
    text = str(values.get("text") or "").strip()
    if kind == "position":
        text = place(text, str(content.get("latitude", "")), str(content.get("longitude", "")))
    elif kind in {"voice", "image"}:
        text = {"voice": _("[语音]"), "image": _("[图片]")}[kind]
    elif kind == "mention":
        text = _("[微博提到] %(text)s") % {"text": text}
    elif kind != "text":
        text = _("[不支持的消息：%(kind)s]") % {"kind": kind[:40]}
    written = str(values.get("created_at") or "")
    # Weibo numbers nothing: who, when and what is its own advice for telling repetitions
    mark = sha256(f"{sender}\n{written}\n{kind}\n{text}\n{json.dumps(content, sort_keys=True)}".encode())
    return Said(
        mark.hexdigest(), sender, text or _("[空消息]"), _weibo_time(written, now), (), {"type": kind}
    )


def _weibo_time(text: str, now: datetime) -> datetime:
    """`Mon Jul 16 18:09:20 +0800 2012`."""
    parts = text.split()
    if len(parts) != 6:
        return now
    day, month, date, clock, zone, year = parts
    try:
        found = parsedate_to_datetime(f"{day}, {date} {month} {year} {clock} {zone}")
        return instant(str(int(found.timestamp())), now)
    except (ValueError, TypeError):
        return now


# --- Douyin ---


def douyin(values: Mapping[str, Any], identity: str, now: datetime) -> Said | None:
    """A private message or a comment on Douyin; None for other events. Raises Invalid."""
    event = str(values.get("event") or "")
    content = content_of(values)
    if event == "im_receive_msg":
        user = str(values.get("from_user_id") or "")
        kind = str(content.get("message_type") or "text")
        text = _douyin_text(kind, content)
        mark = str(content.get("server_message_id") or identity)
    elif event == "item_comment_reply":
        user = str(content.get("comment_user_id") or values.get("from_user_id") or "")
        text = _("[抖音评论] %(text)s") % {"text": str(content.get("content") or "")}
        kind, mark = "comment", str(content.get("comment_id") or identity)
    else:
        return None
    if not user or not mark:
        raise Invalid(_("回调里没有是谁发的，或没有消息标识。"))
    written = content.get("create_time")
    if isinstance(written, int) and written > 10**11:
        written //= 1000
    at = instant(written, now) if isinstance(written, int | str) else now
    detail = {"type": kind, "item": str(content.get("item_id") or "")}
    return Said(f"{event}:{mark}"[:LONGEST_ID], user, text, at, (), detail)


def content_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of an event, which comes as an object or as its text."""
    content = values.get("content")
    if isinstance(content, str):
        try:
            content = load_json(content)
        except (ValueError, RecursionError):
            content = {}
    return content if isinstance(content, dict) else {}


def _douyin_text(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "text":
        return str(content.get("text") or "").strip() or _("[空消息]")
    if kind == "link":
        return link(str(content.get("title") or ""), "", str(content.get("url") or ""))
    words = {"image": _("[图片]"), "video": _("[视频]"), "user_local_image": _("[图片]")}
    return words.get(kind) or _("[不支持的消息：%(kind)s]") % {"kind": kind[:40]}


def seconds(text: str) -> datetime | None:
    """An instant of seconds or milliseconds."""
    if not (text.isascii() and text.isdecimal() and len(text) in (10, 13)):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)
