"""The words by which a customer is found, and what a typed text asks for. Pure; `searching.py` makes tokens of them.

A name gives every character and pair of characters of it (`g`), the pairs and threes of its initials (`i`) and its
syllables (`s`): 绿江水务 is found by 江, 江水, ljsw, jsw, lvjiang. A telephone number gives its last four and eight digits
(`t`), a code its whole (`c`). How a company's name ends (有限公司) gives nothing: nearly all end so.

A text asks for sets of words of which one must be there whole. Words that stand apart in one name, or in two names of one
customer, are found as if they stood together: rare, and never a loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from keyue.customers import rules
from keyue.customers.faults import Fault
from keyue.people.names import SURNAMES

MOST_WORDS = 12
"""Words of one text that are asked for; more would not tell customers apart any better."""
MOST_READINGS = 3
LONGEST_PERSON = rules.PERSON_LONGEST
SHORT_TAIL, LONG_TAIL = 4, 8

HAN = re.compile(r"[\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
FORMS = ("集团股份有限公司", "股份有限公司", "有限责任公司", "有限公司", "公司")
# as far as somebody has typed one
_FORM_BEGUN = re.compile(r"(?:股份有限公?司?|股份有?|有限责任公?司?|有限责?|有限公?司?|公司)$")
_FORM_INITIALS = re.compile(r"(?:gfyxgs|yxzrgs|yxgs|yxg)$")
_SPELT = re.compile(r"[a-z0-9]*[a-z][a-z0-9]*")
_SIGNS = re.compile(r"[\s()+.\-\u2010-\u2015\uff08\uff09]+")
_CODE = re.compile(r"[0-9a-z]{18}")

SYLLABLES = frozenset(
    """a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha
    chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci cong cou cu cuan cui
    cun cuo da dai dan dang dao de dei den deng di dia dian diao die ding diu dong dou du duan dui dun duo e ei en eng er
    fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha
    hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong
    jiu ju juan jue jun ka kai kan kang kao ke ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le
    lei leng li lia lian liang liao lie lin ling liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng
    mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou
    nu nuan nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie
    qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao se
    sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su
    suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen
    weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu
    yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua
    zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo""".split()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that must all be there: among what is open, or among what is keyed."""

    words: frozenset[str]
    keyed: bool


# --- what a customer gives ---


def of_organisation(name: str) -> set[str]:
    """The words of an organisation's name: a former or a short one too."""
    key = rules.name_key(name)
    return _of_key(_without_form(key), person=False)


def of_person(name: str) -> set[str]:
    """The words of a person's name."""
    return _of_key(rules.name_key(name), person=True)


def of_phone(phone: str) -> set[str]:
    """The words of a telephone number as it is kept: its ends; and, of one with an extension, itself without it."""
    whole, _extension, more = phone.partition(";ext=")
    digits = whole.lstrip("+")
    found = {f"t{digits[-n:]}" for n in (SHORT_TAIL, LONG_TAIL) if len(digits) >= n}
    return found | {f"p{whole}"} if more else found


def of_code(code: str) -> set[str]:
    """The word of a code that is found as a whole: 统一社会信用代码, a number in another system."""
    key = rules.name_key(code)
    return {f"c{key}"} if key else set()


def _of_key(key: str, *, person: bool) -> set[str]:
    if not key:
        return set()
    read = readings(key, person=person)
    initials = "".join(syllable[0] for syllable in read)
    found = {f"g{char}" for char in key} | _grams("g", key, 2)
    found |= _grams("i", initials, 2) | _grams("i", initials, 3)
    # a letter or digit that stands for itself is no syllable
    return found | {f"s{syllable}" for syllable in read if len(syllable) > 1 or syllable in SYLLABLES}


def _grams(sort: str, text: str, size: int) -> set[str]:
    return {f"{sort}{text[start : start + size]}" for start in range(len(text) - size + 1)}


def _without_form(key: str) -> str:
    form = next((form for form in FORMS if key.endswith(form)), "")
    return key.removesuffix(form) or key


@lru_cache(maxsize=20_000)
def _reading(char: str) -> str:
    # the dictionary takes 20 MB: only a process that names somebody loads it
    from pypinyin import lazy_pinyin

    return lazy_pinyin(char)[0].lower()


