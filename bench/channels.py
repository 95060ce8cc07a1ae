"""The three ways to a partner, each with its real servers: HTTPS of the kit, OpenSSH, a mail relay.

A channel says what the gateway's settings must have, how a kit is made for it, and where the kit is
found; servers between both sides are processes of their own, so that their CPU can be told apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.house import GATEWAY, House
from bench.post_office import PASSWORD, address_of
from bench.processes import Helper, cpu_of
from demo.pki import HOST, Authority
from demo.servers import SshdServer
from keys.transport_admin import SecretAdmin
from partner import setup
from partner.identity import pin
from partner.setup import Wanted

PLAIN = "plain"
"""Who gets the mails of the named peer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A partner's channel, its reply URI and its pinned identity."""

    channel: str
    reply: str = ""
    peer: str = ""


class Channel(Protocol):
    """One way, ready to be used once `open` has returned."""

    @property
    def settings(self) -> str:
        """TOML for the gateway."""
        ...

    servers: dict[str, Callable[[], float]]
    """CPU clocks of what stands between both sides, by name."""

    def open(self, house: House) -> None:
        """Start what needs the gateway's keys."""
        ...

    def card(self, name: str) -> Place:
        """What the partner's card says."""
        ...

    def kit_settings(self, name: str) -> dict[str, str]:
        """Settings of its kit, as TOML values."""
        ...

    def place(self, name: str, served: dict[str, str]) -> Place:
        """Where the partner is; `served` are the addresses of kits that run."""
        ...

    def waiting(self) -> int:
        """How many receipts lie ready to be collected; looked at from outside, so that waiting for
        them costs the gateway nothing."""
        ...


class Rest:
    """The kit's own HTTPS service; a receipt comes in the answer to the parcel."""

    settings = ""

    def __init__(self, base: Path, _names: list[str], _stack: ExitStack) -> None:
        self.servers: dict[str, Callable[[], float]] = {}
        authority = Authority("bench")
        self.ca = base / "ca.pem"
        self.ca.write_bytes(authority.pem)
        self.pem = authority.pem.decode()
        self.certificate, self.key = authority.issue("partners", base)

    def open(self, house: House) -> None:
        """Nothing: the kits serve."""

    def card(self, name: str) -> Place:
        """The port is known once the kit serves."""
        return Place(f"https://{HOST}:9/parcels", f"https://{HOST}:9/replies", self.pem)

    def kit_settings(self, name: str) -> dict[str, str]:
        """Served on any free port."""
        files = {"tls_cert": self.certificate, "tls_key": self.key}
        return {"listen": f'"{HOST}:0"'} | {k: json.dumps(str(v)) for k, v in files.items()}

    def place(self, name: str, served: dict[str, str]) -> Place:
        """The service itself; nothing has to be collected."""
        return Place(f"{served[name]}/parcels", "", self.pem) if served else self.card(name)

    def waiting(self) -> int:
        """None ever: each comes in its answer."""
        return 0


class Sftp:
    """One sshd that serves inbox and outbox of every partner; each call logs in anew."""

    settings = ""

    def __init__(self, base: Path, names: list[str], stack: ExitStack) -> None:
        self.servers: dict[str, Callable[[], float]] = {}
        self._folder, self._stack = base / "sftp", stack
        for name in names:
            for part in ("inbox", "outbox"):
                (self._folder / name / part).mkdir(parents=True)

    def open(self, house: House) -> None:
        """Start sshd, with the gateway's key let in."""
        self.sshd = Sshd(self._folder, house.gateway.ssh.public_line("palang@bench"))
        self._stack.enter_context(self.sshd)
        self.servers["sshd"] = lambda: cpu_of(self.sshd.pid)

    def card(self, name: str) -> Place:
        """Two folders."""
        inbox, outbox = (self.sshd.uri(f"/{name}/{part}") for part in ("inbox", "outbox"))
        return Place(inbox, outbox, self.sshd.pin)

    def kit_settings(self, name: str) -> dict[str, str]:
        """The folders that sshd serves."""
        folder = self._folder / name
        return {part: json.dumps(str(folder / part)) for part in ("inbox", "outbox")}

    def place(self, name: str, served: dict[str, str]) -> Place:
        """As the card says."""
        return self.card(name)

    def waiting(self) -> int:
        """In all outboxes."""
        return sum(1 for _ in self._folder.glob("*/outbox/*.jws"))


class Sshd(SshdServer):
    """sshd, whose process can be measured."""

    @property
    def pid(self) -> int:
        """The listener's process; its ended sessions count as its children."""
        if self._process is None:
            raise RuntimeError("sshd does not run")
        return self._process.pid


class Mail:
    """One relay for both sides, a Maildir for each."""

    def __init__(self, base: Path, names: list[str], stack: ExitStack) -> None:
        authority = Authority("bench")
        self.ca = base / "ca.pem"
        self.ca.write_bytes(authority.pem)
        chain, key = map(str, authority.issue("relay", base))
        users = [GATEWAY, PLAIN, *names]
        office = Helper("bench.post_office", str(base / "mail"), chain, key, *users)
        self._office = stack.enter_context(office)
        self.servers = {"relay": self._office.cpu}
        self.port, self.boxes = int(self._office.told["port"]), self._office.told["boxes"]
        self._password = base / "mail.pass"
        self._password.touch(0o600)
        self._password.write_text(PASSWORD)

    @property
    def settings(self) -> str:
        """The gateway's accounts."""
        return (
            f'[mail]\nrelay = "smtps://{GATEWAY}@{HOST}:{self.port}"\n'
            f'sender = "{address_of(GATEWAY)}"\nca = "{self.ca}"\n'
            f'mailbox = "maildir:{self.boxes[GATEWAY]}"\n'
        )

    def open(self, house: House) -> None:
        """Give the gateway its password."""
        settings = house.gateway.settings
        admin = SecretAdmin(settings.keys_folder, house.gateway.secret)
        admin.set("mail-relay", "", PASSWORD.encode())

    def card(self, name: str) -> Place:
        """An address."""
        return Place(f"mailto:{address_of(name)}")

    def kit_settings(self, name: str) -> dict[str, str]:
        """Its own Maildir and the relay."""
        texts = {
            "maildir": self.boxes[name],
            "smtp": f"smtps://{name}@{HOST}:{self.port}",
            "sender": address_of(name),
            "to": address_of(GATEWAY),
            "ca": str(self.ca),
            "password": str(self._password),
        }
        return {f"mail.{key}": json.dumps(value) for key, value in texts.items()}

    def place(self, name: str, served: dict[str, str]) -> Place:
        """As the card says."""
        return self.card(name)

    def waiting(self) -> int:
        """In the gateway's own mailbox."""
        return sum(1 for _ in Path(self.boxes[GATEWAY], "new").iterdir())


def make_kit(home: Path, name: str, channel: Channel, house: House) -> None:
    """A kit for this channel that pins the gateway, as `palang-partner init` and `trust` do."""
    card, now = channel.card(name), house.clock.now()
    wanted = Wanted(
        id=name,
        name=name,
        kind="operator",
        gateway=GATEWAY,
        channel=card.channel,
        reply=card.reply,
        peer=card.peer,
        contacts=("uji@example.test",),
        test=True,
        days=365,
    )
    setup.init(home, wanted, channel.kit_settings(name), now)
    pin(home, house.trust(), GATEWAY, now, replace=False)
