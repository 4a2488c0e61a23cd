"""What a text is made of for retrieval: words, pairs of characters, meanings. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from keyue.kernel.grams import folded
from keyue.knowledge.retrieval.synonyms import Synonyms

EMPTY = frozenset(
    "怎么 怎么办 怎么样 怎样 咋 咋整 咋办 咋样 咋回事 如何 怎么回事 什么 啥 哪 哪个 哪里 哪儿 哪些 为什么 为啥 吗 呢 吧 啊 呀 了 的 地 得 着 过 "
    "我 我们 咱 咱们 你 你们 您 他 他们 她 它 自己 大家 这 那 这个 那个 这些 那些 这样 那样 这里 那里 这儿 那儿 个 种 些 一 一个 一下 一点 有点 "
    "有没有 是不是 能不能 可不可以 要不要 行不行 可以 能 能够 会 应该 应当 需要 得 要 想 请 请问 麻烦 帮 帮忙 是 有 在 不 没 没有 无 也 都 还 就 "
    "还是 很 太 更 最 挺 非常 把 被 给 让 叫 跟 和 与 或 或者 但 但是 而 以 及 等 之 其 于 从 到 向 对 对于 关于 为 因为 所以 如果 的话 时候 "
    "说 做 弄 搞 去 来 上 下 里 中 后 前 内 外 好 行 不行 人 事 东西 情况 问题 现在 今天 昨天 刚 刚才 再 又 才 只 只是 已经 一直 老是 总是 老 "
    "快 吧 嘛 哦 哈 谢谢 你好 您好 多少 几 用 使用 然后 以后 之后 以前 之前 的时候 不是 就是 不用 不要 不会 不能 知道 告诉 看 看看 觉得 一定 "
    "正常 处理 办 办法 怎 死 不了 起来 出来 下来 上来 过来 过去 哪去 回 天 年 月 日 次 台 元 么 咧 嘞 伐 不 俺 侬 整 么样 之类 什么样 半天 "
    "别 此 该 本 每 各 由 应 须 已 均 并 若 即 可 当 所 者 时 后 前".split()
)
HAN = re.compile(r"[㐀-鿿]+")
LATIN = re.compile(r"[a-z0-9]+(?:[.\-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of a text, where it stands, and how much a match of its kind says."""

    key: str
    start: int
    end: int
    weight: float


WORD, PAIR, SINGLE, MEANING, LATIN_WORD = 1.0, 0.6, 0.2, 1.1, 1.2


@lru_cache(maxsize=4096)
def cut(text: str) -> tuple[str, ...]:
    """The words of a folded text, nothing left out."""
    import rjieba  # reads its dictionary, and most processes cut nothing

    return tuple(rjieba.cut(text))


def plain(text: str) -> str:
    """The form in which texts are compared."""
    return folded(text.encode("utf-8", "replace").decode())


def terms(text: str, synonyms: Synonyms) -> Iterator[Term]:
    """All terms of a folded text. Words that say nothing by themselves are left out, and no pair reaches over one."""
    for start, end, meanings in synonyms.found_in(text):
        for meaning in meanings:
            yield Term(f"m:{meaning}", start, end, MEANING)
    for start, end in pieces(text):
        yield from _piece(text, start, end)
    for found in LATIN.finditer(text):
        yield Term(f"l:{found[0]}", found.start(), found.end(), LATIN_WORD)


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """The runs of Chinese characters between words that say nothing."""
    at = 0
    begun: int | None = None
    for word in cut(text):
        is_said = word not in EMPTY and HAN.fullmatch(word) is not None
        if is_said and begun is None:
            begun = at
        elif not is_said and begun is not None:
            yield begun, at
            begun = None
        at += len(word)
    if begun is not None:
        yield begun, at


def _piece(text: str, start: int, end: int) -> Iterator[Term]:
    run = text[start:end]
    at = start
    for word in cut(run):
        if len(word) > 2:
            yield Term(f"w:{word}", at, at + len(word), WORD)
        at += len(word)
    for k in range(len(run) - 1):
        yield Term(f"w:{run[k : k + 2]}", start + k, start + k + 2, PAIR)
    for k, char in enumerate(run):
        yield Term(f"u:{char}", start + k, start + k + 1, SINGLE)


def words_of(text: str) -> set[str]:
    """The words of two to four characters in a folded text: what may be written in pinyin, or mistyped by sound."""
    return {word for word in cut(text) if 2 <= len(word) <= 4 and HAN.fullmatch(word)}
