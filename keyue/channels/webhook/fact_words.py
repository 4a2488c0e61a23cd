"""What facts of outlets are called where facts of all rooms stand together."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "outlet.opened": _("启用推送"),
    "outlet.changed": _("修改推送"),
    "outlet.secret_made": _("更换推送密钥"),
    "outlet.replayed": _("重新推送"),
    "outlet.closed": _("停用推送"),
}
