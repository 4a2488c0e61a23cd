"""Pinyin of names: for sorting, for searching by initials, and to keep names out of passwords."""

from __future__ import annotations

import re

# readings that a surname has and the bare character usually has not
SURNAMES = {
    "单": "shan", "曾": "zeng", "区": "ou", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "盖": "ge",
    "朴": "piao", "翟": "zhai", "尉": "yu", "乐": "yue", "种": "chong", "重": "chong", "繁": "po", "华": "hua",
    "秘": "bi", "冼": "xian", "员": "yun", "召": "shao", "折": "she", "缪": "miao", "樊": "fan", "洗": "xian",
    "万俟": "mo qi", "尉迟": "yu chi", "单于": "chan yu", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu",
}  # fmt: skip


def pinyin_of(name: str) -> str:
    """Syllables in lower case, one space between them: 单志强 → `shan zhi qiang`; Latin words stay as they are."""
    # the dictionary takes 20 MB: only a process that names somebody loads it
    from pypinyin import lazy_pinyin

    head, rest = "", name.strip()
    for length in (2, 1):
        if rest[:length] in SURNAMES and (length == 2 or len(rest) > 1):
            head, rest = SURNAMES[rest[:length]], rest[length:]
            break
    words = re.findall(r"[a-z0-9]+", " ".join([head, *lazy_pinyin(rest)]).lower())
    return " ".join(words)


def syllables(pinyin: str) -> tuple[str, ...]:
    """The parts of what `pinyin_of` gave."""
    return tuple(pinyin.split())


def search_key(pinyin: str) -> str:
    """The syllables run together, and their initials: `shan zhi qiang` → `shanzhiqiang szq`."""
    words = syllables(pinyin)
    return f"{''.join(words)} {''.join(w[0] for w in words)}".strip()


def code_from(name: str) -> str:
    """A code for a department or post that only has a Chinese name: 客户服务部 → `kehufuwubu`."""
    code = "".join(pinyin_of(name).split())[:40]
    return code if code[:1].isalpha() else f"d{code}"[:40]


COMPANY_FORMS = re.compile(r"(股份|有限|责任|集团|公司|\(.*?\)|（.*?）)")


def company_words(name: str) -> tuple[str, ...]:
    """The syllables of a company's name without its legal form: 澄川环境科技有限公司 → cheng chuan huan jing ke ji."""
    return syllables(pinyin_of(COMPANY_FORMS.sub("", name)))
