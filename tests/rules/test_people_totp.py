"""One-time passwords against the vectors of RFC 6238, and that each works once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.people import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 16, 2, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_the_rfc(seconds: int, code: str):
    assert totp.code_at(RFC_SECRET, seconds // 30) == code
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, at=at) == seconds // 30


def test_a_phone_may_be_half_a_minute_off_and_no_more():
    step = totp.step_of(NOW)
    for off, good in [(-2, False), (-1, True), (0, True), (1, True), (2, False)]:
        code = totp.code_at(RFC_SECRET, step + off)
        assert (totp.matching_step(RFC_SECRET, code, at=NOW) is not None) == good


def test_a_spent_step_and_those_before_it_do_not_count():
    step = totp.step_of(NOW)
    for off in (-1, 0):
        code = totp.code_at(RFC_SECRET, step + off)
        assert totp.matching_step(RFC_SECRET, code, at=NOW, after=step) is None
    code = totp.code_at(RFC_SECRET, step + 1)
    assert totp.matching_step(RFC_SECRET, code, at=NOW, after=step) == step + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5", "-12345"])
def test_what_is_no_code(code: str):
    assert totp.matching_step(RFC_SECRET, code, at=NOW) is None


@given(st.integers(60, 2**33))
def test_every_secret_makes_six_digits_that_match(seconds: int):
    secret = totp.new_secret()
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    code = totp.code_at(secret, totp.step_of(at))
    assert len(code) == 6
    assert totp.matching_step(secret, code, at=at) is not None


def test_the_uri_names_account_and_issuer():
    uri = totp.otpauth_uri("ABC", account="li.qiang", issuer="澄川 环境")
    assert uri == (
        "otpauth://totp/%E6%BE%84%E5%B7%9D%20%E7%8E%AF%E5%A2%83%3Ali.qiang"
        "?secret=ABC&issuer=%E6%BE%84%E5%B7%9D%20%E7%8E%AF%E5%A2%83"
    )
