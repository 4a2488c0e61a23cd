"""The name of a Chinese company taken apart: place, brand, trade, legal form, branch. Pure.

A name such as 上海恒达环保科技有限公司 is registered as place + brand (字号) + trade + form (企业名称登记管理规定, article 6).
Letters that two names share say little, since place, trade and form are shared by thousands: what tells companies apart
is the brand.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from keyue.customers.matching.places import CITIES, COMMON_WORDS, PROVINCES, TRADES
from keyue.customers.rules import name_key

FORMS = tuple(
    sorted(
        (
            "股份有限公司 有限责任公司 集团有限责任公司 集团股份有限公司 集团有限公司 控股有限公司 控股集团有限公司 有限公司 集团公司 集团 总公司 公司 "
            "有限合伙 普通合伙 特殊普通合伙 合伙企业 个人独资企业 事务所 合作社 专业合作社 经营部 商行 工作室 总厂 分厂 工厂 厂 商店 门店 超市 店 "
            "研究院 研究所 设计院 医院 学校 学院 大学 中学 小学 幼儿园 酒店 宾馆 饭店 银行 中心 协会 商会 委员会"
        ).split(),
        key=len,
        reverse=True,
    )
)  # fmt: skip
# these say what an organisation is, and without them its name would be another's
KEPT_FORMS = frozenset(
    "医院 学校 学院 大学 中学 小学 幼儿园 酒店 宾馆 饭店 银行 中心 协会 商会 委员会 研究院 研究所 设计院 事务所".split()
)
BRANCH = re.compile(
    r"^(?P<head>.+?(?:公司|集团|厂|银行|医院|学校|事务所|中心))(?P<branch>[^公]{0,14}(?:分公司|分店|分行|支行|分院|分校|营业部|办事处|项目部|经营部|门店|分厂|分所|支公司))$"
)
BRACKETS = re.compile(r"[(（\[【〔]([^)）\]】〕]*)[)）\]】〕]")
DISTRICT = re.compile(
    r"^(?:经济技术开发区|高新技术产业开发区|高新区|开发区|自由贸易试验区|[一-鿿]{1,3}?(?:新区|区|县|旗|镇))(?=[一-鿿]{3,})"
)
SUFFIX = re.compile(r"^(?:特别行政区|自治区|自治州|自治县|地区|省|市|盟|州)")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """`places` from the widest on, without 省 and 市; `trades` from the first on; `branch` as written, "" for none."""

    whole: str
    places: tuple[str, ...]
    brand: str
    trades: tuple[str, ...]
    form: str
    branch: str

    @property
    def core(self) -> str:
        """Brand and trade: what is left without place and form."""
        return self.brand + "".join(self.trades)


def folded(name: str) -> str:
    """One width, no case, no spaces and signs but brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w()]|_", "", text)


@lru_cache(maxsize=100_000)
def parsed(name: str) -> CompanyName:
    """A name taken apart; one that has none of the parts is all brand."""
    text = folded(name)
    whole = name_key(name)
    places: list[str] = []

    def outside(found: re.Match[str]) -> str:
        inner = found[1]
        place, rest = _place(inner)
        if place and not rest:
            places.append(place)
            return ""
        return (
            ""
            if inner in {"集团", "中国", "有限合伙", "普通合伙", "特殊普通合伙"} or inner.startswith("原")
            else inner
        )

    text = BRACKETS.sub(outside, text)
    branch = ""
    if (found := BRANCH.match(text)) is not None:
        text, branch = found["head"], found["branch"]
    text, form = _without_form(text)
    leading, text = _without_places(text)
    brand, trades = _brand(text)
    if leading and (brand in TRADES or brand in KEPT_FORMS):
        # 上海医药, 北京大学: without the place nothing tells it from others
        brand, leading = leading[-1] + brand, leading[:-1]
    return CompanyName(whole, (*leading, *places), brand, trades, form, branch)


def _without_form(text: str) -> tuple[str, str]:
    for form in FORMS:
        if text.endswith(form) and len(text) > len(form):
            return (text if form in KEPT_FORMS else text[: -len(form)]), form
    return text, ""


def _place(text: str) -> tuple[str, str]:
    """The place that a text begins with, and the rest."""
    for length in range(min(8, len(text)), 1, -1):
        head = text[:length]
        if head in PROVINCES or head in CITIES:
            rest = text[length:]
            suffix = SUFFIX.match(rest)
            if suffix is None and head in COMMON_WORDS:
                continue
            return head, rest[suffix.end() :] if suffix else rest
    return "", text


def _without_places(text: str) -> tuple[list[str], str]:
    places: list[str] = []
    rest = text
    while True:
        place, after = _place(rest)
        if not place or len(after) < 2:
            break
        places.append(place)
        rest = after
    if places and (found := DISTRICT.match(rest)) is not None:
        places.append(found[0])
        rest = rest[found.end() :]
    return places, rest


def _brand(text: str) -> tuple[str, tuple[str, ...]]:
    """The brand, and the trades behind it; a brand has two characters at least."""
    trades: list[str] = []
    rest = text
    while len(rest) > 2:
        found = next(
            (rest[-length:] for length in range(min(6, len(rest) - 2), 1, -1) if rest[-length:] in TRADES),
            None,
        )
        if found is None:
            break
        trades.insert(0, found)
        rest = rest[: -len(found)]
    return rest, tuple(trades)
