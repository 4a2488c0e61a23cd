"""Forms for notes of contacts and next steps. They read what was typed; the actions say what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.actions.notes import NextStep
from keyue.customers.enums import ContactWay, FollowUpEnd
from keyue.customers.rules import TEXT_LONGEST
from keyue.customers.upkeep_forms import MomentField
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.models import User

INPUT = {"class": "input"}


def _text(label: Any, hint: Any = "", rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={**INPUT, "rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=TEXT_LONGEST, help_text=hint, widget=widget
    )


class StepForm(forms.Form):
    """A next step: what, until when, and by whom; whoever was in touch where nobody is named."""

    what = _text(_("下一步做什么"))
    due = MomentField(label=_("期限"), required=False)
    owner = forms.CharField(
        label=_("责任人账号"),
        required=False,
        max_length=150,
        help_text=_("留空就是沟通人自己"),
        widget=forms.TextInput(attrs={**INPUT, "list": "colleagues", "autocomplete": "off"}),
    )

    def step(self) -> NextStep | None:
        """The next step that was typed; None of nothing. Raises Invalid."""
        what, due = self.cleaned_data.get("what", "").strip(), self.cleaned_data.get("due")
        if not what and due is None:
            return None
        if not what:
            raise Invalid(_("请写明下一步要做什么。"), fields={"what": _("请写明下一步要做什么")})
        if due is None:
            raise Invalid(_("请写明下一步的期限。"), fields={"due": _("请写明下一步的期限")})
        return NextStep(what, due, _owner(self.cleaned_data.get("owner", "")))


def _owner(username: str) -> User | None:
    if not username.strip():
        return None
    found = people.by_username(username.strip())
    if found is None or not found.is_active:
        raise Invalid(_("没有这个账号，或已离职。"), fields={"owner": _("没有这个账号，或已离职")})
    return found


class NoteForm(StepForm):
    """A note of a contact; with the mark of importance all of it is asked for."""

    way = forms.ChoiceField(label=_("方式"), choices=ContactWay.choices)
    contacted_at = MomentField(label=_("沟通时间"))
    is_important = forms.BooleanField(
        label=_("重要沟通"), required=False, help_text=_("参加人、议题、客户反馈、下一步打算都要写")
    )
    topics = _text(_("谈了什么"), rows=4)
    present = forms.MultipleChoiceField(
        label=_("在场联系人"), required=False, widget=forms.CheckboxSelectMultiple
    )
    attendees = forms.CharField(
        label=_("其他参加人"),
        required=False,
        max_length=TEXT_LONGEST,
        help_text=_("双方的人，用顿号分开"),
        widget=forms.TextInput(attrs=INPUT),
    )
    feedback = _text(_("客户意见"), _("客户说了什么看法、要求。"))
    no_opinion = forms.BooleanField(
        label=_("客户没有意见"), required=False, help_text=_("问过，没有；有意见的写在上面。")
    )
    next_steps = _text(_("下一步打算"))
    field_order = (
        "way", "contacted_at", "topics", "is_important", "present", "attendees", "feedback", "no_opinion", "next_steps",
        "what", "due", "owner",
    )  # fmt: skip

    def __init__(self, *args: Any, contacts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["present"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared so
        field.choices = contacts
        if not contacts:
            del self.fields["present"]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("is_important"):
            # all of an important one is asked for together
            return data
        if not (data.get("feedback", "").strip() or data.get("no_opinion") or "feedback" in self.errors):
            self.add_error("feedback", _("写下客户的意见；没有意见的，请勾选「客户没有意见」。"))
        return data

    def given(self) -> dict[str, Any]:
        """The arguments of `record_contact`. Raises Invalid."""
        data = dict(self.cleaned_data)
        step = self.step()
        for name in ("what", "due", "owner"):
            data.pop(name, None)
        data["present"] = [int(pk) for pk in data.get("present", ())]
        return {**data, "follow_ups": [step] if step is not None else []}


class QuickForm(NoteForm):
    """A note from the customer's door: the customer, the way, one text; more only where it is important."""

    customer = forms.CharField(
        label=_("客户"),
        max_length=40,
        error_messages={"required": _("请先选客户。")},
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, contacts=[], **kwargs)

    def given(self) -> dict[str, Any]:
        """As of `NoteForm`, without the customer."""
        data = super().given()
        data.pop("customer", None)
        return data


class EndForm(forms.Form):
    """What became of a next step."""

    outcome = forms.ChoiceField(label=_("结果"), choices=FollowUpEnd.choices)


class OpinionForm(forms.Form):
    """What the customer thinks, of a contact whose note left it open."""

    feedback = _text(_("客户意见"))
    no_opinion = forms.BooleanField(label=_("客户没有意见"), required=False)
