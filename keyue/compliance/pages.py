"""What the pages of this room share beside `ui.pages`: the path to them, and acting on a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.forms import BaseForm
from django.urls import reverse
from django.utils.translation import pgettext

from keyue.compliance.edition_words import number_of
from keyue.kernel.errors import Invalid, Refused
from keyue.people.forms import show_faults
from keyue.regulations.models import Edition
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN

Made = TypeVar("Made")


def crumbs(*last: Crumb) -> list[Crumb]:
    """The path to a page of this room, from the list of regulations on."""
    return [Crumb(pgettext("列表", "制度"), reverse("regulations:list")), *last]


def edition_crumbs(edition: Edition, *last: Crumb) -> list[Crumb]:
    """The path to a page of an edition."""
    return crumbs(
        Crumb(edition.title, reverse("regulations:editions", args=[edition.regulation_id])),
        *last,
    )


def below_edition(edition: Edition, here: str) -> list[Crumb]:
    """The path to a page below that of an edition."""
    return edition_crumbs(edition, Crumb(number_of(edition), draft_url(edition)), Crumb(here))


def draft_url(edition: Edition) -> str:
    """The page of an edition."""
    return reverse("regulations:draft", args=[edition.regulation_id, edition.n])


def attempt(form: BaseForm, act: Callable[[], Made]) -> tuple[Made | None, int]:
    """What an act on a good form makes, and 200; None where the form is mistaken or the act refused, which the form then
    says, and the status of that answer."""
    if not form.is_valid():
        return None, MISTAKEN
    try:
        return act(), 200
    except (Invalid, Refused) as error:
        show_faults(form, error)
        return None, error.status
