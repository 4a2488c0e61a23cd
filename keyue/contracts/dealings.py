"""What the timeline of a customer's page shows of projects: each talk with the customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.contracts import selectors
from keyue.contracts.enums import Topic, Way
from keyue.customers.dealings import Of, Row
from keyue.people.models import User


def talks(viewer: User, customers: Collection[int], before: datetime, most: int) -> Sequence[Row]:
    """The newest talks about projects of these customers before an instant, as far as the viewer may see them."""
    return [
        Row(
            at=talk.happened_at,
            of=Of.CONTACTS,
            text=_("项目沟通：%(topic)s（%(way)s）")
            % {"topic": Topic(talk.topic).label, "way": Way(talk.way).label},
            who=talk.staff.name,
            icon="phone",
            url=reverse("contracts:project", args=[talk.project_id]),
            link=talk.project.contract_number,
            note=talk.stage.name if talk.stage else "",
        )
        for talk in selectors.talks_with(viewer, customers, before, most)
    ]
