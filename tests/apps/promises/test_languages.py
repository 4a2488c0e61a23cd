"""What rules without Django say: in the reader's language on the screen, in one language in the record."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import translation

from keyue.cases.noticing import line_of
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.ledger.facts import Subject
from keyue.ledger.selectors import facts_of
from keyue.promises.actions.recording import report_failures
from keyue.promises.engine import Failure
from keyue.promises.models import Notice
from keyue.worktime.calendar import Calendar

pytestmark = pytest.mark.django_db


def test_a_rule_speaks_the_language_of_the_request():
    with pytest.raises(Invalid) as caught:
        Calendar.from_dict({})
    with translation.override("en"):
        assert str(caught.value) == "the calendar lacks weekly (the working hours of a week)"
    with translation.override("zh-hans"):
        assert str(caught.value) == "日历缺少 weekly（每周的工作时段）"


def test_a_failed_control_is_recorded_once_and_read_in_any_language():
    why = sentence("%(path)s 是 %(value)s，没有对应的时限", path="case.priority", value="'odd'")
    chinese = "case.priority 是 'odd'，没有对应的时限"
    failure = Failure("feedback", "plan", why)
    for language in ("en", "zh-hans", "en"):
        with translation.override(language), transaction.atomic():
            report_failures([failure], clock.now())
    (fact,) = facts_of(Subject("regulation", "feedback"))
    assert fact.data == {"control": "plan", "why": chinese}
    notice = Notice.objects.get()
    with translation.override("en"):
        assert line_of(notice, {}).endswith(
            "feedback plan, case.priority is 'odd', for which there is no limit"
        )
    with translation.override("zh-hans"):
        assert line_of(notice, {}).endswith(f"feedback plan，{chinese}")
