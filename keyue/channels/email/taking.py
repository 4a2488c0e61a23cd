"""What a mail says to us: the pure reader's `Mail` as a message of a conversation, or as one of the mails that are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.channels.email import selectors
from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.mail import Address, Attachment, Mail
from keyue.channels.email.sending import message_id
from keyue.conversations.actions._ground import LONGEST
from keyue.conversations.actions.knowing import UNVERIFIED
from keyue.conversations.actions.receiving import Incoming
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import in_chinese
from keyue.ui.uploads import MOST_FILES, Upload, checked

LONGEST_ID = 250
LONGEST_SUBJECT = 300
LONGEST_QUOTED = 20_000
ROOM = 2_000
"""Characters kept free in a line for what is said of files."""
SMALLEST_PICTURE = 1_500
"""Bytes of a picture in the text below which it is a mark of a letterhead or a counter of readings."""
MOST_WARNINGS = 10
MOST_REFUSED = 20
STAND_IN = "unknown:"
"""Begins the handle of whoever wrote a mail without an address; nothing can be sent there."""
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>(),;:\"\x00-\x1f\x7f]{1,250}")
_ANY_ID = re.compile(r"<[!-;=?-~]{1,300}>")
_FORMATTING = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
BOUNCED = _t("邮件被退回，没有送达客户，请换一种方式告知")
LOOKED_AT = _t("这封邮件不需要查看，或者已经看过了。")
STILL_UNREAD = _t("还是读不了：%(why)s")
GONE = _t("文件不在了。请联系系统管理员，从备份恢复。")
# what an agent is told beside the words
BEWARE = (oddities.UNVERIFIED, oddities.HIDDEN_WORDS)
# what a person has to look at although something could be read
SERIOUS = (oddities.DAMAGED, oddities.ENCRYPTED, oddities.OUTLOOK_FILE, oddities.PARTIAL)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a mail is to us. `why` is set where a person has to look at it: nobody could be found who wrote it, or part of
    it could not be read."""

    incoming: Incoming
    why: str = ""


@dataclass(slots=True)
class _Files:
    """Attachments that come in with the line, and what is said of those that do not."""

    uploads: list[Upload] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def identity_of(mail: Mail) -> str:
    """The same for the same mail, whichever way it came: Message-ID with sender and date, since some programs give all
    their mails one id; without an id what it says."""
    date = mail.date.isoformat() if mail.date else ""
    if mail.message_id:
        parts = ["id", mail.message_id, mail.sender.address.lower(), date]
    else:
        files = [one.sha256 for one in mail.attachments]
        parts = ["words", mail.sender.address.lower(), date, mail.subject, mail.text, *files]
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def short_id(identity: str) -> str:
    """A Message-ID as lines keep it: one that is longer than a column by its digest."""
    if len(identity) <= LONGEST_ID:
        return identity
    return f"<sha256.{sha256(identity.encode('utf-8', 'replace')).hexdigest()}@long>"


def external_id(mail: Mail, identity: str) -> str:
    """By which a line is known on its channel."""
    return short_id(mail.message_id) if mail.message_id else message_id(f"without.{identity[:32]}")


def address_in(one: Address) -> str:
    """An address that a mail can be sent to, in small letters; empty for anything else."""
    text = one.address.strip().lower()
    return text if _ADDRESS.fullmatch(text) and not _FORMATTING.search(text) else ""


def writer_of(mail: Mail, own: frozenset[str]) -> Address:
    """Who wrote. A form on the company's web site writes from one of our own addresses and names the customer in Reply-To;
    otherwise Reply-To is not believed, since nothing on the way vouches for it: an answer goes to who is seen to have
    written."""
    if address_in(mail.sender) not in own:
        return mail.sender
    others = (one for one in mail.reply_to if address_in(one) and address_in(one) not in own)
    return next(others, mail.sender)


