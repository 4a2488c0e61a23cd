"""The daily review: what is registered and not yet found valid or invalid (S3 4.2.1)."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.cases import selectors
from keyue.cases.book import Book
from keyue.cases.enums import Stage
from keyue.cases.page_forms import query_of
from keyue.cases.rows import rows_of
from keyue.cases.selectors import Filters
from keyue.cases.views._page import crumbs
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.ui.components import Crumb
from keyue.ui.pages import is_fragment, page


@never_cache
@require_GET
@staff_page(Permission.CASE_REVIEW)
def review(request: StaffRequest) -> HttpResponse:
    """The queue, the earliest due first, with what each says; marked in batches or one by one."""
    when = selectors.moment(request.at)
    filters = Filters(stage=Stage.REVIEW)
    back = request.GET.get("before", "")
    found = selectors.queue(
        request.user, filters, when=when, cursor=back or request.GET.get("after", ""), back=bool(back)
    )
    book = Book(when.now, when.zone)
    waiting, unsorted = selectors.counts(request.user, [filters, Filters(stage=Stage.CLASSIFY)], when=when)
    context = {
        "rows": rows_of(request.user, found.cases, book, excerpt=True),
        "page": found,
        "count": waiting,
        "unsorted": unsorted,
        "unsorted_url": f"{reverse('cases:list')}?{query_of({'stage': Stage.CLASSIFY.value})}",
        "here": request.get_full_path(),
        "query": "",
    }
    template = "cases/_review_list.html" if is_fragment(request) else "cases/review.html"
    return page(request, template, context, crumbs=crumbs(Crumb(_("每日审核"))))
