"""Accounts of a town's console: two administrators, a preparer whose role changed, an open ask."""

from gateway.domain.accounts import Role
from gateway.services.access import By
from gateway.services.accounts import Accounts, NewAccount
from gateway.services.second_factor import SecondFactor
from gateway.services.sessions import Origin, Sessions
from gateway.services.sign_in import SignIn
from gateway.services.throttle import Throttle
from keys.codes import TimeCodes
from keys.vault import ConsoleVault
from tests.accounts.cheap import cheap_passwords
from tests.services.back.world import World

MACHINE = By("machine:root")


def staff(town: World) -> None:
    """Made on the machine, changed by an administrator; one signs in."""
    passwords, vault = cheap_passwords(), ConsoleVault(b"a secret of the town's console")
    accounts = Accounts(town.store, town.clock, passwords)
    for name, role in (("ani", Role.ADMINISTRATOR), ("adi", Role.ADMINISTRATOR)):
        accounts.add(NewAccount(name, name.title(), role), MACHINE)
    handed = accounts.add(NewAccount("tono", "Tono", Role.AUDITOR), MACHINE)
    accounts.change_role("tono", Role.PREPARER, By("ani", "10.0.0.7"))
    accounts.change_role("tono", Role.APPROVER, By("adi", "10.0.0.8"))
    sessions = Sessions(town.store, town.clock)
    throttle = Throttle(town.store, town.clock, vault)
    factor = SecondFactor(town.clock, TimeCodes(), vault)
    sign_in = SignIn(town.store, town.clock, sessions, throttle, passwords, factor)
    sign_in.password("tono", handed.password, Origin("10.0.0.9", "a browser"))
