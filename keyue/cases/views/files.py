"""Files of cases: only for who may see the case, only as a download, and never without a trace."""

from __future__ import annotations

from django.http import FileResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.cases import selectors
from keyue.cases.actions.files import path_of
from keyue.customers.enums import Purpose
from keyue.kernel.errors import NotFound
from keyue.ledger.actions import record_access
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of


@never_cache
@require_GET
@staff_page(Permission.CASE_VIEW)
def download(request: StaffRequest, pk: int) -> HttpResponseBase:
    """An attachment as it was sent. The browser saves it and runs nothing of it."""
    attachment = selectors.attachment_for(request.user, pk)
    path = path_of(attachment.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    record_access(
        by=actor_of(request),
        subject=attachment.message.case.subject,
        what=f"attachment/{attachment.pk}",
        purpose=Purpose.HANDLE_CASE.value,
        via="web",
        at=request.at,
    )
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=attachment.name, content_type=attachment.content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
