"""What stands at the end of a mail and says nothing new: signatures, closing phrases, words of the telephone, disclaimers."""

from __future__ import annotations

import re

from keyue.channels.email.reader.history import is_rule

_DELIMITER = re.compile(r"--[ \u00a0]?$")
_CLIENT = re.compile(
    r"[\s(（\[【<-]{0,6}(?:"
    r"发自(?:我的|网易|小米|华为|荣耀|魅族|三星|vivo|OPPO|iQOO|iPhone|iPad|安卓|钉钉|企业微信|QQ邮箱|Foxmail|Outlook|新浪|搜狐|139|189|阿里|手机|飞书)[^，。！？；,!?]{0,30}"
    r"|(?:由|使用|通过|从)\s?(?:我的|网易|QQ|Foxmail|阿里|钉钉|企业微信|手机|iPhone|iPad|Outlook|新浪|139)[^，。！？；,!?]{0,24}(?:发送|发出)"
    r"|来自(?:我的)?\s?(?:QQ邮箱|网易|手机|iPhone|iPad|华为|小米|Foxmail|Outlook|阿里|新浪|139|189|企业微信|钉钉|飞书|Android|安卓)[^，。！？；,!?]{0,20}"
    r"|(?:從|从)我的\s?.{1,20}(?:傳送|发送|傳出|寄出)|發自我的.{1,20}|傳送自.{1,30}|发送自.{1,30}|下载.{0,10}(?:QQ邮箱|网易邮箱大师)[^，。！？；,!?]{0,20}"
    r"|Sent\s(?:from|via|using|with)\s(?:my|Mail|Outlook|Yahoo|the\sall|iPhone|Samsung|Huawei|Foxmail|NetEase|WeCom|Proton|Gmail|Spark|Xiaomi|BlackBerry|a\smobile).{0,60}"
    r"|(?:Von\smeinem|Gesendet\s(?:von|mit|über)|Envoyé\s(?:de|depuis|à\spartir)|Inviato\sda|Enviado\s(?:desde|do|pelo)|Verzonden\s(?:vanaf|met)|Skickat\sfrån|Sendt\sfra)\s.{0,60}"
    r"|.{1,30}から送信"
    r"|(?:Get|获取|取得|下载)\s?Outlook\s(?:for|上的|,?\s?适用于)[^，。！？；,!?]{0,30}|Outlook\s?(?:for|适用于)\s?(?:iOS|Android|安卓)[^，。！？；,!?]{0,20}"
    r")[\s)）\]】>.。!！-]{0,6}(?:<https?://\S{1,200}>)?",
    re.I,
)
_LINK_ALONE = re.compile(
    r"\s*[<(]?https?://(?:aka\.ms|\S{0,40}outlook|\S{0,40}yahoo|\S{0,60}mail)\S{0,200}[>)]?\s*", re.I
)
_HERE_TO = re.compile(r"\s*此致\s*[,，!！:：。]?\s*(?P<salute>(?:敬礼|敬禮)\s*[!！。.]*)?\s*")
_SALUTE = re.compile(r"\s*(?:敬礼|敬禮)\s*[!！。.~]*\s*")
_OLD_HERE_TO = re.compile(r"\s*致\s*")
_OLD_SALUTE = re.compile(r"\s*礼\s*[!！。]*\s*")
_CLOSING = re.compile(
    r"\s*(?:(?:with\s)?(?:best|kind|warm|many)(?:\s(?:and\s)?\w+)?\s(?:regards|wishes)|best\sregards.{0,30}|regards|yours\s(?:sincerely|faithfully|truly)|sincerely(?:\syours)?"
    r"|mit\s(?:freundlichen|besten|herzlichen|vielen)\sGr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe|freundliche|sch(?:ö|oe)ne|herzliche)\sGr(?:ü|ue)(?:ß|ss)e"
    r"|mfg|(?:bien\s|très\s)?cordialement|(?:bien\s)?à\svous|(?:sincères\s)?salutations|(?:un\s)?saludos?(?:\scordiales)?|(?:cordiali|distinti)\ssaluti|atenciosamente"
    r"|met\svriendelijke\sgroet(?:en)?|cheers|best|brgds|b\.?\s?rgds|br|此致敬礼|此致敬禮|顺祝商祺|顺颂商祺|順頌商祺|順祝商祺|顺颂时祺|顺祝.{1,6}|即颂近安|敬颂.{2}|祝商祺|祝好|祝安好|祝您?(?:工作|生活|身体)(?:顺利|愉快|健康)|祝颂商祺|商祺)\s*[,，.。!！~:：]*\s*",
    re.I,
)
_AFTERTHOUGHT = re.compile(
    r"\s*(?:附[:：件言]?|PS|P\.S|又及|另[:：，,外]|备注|注[:：]|补充|再补充|问题|订单)", re.I
)
_CONTACT = re.compile(
    r"@|电话|手机|傳真|传真|电邮|邮箱|地址|邮编|公司|集团|部门?$|QQ\s?[:：]|微信|\b(?:Tel|Mob|Mobile|Phone|Fax|Cell|Add|Addr|Address|Email|E-mail|Web|M|T|P|F)\b\.?\s?[:：]|www\.|https?://|(?<!\d)1[3-9]\d{9}(?!\d)|\d{3,4}-\d{7,8}|Co\.|Ltd",
    re.I,
)
_SENTENCE = re.compile(r"[。？！?!；;]\s*$")
_LISTED = re.compile(r"\s*(?:\d{1,2}\s?[、.．)）]|[一二三四五六七八九十]+、|[-*•]\s)")
_DISCLAIMS = re.compile(
    r"[\s*【\[(（“\"#]{0,6}(?:本(?:电子)?(?:邮件|邮箱|信息|郵件)|此(?:电子)?(?:邮件|郵件|信息)|这封(?:电子)?邮件|该邮件|保密(?:声明|提示|通知|条款|义务)|免责(?:声明|条款|聲明)|機密|机密|重要(?:提示|声明|说明)|声明\s?[:：]|邮件声明|法律声明"
    r"|This\s(?:e-?mail|message|communication|transmission|electronic)|The\s(?:information|contents?)\s(?:(?:contained|transmitted)\s)?(?:in|of|by)\sth(?:is|e)|The\scontents?\sof"
    r"|CONFIDENTIAL|DISCLAIMER|PRIVILEGED|IMPORTANT\s(?:NOTICE|NOTE)?|LEGAL\sNOTICE|NOTICE\s?[:：]|WARNING\s?[:：]|If\syou\s(?:have\s)?(?:received|are\snot\sthe\sintended)|Please\sconsider\sthe\senviron"
    r"|请(?:您)?考虑(?:一下)?环境|为了?(?:环保|环境|地球)|打印(?:本|此)?(?:邮件)?前|在(?:您)?打印(?:本|此)?邮件)",
    re.I,
)
_CONFIDENTIAL = re.compile(
    r"保密|機密|机密|误(?:收|发|送)|誤(?:收|發)|错误(?:地)?(?:收到|接收|发送)|非(?:本|指定|预期|预定|目标)?.{0,6}收件人|指定(?:的)?(?:收件人|人员|个人)|未经.{0,8}(?:授权|许可|同意)|(?:不得|禁止|请勿).{0,16}(?:披露|复制|转发|传播|泄露|使用|散发)|法律责任"
    r"|confidential|privileged|intended\s(?:recipient|only|solely|for|to\sbe)|unauthori[sz]ed|in\serror|by\smistake|environment|环境|环保|地球|virus|病毒|自动发送|系统自动",
    re.I,
)
_PGP_SIGNATURE = re.compile(
    r"^-----BEGIN PGP SIGNATURE-----\n(?:(?!-----).*\n){0,500}-----END PGP SIGNATURE-----$\n?", re.M
)
_PGP_BEGIN = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: .*\n)*\n?", re.M)
_FRAME = re.compile(r"\s*\|[ \t\u00a0]*\|\s*")
LONGEST_SIGNATURE = 40
SHORT_SIGNATURE = 12
SHORT_LINE = 64
MOST_AFTER_DISCLAIMER = 400


