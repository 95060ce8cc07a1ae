"""The stage: a gateway with two officers, eight approved partners, a listener and a worker, all
running."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from demo import console
from demo.actor import Actor
from demo.cast import GATEWAY, OFFICERS, PLAYERS, PREPARER, RELEASER, ROWS, SEED, SENDER
from demo.expectation import Expectation, expect
from demo.house import House
from demo.partners import KitActor, kit_of, set_up
from demo.ports import free_port
from demo.screen import Screen
from demo.shell import Command, Facts, Service
from demo.stock import export_keys
from demo.synthetic import SyntheticList, generate

_QUICK = {"first_seconds": 1, "tick_seconds": 1, "collect_seconds": 1}
"""Settings of the worker for a demo; a real one waits longer between tries."""


@dataclass(frozen=True, slots=True)
class Stage:
    """All that the story needs. `folder` holds everything that the demo makes; `console` is the
    address of the staff console; `source` hands the list in."""

    folder: Path
    screen: Screen
    palang: Command
    worker: Service
    actors: dict[str, Actor]
    made: SyntheticList
    expected: Expectation
    console: str
    source: KitActor

    def signed_by(self, officer: str) -> list[str]:
        """The options with which a command is signed by this officer."""
        return signing(self.folder, officer)

    def delivery(self, delivery: str) -> Facts:
        """What the gateway knows of a delivery."""
        return self.palang.json("delivery", "show", delivery)

    def actor(self, player: str) -> Actor:
        """A partner by id."""
        return self.actors[player]


def signing(folder: Path, officer: str) -> list[str]:
    """Options: who signs, with which key file and passphrase."""
    key, secret = folder / "officers" / f"{officer}.pem", folder / "officers" / f"{officer}.pass"
    return ["--officer", officer, "--key", str(key), "--passphrase-file", str(secret)]


def build(folder: Path, screen: Screen, stack: ExitStack) -> Stage:
    """Make it all; `stack` ends whatever runs, in reverse order."""
    for name in ("logs", "officers"):
        (folder / name).mkdir()
    made = generate(SEED, ROWS)
    (folder / "daftar.csv").write_bytes(made.csv)
    palang = Command("gateway.main", folder / "gateway")
    palang.run("init", "--home", str(palang.home), "--name", GATEWAY, "--allow-private-addresses")
    _quicken(palang.home / "palang.toml")
    ssh_line = palang.json("key", "ssh")["line"]
    house = House(folder, stack, free_port())
    house.settle(palang)
    console.settle(palang, free_port())
    with ThreadPoolExecutor(2) as pool:
        officers = pool.submit(_enrol, palang, folder)
        actors = {p.id: set_up(p, folder, stack, house, ssh_line) for p in PLAYERS}
        source = kit_of(SENDER, folder, stack, house, ssh_line)
        officers.result()
        _native_keys(palang, folder, actors)
        for _ in pool.map(lambda a: _approve(palang, folder, a), (*actors.values(), source)):
            pass
    console.make_accounts(palang, folder)
    worker = _start(palang, folder, actors, stack)
    address = console.start(palang, folder, stack)
    return Stage(folder, screen, palang, worker, actors, made, expect(made), address, source)


def _native_keys(palang: Command, folder: Path, actors: dict[str, Actor]) -> None:
    """Keys that gpg verifies, by two officers, and files for stock tools."""
    tools = {actor.player.tool for actor in actors.values()} - {""}
    if "gpg" in tools:
        new = ("--alg", "OpenPGP", "--days", "0")
        for role in ("manifest", "statement"):
            palang.run("key", "rotate", role, *new, *signing(folder, PREPARER))
            palang.run("key", "rotate", role, *signing(folder, RELEASER))
    export_keys(palang, folder, tools)


def _quicken(settings: Path) -> None:
    text = settings.read_text("utf-8")
    for name, value in _QUICK.items():
        text = re.sub(rf"^{name} = \d+$", f"{name} = {value}", text, flags=re.MULTILINE)
    settings.write_text(text, "utf-8")


def _enrol(palang: Command, folder: Path) -> None:
    for officer, name in OFFICERS.items():
        secret = folder / "officers" / f"{officer}.pass"
        secret.touch(mode=0o600)
        secret.write_text(f"kata sandi uji {officer}\n", "utf-8")
        _by, _id, *key = signing(folder, officer)
        palang.run("officer", "add", officer, "--name", name, *key)


def _approve(palang: Command, folder: Path, actor: Actor) -> None:
    """Two officers sign the card; the partner pins the gateway's keys in turn."""
    trust = folder / f"trust-{actor.id}.json"
    palang.run("partner", "add", str(actor.card), *signing(folder, PREPARER))
    palang.run("partner", "approve", actor.id, *signing(folder, RELEASER))
    palang.run("key", "trust", "--partner", actor.id, "--out", str(trust))
    actor.pin(trust)


def _start(palang: Command, folder: Path, actors: dict[str, Actor], stack: ExitStack) -> Service:
    """Start kits and worker, and let the OTT's consent come in over its channel."""
    listener = Service("web", palang.line("web"), folder / "logs" / "web.log")
    worker = Service("worker", palang.line("worker"), folder / "logs" / "worker.log")
    for service in (*(actor.service for actor in actors.values()), listener):
        stack.enter_context(service)
    for actor in actors.values():
        actor.await_ready()
    listener.wait(lambda fact: fact.get("event") == "listening", "its listening")
    stack.enter_context(worker)
    for actor in actors.values():
        if actor.player.consents:
            actor.consent()
            worker.wait(_is_consent_of(actor.id), f"the consent of {actor.id}")
    return worker


def _is_consent_of(partner: str) -> Callable[[Facts], bool]:
    def wanted(fact: Facts) -> bool:
        return (fact.get("event"), fact.get("partner"), fact.get("kind"), fact.get("state")) == (
            "judged",
            partner,
            "consent",
            "ACCEPTED",
        )

    return wanted
