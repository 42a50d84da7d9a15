"""A signature holds for one message, one purpose and our own keys, the earlier ones included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.settings import Settings
from portfolio.signing import KeyRing, Purpose, key_ring

OLD, NEW = "an-old-secret-of-the-city-0123456789", "a-new-secret-of-the-city-9876543210"
RING = KeyRing(Purpose.LINK, [NEW])


@given(st.binary(), st.binary())
def test_a_signature_holds_for_its_own_message_only(message, other):
    assert RING.verifies(message, RING.sign(message))
    assert RING.verifies(other, RING.sign(message)) is (message == other)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.LINK])
def test_a_signature_for_one_purpose_never_passes_for_another(purpose):
    assert not KeyRing(purpose, [NEW]).verifies(b"7", RING.sign(b"7"))


def test_after_a_rotation_old_signatures_hold_and_new_ones_use_the_new_key():
    signed = KeyRing(Purpose.AUDIT, [OLD]).sign(b"7")
    rotated = KeyRing(Purpose.AUDIT, [NEW, OLD])
    assert rotated.verifies(b"7", signed)
    assert rotated.sign(b"7").split(".")[0] == KeyRing(Purpose.AUDIT, [NEW]).current.id


def test_once_the_old_key_is_taken_out_its_signatures_hold_no_more():
    assert not RING.verifies(b"7", KeyRing(Purpose.LINK, [OLD]).sign(b"7"))


@pytest.mark.parametrize(
    "signature", ["", ".", "x", "中文", f"{RING.current.id}.", f"{RING.current.id}.中文"]
)
def test_what_is_no_signature_is_refused_and_breaks_nothing(signature):
    assert not RING.verifies(b"7", signature)


@given(st.text())
def test_no_text_after_our_key_id_passes(text):
    assert not RING.verifies(b"7", f"{RING.current.id}.{text}")


def test_nothing_of_the_secret_is_told():
    signature = RING.sign(b"7")
    assert NEW not in signature
    assert RING.current.secret.hex() not in signature


def test_settings_name_the_current_key_first_and_the_old_ones_after_it():
    settings = Settings.model_validate({"secret_key": NEW, "old_secret_keys": f" {OLD} ,, "})
    ring = key_ring(settings, Purpose.LINK)
    assert ring.current == RING.current
    assert ring.verifies(b"7", KeyRing(Purpose.LINK, [OLD]).sign(b"7"))
    assert not ring.verifies(b"7", KeyRing(Purpose.LINK, [""]).sign(b"7"))
