"""What the forms of the acts ask: nothing is said of a case because it stands first in a list."""

from __future__ import annotations

import pytest

from keyue.cases import forms
from keyue.cases.models import Case


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (forms.ClassifyForm, "category"),
        (forms.WaitForm, "reason"),
        (forms.CauseForm, "cause"),
        (forms.ExitForm, "exit"),
    ],
)
def test_the_first_of_a_list_is_nobodys_answer(form, name):
    bound = form(case=Case(type="complaint"))[name]
    assert not bound.value()
    assert next(iter(bound.field.choices))[0] == ""
    assert name in form({}, case=Case(type="complaint")).errors


def test_a_reason_for_another_time_is_asked_where_there_was_one():
    assert "reason" not in forms.EtaForm(case=Case()).fields
    assert next(iter(forms.EtaForm(case=Case()).fields)) == "eta"


def test_who_does_not_agree_says_why():
    refused = forms.DecideForm({"approve": "false", "reason": " "}, case=Case())
    assert refused.errors["reason"] == ["不同意要写明理由。"]
    assert not forms.DecideForm({"approve": "true"}, case=Case()).errors
