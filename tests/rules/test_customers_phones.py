"""Telephone numbers: one form for each, however it was typed; masks that hide; sentences that help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.customers.faults import Fault, FaultCode
from keyue.customers.rules import format_phone, mask_phone, normalise_phone

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
GROUPINGS = st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}", "({}){}.{}", " {} {}-{} ", "{}\u3000{}\xa0{}"])
PREFIXES = st.sampled_from(["", "+86", "+86 ", "0086", "86", "+86-", "tel:+86", "0", "＋８６"])
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(MOBILES, PREFIXES, GROUPINGS, st.booleans())
def test_a_mobile_is_one_number_however_it_is_typed(mobile, prefix, grouping, wide):
    typed = grouping.format(mobile[:3], mobile[3:7], mobile[7:])
    if not grouping.startswith("("):
        typed = prefix + typed
    assert normalise_phone(typed.translate(FULL_WIDTH) if wide else typed) == "+86" + mobile


@given(MOBILES)
def test_the_mask_of_a_mobile_hides_the_middle_four(mobile):
    masked = mask_phone("+86" + mobile)
    assert masked == f"{mobile[:3]}****{mobile[7:]}"
    assert normalise_phone(format_phone("+86" + mobile)) == "+86" + mobile


@given(st.text() | st.text(alphabet="0123456789+-() 转x;ext=.,#—－\t", max_size=30))
def test_any_text_is_a_number_or_a_fault(text):
    try:
        phone = normalise_phone(text)
    except Fault as fault:
        assert fault.code.value.startswith("phone_")
        return
    if not phone:
        assert not text.strip() or text.strip().lower() == "tel:" or not text.strip("\u3000\xa0 ")
        return
    assert phone[0] == "+"
    assert normalise_phone(phone) == phone
    assert normalise_phone(format_phone(phone)) == phone
    digits = phone[1:].partition(";")[0]
    hidden = mask_phone(phone)
    assert "*" in hidden
    assert sum(c.isdigit() for c in hidden) <= len(digits) - 3
    assert digits not in "".join(filter(str.isdigit, hidden))


@pytest.mark.parametrize(
    ("typed", "kept", "written", "masked"),
    [
        ("138 1234 6027", "+8613812346027", "138 1234 6027", "138****6027"),
        ("010-12345678", "+861012345678", "010-12345678", "010-****5678"),
        ("(0571) 8765 4321", "+8657187654321", "0571-87654321", "0571-****4321"),
        ("+86 571 8765 4321", "+8657187654321", "0571-87654321", "0571-****4321"),
        ("+86 (0)571 8765 4321", "+8657187654321", "0571-87654321", "0571-****4321"),
        ("0571—87654321", "+8657187654321", "0571-87654321", "0571-****4321"),
        ("0571-87654321-802", "+8657187654321;ext=802", "0571-87654321 转 802", "0571-****4321"),
        ("0571 87654321 转802", "+8657187654321;ext=802", "0571-87654321 转 802", "0571-****4321"),
        ("0571-87654321 分机：802", "+8657187654321;ext=802", "0571-87654321 转 802", "0571-****4321"),
        ("17012345678转1234", "+8617012345678;ext=1234", "170 1234 5678 转 1234", "170****5678"),
        ("400-123-4567", "+864001234567", "400-123-4567", "400-****4567"),
        ("8008101234", "+868008101234", "800-810-1234", "800-****1234"),
        ("+852 9123 4567", "+85291234567", "+852 9123 4567", "+852 ****4567"),
        ("00852 9123 4567", "+85291234567", "+852 9123 4567", "+852 ****4567"),
        ("+1 (415) 555-2671", "+14155552671", "+1 415-555-2671", "+1 ****2671"),
        ("19912345678", "+8619912345678", "199 1234 5678", "199****5678"),
    ],
)
def test_examples(typed, kept, written, masked):
    assert normalise_phone(typed) == kept
    assert format_phone(kept) == written
    assert mask_phone(kept) == masked


@pytest.mark.parametrize(
    ("typed", "code", "values"),
    [
        ("1380000602", FaultCode.PHONE_MOBILE_LENGTH, {"n": 10}),
        ("138000060270", FaultCode.PHONE_MOBILE_LENGTH, {"n": 12}),
        ("+86 138 0000 602", FaultCode.PHONE_MOBILE_LENGTH, {"n": 10}),
        ("87654321", FaultCode.PHONE_AREA_CODE, {}),
        ("07558765432", FaultCode.PHONE_LANDLINE, {}),
        ("0999-12", FaultCode.PHONE_LANDLINE, {}),
        ("+852 1", FaultCode.PHONE_FOREIGN, {}),
        ("+999 123456789", FaultCode.PHONE_FOREIGN, {}),
        ("12345", FaultCode.PHONE_UNKNOWN, {}),
        ("95588", FaultCode.PHONE_UNKNOWN, {}),
        ("+86", FaultCode.PHONE_UNKNOWN, {}),
        ("-", FaultCode.PHONE_UNKNOWN, {}),
        ("138+12346027", FaultCode.PHONE_UNKNOWN, {}),
        ("微信同号", FaultCode.PHONE_CHARACTERS, {"character": "微"}),
        ("13812346027,13900001111", FaultCode.PHONE_CHARACTERS, {"character": ","}),
        ("٠١٢", FaultCode.PHONE_CHARACTERS, {"character": "٠"}),
    ],
)
def test_what_is_wrong_is_said(typed, code, values):
    with pytest.raises(Fault) as caught:
        normalise_phone(typed)
    assert (caught.value.code, caught.value.values) == (code, values)


def test_nothing_stays_nothing():
    assert normalise_phone("  ") == format_phone("") == mask_phone("") == ""
