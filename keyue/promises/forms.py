"""Forms for handing a promise over and for asking an approver."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.people.models import User
from keyue.promises import selectors
from keyue.promises.enums import RequestKind
from keyue.promises.models import Promise
from keyue.ui.fields import ask_by_name


class GiveForm(forms.Form):
    """To whom: the people behind the promise's owner."""

    to = forms.ChoiceField(label=_("派给谁"))

    def __init__(self, *args: Any, promise: Promise, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        behind = selectors.colleagues([promise.owner], at)[promise.owner]
        self.behind = {str(person.pk): person for person in behind if person.pk != promise.holder_id}
        choices = [(pk, person.name) for pk, person in self.behind.items()]
        # nobody is given it because they stand first in the list
        self.fields["to"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]
        ask_by_name(self)

    def person(self) -> User:
        return self.behind[self.cleaned_data["to"]]


class RequestForm(forms.Form):
    """A waiver, or an extension to a later instant, with a reason. `kind` says which of the two it asks for."""

    kind = forms.ChoiceField(choices=RequestKind.choices, widget=forms.HiddenInput)
    due = forms.DateTimeField(
        label=_("新的到期"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["kind"] = kind
        self.of = RequestKind(kind)
        if kind == RequestKind.WAIVER:
            del self.fields["due"]
        ask_by_name(self)

    def clean_due(self) -> Any:
        due = self.cleaned_data.get("due")
        # the form's text has no zone of its own: it is the company's wall clock
        return due.replace(tzinfo=selectors.zone()) if due else None

    def clean(self) -> dict[str, Any]:
        return {"due": None, **(super().clean() or {})}


class DecideForm(forms.Form):
    """Yes, or no with a reason."""

    approve = forms.TypedChoiceField(
        label=_("决定"),
        choices=[("true", _("同意")), ("false", _("不同意"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("不同意的理由"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=500
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)
