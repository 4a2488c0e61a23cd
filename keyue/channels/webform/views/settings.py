"""What customers are told on the portal, as an administrator writes it: with a preview, and every version kept."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from keyue.channels.actions import publish_notice
from keyue.channels.webform import selectors
from keyue.channels.webform.forms import PortalWordsForm
from keyue.channels.webform.notice import Notice, built_in, default_consent, notice_of
from keyue.company.models import Installation
from keyue.company.selectors import revision_of
from keyue.kernel.errors import Refused
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.views._page import back, settings_page

CONFLICT, MISTAKEN = 409, 422


class PortalForm(PortalWordsForm):
    """The words of the portal; `revision` names those that were read."""

    consent_text = forms.CharField(
        label=gettext_lazy("同意语句"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "提交反馈前要勾选的一句话，后面自动接「，见个人信息处理告知」。留空就用系统自带的。"
        ),
    )
    revision = forms.CharField(max_length=64, widget=forms.HiddenInput)
    field_order = ("service_phone", "consent_text", "privacy_notice")

    def clean_consent_text(self) -> str:
        return str(self.cleaned_data["consent_text"]).strip().rstrip("。，,.")


@require_http_methods(["GET", "POST"])
@staff_page(Permission.SETTINGS_EDIT)
def portal(request: StaffRequest) -> HttpResponse:
    """The words of the portal, what they look like, and the versions before them."""
    found = selectors.installation()
    if found is None:
        return _shown(request, None, None, None)
    if request.method != "POST":
        return _shown(request, found, PortalForm(initial=_words(found)), None)
    form = PortalForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, None, status=MISTAKEN)
    said = dict(form.cleaned_data)
    if request.POST.get("act") == "preview":
        return _shown(request, found, form, _preview(found, said))
    try:
        notice = publish_notice(**said, user=request.user, at=request.at)
    except Refused as error:
        # what was typed, on top of what is published now: the next press is meant
        fresh = PortalForm({**said, "revision": revision_of(found)})
        fresh.is_valid()
        fresh.add_error(None, str(error))
        return _shown(request, found, fresh, None, status=CONFLICT, theirs=notice_of(found))
    return back(
        request, "channels:settings", said=_("已发布，版本 %(version)s") % {"version": notice.version}
    )


def _words(found: Installation) -> dict[str, str]:
    return {
        "service_phone": found.service_phone,
        "consent_text": found.consent_text,
        "privacy_notice": found.privacy_notice,
        "revision": revision_of(found),
    }


def _preview(found: Installation, said: dict[str, str]) -> Notice:
    """The notice as it would be; nothing is written."""
    tried = Installation(
        company=found.company,
        service_phone=said["service_phone"],
        privacy_notice=said["privacy_notice"],
        consent_text=said["consent_text"],
    )
    return notice_of(tried)


def _shown(
    request: StaffRequest,
    found: Installation | None,
    form: PortalForm | None,
    preview: Notice | None,
    *,
    theirs: Notice | None = None,
    status: int = 200,
) -> HttpResponse:
    now = notice_of(found)
    context = {
        "form": form,
        "preview": preview,
        "theirs": theirs,
        "now_version": now.version,
        "default_consent": default_consent(),
        "built_in": [part for part in built_in(found).split("\n") if part],
        "versions": selectors.published_notices(),
    }
    return settings_page(request, "channels/settings.html", "channels:settings", context, status=status)
