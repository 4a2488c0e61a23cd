"""The index of the search in the archive. Only `actions/` writes here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

TOKENS_A_CUSTOMER = 4096
"""A token's id is its customer's, times so many, plus a number: a token's customers stand in its index in their order, a
customer's tokens beside each other, and the table needs no third column."""


class SearchToken(models.Model):
    """That a customer is found by one word: eight bytes of a digest.

    What is open stands for itself and is positive; what is somebody's is keyed, negative, and goes when their key goes.
    """

    blind: ClassVar[tuple[str, ...]] = ("token",)

    id = models.BigIntegerField(primary_key=True)
    token = models.BigIntegerField(_("检索词"))

    class Meta:
        verbose_name = _("客户检索词")
        verbose_name_plural = _("客户检索词")
        indexes = [models.Index(fields=["token", "id"], name="customers_tokens")]

    def __str__(self) -> str:
        return str(self.pk)
