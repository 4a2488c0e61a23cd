"""Reading changes of many customers: only who began one sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count
from django.utils.translation import gettext as _

from keyue.customers.enums import BulkItemState
from keyue.customers.models import BulkChange, BulkChangeItem
from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.people.models import User


def change_for(viewer: User, pk: int) -> BulkChange:
    """A change that `viewer` began. Raises NotFound."""
    found = BulkChange.objects.filter(pk=pk, user=viewer).first()
    if found is None:
        raise NotFound(_("没有这次批量变更，或它不是您发起的。"))
    return found


def counts_of(change: BulkChange) -> Mapping[str, int]:
    """How many customers of a change stand in each state."""
    return dict(change.items.order_by().values_list("state").annotate(n=Count("pk")))


def left_out(change: BulkChange, most: int) -> Sequence[BulkChangeItem]:
    """Those that failed, then those that were passed over, `most` of each at most."""
    rows = change.items.order_by("pk")
    return [
        *rows.filter(state=BulkItemState.FAILED)[:most],
        *rows.filter(state=BulkItemState.SKIPPED)[:most],
    ]


def is_undone(change: BulkChange) -> bool:
    """Whether a second change has taken this one back."""
    return BulkChange.objects.filter(undoes=change).exists()


def name_of(user_id: str) -> str:
    """The name of a member of staff; empty of nobody."""
    return people.names_of([int(user_id)]).get(int(user_id), "") if user_id else ""
