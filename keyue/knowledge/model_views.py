"""The page on which an administrator attaches a language model, and tries it."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import actions, selectors
from keyue.knowledge.actions.models import MOST_SECONDS
from keyue.knowledge.forms import INPUT, Form, words
from keyue.knowledge.model_client import Failed, ask
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.views._page import settings_page
from keyue.ui.pages import MISTAKEN, go

PART = "knowledge:model"
TRIAL = "请只回答一个字：好"


class ModelForm(Form):
    """Where the model is."""

    is_on = forms.BooleanField(label=gettext_lazy("用语言模型写自动答复"), required=False)
    address = words(
        gettext_lazy("接口地址"),
        required=False,
        most=300,
        hint=gettext_lazy("OpenAI 兼容的地址，写到 /v1 为止，例如 http://127.0.0.1:8000/v1。"),
    )
    name = words(gettext_lazy("模型名称"), required=False, most=80)
    key = forms.CharField(
        label=gettext_lazy("密钥"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={**INPUT, "autocomplete": "new-password"}),
        help_text=gettext_lazy("留空就保持不变；换了地址要重新填。"),
    )
    seconds = forms.IntegerField(
        label=gettext_lazy("最多等几秒"),
        min_value=1,
        max_value=MOST_SECONDS,
        initial=8,
        widget=forms.NumberInput(attrs=INPUT),
        help_text=gettext_lazy("超过就按文章原文答复。"),
    )


@never_cache
@staff_page(Permission.SETTINGS_EDIT)
def language_model(request: StaffRequest) -> HttpResponse:
    """What was entered; posted, it is changed."""
    row, posted = selectors.model_row(), request.method == "POST"
    names = ("is_on", "address", "name", "seconds")
    form = ModelForm(
        request.POST if posted else None,
        initial={name: getattr(row, name) for name in names} if row is not None else None,
    )
    if posted and form.is_valid():
        try:
            actions.set_model(**form.cleaned_data, by=actor_of(request), at=request.at)
            return go(request, reverse("knowledge:model"), _("已保存。请试一次，看能不能连上。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {"form": form, "row": row}
    status = MISTAKEN if posted else 200
    return settings_page(request, "knowledge/model.html", PART, context, status=status)


@never_cache
@require_POST
@staff_page(Permission.SETTINGS_EDIT)
def try_model(request: StaffRequest) -> HttpResponse:
    """Ask the model one harmless question, and keep what came of it."""
    service = selectors.language_model(even_if_off=True)
    if service is None:
        raise Refused(_("请先填写接口地址并保存。"))
    try:
        said = _("连上了，它说：%(said)s") % {"said": ask(service, _trial(), is_trial=True)[:60]}
    except Failed as error:
        said = _("没有成功：%(why)s") % {"why": error}
    actions.note_trial(said=said, by=actor_of(request), at=request.at)
    return go(request, reverse("knowledge:model"), said)


def _trial() -> list[dict[str, str]]:
    return [{"role": "user", "content": TRIAL}]
