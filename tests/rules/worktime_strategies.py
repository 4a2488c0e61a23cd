"""Random calendars, instants, durations and pauses for the tests of worktime, all in whole minutes."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from keyue.worktime.calendar import WEEKDAYS, Calendar
from keyue.worktime.rules import Days

MODEST = settings(max_examples=80, deadline=None)
SCARCE = settings(max_examples=25, deadline=None)

FAR = datetime.max.replace(tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

# a zone and a date near which its clock changes: forward, back, at midnight, over midnight, by half an hour
CHANGES = [
    ("Europe/Berlin", date(2018, 3, 25)),
    ("Europe/Berlin", date(2018, 10, 28)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Havana", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2018, 10, 7)),
    ("Asia/Shanghai", date(2018, 2, 16)),
    ("UTC", date(2018, 6, 1)),
]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def window_lists(draw, least=0):
    """Separate windows of a day in quarters of an hour, as JSON has them; now and then the whole day."""
    if draw(st.integers(0, 9)) == 0:
        return [["00:00", "24:00"]]
    edges = draw(st.lists(st.integers(0, 96), min_size=2 * least, max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    return [[clock(a * 15), clock(b * 15)] for a, b in zip(edges[::2], edges[1::2], strict=True)]


@st.composite
def definitions(draw, *, zones=CHANGES, near_days=8):
    """A calendar of ENGINE section 9 and a date that its holidays and its zone's change lie around."""
    tz, around = draw(st.sampled_from(zones))
    nearby = st.integers(-near_days, near_days).map(lambda n: (around + timedelta(days=n)).isoformat())
    working = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True))
    makeup = draw(st.dictionaries(nearby, window_lists(), max_size=3))
    return {
        "tz": tz,
        "weekly": {day: draw(window_lists(least=1)) for day in working},
        "holidays": draw(st.lists(nearby, max_size=4)),
        "makeup_days": makeup,
    }, around


@st.composite
def scenes(draw, **kwargs):
    """(definition, calendar, start): a start within days of where things change."""
    definition, around = draw(definitions(**kwargs))
    midnight = datetime(around.year, around.month, around.day, tzinfo=UTC)
    start = midnight + draw(st.integers(-6 * 1440, 6 * 1440)) * MINUTE
    return definition, Calendar.from_dict(definition), start


def amounts(most_hours=60, least=1):
    return st.integers(least, most_hours * 60).map(lambda n: n * MINUTE)


@st.composite
def pauses_after(draw, start, *, most=3, days=10):
    """Pauses around and after a start: overlapping, nested, empty, before the start, in any order."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        since = start + draw(st.integers(-1440, days * 1440)) * MINUTE
        found.append((since, since + draw(st.integers(0, 3 * 1440)) * MINUTE))
    return found


def day_rules(least=0, most=12):
    return st.builds(
        Days,
        st.sampled_from(["calendar", "working"]),
        st.integers(least, most),
        st.sampled_from(["midnight", "close"]),
    )


def late(instant):
    """None, no deadline, is later than any."""
    return FAR if instant is None else instant
