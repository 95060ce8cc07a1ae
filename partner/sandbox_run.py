"""One climb in the sandbox: with this kit itself in a folder of its own, or with own software."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from gateway.domain.ladder.climbing import climb
from gateway.domain.ladder.rungs import LadderResult, Rung, required_of
from gateway.domain.trust import write_trust
from gateway.ports import Clock
from keys.cards import OpenedCard
from partner import files
from partner.identity import TRUST, PinnedGateway
from partner.kit import Kit
from partner.loop import Rounds, Say
from partner.sandbox import SandboxKeys, SandboxRig, envelope_of, make_keys
from partner.sections import Mail, Pull
from partner.state import FILE_NAME, State

_FOLDERS = ("inbox", "outbox", "lists", "work", "refused")
_LOOK = 0.5  # seconds between two looks into a folder where others work


def with_kit(kit: Kit, card: OpenedCard, say: Say) -> LadderResult:
    """This kit answers, with its keys and card, but with folders, pins and state of the sandbox;
    its hook is not called. Raises PalangError for what is wrong with the kit itself."""
    with TemporaryDirectory(prefix=".sandbox-", dir=kit.home) as name:
        keys = make_keys(card.card.aud, envelope_of(card), kit.clock.now())
        copied = _copy(kit, Path(name), keys)
        rounds = Rounds(copied, say)

        def work(tries: int) -> bool:
            rounds.once()
            return tries < 1  # a round answers all that lies there

        inbox, outbox = copied.settings.path("inbox"), copied.settings.path("outbox")
        return _climb(SandboxRig(card, keys, kit.clock, inbox, outbox, work))


def _copy(kit: Kit, folder: Path, keys: SandboxKeys) -> Kit:
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700)
    never = kit.settings.path("never_block")
    settings = replace(
        kit.settings,
        home=folder,
        hook=(),
        never_block=str(never),
        listen="",
        pull=Pull(),
        mail=Mail(),
        inbox="inbox",
        outbox="outbox",
        lists="lists",
        work="work",
        refused="refused",
    )
    files.replace(folder / TRUST, write_trust(keys.trust), "sandbox.trust")
    pins = PinnedGateway(folder)
    return replace(kit, settings=settings, state=State(folder / FILE_NAME), pins=pins)


def with_folders(
    card: OpenedCard, clock: Clock, inbox: Path, outbox: Path, wait: float
) -> LadderResult:
    """The partner's own software answers; `wait` is for how many seconds at each step.

    The sandbox's trust file is written beside the inbox: the software pins it for this test only.
    """
    keys = make_keys(card.card.aud, envelope_of(card), clock.now())
    files.replace(inbox.parent / f"sandbox-{TRUST}", write_trust(keys.trust), "sandbox.trust")

    def work(tries: int) -> bool:
        sleep(_LOOK)
        return (tries + 1) * _LOOK < wait

    return _climb(SandboxRig(card, keys, clock, inbox, outbox, work))


def _climb(rig: SandboxRig) -> LadderResult:
    rungs = climb(rig)
    card, now = rig.card, rig.climb()
    required = required_of(card.card.partner_kind, answers=now.confirms)
    channel = (Rung.IDENTITY, Rung.LOGIN)  # folders have none
    return LadderResult(
        gateway=card.card.aud,
        partner=card.card.iss,
        card=card.digest,
        at=rig.clock.now(),
        rungs=rungs,
        required=tuple(rung for rung in required if rung not in channel),
        seen=(*(one.parcel for one in now.sent), *(word.digest for word in now.words)),
    )
