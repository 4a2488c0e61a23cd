"""In which language the command line speaks: English where the environment names it (LANG=en_US.UTF-8), else Chinese."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import translation

from keyue.kernel.texts import ENGLISH, language_asked

LASTING = frozenset({"serve", "web", "work", "demo", "migrate"})
"""Commands that go on for others than who started them, or write what stays: only what they print is in that language."""


def to_the_reader() -> AbstractContextManager[None]:
    """Within it, texts are in the language of who reads the terminal."""
    return translation.override(ENGLISH if language_asked() == ENGLISH else settings.LANGUAGE_CODE)
