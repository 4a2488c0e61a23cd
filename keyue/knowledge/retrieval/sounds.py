"""Words that were written in pinyin, or with another character of the same sound, put right before the search. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

HAN_PAIR = re.compile(r"(?=([㐀-鿿]{2}))")
LETTERS = re.compile(r"[a-z]{4,}(?: [a-z]{2,})*|[a-z]{2,}(?: [a-z]{2,})+")


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How a word sounds, without tones."""
    from pypinyin import lazy_pinyin  # costs 0.1 s, and not every process searches

    return "".join(lazy_pinyin(word, errors="ignore")).replace("ü", "v")


class Sounds:
    """The words of an index by their sound."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = {}
        for word in sorted(set(words), key=lambda word: (len(word), word)):
            self._words.setdefault(sound(word), []).append(word)
        self._longest = max(map(len, self._words), default=0)

    def read(self, text: str) -> str:
        """A folded text with what is written in pinyin as words: `loushui 怎么办` as 漏水 怎么办."""
        return LETTERS.sub(lambda found: self._spelled(found[0]) or found[0], text)

    def _spelled(self, letters: str) -> str | None:
        whole = letters.replace(" ", "")
        if whole in self._words:
            return self._words[whole][0]
        # the longest word first; what is left over must be a word too, or one syllable such as kai
        for cut in range(min(len(whole), self._longest), 3, -1):
            for head, tail in ((whole[:cut], whole[cut:]), (whole[-cut:], whole[:-cut])):
                if head in self._words and (tail in self._words or 1 < len(tail) <= 4):
                    other = self._words.get(tail, [""])[0]
                    return f"{self._words[head][0]} {other}".strip()
        return None

    def mend(self, text: str, is_known: Callable[[str], bool]) -> str:
        """A text with pairs that no article has replaced by one that sounds the same and shares a character: 滤心 as 滤芯."""
        for pair in dict.fromkeys(HAN_PAIR.findall(text)):
            if is_known(pair):
                continue
            for word in self._words.get(sound(pair), ()):
                if len(word) == 2 and (word[0] == pair[0] or word[1] == pair[1]):
                    text = text.replace(pair, word)
                    break
        return text