def taken(mail: Mail, identity: str, own: frozenset[str], *, said: str = "") -> Taken:
    """A mail as a message. `said` is added to its words, as what is said of one that is too large."""
    writer = writer_of(mail, own)
    handle = address_in(writer)
    files = _sorted(mail.attachments)
    body = _body(mail, files, said)
    is_automatic = mail.auto_reply or mail.bounce or not handle or handle in own
    why = "\n".join(in_chinese(one) for one in mail.warnings if one in SERIOUS)
    if not handle:
        why = "\n".join(filter(None, [_("没有能用的发件人地址，不能回信。"), why]))
    quoted = mail.text if mail.text != mail.new_text else ""
    detail: dict[str, Any] = {
        "subject": mail.subject[:LONGEST_SUBJECT],
        "quoted": quoted[:LONGEST_QUOTED],
        "refused": [list(one) for one in files.refused[:MOST_REFUSED]],
        "warnings": [in_chinese(one) for one in mail.warnings[:MOST_WARNINGS]],
        "beware": [in_chinese(one) for one in BEWARE if one in mail.warnings],
        "automatic": is_automatic,
        "sent_at": mail.date.isoformat() if mail.date else "",
    }
    incoming = Incoming(
        external_id=external_id(mail, identity),
        handle=handle or f"{STAND_IN}{identity[:32]}",
        realm=UNVERIFIED if oddities.UNVERIFIED in mail.warnings else "",
        name=_FORMATTING.sub("", " ".join(writer.name.split()))[:60],
        body=body,
        uploads=files.uploads,
        detail={name: value for name, value in detail.items() if value},
        answers=answers_of(mail),
        case=_case_of(mail),
        is_automatic=is_automatic,
    )
    return Taken(incoming, why)


def unread(identity: str, why: str) -> Taken:
    """The message that stands for a mail which could not be read at all."""
    body = _("收到一封读不了的邮件，原件已保存，请查看。\n%(why)s") % {"why": why}
    incoming = Incoming(
        external_id=message_id(f"unread.{identity[:32]}"),
        handle=f"{STAND_IN}{identity[:32]}",
        body=body,
        detail={"automatic": True},
        is_automatic=True,
    )
    return Taken(incoming, why)


def answers_of(mail: Mail) -> list[str]:
    """Identities of the mails that this one answers, the nearest one last; a number in the subject says the same."""
    named = selectors.newest_id_in(mail.subject)
    ids = [short_id(one) for one in mail.references]
    return list(dict.fromkeys([named, *ids] if named else ids))


def _case_of(mail: Mail) -> Any:
    """The case that a mail names by what it answers, or by its number; whether it is theirs, receiving asks."""
    message = selectors.message_named(mail.references[-50:])
    return message.case if message is not None else selectors.case_in(mail.subject)


def bounced_ids(mail: Mail) -> list[str]:
    """Message-IDs of ours that a report of non-delivery speaks of: in what it refers to, says, or brings back."""
    texts = [" ".join(mail.references), mail.text]
    # what came back is among the attachments, as a mail or as its header alone
    texts += [one.content[:200_000].decode("latin-1") for one in mail.attachments]
    return list(dict.fromkeys(found for text in texts for found in selectors.ids_in(text)))


def _sorted(attachments: Sequence[Attachment]) -> _Files:
    """Files to be kept with the line, those that the text does not show itself first."""
    found = _Files()
    for one in sorted(attachments, key=lambda each: each.inline):
        if one.inline and one.type.startswith("image/") and one.size < SMALLEST_PICTURE:
            continue
        name = _FORMATTING.sub("", one.name)[-200:] or "file"
        upload = Upload(name, one.content)
        if len(found.uploads) >= MOST_FILES - 1:
            found.refused.append((name, _("文件太多")))
            continue
        try:
            checked([upload])
        except Invalid as error:
            found.refused.append((name, str(error)))
        else:
            found.uploads.append(upload)
    return found


def _body(mail: Mail, files: _Files, said: str) -> str:
    """The new words, cut to a line's length with the whole as a file, and what is said of files that did not come in."""
    words = mail.new_text.replace("\0", "").strip()
    if not words and not files.uploads:
        words = mail.subject.strip() or _("（这封邮件没有正文）")
    if len(words) > LONGEST - ROOM:
        whole = words
        words = words[: LONGEST - ROOM].rstrip() + "…\n" + _("（正文太长，全文见附件「正文.txt」）")
        files.uploads.append(Upload(_("正文.txt"), whole.encode("utf-8", "replace")))
    notes = [said] if said else []
    if files.refused:
        names = _("、").join(name for name, _why in files.refused[:MOST_REFUSED])
        notes.append(_("没有收下的附件：%(names)s。原件在原始邮件里。") % {"names": names})
    return "\n\n".join(filter(None, [words, *(note[: ROOM // 2 - 50] for note in notes)]))


def plain_ids(ids: Sequence[str]) -> list[str]:
    """Those that may stand in a header as they are."""
    return [one for one in ids if _ANY_ID.fullmatch(one)]


def other_id(external: str, identity: str) -> str:
    """An identity that no other mail has, for one whose Message-ID another has taken."""
    return f"{external[: LONGEST_ID - 34]}#{identity[:32]}"


def beginning_of(mail: Mail) -> Mail:
    """What is known of a mail of which only the beginning is there: its files may be cut, and are left out."""
    return replace(mail, attachments=())
