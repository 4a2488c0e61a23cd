"""What a download site or a shop put around a text. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyue.kernel.texts import Sentence, sentence

# phrases that stand in notices of shops and not in a company's regulation
SHOP = re.compile(
    r"VIP|book118|人人文库|原创力文档|豆丁|道客|百度文库|淘豆|付费|侵权必究|版权申诉|版权说明|下载本文档|本文档共|文档贡献者|本站|"
    r"上传者|上传文档|查看更多|文档简介|温馨提示|最新文档|文档评论|相关文档|实名认证|提交评论|0/150|该用户|独家精品|精品文档|"
    r"网站首页|当前位置[：:]|浏览次数|点击次数|字号[：:]|打印本页|关闭窗口|上一篇[：:]|下一篇[：:]|版权所有|扫一扫|返回顶部|分享到|"
    r"责任编辑[：:]|ICP备|联系QQ|压缩文件请下载|解压|收益归属|举报或认领|认领|免费下载|用户上传|积分|点击这里|微信公众号扫码"
)
ALONE = re.compile(r"^(?:评论|\+?\s*关注|\d+/\d+|.{0,12}\+ 关注|相关推荐|文档评论\(\d+\))$")
TAIL = re.compile(r"^(?:温馨提示|最新文档|文档评论|相关文档|相关推荐|原创力文档$|评论$)")
FILE_NAME = re.compile(r"^[^。]{2,60}\.(?:docx?|pdf|wps|txt)(?:VIP)?$", re.IGNORECASE)
# 【正文开始】, 【试读已结束，剩余2页未读】: what a shop set between its own words and the text
OPENS = re.compile(r"[【\[〔(（]\s*(?:正文开始|以下(?:为|是)正文|正文如下)\s*[】\]〕)）]")
CLOSES = re.compile(
    r"[【\[〔(（][^】\]〕)）]{0,20}(?:试读|未读|剩余\d+页|正文(?:完|结束)|阅读全文|查看全文|继续阅读)[^】\]〕)）]{0,20}[】\]〕)）]"
)
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
            kept.append(line)
    return kept, removed


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
    if ALONE.match(text):
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
        if passed >= half and TAIL.match(line.strip()):
            return start + 1, i
    return start + 1, len(lines)
