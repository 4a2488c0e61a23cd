"""Moving the test clock on screen: the buttons of the bar that says what time the house believes it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keyue.kernel import clock
from keyue.kernel.errors import NotFound
from keyue.operations import installation
from keyue.people import sessions
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, safe_next
from keyue.promises.selectors import zone
from keyue.ui import wording

STEPS = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}
FARTHEST = timedelta(days=366)


class MoveForm(forms.Form):
    """A step ahead, or an instant on the company's wall clock."""

    by = forms.ChoiceField(choices=[(code, code) for code in STEPS], required=False)
    to = forms.DateTimeField(required=False)

    def target(self, now: datetime) -> datetime | None:
        """The instant to move to; None where neither was given."""
        by, to = self.cleaned_data["by"], self.cleaned_data["to"]
        if by:
            return now + STEPS[by]
        return to.replace(tzinfo=zone()) if to else None


@require_POST
@staff_page()
def move(request: StaffRequest) -> HttpResponse:
    """Let everybody of this demo believe that it is later. Backwards would put what is recorded into the future."""
    if not (clock.is_movable() and installation.may_move_clock()):
        raise NotFound(_("这里的时钟不能拨动。"))
    form = MoveForm(request.POST)
    target = form.target(request.at) if form.is_valid() else None
    if target is None or not request.at < target <= request.at + FARTHEST:
        messages.error(request, _("请选一个比现在晚、一年以内的时刻；时钟只能往前拨。"))
    else:
        clock.move_to(target)
        # who moved it has not been idle meanwhile
        request.session[sessions.STARTED] = request.session[sessions.SEEN] = target.isoformat()
        shown = wording.exact(target, zone())
        messages.success(request, _("时钟已拨到 %(moment)s，到时的约定马上会重新推算。") % {"moment": shown})
    return HttpResponseRedirect(safe_next(request, request.POST.get("next")))
