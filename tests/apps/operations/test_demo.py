"""The demo shows everything that a case, a promise and a request can be, and leaves nothing behind when it is cut off."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Count, F

from keyue.cases.actions.files import MOST_FILES
from keyue.cases.enums import CaseType, Category, Channel, Exit, Level, Phase, Priority, Stage, WaitingReason
from keyue.cases.models import Attachment, Case, CaseTask, SavedView
from keyue.cases.page_forms import query_of, read_query
from keyue.cases.views.lists import BUILT_IN
from keyue.channels.email.models import RawMail
from keyue.channels.phone.models import Shift
from keyue.channels.webhook.models import Push
from keyue.company.models import Installation
from keyue.contracts.enums import Status
from keyue.contracts.models import Contract, Payment, Project
from keyue.conversations.enums import Delivery, LineKind, State
from keyue.conversations.models import Call, Conversation, Line, LineFile
from keyue.conversations.models import Channel as Way
from keyue.customers.enums import PairState, Secrecy
from keyue.customers.enums import Stage as LifeStage
from keyue.customers.models import (
    Contact,
    Customer,
    CustomerFile,
    Defect,
    DuplicatePair,
    FieldCheck,
    FollowUp,
    Identifier,
    Merge,
)
from keyue.grading.models import GradeProposal, GradingStandard
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.knowledge.models import QuestionGroup, Script, ScriptEdition
from keyue.ledger.verification import verify_ledger
from keyue.operations.demo.building import DAYS, build
from keyue.operations.demo.company import FOUNDING, LOGINS
from keyue.operations.demo.desks import VIEWS
from keyue.operations.demo.play import ZONE, Play
from keyue.operations.demo.standing import CUSTOMERS, HERO
from keyue.operations.demo.tryout import number_to_try
from keyue.people.models import Delegation, User
from keyue.privacy.models import Consent, LegalHold, Purpose, RetentionCandidate, RetentionRule, RightRequest
from keyue.promises import inbox
from keyue.promises.enums import PromiseState
from keyue.promises.models import Promise, PromiseRequest
from keyue.promises.verification import verify_promises
from keyue.sales.enums import LeadState, NeedState
from keyue.sales.models import Lead, Need, Opportunity, PoolEntry, ServicePlan, Target
from keyue.sorting.models import Problem, RoutingRule, StaffSkill

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
    said = Line.objects.exclude(case=None).values("case").distinct().count()
    assert Case.objects.count() == FEW + said and said >= 12
    assert Customer.objects.filter(created_at__lt=now - timedelta(days=90)).count() == CUSTOMERS
    for field, enum in (
        ("stage", Stage), ("exit", Exit), ("type", CaseType), ("channel", Channel), ("phase", Phase),
        ("priority", Priority), ("level", Level), ("category", Category), ("waiting_reason", WaitingReason),
    ):  # fmt: skip
        assert set(enum.values) <= values(field), field
    assert set(Stage.values) - {"closed"} == values("stage", is_open=True)
    assert set(Promise.objects.values_list("state", flat=True)) == set(PromiseState.values)
    _requests_and_tasks()
    _people_and_desks(now)
    _archive()
    _grades()
    _sales(now)
    _contracts(now)
    _rights()
    _channels(now)
    _knowledge()
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


def _archive() -> None:
    hero = Customer.objects.get(name__startswith=HERO, merged_into=None)
    assert hero.completeness == 100 and hero.stage == "signed" and hero.grade == "A"
    assert Contact.objects.filter(customer=hero).count() == 6
    assert Contact.objects.filter(customer=hero).exclude(reports_to=None).count() == 5
    assert {"uscc", "short_name", "former_name", "external"} == set(
        Identifier.objects.filter(customer=hero).values_list("kind", flat=True)
    )
    assert CustomerFile.objects.filter(customer=hero).count() == 3
    assert FieldCheck.objects.filter(customer=hero).exists()
    assert set(Customer.objects.values_list("stage", flat=True)) == set(LifeStage.values)
    assert set(Customer.objects.values_list("secrecy", flat=True)) == set(Secrecy.values)
    assert Merge.objects.get(undone_at=None).into_id == hero.pk
    assert set(DuplicatePair.objects.values_list("state", flat=True)) == set(PairState.values)
    assert FollowUp.objects.filter(done_at=None).exists() and FollowUp.objects.exclude(done_at=None).exists()
    assert Defect.objects.filter(mended_at=None).exists() and Defect.objects.exclude(mended_at=None).exists()
    kept = states("customer")
    assert {"met", "met_late", "pending", "breached"} <= kept


def states(subject: str, **conditions: object) -> set[str]:
    """How promises about a kind of subject stand."""
    rows = Promise.objects.filter(subject_kind=subject, **conditions)
    return set(rows.values_list("state", flat=True))


def _grades() -> None:
    standard = GradingStandard.objects.get()
    assert standard.state == "applied" and standard.approved_by != standard.submitted_by
    outcomes = set(GradeProposal.objects.values_list("outcome", flat=True))
    assert {"accepted", "other", "kept", ""} <= outcomes
    assert {"A", "B", "C"} <= set(Customer.objects.values_list("grade", flat=True))


def _sales(now) -> None:
    leads = Lead.objects.all()
    assert leads.count() >= 12 and leads.filter(state="conflict").count() == 1
    assert set(leads.values_list("state", flat=True)) == set(LeadState.values)
    assert leads.filter(state="open", protected_until__gt=now).exists()
    assert (
        PoolEntry.objects.filter(left_at=None).count() >= 3
        and PoolEntry.objects.exclude(picked_at=None).exists()
    )
    assert set(Need.objects.values_list("state", flat=True)) == set(NeedState.values)
    assert {"sent", "confirmed", "changes"} <= set(ServicePlan.objects.values_list("state", flat=True))
    assert len(set(Opportunity.objects.filter(end="").values_list("stage", flat=True))) == 4
    assert {"won", "lost"} <= set(Opportunity.objects.values_list("stage", flat=True))
    assert Target.objects.filter(user__username="ouyang").count() == 4
    assert Promise.objects.filter(subject_kind="lead", state="breached").exists()


def _contracts(now) -> None:
    assert set(Contract.objects.values_list("status", flat=True)) == set(Status.values)
    levels = Promise.objects.filter(regulation__startswith="contract-")
    assert levels.filter(state="pending", due__gt=now).exists() and levels.filter(state="met").exists()
    assert (
        Payment.objects.exclude(missed_at=None).exists()
        and Payment.objects.exclude(received_on=None).exists()
    )
    project = Project.objects.get(contract_number__endswith="-0088")
    assert 50 < project.progress < 100 and project.talks.count() >= 4
    assert {"met", "breached"} <= states("contract")


def _rights() -> None:
    assert Purpose.objects.count() == 3 and Consent.objects.filter(withdrawn_at=None).count() >= 10
    assert Consent.objects.exclude(withdrawn_at=None).exists()
    assert {"received", "accepted", "answered"} == set(RightRequest.objects.values_list("step", flat=True))
    assert LegalHold.objects.filter(released_at=None).count() == 1
    assert RetentionRule.objects.count() == 2
    assert RetentionCandidate.objects.filter(decided_at=None).exists()
    assert Promise.objects.filter(regulation="privacy", state="pending").exists()


def _channels(now) -> None:
    kinds = {"email", "chat", "wechat", "sms", "review", "webhook", "phone"}
    assert set(Way.objects.values_list("kind", flat=True)) == kinds
    talks = Conversation.objects.all()
    assert talks.count() >= 40 and set(talks.values_list("state", flat=True)) == set(State.values)
    assert talks.filter(waiting_since__isnull=False, agent=None).count() >= 5
    assert talks.filter(state=State.ENDED, recorded_at=None).exists()
    assert talks.filter(customer=None).exists() and talks.exclude(follows=None, case=None).exists()
    assert set(Line.objects.values_list("kind", flat=True)) == set(LineKind.values)
    ways = talks.annotate(n=Count("lines__channel", distinct=True))
    assert ways.filter(n__gte=2).exists(), "somebody goes on by another channel"
    assert LineFile.objects.count() >= 6
    # of what went out nothing waits, and nothing names a server that might be there
    assert not Line.objects.filter(delivery__in=[Delivery.WAITING, Delivery.FAILED]).exists()
    for one in Way.objects.all():
        hosts = [
            str(one.options[name])
            for name in ("imap_host", "smtp_host", "api", "url", "answer_url")
            if name in one.options
        ]
        assert all(".demo.invalid" in host for host in hosts), one
    assert Call.objects.exclude(answered_at=None).filter(recorded_at=None).count() == 1
    assert RawMail.objects.filter(result="odd", looked_at=None).count() == 1
    assert Shift.objects.filter(start_at__gt=now).exists()
    assert {"met", "breached"} <= states("conversation") and "pending" in states("conversation")
    assert {"met", "met_late"} <= states("company", control="hotline_covered") | states("channel")
    promised = FollowUp.objects.filter(said_in__startswith="conversation:")
    assert promised.filter(done_at__lt=F("due")).exists() and promised.filter(done_at__gt=F("due")).exists()
    assert Need.objects.filter(said_in__startswith="conversation:").exists()
    assert set(Push.objects.values_list("state", flat=True)) == {"sent"}


def _knowledge() -> None:
    assert set(Script.objects.values_list("kind", flat=True)) == {"canned", "tree"}
    assert ScriptEdition.objects.filter(state="submitted").count() == 1
    groups = QuestionGroup.objects.all()
    assert groups.filter(state="open", count__gte=3).exists()
    assert {"open", "attached", "not_ours"} <= set(groups.values_list("state", flat=True))
    assert set(Problem.objects.values_list("state", flat=True)) == {"suspected", "known"}
    assert RoutingRule.objects.count() >= 4 and StaffSkill.objects.count() >= 4


def test_staff_of_the_demo_can_play_every_role_of_the_archive():
    roles = {role for person in FOUNDING.people for role in person.roles if person.username in dict(LOGINS)}
    assert {"sales_manager", "account_manager", "archive_keeper", "privacy_officer"} <= roles


@pytest.mark.parametrize(
    "made",
    [datetime(2026, 3, day, hour, 25, tzinfo=ZONE) for day, hour in ((16, 0), (17, 10), (21, 4), (22, 23))],
)
def test_what_is_done_about_customers_is_done_by_day_whenever_the_demo_is_made(made):
    play = Play.__new__(Play)
    play.now = made
    days = [play.workday(ago, 9.5) for ago in range(62, 0, -1)]
    assert days == sorted(set(days)) and days[-1] < made
    assert made - timedelta(days=DAYS) < days[0]
    assert all(day.astimezone(ZONE).hour == 9 and day.weekday() < 5 for day in days)
    assert play.workday(-1, 9) > made - timedelta(hours=24) and play.workday(-1, 9).weekday() < 5


def _is_believable(now) -> None:
    due = Promise.objects.filter(is_open=True, subject_kind="case")
    late = due.filter(due__lt=now).count()
    assert 3 <= late <= 25
    assert Promise.objects.filter(is_open=True, due__lt=now).exclude(subject_kind="case").count() <= 40
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
