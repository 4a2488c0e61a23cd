"""Who is the next to be told: pure questions to a drawn organisation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyue.people.organisation import Organisation, Seat, Unit

BOSS, SERVICE_HEAD, SUPERVISOR, AGENT, WATER_HEAD = 1, 2, 3, 4, 5


def company(**changes: Unit | Seat) -> Organisation:
    units = {
        "company": Unit("company", "company/", None, BOSS),
        "service": Unit("service", "company/service/", "company", SERVICE_HEAD),
        "desk": Unit("desk", "company/service/desk/", "service", None),
        "service2": Unit("service2", "company/service2/", "company", WATER_HEAD),
    }
    seats = {
        "service_desk": Seat("service_desk", "service", "service_supervisor", (AGENT,)),
        "service_supervisor": Seat("service_supervisor", "service", None, (SUPERVISOR,)),
        "account_manager": Seat("account_manager", None, None, (AGENT,)),
    }
    for code, thing in changes.items():
        (units if isinstance(thing, Unit) else seats)[code] = thing  # type: ignore[index]
    return Organisation(units, seats, frozenset({BOSS, SERVICE_HEAD, SUPERVISOR, AGENT, WATER_HEAD}))


def test_a_department_climbs_by_its_heads():
    assert company().ladder("service") == [SERVICE_HEAD, BOSS]
    assert company().ladder("desk") == [SERVICE_HEAD, BOSS]
    assert company().ladder("company") == [BOSS]


def test_a_post_climbs_by_its_posts_and_then_by_heads():
    assert company().ladder("service_desk") == [SUPERVISOR, SERVICE_HEAD, BOSS]
    assert company().ladder("account_manager") == []
    assert company().ladder("nobody_knows") == []


def test_nobody_is_told_twice_and_the_holder_not_at_all():
    both = company(service_supervisor=Seat("service_supervisor", "service", None, (SERVICE_HEAD,)))
    assert both.ladder("service_desk") == [SERVICE_HEAD, BOSS]
    held = company(service_desk=Seat("service_desk", "service", "service_supervisor", (SUPERVISOR,)))
    assert held.ladder("service_desk") == [SERVICE_HEAD, BOSS]


def test_who_has_left_is_stepped_over():
    org = company()
    left = Organisation(org.units, org.seats, org.active - {SERVICE_HEAD, SUPERVISOR})
    assert left.ladder("service_desk") == [BOSS]


def test_of_several_holders_one_is_told_and_an_empty_post_is_stepped_over():
    several = company(
        service_supervisor=Seat("service_supervisor", "service", None, (SUPERVISOR, WATER_HEAD))
    )
    assert several.ladder("service_desk") == [SUPERVISOR, SERVICE_HEAD, BOSS]
    empty = company(service_supervisor=Seat("service_supervisor", "service", None, ()))
    assert empty.ladder("service_desk") == [SERVICE_HEAD, BOSS]


def test_a_circle_of_posts_ends():
    circle = company(service_supervisor=Seat("service_supervisor", "service", "service_desk", (SUPERVISOR,)))
    assert circle.ladder("service_desk") == [SUPERVISOR, SERVICE_HEAD, BOSS]


def test_below_means_the_tree_and_not_the_letters():
    assert company().below("service") == {"service", "desk"}
    assert company().below("company") == {"company", "service", "desk", "service2"}
    assert company().below("gone") == frozenset()


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.sampled_from("abcdefgx"), st.lists(st.integers(1, 9), max_size=3)),
    ),
    st.frozensets(st.integers(1, 9)),
)
def test_any_chart_has_an_end_and_no_repetition(
    chart: dict[str, tuple[str, list[int]]], active: frozenset[int]
):
    seats = {code: Seat(code, "g", up, tuple(holders)) for code, (up, holders) in chart.items()}
    org = Organisation({"g": Unit("g", "g/", None, 9)}, seats, active)
    for code in [*chart, "g", "x"]:
        steps = org.ladder(code)
        assert len(steps) == len(set(steps))
        assert set(steps) <= active
        if code in seats:
            assert not set(steps) & set(seats[code].holders)