def without_pgp(text: str) -> str:
    """`text` without the armour of a clear signature."""
    if "-----BEGIN PGP SIGN" not in text:
        return text
    return _PGP_BEGIN.sub("", _PGP_SIGNATURE.sub("", text))


def without_signature(lines: list[str]) -> list[str]:
    """The lines of one passage without what closes it. An empty list where there is nothing else."""
    kept = _without_disclaimer(trimmed_lines(lines))
    kept = _above_delimiter(kept)
    for _round in range(4):
        before = len(kept)
        kept = trimmed_lines(_above_card(trimmed_lines(_without_client_lines(kept))))
        kept = trimmed_lines(_above_contacts(trimmed_lines(_above_closing(kept))))
        if len(kept) == before:
            break
    return kept


def trimmed_lines(lines: list[str]) -> list[str]:
    """Without the empty and the drawn lines at the end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or is_rule(lines[end - 1])):
        end -= 1
    return lines[:end]


def _above_delimiter(lines: list[str]) -> list[str]:
    left = sum(1 for line in lines if line.strip())
    for at, line in enumerate(lines):
        left -= bool(line.strip())
        if not line.startswith("--") or not _DELIMITER.fullmatch(line):
            continue
        is_sure = line != "--"
        if left > (LONGEST_SIGNATURE if is_sure else SHORT_SIGNATURE):
            continue
        if is_sure or all(len(one) <= SHORT_LINE + 16 for one in lines[at + 1 :] if one.strip()):
            return lines[:at]
    return lines


def _without_client_lines(lines: list[str]) -> list[str]:
    kept = trimmed_lines(lines)
    while kept:
        line = kept[-1].strip()
        if len(line) > 120:
            break
        if _CLIENT.fullmatch(line):
            kept = trimmed_lines(kept[:-1])
        elif _LINK_ALONE.fullmatch(line) and len(kept) > 1 and _CLIENT.fullmatch(kept[-2].strip()):
            kept = trimmed_lines(kept[:-2])
        else:
            break
    return kept


def _short_tail(lines: list[str], at: int, most: int) -> bool:
    """Whether what stands from `at` on can be a signature: few short lines, no afterthought among them."""
    tail = [line for line in lines[at:] if line.strip()]
    return len(tail) <= most and not any(
        len(line.strip()) > SHORT_LINE
        or _AFTERTHOUGHT.match(line)
        or (_SENTENCE.search(line) and len(line.strip()) > 12)
        for line in tail
    )


def _above_closing(lines: list[str]) -> list[str]:
    """Above 此致 敬礼, Best regards and their like, where only a name and the like follow."""
    for at in range(max(0, len(lines) - 24), len(lines)):
        line = lines[at]
        if len(line) > SHORT_LINE:
            continue
        formal = _HERE_TO.fullmatch(line)
        if formal or _OLD_HERE_TO.fullmatch(line):
            following = next((n for n in range(at + 1, len(lines)) if lines[n].strip()), -1)
            salute = _SALUTE if formal else _OLD_SALUTE
            after = at + 1
            if not (formal and formal["salute"]):
                if following < 0 or not salute.fullmatch(lines[following]):
                    continue
                after = following + 1
            if _short_tail(lines, after, 8):
                return lines[:at]
        elif _CLOSING.fullmatch(line) and _short_tail(lines, at + 1, 14):
            return lines[:at]
    return lines


def _above_card(lines: list[str]) -> list[str]:
    """Above a card of NetEase's programs, whose frame is left of a table: strokes alone on lines, a name between them."""
    for at in range(max(0, len(lines) - 24), len(lines)):
        if _FRAME.fullmatch(lines[at]) and _short_tail(lines, at, 14):
            strokes = sum(line.strip() == "|" for line in lines[at + 1 :])
            if strokes and not any(_LISTED.match(line) for line in lines[at:]):
                return lines[:at]
    return lines


