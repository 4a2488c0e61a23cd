"""Versions of the model: each is kept with what it got right, and works only if it is no worse than what works now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from keyue.ledger.facts import Actor
from keyue.sorting import selectors
from keyue.sorting.actions._ground import note, signature
from keyue.sorting.enums import ModelState
from keyue.sorting.events import SortingModelPut, SortingModelTrained
from keyue.sorting.models import SORTING, SortingModel


def keep_model(
    *,
    data: bytes,
    learned: int,
    held_back: int,
    figures: Mapping[str, Any],
    seconds: float,
    is_better: bool,
    by: Actor,
    at: datetime,
) -> SortingModel | None:
    """Keep a version that was trained, and put it to work if it `is_better` or as good; None where another process kept one
    at the same moment."""
    newest = selectors.newest_model()
    row = SortingModel(
        n=newest.n + 1 if newest else 1,
        state=ModelState.TRIED,
        data=data,
        learned=learned,
        held_back=held_back,
        figures=dict(figures),
        seconds=round(seconds, 2),
        trained_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
            event = SortingModelTrained(version=row.n, learned=learned, is_used=is_better)
            note(SORTING, event, by=by, at=at, source="job")
            if is_better:
                _put(row, by, at)
    except IntegrityError:
        return None
    return row


@transaction.atomic
def put_model(*, version: int, by: Actor, at: datetime, source: str = "web") -> SortingModel | None:
    """Put a version to work, or with 0 the lists of words alone. Raises NotFound."""
    row = selectors.model_numbered(version) if version else None
    _put(row, by, at)
    note(SORTING, SortingModelPut(version=version), by=by, at=at, source=source)
    return row


def _put(row: SortingModel | None, by: Actor, at: datetime) -> None:
    SortingModel.objects.filter(state=ModelState.IN_USE).update(state=ModelState.REPLACED)
    if row is not None:
        row.state, row.put_at, row.put_by = ModelState.IN_USE, at, signature(by)
        SortingModel.objects.filter(pk=row.pk).update(state=row.state, put_at=at, put_by=row.put_by)
