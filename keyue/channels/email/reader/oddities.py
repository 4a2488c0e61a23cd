"""What a mail was odd in and how it was read all the same: the sentences of `Mail.warnings`."""

from __future__ import annotations

from keyue.channels.email.reader.mail import sound
from keyue.kernel.texts import Sentence, cut, sentence

EMPTY = sentence("邮件是空的")
NO_FILE = sentence("没有这个文件")
NO_HEADER = sentence("没有邮件头，全部当作正文")
NO_BLANK_LINE = sentence("邮件头和正文之间没有空行，从第一行不像邮件头的地方起当作正文")
BROKEN_HEADER = sentence("邮件头中间断开，断开的行接在上一项后面")
WHOLE_FILE_UTF16 = sentence("整个文件存成了 UTF-16，先转换再读")
MBOX_LINE = sentence("第一行是 mbox 的分隔行，略去")
EMLX = sentence("这是 Apple Mail 的 emlx 文件，只读其中的邮件")
OUTLOOK_FILE = sentence("这是 Outlook 的 .msg 文件，不是原始邮件，整个作为附件")
NULS = sentence("有 NUL 字节，已略去")
NO_SENDER = sentence("没有写明发件人")
SENDER_ELSEWHERE = sentence("没有可用的发件人（From），取自别处")
SEVERAL_SENDERS = sentence("有几个发件人，取第一个有地址的")
SEVERAL_SUBJECTS = sentence("有几个主题，取第一个")
DATE_UNREADABLE = sentence("日期读不懂")
DATE_WITHOUT_ZONE = sentence("日期没有写时区")
DATE_FAR_OFF = sentence("日期离现在很远，照原样给出")
NO_BOUNDARY = sentence("分段标记没有写或者对不上，按正文里出现的标记分段")
NO_PARTS = sentence("声明有几部分，却没有分段，整个当作一段")
NOT_CLOSED = sentence("最后一部分没有结束标记，可能不完整")
TOO_MANY_PARTS = sentence("部分太多，余下的放进一个附件")
OUTSIDE_PARTS = sentence("分段之外还有文字，一并放进正文")
BASE64_DAMAGED = sentence("base64 有损坏，能解的都解了")
BASE64_TRAILING = sentence("base64 之后还有普通文字，接在后面")
NOT_BASE64 = sentence("声明是 base64，其实不是，照原样读")
BASE64_UNDECLARED = sentence("没有声明 base64，其实是，解码后读")
QP_UNDECLARED = sentence("没有声明 quoted-printable，其实是，解码后读")
UU_DAMAGED = sentence("uuencode 有损坏，能解的都解了")
UU_IN_TEXT = sentence("正文里夹着 uuencode 的文件，取出作为附件")
HTML_DECLARED_PLAIN = sentence("声明是纯文本，其实是 HTML，按 HTML 读")
PLAIN_DECLARED_HTML = sentence("声明是 HTML，其实没有标签，按纯文本读")
PLAIN_IS_LOST = sentence("纯文本部分都成了问号，正文取自 HTML")
PLAIN_IS_STUB = sentence("纯文本部分只说要看 HTML，正文取自 HTML")
HTML_TOO_LONG = sentence("HTML 太长，只给出文字")
TOO_LONG_TO_FOLD = sentence("正文太长，没有折叠引用和签名")
ALL_WOULD_FOLD = sentence("折叠引用和签名后什么也不剩，给出全文")
ENCRYPTED = sentence("内容是加密的，只能作为附件给出")
OPAQUE_SIGNED = sentence("内容包在 S/MIME 签名里，取出来读；签名没有验证")
TNEF = sentence("附件装在 winmail.dat 里，已取出")
TNEF_DAMAGED = sentence("winmail.dat 有损坏，能取的都取了，原件也留着")
PARTIAL = sentence("这只是一封邮件的一段，照原样给出")
NO_BODY_BUT_CALENDAR = sentence("没有正文，文字取自日程")
ENCODED_TWICE = sentence("UTF-8 编码了两次，还原后读")
HIDDEN_WORDS = sentence("正文里有收信人看不见的字，已一并给出，请留意")
UNVERIFIED = sentence("发件人未经验证：收信服务器核对 SPF、DKIM 或 DMARC 没有通过，可能是冒名的信")
DAMAGED = sentence("这一部分读不下去，原样作为附件")
TOO_DEEP = sentence("嵌套太深，深处的部分按先后排列")


def charset_wrong(declared: str, used: str) -> Sentence:
    """The declared charset did not hold; another was taken."""
    return sentence(
        "声明的字符集 %(declared)s 不对，按 %(used)s 读", declared=cut(sound(declared)), used=used
    )


def charset_unknown(declared: str, used: str) -> Sentence:
    """The declared charset says nothing; one was taken by the look of the bytes."""
    return sentence("不认识字符集 %(declared)s，按 %(used)s 读", declared=cut(sound(declared)), used=used)


def charset_missing(used: str) -> Sentence:
    """No charset was declared for bytes beyond ASCII."""
    return sentence("没有写字符集，按 %(used)s 读", used=used)


def charset_broken(used: str) -> Sentence:
    """Some bytes are of no charset: they show as �."""
    return sentence("有些字节按 %(used)s 读不出来，显示为 �", used=used)


def transfer_unknown(said: str) -> Sentence:
    """An unknown Content-Transfer-Encoding."""
    return sentence("不认识传输编码 %(said)s，照原样读", said=cut(sound(said)))


def unreadable(why: str) -> Sentence:
    """A file that the system would not read."""
    return sentence("读不了：%(why)s", why=cut(why))


def too_large(megabytes: int) -> Sentence:
    """A file beyond what is read at once."""
    return sentence("文件超过 %(n)s MB，没有读", n=megabytes)


class Oddities:
    """Collects sentences, each once, in the order they came up; the first `MOST` only."""

    MOST = 40

    def __init__(self) -> None:
        self._said: dict[Sentence, None] = {}

    def say(self, said: Sentence) -> None:
        """Note one; said again it stays where it was."""
        if len(self._said) < self.MOST:
            self._said.setdefault(said)

    @property
    def all(self) -> tuple[Sentence, ...]:
        """Everything said so far."""
        return tuple(self._said)
