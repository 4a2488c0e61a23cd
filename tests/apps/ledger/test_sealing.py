"""Values under their owner's key: bound to owner and field, gone with the key, found by a blind index."""

from __future__ import annotations

import base64
import stat

import pytest

from keyue.kernel.errors import Refused
from keyue.ledger import actions, keys, sealing
from keyue.ledger.facts import Draft, Subject
from keyue.ledger.models import SealKey
from keyue.ledger.sealing import SealBroken

pytestmark = pytest.mark.django_db

OWNER = Subject("customer", "12")
PHONE = "customers.Contact.phone"


def test_what_is_sealed_opens_again():
    sealed = sealing.seal(OWNER, "张三 13800138000", PHONE)
    assert sealed.startswith("k1.")
    assert sealing.unseal(OWNER, sealed, PHONE) == "张三 13800138000"


def test_the_same_text_is_never_sealed_the_same_way():
    assert sealing.seal(OWNER, "x", PHONE) != sealing.seal(OWNER, "x", PHONE)


def test_nothing_is_sealed_as_nothing():
    assert sealing.seal(OWNER, "", PHONE) == ""
    assert sealing.unseal(OWNER, "", PHONE) == ""


def test_a_value_opens_only_for_its_owner_and_its_field():
    sealed = sealing.seal(OWNER, "x", PHONE)
    sealing.seal(Subject("customer", "13"), "y", PHONE)
    for owner, context in [(Subject("customer", "13"), PHONE), (OWNER, "customers.Contact.name")]:
        with pytest.raises(SealBroken):
            sealing.unseal(owner, sealed, context)


@pytest.mark.parametrize("change", ["flip", "cut", "k2.", "k1.", "k1.€", "plain text"])
def test_an_altered_value_does_not_open(change):
    sealed = sealing.seal(OWNER, "some text", PHONE)
    raw = bytearray(base64.urlsafe_b64decode(sealed[3:]))
    raw[-1] ^= 1
    altered = {
        "flip": "k1." + base64.urlsafe_b64encode(raw).decode(),
        "cut": sealed[:-8],
        "k2.": "k2." + sealed[3:],
    }.get(change, change)
    with pytest.raises(SealBroken):
        sealing.unseal(OWNER, altered, PHONE)


def test_a_page_of_customers_costs_one_query(django_assert_num_queries):
    owners = [Subject("customer", str(n)) for n in range(50)]
    items = [(owner, sealing.seal(owner, f"名 {owner.ref}", PHONE), PHONE) for owner in owners]
    with django_assert_num_queries(1):
        assert sealing.unseal_many(items) == [f"名 {n}" for n in range(50)]


def test_several_fields_of_one_owner_cost_one_query(django_assert_num_queries):
    sealing.key_of(OWNER)
    with django_assert_num_queries(1):
        sealed = sealing.seal_many(OWNER, {"a": "1", "b": "2", "c": ""})
    assert {c: sealing.unseal(OWNER, text, c) for c, text in sealed.items()} == {"a": "1", "b": "2", "c": ""}


def test_the_text_and_the_key_are_nowhere_in_the_clear():
    sealed = sealing.seal(OWNER, "13800138000", PHONE)
    assert b"13800138000" not in base64.urlsafe_b64decode(sealed[3:])
    row = SealKey.objects.get()
    assert len(bytes(row.wrapped)) == 12 + 32 + 16
    assert row.created_at is not None


def test_a_key_that_is_not_there_is_a_fault_and_no_empty_field():
    sealed = sealing.seal(OWNER, "x", PHONE)
    with pytest.raises(SealBroken):
        sealing.unseal(Subject("customer", "77"), sealed, PHONE)


# --- blind index ---


def test_equal_texts_have_equal_indexes_within_one_purpose():
    index = sealing.blind_index("+8613800138000", PHONE)
    assert index == sealing.blind_index("+8613800138000", PHONE)
    assert len(index) == 64
    assert index != sealing.blind_index("+8613800138000", "customers.Contact.email")
    assert index != sealing.blind_index("+8613800138001", PHONE)