def readings(key: str, *, person: bool) -> list[str]:
    """How each character is read, without its tone; what is not Chinese stays as it is."""
    if person:
        head = next((key[:n] for n in (2, 1) if key[:n] in SURNAMES and len(key) > n), "")
        return [*SURNAMES.get(head, "").split(), *map(_reading, key[len(head) :])]
    from pypinyin import lazy_pinyin

    found = [syllable.lower() for syllable in lazy_pinyin(key, errors=list)]  # type: ignore[arg-type]
    return found if len(found) == len(key) else list(map(_reading, key))


# --- what a text asks for ---


def asked(text: str) -> list[Asked]:
    """The sets of words of which a customer must have one whole; none for a text that says nothing."""
    key = rules.name_key(text)
    if not key:
        return []
    digits = _SIGNS.sub("", text)
    if digits.isdecimal() and digits.isascii():
        return _for_digits(digits, key)
    found = _for_characters(key)
    if _SPELT.fullmatch(key):
        found += _for_letters(key)
    elif HAN.search(key) and re.search(r"[a-z]", key):
        found += _for_mixture(key)
    if _CODE.fullmatch(key):
        found.append(Asked(frozenset(of_code(key)), keyed=False))
    return list(dict.fromkeys(found))


def is_form(text: str) -> bool:
    """Whether a text is no more than how companies' names end, of which the index holds nothing."""
    return rules.name_key(text) in FORMS


def _both(words: Iterable[str]) -> list[Asked]:
    some = frozenset(words)
    return [Asked(some, keyed=False), Asked(some, keyed=True)] if some else []


def _for_characters(key: str) -> list[Asked]:
    bare = _FORM_BEGUN.sub("", _without_form(key)) if len(key) > 2 else key
    found = [Asked(_some_grams(bare or key), keyed=False)]
    if len(key) <= LONGEST_PERSON:
        found.append(Asked(_some_grams(key), keyed=True))
    return found


def _some_grams(key: str) -> frozenset[str]:
    if len(key) == 1:
        return frozenset({f"g{key}"})
    pairs = [f"g{key[start : start + 2]}" for start in range(len(key) - 1)]
    return frozenset(pairs[:MOST_WORDS])


def _for_digits(digits: str, key: str) -> list[Asked]:
    found = [Asked(_some_grams(key), keyed=False), Asked(frozenset({f"c{key}"}), keyed=False)]
    whole = phone_of(digits)
    if whole:
        return [*found, Asked(frozenset({f"p{whole}"}), keyed=True)]
    if len(digits) == SHORT_TAIL:
        found.append(Asked(frozenset({f"t{digits}"}), keyed=True))
    elif LONG_TAIL <= len(digits) <= 15:
        found.append(Asked(frozenset({f"t{digits[-LONG_TAIL:]}"}), keyed=True))
    return found


def phone_of(text: str) -> str:
    """The whole telephone number that a text is, as it is kept; empty where it is none."""
    try:
        return rules.normalise_phone(text)
    except Fault:
        return ""


def _for_letters(letters: str) -> list[Asked]:
    bare = _FORM_INITIALS.sub("", letters) if len(letters) > 5 else letters
    found = _both(_some_initials(bare))
    for read in spelt(letters):
        words = {f"s{syllable}" for syllable in read[:MOST_WORDS]}
        found += _both(words | _some_initials("".join(syllable[0] for syllable in read)))
    return found


def _some_initials(initials: str) -> frozenset[str]:
    size = 3 if len(initials) > 2 else 2
    some = [f"i{initials[start : start + size]}" for start in range(len(initials) - size + 1)]
    return frozenset(some[:MOST_WORDS])


def _for_mixture(key: str) -> list[Asked]:
    """绿江sw: the characters as they stand, and the initials of the whole."""
    bare = _without_form(key)
    words = set(_some_initials("".join(syllable[0] for syllable in readings(bare, person=False))))
    for run in re.findall(rf"(?:{HAN.pattern})+", bare):
        words |= _some_grams(run)
    return _both(sorted(words)[: MOST_WORDS * 2])


def spelt(letters: str) -> Sequence[tuple[str, ...]]:
    """The ways in which a text is pinyin written out, the fewest syllables first: xian is 鲜 and 西安. At most three."""
    if not letters.isalpha() or len(letters) > 60:
        return ()
    ways: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        here: list[tuple[str, ...]] = []
        for start in range(max(0, end - 6), end):
            if letters[start:end] in SYLLABLES:
                here += [(*way, letters[start:end]) for way in ways[start]]
        ways.append(sorted(here, key=len)[:MOST_READINGS])
    # syllables of one letter each are initials, not pinyin
    return [way for way in ways[-1] if len(way) < len(letters)]
