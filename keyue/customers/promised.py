"""What somebody promises while they write to a customer: found in the words, offered, and taken from the form again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers.actions.notes import NextStep
from keyue.kernel.errors import Invalid
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.models import User
from keyue.promises.commitments import commitments_in
from keyue.promises.selectors import company_calendar
from keyue.ui.pages import page

MOST_OFFERED = 3
LONGEST_READ = 4_000
"""Characters that are looked through: a longer answer is a letter, and its promises are entered by hand."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A sentence that promises something; `due` as a field of a form takes it, empty where no time was named."""

    n: int
    what: str
    due: str
    is_taken: bool = False


def offers_in(text: str, at: datetime, given: QueryDict | None = None) -> list[Offer]:
    """What a text promises, at most `MOST_OFFERED`; what was ticked in a form before stays ticked, its time kept while
    the words are the same."""
    found = commitments_in(text[:LONGEST_READ], at, company_calendar())
    given = given or QueryDict()
    offers = []
    for n, one in enumerate(found[:MOST_OFFERED], 1):
        is_same = given.get(f"promise_what_{n}") == one.text
        due = given.get(f"promise_due_{n}", "") if is_same else _field(one.until)
        offers.append(Offer(n, one.text, due, bool(given.get(f"promise_{n}"))))
    return offers


def _field(until: datetime | None) -> str:
    return timezone.localtime(until).strftime("%Y-%m-%dT%H:%M") if until else ""


@never_cache
@require_POST
@staff_page(Permission.CONVERSATION_ANSWER, Permission.CASE_TELL_CUSTOMER, Permission.CASE_NOTE)
def offered(request: StaffRequest) -> HttpResponse:
    """The offers for what stands in a composer; `known` is empty where nobody knows which customer it is."""
    is_inside = bool(request.POST.get("whisper")) or request.POST.get("via") == "note"
    offers = [] if is_inside else offers_in(request.POST.get("body", ""), request.at, request.POST)
    context = {"offers": offers, "is_known": request.GET.get("known") == "1"}
    return page(request, "customers/_promised.html", context)


def steps_from(given: QueryDict, owner: User, at: datetime) -> list[NextStep]:
    """The promises that were ticked in a form. Raises Invalid where one has no time, or one that is over."""
    steps = []
    for n in range(1, MOST_OFFERED + 1):
        if not given.get(f"promise_{n}"):
            continue
        what, due = given.get(f"promise_what_{n}", "").strip(), _instant(given.get(f"promise_due_{n}", ""))
        fault = ""
        if due is None:
            fault = _("请写明「%(what)s」什么时候到期。") % {"what": what}
        elif due <= at:
            fault = _("「%(what)s」的期限应在现在之后。") % {"what": what}
        if fault:
            raise Invalid(fault, fields={"body": fault})
        if due is not None:
            steps.append(NextStep(what, due, owner))
    return steps


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else timezone.make_aware(found)
