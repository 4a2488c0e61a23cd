"""Proving the index of the search: what it holds against what the customers' rows say. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from keyue.customers import rules, searching
from keyue.customers.actions.searching import AT_A_TIME, expected_tokens
from keyue.customers.models import Customer
from keyue.customers.models.searching import TOKENS_A_CUSTOMER, SearchToken


def verify_search(sample: int | None = None) -> Iterator[str]:
    """A sentence for every customer whom the search finds wrongly, of all or of `sample` customers spread evenly."""
    for ids in searching.in_batches(AT_A_TIME) if sample is None else [_spread(sample)]:
        held: dict[int, set[int]] = {}
        rows = SearchToken.objects.none() if not ids else _rows(ids, sample is None)
        for pk, token in rows.values_list("id", "token"):
            held.setdefault(pk // TOKENS_A_CUSTOMER, set()).add(token)
        for pk, tokens in expected_tokens(ids).items():
            if held.get(pk, set()) != tokens:
                yield _("%(number)s 的检索词与档案不符（keyue reindex 可重建）") % {
                    "number": rules.number_of(pk)
                }


def _rows(ids: list[int], is_whole: bool) -> searching.Rows:
    if is_whole:
        return SearchToken.objects.filter(
            id__gte=searching.place_of(ids[0])[0], id__lt=searching.place_of(ids[-1])[1]
        )
    found = searching.rows_of(ids[0])
    for pk in ids[1:]:
        found |= searching.rows_of(pk)
    return found


def _spread(n: int) -> list[int]:
    ends = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"))
    first, last = ends["first"] or 0, ends["last"] or 0
    n = min(n, AT_A_TIME)
    wanted = {first + (last - first) * place // max(n - 1, 1) for place in range(n)}
    return list(Customer.objects.filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))
