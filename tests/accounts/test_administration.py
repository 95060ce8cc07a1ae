"""Accounts are changed by administrators, by two where rights widen, and never without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.access import Access, AccessFilter
from gateway.domain.accounts import Role
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.times import HOUR
from gateway.services.access import By
from gateway.services.accounts import Accounts, Handed, NewAccount
from gateway.services.sessions import Origin
from gateway.services.sign_in import Refused
from tests.web.console.staff import MACHINE, StaffHouse

ANI, ADI = By("ani", "10.0.0.1"), By("adi", "10.0.0.2")


@pytest.fixture
def two(house: StaffHouse) -> Accounts:
    """The accounts, with two administrators and a preparer."""
    house.account("ani", Role.ADMINISTRATOR)
    house.account("adi", Role.ADMINISTRATOR)
    house.account("tono", Role.PREPARER)
    return house.staffing.accounts


def rows(house: StaffHouse) -> tuple[Access, ...]:
    return house.staffing.access.page(AccessFilter())


def leaves(house: StaffHouse) -> list[dict[str, str]]:
    with house.gateway.store.read() as uow:
        events = [json.loads(leaf.event) for leaf in uow.log.leaves(0, uow.log.size())]
    return [event for event in events if event["event"].startswith("account.")]


ACTS: dict[str, Callable[[Accounts], Handed]] = {
    "add": lambda a: a.add(NewAccount("rina", "Rina", Role.AUDITOR), ANI),
    "role": lambda a: a.change_role("tono", Role.AUDITOR, ANI),
    "disable": lambda a: a.disable("tono", ANI),
    "password": lambda a: a.reset_password("tono", ANI),
    "totp": lambda a: a.reset_totp("tono", ANI),
    "ask": lambda a: a.change_role("tono", Role.APPROVER, ANI),
}


@pytest.mark.parametrize("act", ACTS)
def test_w13_each_act_leaves_exactly_one_row_and_one_leaf_with_who_where_before_and_after(
    two: Accounts, house: StaffHouse, act: str
) -> None:
    before, known = len(rows(house)), len(leaves(house))
    ACTS[act](two)
    after = rows(house)
    assert len(after) == before + 1 and len(leaves(house)) == known + 1
    row, detail = after[0], json.loads(after[0].detail)
    assert (row.account, row.address, row.at) == ("ani", "10.0.0.1", house.clock.now())
    assert detail["after"] and (detail["before"] or act == "add")
    assert leaves(house)[-1]["by"] == "ani"


def test_an_approver_is_made_by_two_administrators(two: Accounts, house: StaffHouse) -> None:
    handed = two.add(NewAccount("siti", "Siti", Role.APPROVER), ANI)
    assert handed.waits and handed.record.disabled
    with pytest.raises(Refused):
        house.staffing.sign_in.password("siti", handed.password, Origin("10.0.0.9"))
    with pytest.raises(NotPermitted, match="another administrator"):
        two.approve("siti", "enable", ANI)
    assert not two.approve("siti", "enable", ADI).record.disabled
    house.clock.move(HOUR)
    house.staffing.sign_in.password("siti", handed.password, Origin("10.0.0.9"))


def test_a_role_is_raised_by_two_and_lowered_by_one(two: Accounts) -> None:
    assert two.change_role("tono", Role.APPROVER, ANI).record.role is Role.PREPARER
    assert two.approve("tono", "role approver", ADI).record.role is Role.APPROVER
    assert two.change_role("tono", Role.PREPARER, ADI).record.role is Role.PREPARER


WIDENING: dict[str, Callable[[Accounts], Handed]] = {
    "add": lambda a: a.add(NewAccount("rina", "Rina", Role.PREPARER), ANI),
    "password": lambda a: a.reset_password("tono", ANI),
    "totp": lambda a: a.reset_totp("tono", ANI),
    "role": lambda a: a.change_role("tono", Role.AUDITOR, ANI),
    "demote": lambda a: a.change_role("adi", Role.AUDITOR, ANI),
}


@pytest.mark.parametrize("act", WIDENING)
def test_no_administrator_alone_gets_an_account_that_sees_numbers(two: Accounts, act: str) -> None:
    """Every role but the administrator's unmasks: who makes or resets one alone signs in as it."""
    assert WIDENING[act](two).waits
    assert two.find("tono").role is Role.PREPARER and two.find("adi").role is Role.ADMINISTRATOR


def test_who_disables_the_other_administrator_is_not_sole_by_that(two: Accounts) -> None:
    two.disable("adi", ANI)
    assert two.add(NewAccount("siti", "Siti", Role.APPROVER), ANI).waits
    assert two.reset_password("tono", ANI).waits
    with pytest.raises(NotPermitted, match="another administrator"):
        two.approve("siti", "enable", ANI)


def test_the_second_administrator_agrees_to_what_was_shown_and_nothing_else(two: Accounts) -> None:
    two.reset_totp("tono", ANI)
    two.change_role("tono", Role.APPROVER, ANI)
    with pytest.raises(Conflict, match="something else"):
        two.approve("tono", "totp", ADI)
    assert two.find("tono").role is Role.PREPARER