def _above_contacts(lines: list[str]) -> list[str]:
    """Above a drawn line under which stand only ways to reach somebody, or a name and a date."""
    for at in range(max(0, len(lines) - 24), len(lines)):
        if not is_rule(lines[at]):
            continue
        tail = [line.strip() for line in lines[at + 1 :] if line.strip() and not is_rule(line)]
        if not tail or not _short_tail(lines, at + 1, 14) or any(_LISTED.match(line) for line in tail):
            continue
        if any(_CONTACT.search(line) for line in tail) or (
            len(tail) <= 3 and all(len(line) <= 14 for line in tail)
        ):
            return lines[:at]
    return lines


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Above the first of the sentences by which companies keep their mail confidential, if little else follows."""
    for at in range(max(0, len(lines) - 80), len(lines)):
        if not _DISCLAIMS.match(lines[at]):
            continue
        ahead = " ".join(lines[at : at + 12])[:1200]
        if not _CONFIDENTIAL.search(ahead):
            continue
        rest = "\n".join(lines[at:])
        other = [one for one in re.split(r"\n\s*\n", rest) if not _is_disclaiming(one)]
        if sum(map(len, other)) <= MOST_AFTER_DISCLAIMER and not any(
            _AFTERTHOUGHT.match(one) for one in other
        ):
            return trimmed_lines(lines[:at])
    return lines


def _is_disclaiming(paragraph: str) -> bool:
    return bool(_DISCLAIMS.match(paragraph.lstrip()) or _CONFIDENTIAL.search(paragraph))
