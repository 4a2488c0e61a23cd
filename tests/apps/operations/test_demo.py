"""The demo shows everything that a case, a promise and a request can be, and leaves nothing behind when it is cut off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases.actions.files import MOST_FILES
from keyue.cases.enums import CaseType, Category, Channel, Exit, Level, Phase, Priority, Stage, WaitingReason
from keyue.cases.models import Attachment, Case, CaseTask, SavedView
from keyue.cases.page_forms import query_of, read_query
from keyue.cases.views.lists import BUILT_IN
from keyue.company.models import Installation
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.verification import verify_ledger
from keyue.operations.demo.building import build
from keyue.operations.demo.company import FOUNDING
from keyue.operations.demo.desks import VIEWS
from keyue.operations.demo.tryout import number_to_try
from keyue.people.models import Delegation, User
from keyue.promises import inbox
from keyue.promises.enums import PromiseState
from keyue.promises.models import Promise, PromiseRequest
from keyue.promises.verification import verify_promises

FEW = 150


@pytest.fixture
def own_home(settings, tmp_path):
    """Keys, files and copies of checkpoints of this demo alone."""
    settings.KEYUE_HOME = tmp_path
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path


@pytest.fixture
def demo(db, own_home):
    """A small demo, made a moment ago."""
    now = clock.now()
    return build(now, cases=FEW), now


def test_kept_views_say_what_no_built_in_view_says():
    names = {str(label) for label, _said, _filters in BUILT_IN}
    queries = {query_of(said) for _label, said, _filters in BUILT_IN}
    departments = [(code, name) for code, name, _parent in FOUNDING.departments]
    for name, query in (view for views in VIEWS.values() for view in views):
        assert name not in names and query not in queries, name
        # as the list itself writes it, or the tab would never be the current one
        assert query == query_of(read_query(query, departments).wanted()), name


def values(field: str, **conditions: object) -> set[object]:
    """What occurs in a column of the cases."""
    return set(Case.objects.filter(**conditions).values_list(field, flat=True))


def test_everything_that_can_be_is_there(demo):
    built, now = demo
    assert built.refused == []
    assert Case.objects.count() == FEW
    assert Customer.objects.count() == 120
    for field, enum in (
        ("stage", Stage), ("exit", Exit), ("type", CaseType), ("channel", Channel), ("phase", Phase),
        ("priority", Priority), ("level", Level), ("category", Category), ("waiting_reason", WaitingReason),
    ):  # fmt: skip
        assert set(enum.values) <= values(field), field
    assert set(Stage.values) - {"closed"} == values("stage", is_open=True)
    assert set(Promise.objects.values_list("state", flat=True)) == set(PromiseState.values)
    _requests_and_tasks()
    _people_and_desks(now)
    _is_believable(now)
    assert list(verify_ledger()) == []
    assert list(verify_promises(now)) == []


def _requests_and_tasks() -> None:
    assert set(PromiseRequest.objects.values_list("kind", "approved")) == {
        (kind, approved) for kind in ("waiver", "extension") for approved in (True, False, None)
    }
    assert CaseTask.objects.filter(done_at=None).exists() and CaseTask.objects.exclude(done_at=None).exists()
    urgent = Promise.objects.filter(control="acknowledge_urgent")
    assert urgent.filter(is_open=True).exists() and urgent.filter(is_open=False).exists()
    assert Case.objects.filter(is_open=True, round__gt=1).exists()
    assert Case.objects.filter(is_open=True).exclude(exit_requested="").exists()
    assert Case.objects.exclude(rating=None).exists() and Case.objects.filter(is_anonymous=True).exists()


def _people_and_desks(now) -> None:
    held = Promise.objects.filter(is_open=True, owner="engineering")
    assert held.filter(holder=None).exists() and held.exclude(holder=None).exists()
    leaver = User.objects.get(is_active=False)
    assert not Promise.objects.filter(holder=leaver, is_open=True).exists()
    assert Delegation.objects.filter(until__gt=now, ended_at=None).exists()
    assert SavedView.objects.exists() and 0 < Attachment.objects.count() < FEW * MOST_FILES
    unread = {name: inbox.unread_count(User.objects.get(username=name)) for name in ("lin", "xu", "du")}
    assert unread["xu"] and unread["lin"] and not unread["du"]
    assert number_to_try().startswith("TS-")


def _is_believable(now) -> None:
    due = Promise.objects.filter(is_open=True)
    late = due.filter(due__lt=now).count()
    assert 3 <= late <= 25
    assert due.filter(due__gte=now, due__lt=now + timedelta(days=1)).count() > late
    titles = list(Case.objects.filter(is_open=True).values_list("title", flat=True))
    assert len(set(titles)) > len(titles) * 0.9


def test_a_building_cut_off_leaves_nothing(db, own_home):
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(clock.now(), cases=FEW, report=stop)
    assert not (User.objects.exists() or Case.objects.exists() or Installation.objects.exists())


def test_where_anything_is_there_no_demo_is_made(db, own_home, django_user_model):
    django_user_model.objects.create(username="somebody", name="某人", joined_at=clock.now())
    with pytest.raises(Refused):
        build(clock.now(), cases=1)
