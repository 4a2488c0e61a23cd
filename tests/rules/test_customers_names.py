"""Names, addresses, numbers and places: what is kept, what is compared, what is shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.customers import rules
from keyue.customers.faults import Fault, FaultCode
from keyue.customers.regions import CITY_LONGEST, REGIONS, Place, parse_place, region_name

TEXTS = st.text(max_size=80) | st.text(alphabet="张三李四 ·（）()-AbZ１2\u3000\u200b•\n", max_size=40)


@given(TEXTS)
def test_a_tidied_name_stays_as_it_is(text):
    try:
        name = rules.tidy_person(text)
    except Fault as fault:
        assert fault.code in {FaultCode.NAME_TOO_LONG, FaultCode.NAME_IS_NUMBER}
        return
    assert rules.tidy_person(name) == name
    assert name == name.strip()
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in name)
    if len(name) > 2 and "*" not in name:
        masked = rules.mask_name(name)
        assert "*" in masked
        assert name not in masked


@given(TEXTS)
def test_what_is_compared_is_settled(text):
    key = rules.name_key(text)
    assert rules.name_key(key) == key
    assert rules.name_key(f" {text} ") == key or not key.strip()
    assert rules.name_key(text.upper()) == rules.name_key(text.upper().lower().upper())


@given(TEXTS.filter(rules.search_key), TEXTS)
def test_the_range_of_a_prefix_holds_what_begins_so(prefix, rest):
    start, end = rules.prefix_range(prefix)
    key = (rules.name_key(prefix) + rules.name_key(rest))[: rules.ORGANISATION_LONGEST].encode()
    if rules.name_key(rest):
        assert start <= key < end
    assert not start <= start[:-1] < end
    assert not start <= end < end


@pytest.mark.parametrize(
    ("typed", "kept", "masked", "compared"),
    [
        ("张三", "张三", "张*", "张三"),
        (" 张  三 ", "张三", "张*", "张三"),
        ("欧阳 明", "欧阳明", "欧阳*", "欧阳明"),
        ("欧阳", "欧阳", "欧*", "欧阳"),
        ("阿卜杜•热合曼", "阿卜杜·热合曼", "阿*", "阿卜杜热合曼"),
        ("John  Smith", "John Smith", "J***", "johnsmith"),
        ("ＪＯＨＮ", "ＪＯＨＮ", "Ｊ***", "john"),
        ("张\x00三\u200b", "张 三".replace(" ", ""), "张*", "张三"),
        ("\ue000某", "\ue000某", "\ue000***", "\ue000某"),
    ],
)
def test_names(typed, kept, masked, compared):
    name = rules.tidy_person(typed)
    assert (name, rules.mask_name(name), rules.name_key(name)) == (kept, masked, compared)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", FaultCode.NAME_MISSING),
        ("公司" * 61, FaultCode.NAME_TOO_LONG),
        ("张三 138 1234 6027", FaultCode.NAME_HOLDS_CONTACT),
        ("张三13812346027店", FaultCode.NAME_HOLDS_CONTACT),
        ("zhang@example.com", FaultCode.NAME_HOLDS_CONTACT),
    ],
)
def test_organisations_that_are_none(typed, code):
    with pytest.raises(Fault) as caught:
        rules.tidy_organisation(typed)
    assert caught.value.code == code


def test_organisations_keep_how_they_write_themselves():
    assert rules.tidy_organisation(" 临江第三水务有限公司（演示） ") == "临江第三水务有限公司（演示）"
    assert rules.tidy_organisation("360") == "360"
    assert rules.name_key("临江水务（演示）") == rules.name_key("临江水务(演示)")


def test_a_number_is_no_name():
    with pytest.raises(Fault) as caught:
        rules.tidy_person("138-1234-6027")
    assert caught.value.code == FaultCode.NAME_IS_NUMBER


@pytest.mark.parametrize(
    ("typed", "kept", "masked"),
    [
        ("Zhang＠Example。com", "zhang@example.com", "z***@example.com"),
        (" mailto:A.b+c@x-y.cn ", "a.b+c@x-y.cn", "a***@x-y.cn"),
        ("x@例子.中国", "x@xn--fsqu00a.xn--fiqs8s", "x***@xn--fsqu00a.xn--fiqs8s"),
        ("", "", ""),
    ],
)
def test_addresses(typed, kept, masked):
    assert rules.normalise_email(typed) == kept
    assert rules.mask_email(kept) == masked


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("zhang", FaultCode.EMAIL_AT),
        ("a@b@c.com", FaultCode.EMAIL_AT),
        ("@c.com", FaultCode.EMAIL_LOCAL),
        ("张三@c.com", FaultCode.EMAIL_LOCAL),
        ("a b@c.com", FaultCode.EMAIL_LOCAL),
        (".a@c.com", FaultCode.EMAIL_LOCAL),
        ("a" * 65 + "@c.com", FaultCode.EMAIL_LOCAL),
        ("a@localhost", FaultCode.EMAIL_DOMAIN),
        ("a@-c.com", FaultCode.EMAIL_DOMAIN),
        ("a@c..com", FaultCode.EMAIL_DOMAIN),
        ("a@1.2.3.4", FaultCode.EMAIL_DOMAIN),
        ("a@" + ".".join(["b" * 60] * 5) + ".com", FaultCode.EMAIL_TOO_LONG),
    ],
)
def test_addresses_that_are_none(typed, code):
    with pytest.raises(Fault) as caught:
        rules.normalise_email(typed)
    assert caught.value.code == code


@given(st.text(max_size=60) | st.text(alphabet="ab.@-_+。＠中 ", max_size=30))
def test_any_text_is_an_address_or_a_fault(text):
    try:
        email = rules.normalise_email(text)
    except Fault as fault:
        assert fault.code.value.startswith("email_")
        return
    assert rules.normalise_email(email) == email
    assert email == email.lower()
    assert email.isascii()


@given(st.emails(domains=st.just("example.com")).filter(lambda email: "*" not in email))
def test_common_addresses_are_taken(email):
    assert rules.normalise_email(email) == email.lower()
    assert rules.mask_email(email.lower()) != email.lower()


@given(st.integers(1, 10**12))
def test_a_customers_number_is_the_id_in_writing(pk):
    number = rules.number_of(pk)
    assert rules.parse_number(number) == pk
    assert rules.parse_number(f" {number.lower().replace('-', '')} ") == pk


@pytest.mark.parametrize("text", ["", "317", "KH", "KH-", "KH-1x", "TS-2603-0142", "KH-" + "9" * 19])
def test_what_is_no_number(text):
    assert rules.parse_number(text) is None


def test_there_are_34_regions():
    assert len(REGIONS) == 34
    assert len({r.name for r in REGIONS.values()} | {r.short for r in REGIONS.values()}) == 68
    assert len({r.english for r in REGIONS.values()}) == 34
    assert all(code == region.code and code.endswith("0000") for code, region in REGIONS.items())
    # municipalities, provinces and autonomous regions, Taiwan, and the two special administrative regions
    ends = [name[-1] for name in (r.name for r in REGIONS.values())]
    assert (ends.count("市"), ends.count("省"), ends.count("区")) == (4, 23, 7)


@pytest.mark.parametrize("region", REGIONS.values(), ids=lambda region: region.english)
def test_every_region_is_known_by_its_names_and_codes(region):
    for text in (region.name, region.short, region.code, region.code[:2], region.code[:2] + "0106"):
        assert parse_place(text) == Place(region.code)
    assert region_name(region.code) == region.name
    assert region_name(region.code, "en") == region.english


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("浙江省杭州市", Place("330000", "杭州市")),
        ("浙江 / 杭州", Place("330000", "杭州")),
        ("浙江，杭州市 余杭区", Place("330000", "杭州市 余杭区")),
        ("北京市朝阳区", Place("110000", "朝阳区")),
        ("上海浦东", Place("310000", "浦东")),
        ("吉林市", Place("220000", "吉林市")),
        ("吉林省吉林市", Place("220000", "吉林市")),
        ("广西省南宁", Place("450000", "南宁")),
        ("新疆自治区", Place("650000")),
        ("香港特区", Place("810000")),
        ("海南藏族自治州", Place("630000", "海南藏族自治州")),
        ("河南蒙古族自治县", Place("630000", "河南蒙古族自治县")),
        ("海南省三亚市", Place("460000", "三亚市")),
        ("", Place()),
    ],
)
def test_places(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["火星", "杭州市", "河北区", "99", "999999", "1101", "Zhejiang Sheng"])
def test_places_that_are_none(text):
    with pytest.raises(Fault) as caught:
        parse_place(text)
    assert caught.value.code == FaultCode.REGION_UNKNOWN


@given(st.text(alphabet=st.characters()) | st.text(alphabet="浙江省杭州市海南藏族 /1é", max_size=30))
def test_any_text_is_a_place_or_a_fault(text):
    try:
        place = parse_place(text)
    except Fault as fault:
        assert fault.code.value.startswith(("region_", "city_"))
        str(fault.values).encode()
        return
    assert place.region in {"", *REGIONS}
    assert not any(c.isdigit() for c in place.city)
    if place.region and place.city:
        assert parse_place(f"{region_name(place.region)} {place.city}") == place


@given(st.text(alphabet=st.characters(categories=None)))
def test_no_text_breaks_what_is_written_down(text):
    for rule in (rules.tidy_person, rules.tidy_organisation, rules.normalise_phone, rules.normalise_email):
        try:
            rule(text).encode()
        except Fault as fault:
            str(fault.values).encode()
    rules.search_key(text)


@pytest.mark.parametrize("text", ["浙江省杭州市文三路 18 号", "浙江" + "长" * (CITY_LONGEST + 1)])
def test_no_street_gets_into_the_city(text):
    with pytest.raises(Fault) as caught:
        parse_place(text)
    assert caught.value.code in {FaultCode.CITY_CHARACTERS, FaultCode.CITY_TOO_LONG}
