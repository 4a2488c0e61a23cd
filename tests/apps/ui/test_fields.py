"""A form field: label, required mark, control, hint, and the error right beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.template import Context, Template


class Form(forms.Form):
    kind = forms.ChoiceField(label="类型", choices=[("a", "投诉"), ("b", "建议")], widget=forms.RadioSelect)
    phone = forms.CharField(label="手机号", help_text="11 位", max_length=11)
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"class": "own"}))
    agree = forms.BooleanField(label="同意", required=False, help_text="可随时撤回")
    teams = forms.MultipleChoiceField(
        label="部门", required=False, choices=[("q", "品质部")], widget=forms.CheckboxSelectMultiple
    )
    photo = forms.FileField(label="照片", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def show(source: str, form: forms.Form | None = None, **context: Any) -> str:
    template = Template("{% load ui %}{% field form." + source + " %}")
    return template.render(Context({"form": form or Form(), **context}))


def test_a_required_field_says_so() -> None:
    assert '<label for="id_phone" class="req">手机号</label>' in show("phone")
    assert '<label for="id_note">备注</label>' in show("note")


def test_the_hint_belongs_to_the_control() -> None:
    html = show("phone")
    assert 'aria-describedby="id_phone_helptext"' in html
    assert '<span class="hint" id="id_phone_helptext">11 位</span>' in html
    assert "换一句" in show('phone hint="换一句"')


def test_an_error_stands_beside_its_field_and_is_announced_with_it() -> None:
    html = show("phone", Form(data={"phone": "1" * 12}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'class="err" id="id_phone_error" data-s="late"' in html
    assert html.count("id_phone_error") == 2


def test_the_class_of_a_widget_is_kept() -> None:
    assert 'class="input tall own"' in show('note cls="tall"')


def test_other_attributes_reach_the_control() -> None:
    html = show('phone inputmode="tel" hx_get="/check/"')
    assert 'inputmode="tel"' in html
    assert 'hx-get="/check/"' in html


@pytest.mark.parametrize(("kind", "css"), [("pick", "pick"), ("seg", "seg"), ("", "checks")])
def test_choices_are_a_group_with_a_name(kind: str, css: str) -> None:
    html = show(f'kind kind="{kind}"')
    assert html.startswith('<fieldset class="field">')
    assert '<legend class="label req">类型</legend>' in html
    assert f'<div class="{css}">' in html
    assert html.count('type="radio"') == 2


def test_choices_may_have_icons() -> None:
    html = show('kind kind="pick" icons="flag note"')
    assert "#i-flag" in html
    assert html.index("#i-flag") < html.index("投诉") < html.index("#i-note")


def test_a_group_with_an_error_points_to_it() -> None:
    html = show("kind", Form(data={}))
    assert '<fieldset class="field" aria-describedby="id_kind_error">' in html


def test_boxes() -> None:
    html = show("agree")
    assert '<label class="check">' in html
    assert 'id="id_agree_helptext">可随时撤回' in html
    assert 'type="checkbox"' in show("teams")


def test_files_are_taken_by_a_button() -> None:
    html = show("photo")
    assert "data-upload" in html
    assert 'aria-labelledby="id_photo_label"' in html
    assert "<template>" in html


def test_a_hidden_field_is_only_its_input() -> None:
    assert show("secret").startswith('<input type="hidden"')


def test_a_form_says_above_what_is_wrong_with_it_as_a_whole() -> None:
    form = Form(data={"kind": "a", "phone": "1" * 12})
    form.add_error(None, "与 TS-2603-0142 重复")
    html = Template("{% load ui %}{% form_errors form %}").render(Context({"form": form}))
    assert 'role="alert"' in html
    assert "与 TS-2603-0142 重复" in html
    assert "有 1 处要改" in html
    assert Template("{% load ui %}{% form_errors form %}").render(Context({"form": Form()})) == ""
