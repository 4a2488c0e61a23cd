"""The lists of words: which speak for which answer, before there is a model and where one knows nothing."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.kernel.errors import Invalid, NotFound
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.sorting import actions, selectors
from keyue.sorting.enums import LABELS, Question
from keyue.sorting.forms import WordsForm
from keyue.sorting.model import base
from keyue.sorting.shown import word
from keyue.sorting.views._page import TUNE, sorting_page
from keyue.ui.pages import MISTAKEN, go

SHOWN = 12


@never_cache
@require_GET
@staff_page(TUNE)
def words(request: StaffRequest) -> HttpResponse:
    """All lists, with their first words, and which the company has changed."""
    own = selectors.own_words()
    groups = []
    for question, labels in base.lists(own).items():
        lines = [
            {
                "label": word(question, label),
                "words": said[:SHOWN],
                "more": max(len(said) - SHOWN, 0),
                "is_own": label in own.get(question, {}),
                "url": reverse("sorting:word_list", args=[question, label]),
            }
            for label, said in labels.items()
        ]
        groups.append((str(Question(question).label), lines))
    return sorting_page(request, "sorting/words.html", "sorting:words", {"groups": groups})


@never_cache
@staff_page(TUNE)
def word_list(request: StaffRequest, question: str, label: str) -> HttpResponse:
    """One list, to be changed; `restore` brings the product's own back."""
    if question not in base.WORDS or label not in LABELS[question].values:
        raise NotFound(_("没有这张词表。"))
    posted = request.method == "POST"
    known = base.lists(selectors.own_words())[question].get(label, ())
    form = WordsForm(request.POST) if posted else WordsForm(initial={"words": " ".join(known)})
    if posted and form.is_valid():
        restored = "restore" in request.POST
        said = base.WORDS[question].get(label, "") if restored else form.cleaned_data["words"]
        try:
            actions.change_words(
                question=question, label=label, words=said, by=actor_of(request), at=request.at
            )
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
        else:
            told = _("已恢复成软件自带的词表。") if restored else _("词表已保存，马上生效。")
            return go(request, reverse("sorting:words"), told)
    name = f"{Question(question).label} · {word(question, label)}"
    context = {"form": form, "name": name, "is_own": label in selectors.own_words().get(question, {})}
    return sorting_page(
        request,
        "sorting/word_list.html",
        "sorting:words",
        context,
        here=name,
        status=MISTAKEN if posted else 200,
    )