def test_what_was_asked_can_be_declined_and_is_gone_when_the_account_is_disabled(
    two: Accounts,
) -> None:
    two.change_role("tono", Role.APPROVER, ANI)
    assert two.decline("tono", ADI).record.asked == ""
    with pytest.raises(Conflict, match="nothing waits"):
        two.approve("tono", "role approver", ADI)
    two.change_role("tono", Role.APPROVER, ANI)
    assert two.disable("tono", ADI).record.asked == ""


def test_with_one_administrator_one_suffices_and_the_machine_needs_none(house: StaffHouse) -> None:
    house.account("ani", Role.ADMINISTRATOR)
    accounts = house.staffing.accounts
    assert not accounts.add(NewAccount("siti", "Siti", Role.APPROVER), ANI).waits
    house.account("adi", Role.ADMINISTRATOR)
    assert accounts.reset_totp("siti", ANI).waits
    assert not accounts.reset_totp("siti", MACHINE).waits


def test_w4_a_reset_never_lets_a_disabled_account_in(two: Accounts, house: StaffHouse) -> None:
    two.disable("tono", ANI)
    handed = two.reset_password("tono", MACHINE)
    two.reset_totp("tono", MACHINE)
    assert handed.record.disabled
    with pytest.raises(Refused):
        house.staffing.sign_in.password("tono", handed.password, Origin("10.0.0.9"))


def test_w4_a_session_in_the_middle_of_a_sign_in_is_ended_too(
    two: Accounts, house: StaffHouse
) -> None:
    handed = two.reset_password("tono", MACHINE)
    ticket = house.staffing.sign_in.password("tono", handed.password, Origin("10.0.0.9"))
    two.disable("tono", ANI)
    with pytest.raises(Conflict, match="ended"):
        house.staffing.sign_in.choose(ticket.token, "kuda laut mendaki bukit")
    two.enable("tono", MACHINE)
    with pytest.raises(Conflict, match="ended"):
        house.staffing.sign_in.choose(ticket.token, "kuda laut mendaki bukit")


CHANGES: dict[str, Callable[[Accounts], Handed]] = {
    "role": lambda a: a.change_role("tono", Role.AUDITOR, MACHINE),
    "disable": lambda a: a.disable("tono", ANI),
    "password": lambda a: a.reset_password("tono", MACHINE),
    "totp": lambda a: a.reset_totp("tono", MACHINE),
}


@pytest.mark.parametrize("change", CHANGES)
def test_w2_a_change_of_the_account_ends_its_sessions_at_once(
    two: Accounts, house: StaffHouse, change: str
) -> None:
    token, other = house.token("tono"), house.token("adi")
    assert house.staffing.sessions.session(token) is not None
    CHANGES[change](two)
    assert house.staffing.sessions.session(token) is None
    assert house.staffing.sessions.session(other) is not None


def test_a_session_of_an_older_epoch_counts_no_more(house: StaffHouse) -> None:
    house.account("tono", Role.PREPARER)
    token = house.token("tono")
    with house.gateway.store.write() as uow:
        session = house.staffing.sessions.under(uow, token)[0]
        uow.staff.put_session(replace(session, epoch=2))
        uow.commit("session.seen")
    assert house.staffing.sessions.session(token) is None


def test_nobody_changes_the_own_account_and_the_last_administrator_stays(
    house: StaffHouse, two: Accounts
) -> None:
    with pytest.raises(NotPermitted, match="own account"):
        two.change_role("ani", Role.PREPARER, ANI)
    with pytest.raises(NotPermitted, match="own account"):
        two.disable("ani", ANI)
    two.disable("adi", ANI)
    with pytest.raises(Conflict, match="last administrator"):
        two.disable("ani", MACHINE)
    with pytest.raises(Conflict, match="last administrator"):
        two.change_role("ani", Role.AUDITOR, MACHINE)


@pytest.mark.parametrize("role", [Role.PREPARER, Role.APPROVER, Role.AUDITOR])
def test_only_an_administrator_who_is_one_now_changes_accounts(
    house: StaffHouse, two: Accounts, role: Role
) -> None:
    house.account("rina", role)
    for act in (*ACTS.values(), lambda a: a.approve("tono", "enable", By("rina"))):
        with pytest.raises((NotPermitted, Conflict)):
            _as(two, act, By("rina"))
    two.disable("adi", ANI)
    with pytest.raises(NotPermitted):
        two.disable("tono", ADI)


def _as(accounts: Accounts, act: Callable[[Accounts], Handed], by: By) -> None:
    """The act, by another than it says."""

    class Other:
        def __getattr__(self, name: str) -> Callable[..., Handed]:
            def call(*words: object) -> Handed:
                done: Handed = getattr(accounts, name)(*words[:-1], by)
                return done

            return call

    act(Other())  # type: ignore[arg-type]  # it passes the acts on


def test_a_name_and_an_id_are_judged(two: Accounts) -> None:
    for wrong in (
        NewAccount("Siti Rahma", "Siti", Role.AUDITOR),
        NewAccount("../siti", "Siti", Role.AUDITOR),
        NewAccount("siti", " ", Role.AUDITOR),
        NewAccount("siti", "Siti\x1b[31m", Role.AUDITOR),
        NewAccount("siti", "Siti", Role.AUDITOR, "fr"),
    ):
        with pytest.raises(InputError):
            two.add(wrong, ANI)
    with pytest.raises(Conflict, match="already"):
        two.add(NewAccount("tono", "Tono", Role.AUDITOR), ANI)
    with pytest.raises(NotFound):
        two.disable("tidak-ada", ANI)
