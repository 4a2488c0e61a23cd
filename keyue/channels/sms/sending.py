"""An answer as a short message."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keyue.channels.sms.providers import HTTP, Letter, send
from keyue.channels.sms.templates import Template, fitting, parsed
from keyue.conversations.models import Channel, Line
from keyue.conversations.sealed import handles_of
from keyue.ledger.actions import Undeliverable

LONGEST = 500
"""Signs of a text that goes out without a template."""


def templates_of(channel: Channel) -> list[Template]:
    """The approved templates of a channel."""
    return parsed(str(channel.options.get("templates") or ""))[0]


def send_line(line: Line) -> str:
    """Send it by the channel's provider. No provider knows an identity of ours: where its answer is lost on the way, the
    message is sent a second time. Raises Undeliverable for a text that is no approved template."""
    phone, _name = handles_of([line.party])[0] if line.party else ("", "")
    if not phone or ";" in phone:
        raise Undeliverable(_("没有可以发短信的号码。"))
    templates = templates_of(line.channel)
    filled = fitting(line.body, templates)
    if filled is None and (templates or line.channel.options.get("provider") != HTTP):
        raise Undeliverable(_("这段话不是审核过的短信模板，不能发。请照模板写，只改可变的部分。"))
    if filled is None and len(line.body) > LONGEST:
        raise Undeliverable(_("短信最多 %(most)d 字。") % {"most": LONGEST})
    if line.files.all():
        raise Undeliverable(_("短信不能带文件，请换一种方式。"))
    letter = Letter(phone, line.body, line.uid.hex, filled)
    return f"sms:{send(line.channel, letter)}"
