"""Files of cases: only for who may see the case, only as a download, and never without a trace."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.cases import sending
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of


@never_cache
@require_GET
@staff_page(Permission.CASE_VIEW)
def download(request: StaffRequest, pk: int) -> HttpResponseBase:
    """An attachment as it was sent. The browser saves it and runs nothing of it."""
    return sending.download(request.user, pk, by=actor_of(request), at=request.at, via="web")
