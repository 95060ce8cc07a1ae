"""W3: guessing is slow for the guesser and for nobody else; common passwords are refused."""

from __future__ import annotations

import pytest

from gateway.domain.access import AccessFilter, What
from gateway.domain.accounts import Role
from gateway.domain.passwords import WeakPassword, check_password, is_common
from gateway.domain.throttle import ACCOUNT, PAIR, SOURCE, place
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND
from gateway.services.sessions import Origin
from gateway.services.sign_in import Refused
from gateway.services.throttle import Throttled
from tests.web.console.staff import MACHINE, StaffHouse

GUESSER, OFFICE = Origin("203.0.113.9"), Origin("10.0.0.5")


class Counting:
    """Passwords that count how often the slow hash was made."""

    def __init__(self, house: StaffHouse) -> None:
        self.real, self.judged, self.for_nobody = house.staffing.passwords, 0, 0

    def make(self, password: str) -> str:
        return self.real.make(password)

    def matches(self, kept: str, password: str) -> bool:
        self.judged += 1
        self.for_nobody += not kept
        return self.real.matches(kept, password)


def let_in(house: StaffHouse, name: str, origin: Origin) -> str:
    """A new account that was signed in from there before; its password."""
    handed = house.account(name, Role.PREPARER)
    ticket = house.staffing.sign_in.password(name, handed, origin)
    own = f"kuda laut mendaki {name} bukit"
    house.staffing.sign_in.choose(ticket.token, own)
    return own


def guess(house: StaffHouse, times: int, origin: Origin, pause: int, name: str = "siti") -> int:
    """How many of these guesses were judged; `pause` lies between two."""
    counting = Counting(house)
    house.staffing.passwords = counting
    house.staffing.__dict__.pop("sign_in", None)
    for number in range(times):
        with pytest.raises((Refused, Throttled)):
            house.staffing.sign_in.password(name, f"tebakan nomor {number:09}", origin)
        house.clock.move(pause)
    house.staffing.passwords = counting.real
    house.staffing.__dict__.pop("sign_in", None)
    return counting.judged


def _never_locked_out(house: StaffHouse, times: int) -> None:
    own, other = let_in(house, "siti", OFFICE), let_in(house, "budi", GUESSER)
    judged = guess(house, times, GUESSER, SECOND)
    assert judged < 5 + 10 + times // 850 + 2  # the wait doubles to 15 minutes
    house.staffing.sign_in.password("siti", own, OFFICE)  # where she always sits
    house.staffing.sign_in.password("budi", other, GUESSER)  # a colleague at the guesser's place
    logged = house.staffing.access.page(AccessFilter(what=(What.SIGN_IN_THROTTLED,)))
    assert {row.account for row in logged} == {"siti"}
    assert {row.address for row in logged} == {GUESSER.address}
    refused = house.staffing.access.page(AccessFilter(what=(What.SIGN_IN_REFUSED,)))
    assert len(refused) == judged


def test_200_guesses_are_throttled_and_nobody_else_is_locked_out(house: StaffHouse) -> None:
    _never_locked_out(house, 200)


@pytest.mark.long
def test_10_000_guesses_are_throttled_and_nobody_else_is_locked_out(house: StaffHouse) -> None:
    _never_locked_out(house, 10_000)


def test_guesses_at_many_names_from_one_place_are_throttled_and_unknown_names_too(
    house: StaffHouse,
) -> None:
    judged = sum(guess(house, 1, GUESSER, 0, f"orang-{number}") for number in range(60))
    assert judged == SOURCE.free


def test_guesses_at_one_account_from_many_places_are_throttled(house: StaffHouse) -> None:
    own = let_in(house, "siti", OFFICE)
    judged = sum(guess(house, 1, Origin(f"198.51.100.{n}"), 0) for n in range(70))
    assert judged == ACCOUNT.free
    house.staffing.sign_in.password("siti", own, OFFICE)


