"""How rules are written, refused and read out."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.kernel.errors import Invalid
from keyue.worktime.rules import Cadence, Days, Hours, LunarBirthday, Months, PeriodEnd, describe, parse_rule

from .worktime_strategies import MODEST

HOUR = timedelta(hours=1)

PLAIN = {
    "PT2H": Hours("natural", 2 * HOUR),
    "PT7H30M working": Hours("working", 7.5 * HOUR),
    "PT30M": Hours("natural", HOUR / 2),
    "PT0S": Hours("natural", timedelta(0)),
    "PT90M15S": Hours("natural", timedelta(minutes=90, seconds=15)),
    "24 hours": Hours("natural", 24 * HOUR),
    "1 hour": Hours("natural", HOUR),
    "8 working hours": Hours("working", 8 * HOUR),
    "7 days": Days("calendar", 7),
    "1 day": Days("calendar", 1),
    "2 working days": Days("working", 2),
    "P7D": Days("calendar", 7),
    "P3D working": Days("working", 3),
    "P2W": Days("calendar", 14),
    "6 months": Months(6),
    "P6M": Months(6),
    "P1Y": Months(12),
    "same day": Days("calendar", 0),
    "same working day": Days("working", 0),
    "same working day, close": Days("working", 0, "close"),
    "7 days, next working day": Days("calendar", 7, "midnight", "next_working_day"),
    "7 days,  previous working day,close": Days("calendar", 7, "close", "previous_working_day"),
    "same day, before 18:00": Days("calendar", 0, cutoff=time(18)),
    "1 months, before 08:30, close, next working day": Months(1, "close", "next_working_day", time(8, 30)),
    "  2   working days ": Days("working", 2),
}


@pytest.mark.parametrize("text", PLAIN)
def test_plain_forms(text):
    assert parse_rule(text) == PLAIN[text]
    assert parse_rule(PLAIN[text].to_dict()) == PLAIN[text]


REFUSED = [
    "", " ", "1h", "P", "PT", "PT-2H", "-PT2H", "PT2", "PT2H30", "PT2.5H", "PT2M1H", "pt2h", "P1DT2H", "PT２H", "2H",
    "two hours", "-1 days", "1.5 hours", "2 hours working", "7 days working", "2 working months", "P1M working",
    "PT2H, close", "2 hours, next working day", "8 working hours, before 18:00",
    "7 days,", "7 days, closed", "7 days, close, close", "7 days, next working day, previous working day",
    "7 days, before 24:00", "7 days, before 6pm", "7 days, before 25:00", "same month", "same", "7 day s", "7 Days",
    "99999999 days", "PT9999999999999H", "PT999999999999H", "2\x00 days", "P7D\n, close now",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_plain_form_is_refused(text):
    with pytest.raises(Invalid):
        parse_rule(text)


HOURS = {"type": "hours", "basis": "natural", "amount": "PT2H"}
DAYS = {"type": "days", "basis": "working", "n": 2}
CADENCE = {"type": "cadence", "every_months": 6, "k": 1}
LUNAR = {"type": "lunar_birthday", "lunar_year": 2025, "month": 6, "day": 15, "leap": False}


def test_absent_members_have_their_meaning():
    assert parse_rule(DAYS) == Days("working", 2, "midnight", "none", None)
    assert parse_rule(DAYS | {"end": None, "roll": None, "cutoff": None}) == Days("working", 2)
    assert parse_rule(DAYS | {"cutoff": "18:00"}) == Days("working", 2, cutoff=time(18))
    assert parse_rule({"type": "period_end", "period": "quarter"}) == PeriodEnd("quarter")
    assert parse_rule({k: v for k, v in LUNAR.items() if k != "leap"}) == LunarBirthday(2025, 6, 15)


@pytest.mark.parametrize(
    "obj",
    [
        None, True, 2, [], {}, {"type": None}, {"type": ["hours"]}, {"type": "hour"}, {"type": "at"},
        {"type": "hours", "amount": "PT2H"}, {"type": "hours", "basis": "natural"}, {"type": "days", "basis": "working"},
        HOURS | {"basis": "calendar"}, HOURS | {"basis": ["natural"]}, HOURS | {"amount": 7200},
        HOURS | {"amount": "P1D"}, HOURS | {"amount": "PT-2H"}, HOURS | {"roll": "none"}, HOURS | {"ammount": 1},
        DAYS | {"basis": "natural"}, DAYS | {"n": -1}, DAYS | {"n": True}, DAYS | {"n": 2.0}, DAYS | {"n": "2"},
        DAYS | {"n": 10**30}, DAYS | {"n": float("nan")}, DAYS | {"roll": "next"}, DAYS | {"end": "noon"},
        DAYS | {"cutoff": "24:00"}, DAYS | {"cutoff": "6 pm"}, DAYS | {"cutoff": 18}, DAYS | {5: 5},
        {"type": "months", "n": -1}, {"type": "months"}, {"type": "months", "n": 1, "basis": "working"},
        CADENCE | {"every_months": 0}, CADENCE | {"k": -1}, CADENCE | {"k": None}, CADENCE | {"k": True},
        {"type": "period_end", "period": "week"}, {"type": "period_end"},
        {"type": "period_end", "period": "month", "lag_working_days": -1},
        LUNAR | {"leap": 1}, LUNAR | {"leap": None}, LUNAR | {"month": 13}, LUNAR | {"day": 31}, LUNAR | {"day": 0},
        LUNAR | {"lunar_year": 1899}, LUNAR | {"lunar_year": 2101}, LUNAR | {"month": "6"},
    ],
)  # fmt: skip
def test_what_is_no_rule_object_is_refused(obj):
    with pytest.raises(Invalid):
        parse_rule(obj)


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        ("24 hours", "24 小时", "24 hours"),
        ("8 working hours", "8 工作小时", "8 working hours"),
        ("1 hour", "1 小时", "1 hour"),
        ("PT7H30M working", "7 工作小时 30 分", "7 working hours 30 minutes"),
        ("PT30M", "30 分钟", "30 minutes"),
        ("PT30M working", "30 工作分钟", "30 working minutes"),
        ("PT1H1M1S", "1 小时 1 分 1 秒", "1 hour 1 minute 1 second"),
        ("PT45S", "45 秒", "45 seconds"),
        ("PT0S", "立即", "at once"),
        ("2 working days", "2 个工作日", "2 working days"),
        ("1 working day", "1 个工作日", "1 working day"),
        ("7 days", "7 天", "7 days"),
        ("same day", "当日", "same day"),
        ("same working day", "当个工作日", "same working day"),
        ("6 months", "6 个月", "6 months"),
        ("7 days, close, next working day", "7 天，下班前，遇非工作日顺延", "7 days, by close of business, else the next working day"),
        ("1 months, previous working day", "1 个月，遇非工作日提前", "1 month, else the working day before"),
        ("same day, before 18:00", "当日，18:00 后收到的算下一个工作日", "same day, from 18:00 on counted as the next working day"),
    ],
)  # fmt: skip
def test_rules_in_words(rule, chinese, english):
    assert describe(parse_rule(rule), "zh-hans") == chinese
    assert describe(parse_rule(rule), "en") == english


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        (Cadence(6, 2), "每 6 个月，第 2 次", "every 6 months, no. 2"),
        (PeriodEnd("quarter"), "季末", "end of the quarter"),
        (PeriodEnd("month", 3, "close"), "月末后第 3 个工作日，下班前", "3 working days after the end of the month, by close of business"),
        (LunarBirthday(2025, 6, 15, leap=True), "农历 2025年闰六月十五", "lunar birthday, day 15 of leap month 6, lunar year 2025"),
        (LunarBirthday(2026, 12, 30), "农历 2026年腊月三十", "lunar birthday, day 30 of month 12, lunar year 2026"),
        (LunarBirthday(2026, 1, 21), "农历 2026年正月廿一", "lunar birthday, day 21 of month 1, lunar year 2026"),
        (LunarBirthday(2026, 11, 10), "农历 2026年冬月初十", "lunar birthday, day 10 of month 11, lunar year 2026"),
        (LunarBirthday(2026, 2, 20), "农历 2026年二月二十", "lunar birthday, day 20 of month 2, lunar year 2026"),
    ],
)  # fmt: skip
def test_other_rules_in_words(rule, chinese, english):
    assert describe(rule) == chinese
    assert describe(rule, "en") == english


ENDS, ROLLS = (
    st.sampled_from(["midnight", "close"]),
    st.sampled_from(["none", "next_working_day", "previous_working_day"]),
)
CUTOFFS = st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0))
COUNTS = st.integers(0, 9_999_999)
ANY_RULE = st.one_of(
    st.builds(
        Hours,
        st.sampled_from(["natural", "working"]),
        st.integers(0, 10**9).map(lambda n: timedelta(seconds=n)),
    ),
    st.builds(Days, st.sampled_from(["calendar", "working"]), COUNTS, ENDS, ROLLS, CUTOFFS),
    st.builds(Months, COUNTS, ENDS, ROLLS, CUTOFFS),
    st.builds(Cadence, st.integers(1, 1000), COUNTS, ENDS, ROLLS),
    st.builds(PeriodEnd, st.sampled_from(["month", "quarter", "half_year", "year"]), COUNTS, ENDS),
    st.builds(
        LunarBirthday, st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 30), st.booleans(), ENDS
    ),
)


@MODEST
@given(ANY_RULE)
def test_every_rule_survives_being_written_and_has_words(rule):
    assert parse_rule(rule.to_dict()) == rule
    assert describe(rule)
    assert describe(rule, "en").isascii()


@MODEST
@given(
    st.text()
    | st.from_regex(r"P?T?[0-9]{0,3} ?(H|D|working|hours|days|months)?(, (close|before [0-9:]{5}))?")
)
def test_any_text_is_a_rule_or_refused(text):
    try:
        rule = parse_rule(text)
    except Invalid as error:
        assert str(error)
    else:
        assert parse_rule(rule.to_dict()) == rule
