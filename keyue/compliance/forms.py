"""What is typed about regulations: answers to what one leaves open, and the adoption of a ready one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.compliance.control_words import limit_words, written_words
from keyue.compliance.publishing_forms import AudienceForm, StartForm
from keyue.kernel.errors import Invalid
from keyue.people.forms import SeveralStaffField
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.regulations.answering import LONGEST, Asked, asked, read_answers, typed
from keyue.regulations.document import Document
from keyue.regulations.models import Edition
from keyue.regulations.selectors import NamedPost
from keyue.ui import wording

POST = "post-"
PROPOSED = "take_proposed"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question on a page: its field, and the present answer in words; empty where it is not switched on."""

    asked: Asked
    field: forms.BoundField
    said: str


def answer_words(one: Asked) -> str:
    """The answer as a reader of the regulation says it: `每 2 天`; empty where there is none."""
    return limit_words(one.control) if one.is_answered else ""


class QuestionsForm(StartForm):
    """A field for each question of a text, and from when it holds. A good form has the `answers` as the text takes
    them, None for what is left empty."""

    answers: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        document: Document,
        kept: Mapping[str, Any],
        at: datetime,
        newest: Edition | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.document, self.at, self.newest = document, at, newest
        self.asked = asked(document, kept)
        for one in self.asked:
            # what is typed here stands as it was typed: no initial value that would be compared with it
            self.fields[one.question.key] = forms.CharField(
                label=f"{one.question.name} {one.question.clause}",
                required=False,
                max_length=LONGEST,
                initial=typed(one, wording.tongue()),
                help_text=_asked(one),
            )
        if any(one.question.proposed for one in self.asked):
            self.fields[PROPOSED] = forms.BooleanField(
                label=gettext_lazy("没有填写的，按客约的建议启用"), required=False
            )

    @property
    def takes_proposed(self) -> forms.BoundField | None:
        """Whether what is left empty is answered as the text proposes; None where it proposes nothing."""
        return self[PROPOSED] if PROPOSED in self.fields else None

    @property
    def questions(self) -> list[QuestionRow]:
        """The questions, each with its field and the present answer."""
        return [QuestionRow(one, self[one.question.key], answer_words(one)) for one in self.asked]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = {one.question.key: data.get(one.question.key, "") for one in self.asked}
        if data.get(PROPOSED):
            given = {one.question.key: given[one.question.key] or one.question.proposed for one in self.asked}
        try:
            self.answers = read_answers(self.document, given)
        except Invalid as error:
            for key, said in error.fields.items():
                self.add_error(key, str(said))
        return data

    def clean_effective_from(self) -> datetime | None:
        """Also not before the edition that it follows."""
        typed_start = super().clean_effective_from()
        before = self.newest.effective_from if self.newest is not None else None
        if self.newest is not None and before is not None and self.starts <= before:
            when = wording.moment(before, now=self.at, zone=promises.zone())
            said = _("第 %(n)d 版 %(when)s 起施行，新的一版要在它之后。")
            raise ValidationError(said % {"n": self.newest.n, "when": when})
        return typed_start


def _asked(one: Asked) -> str:
    """The question, and what Keyue proposes: it holds only once the company has said so."""
    if not one.question.proposed:
        return one.question.text
    proposed = written_words(one.question.proposed)
    return _("%(question)s客约建议：%(proposed)s。") % {"question": one.question.text, "proposed": proposed}


class AnswersForm(QuestionsForm):
    """The answers to a regulation in force. `revision` is the number of the edition that was read, `seen` the digest of
    what was previewed."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class AdoptForm(QuestionsForm, AudienceForm):
    """The adoption of a ready regulation: beside its questions, people for the posts behind which nobody stands, and
    who reads it and confirms."""

    def __init__(self, *args: Any, posts: Sequence[NamedPost], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # a program that says nothing asks nobody
        self.fields["whom"].required = False
        self.posts = posts
        for post in posts:
            if post.is_fillable:
                self.fields[POST + post.code] = SeveralStaffField(
                    label=f"{post.name} {_called(post)}".strip(),
                    required=False,
                    help_text=_("现在没有人担任；采用时一并任命。按住 Ctrl 可选多人。")
                    if post.kind
                    else _("还没有这个岗位；采用时一并建立。按住 Ctrl 可选多人。"),
                )

    @property
    def empty_posts(self) -> list[forms.BoundField]:
        """The fields of the posts behind which nobody stands."""
        return [self[name] for name in self.fields if name.startswith(POST)]

    @property
    def filled_posts(self) -> list[NamedPost]:
        """The posts and departments that need nobody here."""
        return [post for post in self.posts if not post.is_fillable]

    @property
    def holders(self) -> dict[str, list[User]]:
        """Who was chosen, by the code of a post."""
        return {
            name.removeprefix(POST): list(self.cleaned_data[name])
            for name in self.fields
            if name.startswith(POST) and self.cleaned_data.get(name)
        }


def _called(post: NamedPost) -> str:
    return _("制度里称「%(name)s」") % {"name": post.called} if post.called else ""
