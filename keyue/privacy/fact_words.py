"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "privacy.purpose_set": _("设定使用目的"),
    "privacy.purpose_retired": _("停用使用目的"),
    "privacy.text_published": _("发布告知书"),
    "privacy.retention_rule_set": _("设定保存期限"),
    "privacy.retention_rule_ended": _("停用保存期限"),
}
