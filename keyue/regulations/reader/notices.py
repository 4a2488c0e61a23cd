"""What a download site or a shop put around a text. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyue.kernel.texts import Sentence, sentence
from keyue.regulations.reader.paragraphs import MARKED

# phrases that stand in notices of shops and not in a company's regulation
SHOP = re.compile(
    r"VIP|book118|人人文库|原创力文档|豆丁网|道客巴巴|百度文库|淘豆|付费|侵权必究|版权申诉|版权说明|下载本文档|本文档共|文档贡献者|本站|"
    r"上传者|上传文档|查看更多|文档简介|温馨提示|最新文档|文档评论|相关文档|实名认证|提交评论|0/150|该用户|独家精品|精品文档|"
    r"网站首页|当前位置[：:]|浏览次数|点击次数|字号[：:]|打印本页|关闭窗口|上一篇[：:]|下一篇[：:]|版权所有|扫一扫|返回顶部|分享到|"
    r"责任编辑[：:]|ICP备|联系QQ|压缩文件请下载|解压|收益归属|举报或认领|免费下载|用户上传|下载积分|积分下载|点击这里|微信公众号扫码"
)
ALONE = re.compile(r"^(?:评论|\+?\s*关注|\d+/\d+|.{0,12}\+ 关注|相关推荐|文档评论\(\d+\))$")
TAIL = re.compile(r"^(?:温馨提示|最新文档|文档评论|相关文档|相关推荐|原创力文档$|评论$)")
FILE_NAME = re.compile(r"^[^。]{2,60}\.(?:docx?|pdf|wps|txt)(?:VIP)?$", re.IGNORECASE)
# 【正文开始】, 【试读已结束，剩余2页未读】: what a shop set between its own words and the text
OPENS = re.compile(r"[【\[〔(（]\s*(?:正文开始|以下(?:为|是)正文|正文如下)\s*[】\]〕)）]")
CLOSES = re.compile(
    r"[【\[〔(（][^】\]〕)）]{0,20}(?:试读|未读|剩余\d+页|正文(?:完|结束)|阅读全文|查看全文|继续阅读)[^】\]〕)）]{0,20}[】\]〕)）]"
)
SITE = r"[一-鿿]{2,6}?(?:资料网|资料库|文库|文档网|范文网|模板网|下载网|天下网|知识网|小站)"
# what only a site says: with another word of sites beside it, and nobody told to do anything, it is a notice
SITES = re.compile(
    rf"{SITE}|网友|转载|仅供学习|学习交流|来源于网络|来自网络|网络收集|侵权|www\.|https?:|金币|预览版|试读|范文|范本|加微信|加QQ|QQ群|"
    r"点击此处|点此|本文档|本资料|此文档|文档推荐|备案号|免责声明|收藏本|VIP|模板大全|表格大全"
)
FAINT = re.compile(
    r"下载|会员|免费|扫码|上传|领取|模板|文档|大全|精品|仅供参考|查看更多|整理|排版|专享|发布|\.com"
)
TOLD = re.compile(r"应当?|须|不得|负责|部门|客服部|经理|员工|制度规定")
SENTENCE = re.compile(r"(?<=[。！；])[^。！；]{6,80}(?:[。！]|$)")
EMBEDDED = re.compile(r"[【\[〔(（《][^【】\[\]〔〕()（）《》]{4,60}[】\]〕)）》]")
PATH = re.compile(r"^[^。，>»]{1,20}(?:\s*(?:>{1,2}|»|›)\s*[^。，>»›]{1,40}){2,}$")
"""Where a page stands on its site: 首页 > 制度 > 正文."""
MEASURES = re.compile(
    r"(?:浏览|点击|阅读|下载|页数|格式|大小|上传人|上传者|发布时间|更新时间)(?:次数|量)?[：:]"
)
NUMBERED = re.compile(
    r"第[一二三四五六七八九十百\d]{1,4}[章节条]|^\s*(?:\d{1,2}[.．、]|[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}、)"
)
LONGEST_NOTICE = 80
LONGEST_LINE = 400
"""Characters of a line that may be nothing but a notice."""
COMMENT = re.compile(r"^<!--.*-->$")


def without_notices(lines: Sequence[str]) -> tuple[list[str], list[tuple[str, Sentence]]]:
    """The lines of the text itself, and what was taken out with the reason."""
    kept: list[str] = []
    lines, removed = _without_frame(lines)
    start, end = _body(lines)
    for position, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if position >= end:
            removed.append((text, sentence("正文以后的网站内容")))
        elif COMMENT.match(text):
            removed.append((text, sentence("注释")))
        elif _is_notice(text) or (position < start and _is_listed(text)):
            removed.append((text, sentence("下载网站的说明")))
        elif FILE_NAME.match(text):
            removed.append((text, sentence("文件名")))
        else:
            plain, notices = _without_embedded(line)
            removed += [(notice, sentence("下载网站的说明")) for notice in notices]
            if plain.strip():
                kept.append(plain)
    return kept, removed


def _without_embedded(line: str) -> tuple[str, list[str]]:
    """A line without the notices in brackets and the sentences of a site that stand within it, and those."""
    notices: list[str] = []
    if not SITES.search(line) and not SHOP.search(line):
        return line, notices

    def cut(found: re.Match[str]) -> str:
        said = found[0]
        is_shops = len(line) > LONGEST_LINE and bool(SHOP.search(said)) and not TOLD.search(said)
        if NUMBERED.search(said) or not (is_shops or _is_of_site(said)):
            return said
        notices.append(found[0])
        return ""

    plain = SENTENCE.sub(cut, EMBEDDED.sub(cut, line))
    if notices and (name := re.search(rf"(?<=[。；]){SITE}\s*$", plain)):
        notices.append(name[0])
        plain = plain[: name.start()]
    return plain, notices


def _is_of_site(text: str) -> bool:
    if len(text) > LONGEST_NOTICE or TOLD.search(text):
        return False
    words = {found[0] for found in SITES.finditer(text)}
    return bool(words) and len(words) + len({found[0] for found in FAINT.finditer(text)}) > 1


def _without_frame(lines: Sequence[str]) -> tuple[list[str], list[tuple[str, Sentence]]]:
    """The lines between a shop's marks that its own words end and begin, and those words."""
    text = "\n".join(lines)
    removed: list[tuple[str, Sentence]] = []
    opened = OPENS.search(text, 0, max(1, len(text) // 3))
    if opened is not None:
        removed.append((text[: opened.end()].strip(), sentence("下载网站的说明")))
        text = text[opened.end() :]
    closed = CLOSES.search(text, len(text) // 2)
    if closed is not None:
        removed.append((text[closed.start() :].strip(), sentence("正文以后的网站内容")))
        text = text[: closed.start()]
    return text.split("\n"), removed


def _is_notice(text: str) -> bool:
    if len(text) > LONGEST_LINE:
        # text that has lost its line breaks: what a site put into it is cut out of it
        return False
    if PATH.match(text) or len(MEASURES.findall(text)) > 1:
        return True
    if ALONE.match(text) or (not MARKED.match(text) and _is_of_site(text)):
        return True
    found = SHOP.findall(text)
    is_short = len(text) < 40 or (SHOP.match(text) is not None and "。" not in text)
    return bool(found) and (is_short or len(found) > 1 or _is_listed(text))


def _is_listed(text: str) -> bool:
    return bool(re.match(r"^[-*•\s\d.、]+", text)) and bool(SHOP.search(text))


def _body(lines: Sequence[str]) -> tuple[int, int]:
    """Where the notices before the text end and those after it begin: the first tail phrase in the second half."""
    start = max(
        (i for i, line in enumerate(lines[: len(lines) // 2]) if _is_notice(line.strip())), default=-1
    )
    weight = [len(line) for line in lines]
    half = sum(weight) / 2
    passed = 0
    for i, line in enumerate(lines):
        passed += weight[i]
        at_head = TAIL.match(line.strip())
        at_end = TAIL.match(re.split("[。！]", line)[-1].strip())
        if passed >= half and (at_head or at_end) and not any(map(_goes_on, lines[i + 1 :])):
            return start + 1, i if at_head else i + 1
    return start + 1, len(lines)


def _goes_on(line: str) -> bool:
    """Whether a line is of the text itself: numbered, and somebody is told to do something."""
    text = line.strip()
    return (
        text[:1] not in set("-*•#>|")
        and bool(MARKED.match(text))
        and bool(re.search(r"应当?|须|不得|负责", text))
        and not SHOP.search(text)
    )
