"""Money is a whole number of fen: nothing is rounded on its way in, and only for the eye on its way out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from portfolio import money
from portfolio.errors import Invalid
from portfolio.money import FEN_PER_YI, LIMIT, UNITS, Fen

fen = st.integers(-LIMIT, LIMIT).map(Fen)
units = st.sampled_from(sorted(UNITS))


@given(fen, units)
def test_every_sum_comes_back_from_its_decimal_in_every_unit(sum_, unit):
    assert money.from_decimal(money.to_decimal(sum_, unit), unit) == sum_


@given(fen, units)
def test_every_sum_comes_back_from_its_exact_words(sum_, unit):
    assert money.from_decimal(Decimal(money.show_exact(sum_, unit)), unit) == sum_


@given(st.integers(-(10**9), 10**9), st.integers(1, 9), st.integers(1, 40))
def test_what_is_finer_than_a_fen_is_refused_however_many_digits_it_has(whole, digit, zeros):
    with pytest.raises(Invalid, match="分以下"):
        money.from_decimal(Decimal(f"{whole}.000000{'0' * zeros}{digit}"), "万元")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999999", "100000000001", "-100000000001"])
def test_what_no_row_can_hold_is_refused(text):
    with pytest.raises(Invalid, match="范围"):
        money.from_decimal(Decimal(text), "万元")


def test_the_largest_sum_is_still_taken():
    assert money.from_decimal(Decimal(10**11), "万元") == Fen(LIMIT)


def test_a_yuan_is_a_hundred_fen_and_a_wan_a_million():
    assert [money.from_decimal(Decimal(1), unit) for unit in ("分", "元", "万元", "亿元")] == [
        Fen(1),
        Fen(100),
        Fen(1_000_000),
        Fen(10_000_000_000),
    ]


@given(st.lists(fen))
def test_a_total_is_what_adding_one_by_one_gives(sums):
    counted = money.ZERO
    for each in sums:
        counted = counted + each
    assert money.total(sums) == counted


@given(fen, fen)
def test_taking_away_undoes_adding(one, other):
    assert (one + other) - other == one
    assert one + -one == money.ZERO
    assert (one < other) is (one.amount < other.amount)


def test_a_sum_does_not_mix_with_plain_numbers():
    with pytest.raises(AttributeError):
        _ = Fen(1) + 1  # type: ignore[operator]
    assert Fen(1) != 1  # type: ignore[comparison-overlap]
    assert not Fen(0)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0"),
        (12_345_678_900, "12,345.68"),
        (1_000_000, "1"),
        (1_500_000, "1.5"),
        (4_999, "0"),
        (5_000, "0.01"),
        (-5_000, "−0.01"),
        (-4_999, "0"),
        (-1_234_000_000, "−1,234"),
    ],
)
def test_shown_in_wan_with_two_places_half_up_and_a_true_minus(amount, shown):
    assert money.show(Fen(amount)) == shown


@given(fen)
def test_what_is_shown_is_never_more_than_half_a_place_away(sum_):
    shown = Decimal(money.show(sum_).replace(",", "").replace("−", "-"))
    assert abs(shown - money.to_decimal(sum_)) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (FEN_PER_YI, "1 亿元"),
        (-FEN_PER_YI, "−1 亿元"),
        (FEN_PER_YI - 1, "10,000 万元"),
        (3_987_000_000_000, "398.7 亿元"),
        (2_306_400_000_0, "2.3 亿元"),
        (2_306_400_000, "2,306.4 万元"),
    ],
)
def test_sentences_speak_in_yi_from_one_yi_on(amount, words):
    assert money.show_rounded(Fen(amount)) == words


def test_exact_words_keep_the_last_fen():
    assert money.show_exact(Fen(1_234_567_801)) == "1234.567801"
    assert money.show_exact(Fen(100), "元") == "1"


@pytest.mark.parametrize("given_", [1.0, "100", True, None, LIMIT + 1])
def test_input_takes_whole_fen_only(given_):
    with pytest.raises(ValidationError):
        TypeAdapter(Fen).validate_python(given_)


@given(fen)
def test_a_sum_travels_through_json_as_a_whole_number(sum_):
    adapter = TypeAdapter(Fen)
    assert adapter.validate_json(adapter.dump_json(sum_)) == sum_
    assert adapter.dump_json(sum_) == str(sum_.amount).encode()
