"""Where the older mails begin that a mail carries along: separators, copied headers, "… wrote:", in the clients' own words.

Chinese clients above all: QQ, Foxmail, NetEase (163, 126, 大师), Alimail, Coremail, 139, Sina, Lotus Notes, Outlook,
Gmail, Apple Mail and Thunderbird in Chinese and English. What a customer writes is not taken for one of these without
an address, a time of day or quoted lines to show it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAP = "[ \u3000]*"


def _spelled(words: str) -> str:
    """The words as an alternation; clients put blanks between the characters of Chinese ones."""
    return "|".join(_GAP.join(word) if not word.isascii() else re.escape(word) for word in words.split("/"))


LABELS = {
    "from": "发件人/寄件人/寄件者/发信人/发送人/發件人/From/Von/De/Absender/差出人/Expéditeur/Van/Da/Remitente/Fra/Från/Od/От/보낸 사람",
    "date": "发送时间/发送日期/发件时间/发件日期/时间/日期/寄件日期/寄件时间/傳送日期/傳送時間/寄件時間/時間/發送時間/Date/Sent/Sent at/Datum/Gesendet/"
    "Envoyé/Fecha/送信日時/Verzonden/Inviato/Data/Enviado/Enviada/Sendt/Dato/Skickat/Wysłano/Отправлено/Дата/날짜/보낸 날짜",
    "to": "收件人/收件者/收信人/To/An/À/Para/宛先/Destinataire/Aan/Til/Till/Do/Кому/받는 사람",
    "cc": "抄送/抄送人/副本/Cc/CC/密送/Bcc/Kopie",
    "subject": "主题/主旨/标题/主題/標題/邮件主题/Subject/Betreff/Objet/Asunto/件名/Onderwerp/Oggetto/Assunto/Emne/Ämne/Temat/Тема/제목",
    "other": "附件/重要性/优先级/Importance/Attachments/Attachment/Reply-To/回复/Priority",
}
_MARKS = r"[\s>*_|\ufeff-]{0,12}"
_LABEL = re.compile(
    f"{_MARKS}(?:"
    + "|".join(f"(?P<{kind}>{_spelled(words)})" for kind, words in LABELS.items())
    + r")[ \u3000*]{0,6}(?:[:：]|\t|\|)(?P<value>.*)",
    re.I,
)
_FROM_AND_MORE = re.compile(
    r"(?:发件人|寄件人|From)\s*[:：].{1,120}?(?:发送时间|日期|时间|Sent|Date)\s*[:：].{1,120}?(?:收件人|主题|To|Subject)\s*[:：]",
    re.I,
)
_WORDS_STRONG = (
    "原始邮件|原邮件|原始郵件|原郵件|邮件原件|邮件原文|转发邮件|转发的邮件|被转发邮件|已转发邮件|轉寄郵件|轉寄的郵件|已轉寄的郵件|轉發的郵件|回复的原邮件|回复的邮件|原始消息|原始訊息|转发的消息|原始信息"
    r"|Original(?:\s+(?:Message|Mail|E-?mail|Appointment))?|Forwarded\s+(?:Message|Mail|E-?mail)|Forwarded\s+by\s.{1,80}|由.{1,60}转发"
    "|Ursprüngliche Nachricht|Original-?Nachricht|Weitergeleitete Nachricht|Message d['’]origine|Message original|Message transféré|Mensaje original"
    "|Mensaje reenviado|Reply message|Messaggio originale|Messaggio inoltrato|Mensagem original|Oorspronkelijk bericht|Doorgestuurd bericht"
    "|Oprindelig meddelelse|Opprinnelig melding|Ursprungligt meddelande|Wiadomość oryginalna|Исходное сообщение|元のメッセージ|원본 메시지"
)
_RULED = re.compile(
    rf"[\s>|*]{{0,8}}[-_=*—－–~─]{{2,200}}\s{{0,20}}[^\w\n]{{0,3}}(?:{_WORDS_STRONG})\S{{0,6}}\s{{0,20}}[-_=*—－–~─]{{0,200}}[\s:：]{{0,10}}",
    re.I,
)
_SAID = re.compile(
    r"[\s>*]{0,8}(?:Begin forwarded message|开始转发的邮件|下面是被转发的邮件|以下是转发的邮件|以下是轉寄的郵件|開始轉寄郵件|下面是轉發的郵件)\s{0,3}[:：]\s*",
    re.I,
)
_REPLY_ABOVE = re.compile(
    r".{0,40}(?:reply\s+above\s+this\s+line|reply\s+below\s+this\s+line.{0,3}$|请?在此行(?:以上|上方|之上)回复|请在此线(?:以上|上方)回复|在(?:本|此)行以上(?:输入|填写)?.{0,4}回复).{0,40}",
    re.I,
)
_FOXMAIL = re.compile(r"\s{0,8}={3,80}\s{0,9}.{0,60}(?:写道|写到|提到)[:：]?\s{0,9}={3,80}\s*")
_FOXMAIL_END = re.compile(r"\s{0,8}(?:=\s){5,80}=?\s*")
_RULE = re.compile(r"[\s>|]{0,8}[-_=*—－–─~]{3,300}\s*")

_ENDS = re.compile(
    r"(?:写道|寫道|写到|來信寫道|来信说|(?:wrote|schrieb|schreef|skrev)(?:\s[^\n]{1,60}[>)])?|writes|het\s+volgende\s+geschreven|a\s+écrit|escribió"
    r"|ha\s+scritto|escreveu|napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?|kirjoitti|написал\(?а?\)?|пишет|đã\s+viết|şunu\s+yazdı|작성"
    r"|さんは書きました)\s{0,5}[:：]?[\s=\-*]{0,30}$",
    re.I,
)
_WRITTEN_ON = re.compile(r"\S.{0,160}(?:写于|寫於|wrote\s+on)\s{0,5}\d{1,4}[-/年.].{4,60}[:：]?\s*$", re.I)
_DATED = re.compile(
    r"(?:\w{2,10}[.,]?\s{1,2})?\d.{0,24}(?:\d{4}|[/.年-]\s?\d{1,2}).{0,60}<\s?[^<>\s]{1,100}@[^<>\s]{2,100}>\s{0,3}(?P<colon>[:：])?\s*$"
)
_BEGINS = re.compile(
    r"[\s>*\ufeff]{0,8}(?:-{2,10}\s{0,3})?(?:在|于|於|(?:At|On|Le|Am|El|Em|Il|Den|Op|På|Vào|W dniu|Dnia|Dne)\b|\d{2,4}\s?[-/年.]|[\"“'<]?[^\n]{1,80}@|[^\n。！？]{1,60}\s?[于於在]\s?\d{4}\s?[-/年.])",
    re.I,
)
_ADDRESS = re.compile(r"[^\s<>@]{1,100}@[^\s<>@]{2,100}")
_TIME = re.compile(r"\d{1,2}\s?[:：时時]\s?\d{2}")
_SENTENCE_END = re.compile(r"[。！？!?；;]\s*$")
QUOTED = re.compile(r"[ \t]{0,3}[>＞]")
_COMPARISON = re.compile(
    r"[ \t]{0,3}[>＞]\s?=?\s?\d[\d.,]{0,12}\s?(?:[%％‰°℃+]|个|天|小时|分钟|秒|年|月|日|周|次|元|块|万|千|百|倍|人|台|件|箱|米|公里|吨|斤|km|kg|cm|mm|MB|GB|h\b)"
)
LONGEST_ATTRIBUTION = 500
MOST_LINES_OF_HEADER = 16


def is_quoted(line: str) -> bool:
    """Whether a line is marked as quoted; the mark that an mbox puts before From is none."""
    return bool(QUOTED.match(line)) and not line.startswith(">From ")


def is_rule(line: str) -> bool:
    """Whether a line is drawn and says nothing."""
    return bool(_RULE.fullmatch(line))


def is_comparison(lines: Sequence[str], at: int) -> bool:
    """Whether a lone `>3天` means more than three, not a quotation."""
    alone = not (at and is_quoted(lines[at - 1])) and not (at + 1 < len(lines) and is_quoted(lines[at + 1]))
    return alone and bool(_COMPARISON.match(lines[at]))


def begins_history(lines: Sequence[str], at: int) -> bool:
    """Whether all from this line on is older: a separator in a client's words, or a copied header."""
    line = lines[at]
    if not line.strip():
        return False
    if len(line) < 300 and (_RULED.fullmatch(line) or _SAID.fullmatch(line) or _REPLY_ABOVE.fullmatch(line)):
        return True
    if len(line) < 2000 and _FROM_AND_MORE.search(line) and _ADDRESS.search(line):
        return True
    return _is_header(lines, at)


