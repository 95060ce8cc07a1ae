"""The staff console of the demo: its accounts, its process, and where a person finds both."""

from __future__ import annotations

import re
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from demo.cast import OFFICERS, PREPARER, RELEASER
from demo.pki import HOST
from demo.shell import Command, DemoFailed, Service

ACCOUNTS = "console-accounts.txt"
STAFF = {
    PREPARER: ("preparer", OFFICERS[PREPARER]),
    RELEASER: ("approver", OFFICERS[RELEASER]),
    "ratna": ("auditor", "Ratna Dewi"),
    "agus": ("administrator", "Agus Salim"),
}
"""Accounts by id: role and name; the first two hold the officers' keys."""


def settle(palang: Command, port: int) -> None:
    """Give the console a port that is free."""
    settings = palang.home / "palang.toml"
    text = settings.read_text("utf-8")
    listen = f'listen = "{HOST}:{port}"'
    made = re.sub(r'^listen = "127.0.0.1:8480"$', listen, text, count=1, flags=re.MULTILINE)
    if made == text:
        raise DemoFailed("expected [console] in the settings that palang init writes")
    settings.write_text(made, "utf-8")


def make_accounts(palang: Command, folder: Path) -> Path:
    """The accounts, with their one-time passwords in a file for its owner only."""
    file = folder / ACCOUNTS
    file.touch(mode=0o600)
    lines = ["account role password-for-the-first-sign-in passphrase-of-the-signing-key"]
    for account, (role, name) in STAFF.items():
        made = palang.json("account", "add", account, "--name", name, "--role", role)
        passphrase = "-"
        if account in OFFICERS:
            secret = folder / "officers" / f"{account}.pass"
            key = folder / "officers" / f"{account}.pem"
            palang.run(
                *("account", "key", account, "--key", str(key)),
                *("--passphrase-file", str(secret)),
            )
            passphrase = secret.read_text("utf-8").strip()
        lines.append(f"{account}  {role}  {made['one_time_password']}  {passphrase}")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def start(palang: Command, folder: Path, stack: ExitStack) -> str:
    """Start it; returns its address once the sign-in page is served."""
    service = Service("console", palang.line("console"), folder / "logs" / "console.log")
    stack.enter_context(service)
    told = service.wait(lambda fact: fact.get("event") == "listening", "its listening")
    address = str(told["url"])
    with urllib.request.urlopen(f"{address}/", timeout=20) as page:  # noqa: S310  # our own loopback
        if b"Palang" not in page.read():
            raise DemoFailed("the console serves another page than its sign-in")
    return address