def test_the_right_password_does_not_pass_while_its_pair_waits_and_does_afterwards(
    house: StaffHouse,
) -> None:
    own = let_in(house, "siti", OFFICE)
    guess(house, PAIR.free, OFFICE, 0)
    with pytest.raises(Throttled) as wait:
        house.staffing.sign_in.password("siti", own, OFFICE)
    house.clock.move(wait.value.seconds * SECOND)
    house.staffing.sign_in.password("siti", own, OFFICE)
    guess(house, PAIR.free - 1, OFFICE, 0)
    house.staffing.sign_in.password("siti", own, OFFICE)  # a right one began the count anew


def test_an_unknown_or_disabled_account_takes_the_same_work_and_gets_the_same_answer(
    house: StaffHouse,
) -> None:
    own = let_in(house, "siti", OFFICE)
    house.staffing.accounts.disable("siti", MACHINE)
    counting = Counting(house)
    house.staffing.passwords = counting
    house.staffing.__dict__.pop("sign_in", None)
    said = []
    for name, password in (("siti", own), ("tidak-ada", own), ("'; DROP TABLE accounts; --", own)):
        with pytest.raises(Refused) as refused:
            house.staffing.sign_in.password(name, password, OFFICE)
        said.append(str(refused.value))
    assert len(set(said)) == 1
    assert (counting.judged, counting.for_nobody) == (3, 3)


def test_what_was_typed_as_a_name_is_kept_nowhere(house: StaffHouse) -> None:
    with pytest.raises(Refused):
        house.staffing.sign_in.password("kata-sandi-di-kolom-nama", "x" * 20, OFFICE)
    kept = b"".join(path.read_bytes() for path in (house.home / "state").glob("palang.sqlite*"))
    assert b"kata-sandi-di-kolom-nama" not in kept


def test_a_bucket_is_forgotten_after_a_day_and_waits_at_most_a_quarter_of_an_hour() -> None:
    assert [PAIR.wait(n) // SECOND for n in (4, 5, 6, 7)] == [0, 2, 4, 8]
    assert PAIR.wait(10_000) == 15 * MINUTE
    assert DAY > 15 * MINUTE > 0 and ACCOUNT.longest < HOUR


def test_one_person_has_one_place_whatever_the_last_bits_of_the_address() -> None:
    assert place("2001:db8:1:2:3:4:5:6") == place("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert place("::ffff:10.0.0.5") == place("10.0.0.5") == "10.0.0.5"
    assert place("fe80::1%eth0") == "fe80::/64"
    assert place("no:address") == "no:address"


COMMON = (
    "123456789012",
    "Password2026!",
    "P@ssw0rd1234",
    "Qwerty123456!!",
    "komdigi2026!!",
    "palang-palang-1",
    "abcabcabcabc",
    "aaaaaaaaaaaaaaa",
    "Rahasia123456",
    "Jakarta17081945",
    "Indonesia.Merdeka",
    "siti rahma 1990",
    "administrator1!",
)


@pytest.mark.parametrize("password", COMMON)
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    assert is_common(password, ("siti", "Siti Rahma"))
    with pytest.raises(WeakPassword):
        check_password(password, ("siti", "Siti Rahma"))


@pytest.mark.parametrize(
    "password",
    [
        "kuda laut mendaki bukit",
        "correct horse battery staple",
        "t7#kQ-vz!p2Lm",
        "payung biru lama",
    ],
)
def test_words_that_nobody_connects_with_a_person_are_taken_without_rules_of_signs(
    password: str,
) -> None:
    check_password(password, ("siti", "Siti Rahma"))


@pytest.mark.parametrize("length", [11, 257])
def test_a_password_has_12_to_256_characters(length: int) -> None:
    words = ("kudalautmendakibukit" * 20)[:length]
    with pytest.raises(WeakPassword, match="12 to 256"):
        check_password(words, ())
