"""What the outbox sends as mails outside conversations."""

from __future__ import annotations

from keyue.channels.email.rights import send_code_mail, send_request_mail
from keyue.channels.email.sending import send_case_mail, send_notices

SENDERS = {
    "mail.case": send_case_mail,
    "mail.notices": send_notices,
    "mail.privacy_code": send_code_mail,
    "mail.privacy": send_request_mail,
}
