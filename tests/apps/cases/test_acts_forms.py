"""What the forms of the acts ask: nothing is said of a case because it stands first in a list."""

from __future__ import annotations

import pytest

from keyue.cases import forms
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import Department


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


@pytest.mark.django_db
def test_work_goes_to_departments_and_not_to_the_company_as_a_whole(desk):
    case = desk.to_assigned(desk.complaint())
    form = forms.AssignForm(case=case)
    assert "company" not in dict(form.fields["lead"].choices)
    assert [code for code, _name in form.fields["collaborators"].choices] == ["quality", "service", "tech"]
    with pytest.raises(Invalid) as refused:
        desk.act(desk.world.supervisor, case, "reassign", lead="company", reason="试", collaborators=[])
    assert "lead" in refused.value.fields
    # who works for no department of it can only be reached as the company
    company = Department.objects.get(code="company")
    people.create_staff(
        username="ling", name="凌", department=company, must_change_password=False, by=SYSTEM, at=clock.now()
    )
    assert "company" in dict(forms.AssignForm(case=case).fields["lead"].choices)