def test_the_index_depends_on_the_installations_key(own_keys):
    index = sealing.blind_index("x", PHONE)
    (own_keys / "master.key").unlink()
    assert sealing.blind_index("x", PHONE) != index


# --- erasure ---


def test_a_destroyed_key_leaves_nothing_to_read(staff, now):
    other = Subject("customer", "13")
    sealed, kept = sealing.seal(OWNER, "x", PHONE), sealing.seal(other, "y", PHONE)
    assert actions.destroy_key(OWNER, by=staff, at=now) is True
    assert sealing.unseal(OWNER, sealed, PHONE) is None
    assert sealing.unseal_many([(OWNER, sealed, PHONE), (other, kept, PHONE), (OWNER, "", PHONE)]) == [
        None,
        "y",
        "",
    ]
    with pytest.raises(Refused) as caught:
        sealing.seal(OWNER, "z", PHONE)
    assert caught.value.code == "key_destroyed"


def test_the_row_of_a_destroyed_key_holds_no_key(staff, now):
    sealing.key_of(OWNER)
    actions.destroy_key(OWNER, by=staff, at=now)
    row = SealKey.objects.get()
    assert (row.wrapped, row.destroyed_at) == (None, now)


def test_an_owner_without_a_key_gets_none_after_erasure(staff, now):
    assert actions.destroy_key(OWNER, by=staff, at=now) is True
    with pytest.raises(Refused):
        sealing.seal(OWNER, "z", PHONE)


def test_the_sealed_fields_of_a_fact_are_none_after_erasure(case, staff, now):
    [fact] = actions.record(
        case, [Draft("m", sealed={"text": "秘密"})], by=staff, at=now, source="web", seal_for=OWNER
    )
    actions.destroy_key(OWNER, by=staff, at=now)
    assert sealing.sealed_values([fact]) == [{"text": None}]


# --- key files ---


def test_key_files_are_made_once_and_for_their_owner_only(own_keys):
    first = keys.master_key()
    assert keys.master_key() == first
    keys.signing_key()
    for name in ("master.key", "signing.key"):
        assert stat.S_IMODE((own_keys / name).stat().st_mode) == 0o600
    assert [f.name for f in sorted(own_keys.iterdir())] == ["master.key", "signing.key", "signing.pub"]


def test_a_lost_master_key_is_not_replaced_while_something_needs_it(own_keys):
    sealed = sealing.seal(OWNER, "x", PHONE)
    file = own_keys / "master.key"
    content = file.read_bytes()
    file.unlink()
    for act in (lambda: sealing.unseal(OWNER, sealed, PHONE), lambda: sealing.seal(OWNER, "y", PHONE)):
        with pytest.raises(keys.KeysMissing, match=r"master\.key"):
            act()
    assert not file.exists()
    file.write_bytes(content)
    assert sealing.unseal(OWNER, sealed, PHONE) == "x"


@pytest.mark.parametrize("content", [b"", b"AAAA", b"\xff\xfe not base64"])
def test_a_damaged_master_key_is_told(own_keys, content):
    keys.master_key()
    (own_keys / "master.key").write_bytes(content)
    with pytest.raises(keys.KeysMissing, match="损坏"):
        keys.master_key()


def test_another_installations_master_key_is_told(own_keys):
    sealed = sealing.seal(OWNER, "x", PHONE)
    (own_keys / "master.key").write_bytes(base64.b64encode(b"k" * 32))
    with pytest.raises(SealBroken, match=r"master\.key"):
        sealing.unseal(OWNER, sealed, PHONE)


def test_a_damaged_signing_key_is_told(own_keys):
    keys.signing_key()
    (own_keys / "signing.key").write_bytes(b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")
    with pytest.raises(keys.KeysMissing, match=r"signing\.key"):
        keys.signing_key()


def test_the_public_key_is_there_without_the_private_one(own_keys):
    assert keys.verifying_key() is None
    key = keys.signing_key()
    (own_keys / "signing.key").unlink()
    public = keys.verifying_key()
    assert public is not None
    assert keys.is_signed(public, key.sign(b"m"), b"m")
    assert not keys.is_signed(public, key.sign(b"m"), b"n")