def _is_header(lines: Sequence[str], at: int) -> bool:
    """Whether a header is copied here: several fields by their names, with what only a mail has."""
    first = _LABEL.match(lines[at])
    if not first or not (first["from"] or first["date"] or first["subject"] or first["to"]):
        return False
    kinds: list[str] = []
    values: list[str] = []
    blanks = strange = 0
    for line in lines[at : at + MOST_LINES_OF_HEADER]:
        found = _LABEL.match(line)
        if found:
            kinds.append(next(kind for kind in LABELS if found[kind]))
            values.append(found["value"])
            blanks = strange = 0
        elif not line.strip():
            blanks += 1
        elif kinds[-1] in {"to", "cc", "subject", "from"} and strange < 3 and not blanks:
            strange += 1
            values.append(line)
        else:
            break
        if blanks > 1:
            break
    named = set(kinds)
    if "from" not in named or len(named - {"other"}) < 2:
        return False
    has_address = any(_ADDRESS.search(value) for value in values)
    is_drawn = at > 0 and is_rule(
        next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    )
    if "subject" in named:
        return len(named) >= 3 or has_address or is_drawn
    return (has_address or is_drawn) and (len(named) >= 3 or ("date" in named and has_address))


def attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here on say who wrote what follows; 0 where they do not."""
    line = lines[at]
    if len(line) > LONGEST_ATTRIBUTION or not line.strip() or is_quoted(line):
        return 0
    if _WRITTEN_ON.match(line) and (_ADDRESS.search(line) or _TIME.search(line)):
        return 1
    for count, piece in enumerate((line.strip(), " ".join(lines[at : at + 2]).strip()), start=1):
        dated = _DATED.match(piece) if len(piece) < LONGEST_ATTRIBUTION else None
        if dated and ((dated["colon"] and _TIME.search(piece)) or _quotes_follow(lines, at + count)):
            return count
    said = ""
    for count in range(1, 5):
        if at + count > len(lines):
            return 0
        piece = lines[at + count - 1]
        if not piece.strip() or (count > 1 and len(piece) > LONGEST_ATTRIBUTION):
            return 0
        said = f"{said} {piece.strip()}".strip()
        if _ENDS.search(said[-80:]):
            return count if _is_attribution(said, count, lines, at) else 0
        if _SENTENCE_END.search(piece) or not _BEGINS.match(line):
            return 0
    return 0


def _is_attribution(said: str, count: int, lines: Sequence[str], at: int) -> bool:
    shown = bool(_ADDRESS.search(said) or _TIME.search(said))
    if _quotes_follow(lines, at + count):
        return len(said) < 300
    return shown and bool(_BEGINS.match(said)) and len(said) < LONGEST_ATTRIBUTION


def _quotes_follow(lines: Sequence[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return is_quoted(following)


def foxmail_block(lines: Sequence[str], at: int) -> int:
    """Where the block ends that old Foxmail quotes between lines of `=`; 0 where none begins here."""
    if "=" not in lines[at] or len(lines[at]) > 300 or not _FOXMAIL.fullmatch(lines[at]):
        return 0
    for place in range(at + 1, len(lines)):
        if "= =" in lines[place] and _FOXMAIL_END.fullmatch(lines[place]):
            return place + 1
    return len(lines)
