"""Personal data in a text, put out of sight before the text is kept or leaves the house. Pure Python.

Rules find telephone numbers, addresses of mail, numbers of papers, plates, accounts, postal addresses, and names where the
words around tell them. Names that the caller knows, and names in the archive, go wherever they stand. What rules cannot
know they miss; what only looks like personal data they hide as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable

PHONE, MAIL, NUMBER, NAME, PLACE, ACCOUNT, PLATE = (
    "〔电话〕",
    "〔邮箱〕",
    "〔号码〕",
    "〔姓名〕",
    "〔地址〕",
    "〔账号〕",
    "〔车牌〕",
)
MARKS = (PHONE, MAIL, NUMBER, NAME, PLACE, ACCOUNT, PLATE)
HAN = "\u3007\u3400-\u9fff"
SURNAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 端木 轩辕 "
    "赵 钱 孙 李 周 吴 郑 王 冯 陈 褚 卫 蒋 沈 韩 杨 朱 秦 尤 许 何 吕 施 张 孔 曹 严 华 金 魏 陶 姜 戚 谢 邹 喻 柏 窦 章 苏 潘 葛 奚 范 彭 郎 鲁 韦 "
    "昌 马 苗 凤 花 方 俞 任 袁 柳 酆 鲍 史 唐 费 廉 岑 薛 雷 贺 倪 汤 滕 殷 罗 毕 郝 邬 安 常 乐 于 时 傅 皮 卞 齐 康 伍 余 元 卜 顾 孟 平 黄 和 穆 萧 "
    "尹 姚 邵 湛 汪 祁 毛 禹 狄 米 贝 明 臧 计 伏 成 戴 谈 宋 茅 庞 熊 纪 舒 屈 项 祝 董 梁 杜 阮 蓝 闵 席 季 麻 强 贾 路 娄 危 江 童 颜 郭 梅 盛 林 刁 "
    "钟 徐 邱 骆 高 夏 蔡 田 樊 胡 凌 霍 虞 万 支 柯 管 卢 莫 房 裘 缪 干 解 应 宗 丁 宣 邓 郁 单 杭 洪 包 诸 左 石 崔 吉 龚 程 邢 裴 陆 荣 翁 荀 羊 惠 "
    "甄 曲 家 封 芮 储 靳 段 富 巫 乌 焦 牧 隗 山 谷 车 侯 班 秋 仲 伊 宫 宁 仇 栾 甘 厉 祖 武 符 刘 景 詹 龙 叶 幸 司 韶 黎 蓟 溥 印 白 怀 蒲 从 鄂 索 "
    "籍 赖 卓 蔺 屠 蒙 池 乔 阴 闻 党 翟 谭 贡 姬 申 扶 堵 冉 宰 雍 桑 桂 濮 牛 寿 边 扈 燕 冀 浦 尚 农 温 别 庄 晏 柴 瞿 阎 连 习 艾 鱼 容 向 古 易 慎 "
    "戈 廖 庾 终 居 衡 步 都 耿 满 弘 匡 国 文 寇 广 禄 东 欧 沃 利 蔚 越 师 巩 聂 晁 勾 敖 融 冷 辛 阚 那 简 饶 曾 关 蒯 相 查 游 肖 涂 岳 佟 覃 兰 凡 闫"
).split()
_SURNAME = "|".join(sorted(SURNAMES, key=len, reverse=True))
TITLES = "先生|女士|小姐|太太|大爷|阿姨|师傅|经理|老师|主任|总监|老板|医生"

_MAIL = re.compile(r"[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
_ID = re.compile(r"(?<![0-9A-Za-z])\d{6}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])")
_DIGITS = re.compile(r"(?<![\d.])\+?\(?\d(?:[ \-()./·]{0,2}\d){6,24}(?![\d])")
_SPOKEN = re.compile(r"(?:[零〇一二三四五六七八九幺两]\s?){7,20}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}(?![A-Z0-9])"
)
_ACCOUNT = re.compile(
    r"((?:微信号?|wechat|vx|wx|qq号?|支付宝|护照号?|passport|旺旺)\s*(?:[:：是为]|\bis\b)?\s*)([a-z0-9][\w.-]{3,30})",
    re.I | re.ASCII,
)
_CALLED = re.compile(
    rf"((?:我叫|本人叫|名字是|名字叫|名叫|姓名|联系人|收件人|收货人|称呼|户主|业主)(?:是|为|叫)?\s*[:：]?\s*)"
    rf"((?:{_SURNAME})[{HAN}]{{1,2}}|[A-Z][a-z]+(?:\s[A-Z][a-z]+){{0,2}})"
)
_I_AM = re.compile(rf"((?:我是|这里是)\s*)((?:{_SURNAME})[{HAN}]{{1,2}})(?=[，,。.!！？?、;；\s]|$)")
_TITLED = re.compile(rf"(?:{_SURNAME})[{HAN}]{{0,2}}?(?=(?:{TITLES}))")
_STREET = (
    rf"(?:[{HAN}]{{2,8}}?(?:省|自治区|特别行政区))?(?:[{HAN}]{{2,8}}?(?:市|自治州|地区|盟))?"
    rf"(?:[{HAN}]{{1,8}}?(?:区|县|旗|镇|乡|街道))?"
    rf"[{HAN}A-Za-z0-9]{{1,16}}?(?:路|街|大道|巷|弄|胡同|小区|花园|苑|大厦|广场|新村|公寓|家园|村|里|道)"
)
_DOOR = r"(?:[第]?[0-9A-Za-z一二三四五六七八九十百]{1,6}\s?(?:-|－|—|号楼|号院|号|栋|幢|座|单元|室|层|楼|弄|组|户|房)\s?)"
_PLACE = re.compile(rf"{_STREET}(?:{_DOOR}){{1,6}}[0-9A-Za-z]{{0,5}}室?")
_NUMBERED = r"(?:[0-9A-Za-z一二三四五六七八九十]{1,5}\s?(?:号楼|号院|号|栋|幢|座|单元|室|弄)\s?)"
_HOUSE = re.compile(rf"{_NUMBERED}{{2,6}}[0-9A-Za-z]{{0,5}}室?")
_TOWN = re.compile(
    rf"(?:[{HAN}]{{2,7}}(?:省|自治区))?(?:[{HAN}]{{2,8}}?(?:市|自治州|地区|盟))(?:[{HAN}]{{1,8}}?(?:区|县|旗))(?:[{HAN}]{{1,10}}?(?:街道|镇|乡|村))*"
)
_CANDIDATE = re.compile(rf"(?=((?:{_SURNAME})[{HAN}]{{1,2}}))")

_MARKED = re.compile("|".join(map(re.escape, MARKS)))
# what people type wide or narrow; other signs stay as they are
_WIDE = frozenset(map(chr, range(0xFF01, 0xFF5F))) - frozenset("，！？；：（）")

# names of people in the archive among some candidates
Known = Callable[[Collection[str]], set[str]]


def masked(text: str, names: Iterable[str] = (), known: Known | None = None) -> str:
    """The text with personal data put out of sight. `names` are known to belong to who writes; `known` says which of some
    candidates are names of people in the archive."""
    text = "".join(unicodedata.normalize("NFKC", c) if c in _WIDE else c for c in text)
    for name in sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True):
        text = re.sub(re.escape(unicodedata.normalize("NFKC", name)), NAME, text, flags=re.I)
    text = _MAIL.sub(MAIL, text)
    text = _ID.sub(NUMBER, text)
    text = _ACCOUNT.sub(lambda found: f"{found[1]}{ACCOUNT}", text)
    text = _PLATE.sub(PLATE, text)
    text = _DIGITS.sub(_number, text)
    text = _SPOKEN.sub(PHONE, text)
    text = _PLACE.sub(_place, text)
    text = _HOUSE.sub(_place, text)
    text = _TOWN.sub(PLACE, text)
    for pattern in (_CALLED, _I_AM):
        text = pattern.sub(lambda found: f"{found[1]}{NAME}", text)
    text = _TITLED.sub(NAME, text)
    return _without_known(text, known) if known is not None else text


def without_marks(text: str) -> str:
    """A masked text without the marks: what is left of it to look for."""
    return " ".join(_MARKED.sub(" ", text).split())


def _place(found: re.Match[str]) -> str:
    """A place has a number of a house; what is only a length of time or a count stays."""
    return PLACE if re.search(r"[0-9]", found[0]) else found[0]


def _number(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    if re.fullmatch(r"(?:19|20)\d\d(?:0?[1-9]|1[0-2])(?:0?[1-9]|[12]\d|3[01])", digits) and len(digits) == 8:
        return found[0]
    is_phone = re.fullmatch(r"(?:0{0,2}86)?1[3-9]\d{9}|0\d{9,11}|[2-8]\d{6,7}|400\d{7}|800\d{7}", digits)
    return PHONE if is_phone else NUMBER


def _without_known(text: str, known: Known) -> str:
    candidates = {
        part for found in _CANDIDATE.finditer(text) for part in (found[1], found[1][:-1]) if len(part) > 1
    }
    if not candidates:
        return text
    for name in sorted(known(candidates), key=len, reverse=True):
        text = text.replace(name, NAME)
    return text
