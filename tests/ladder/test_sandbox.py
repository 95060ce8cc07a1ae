"""The sandbox climbs the ladder with a kit, and finds what is wrong with a partner."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.domain.ids import Envelope
from gateway.domain.ladder.climbing import climb
from gateway.domain.ladder.rungs import LadderResult, Rung, State, read_result
from gateway.domain.statements import Consent, Reason
from gateway.domain.times import DAY
from gateway.domain.trust import write_trust
from keys.cards import open_card
from partner import answers, opening, parcels, setup
from partner.identity import load_card
from partner.kit import Kit, SystemClock, load_kit
from partner.receive import receive
from partner.refusal import ParcelRefused
from partner.renewing import Renewal, renew
from partner.sandbox import SandboxRig, make_keys
from partner.sandbox_run import with_kit
from partner.setup import Wanted
from tests.partner.factory import FakeClock, Gateway, block, make_kit, number
from tests.partner.test_script_partner import call


def quiet(_event: str, _facts: dict[str, object]) -> None:
    """Nobody listens."""


def states(result: LadderResult) -> dict[Rung, State]:
    return {one.rung: one.state for one in result.rungs}


def climbed(kit: Kit) -> LadderResult:
    return with_kit(kit, load_card(kit.home, kit.clock.now()), quiet)


def test_a_kit_passes_every_rung_but_those_that_folders_lack(kit: Kit) -> None:
    result = climbed(kit)
    assert result.passed, [one for one in result.rungs if one.cause]
    left_out = {Rung.IDENTITY, Rung.LOGIN, Rung.ROTATION}
    assert {rung for rung, state in states(result).items() if state is State.NOT_RUN} == left_out
    assert read_result(result.to_bytes()) == result
    assert not list(kit.home.glob(".sandbox-*"))


def test_a_newer_card_with_two_seal_keys_drills_the_rotation(kit: Kit) -> None:
    renew(kit, Renewal(begin=7), (kit.home / "secrets" / "unlock").read_bytes().strip())
    result = climbed(kit)
    assert states(result)[Rung.ROTATION] is State.PASSED, result.rungs[-1]
    old = next(kit.home.glob("keys/seal-*.pem"))
    old.unlink()
    broken = climbed(load_kit(kit.home, kit.clock, {}))
    assert not broken.passed
    assert State.FAILED in states(broken).values()


@pytest.mark.parametrize("removed", ["_agree", "csv.survey", "need"])
def test_a_partner_that_does_not_look_fails_the_rung_of_bad_parcels(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, removed: str
) -> None:
    blind: dict[str, Callable[..., object]] = {
        "_agree": lambda *_args: None,
        "csv.survey": lambda _data: (list(range(7)), {"block": 6, "unblock": 1}),
        "need": lambda *_args: None,
    }
    monkeypatch.setattr(f"{opening.__name__}.{removed}", blind[removed])
    result = climbed(kit)
    refused = next(one for one in result.rungs if one.rung is Rung.REFUSE)
    assert refused.state is State.FAILED
    assert "acknowledged a parcel with" in refused.cause
    assert not result.passed


def test_rehearsals_end_with_the_first_delivery(tmp_path: Path, gateway: Gateway) -> None:
    kit = make_kit(tmp_path / "lain", gateway)
    first = gateway.parcel(kit, block(number(1)), rehearsal=True)
    assert receive(kit, first.data).new
    assert (kit.home / "rehearsal.sqlite").exists()
    with kit.state.read() as tx:
        assert parcels.newest_epoch(tx) == 0
    gateway.sequence, gateway.previous = 0, ""
    receive(kit, gateway.parcel(kit, block(number(2))).data)
    second = gateway.parcel(kit, block(number(3)), rehearsal=True)
    with pytest.raises(ParcelRefused) as refused:
        receive(kit, second.data)
    assert refused.value.code is Reason.TEST_MISMATCH
    live = make_kit(tmp_path / "sungguh", gateway, test=False)
    gateway.sequence, gateway.previous = 0, ""
    with pytest.raises(ParcelRefused):
        receive(live, gateway.parcel(live, block(number(4)), test=True).data)
    gateway.sequence, gateway.previous = 0, ""
    third = gateway.parcel(live, block(number(5)), test=True, rehearsal=True)
    assert receive(live, third.data).new


def test_an_ott_with_its_consent_on_the_card_climbs_in_cms(
    tmp_path: Path, gateway: Gateway
) -> None:
    kit = make_kit(tmp_path / "ott", gateway, kind="ott")
    terms = Consent(
        iss=kit.identity.id,
        aud=gateway.name,
        at=gateway.at,
        since=gateway.at,
        until=gateway.at + 30 * DAY,
        categories=("penipuan",),
        channels=("whatsapp",),
        origins=("domestic",),
        fields=(),
        most=100,
        period="P30D",
        purpose="uji",
        retention="P90D",
        target="P3D",
    )
    consent = answers.consent(kit, terms).body.decode()
    renew(kit, Renewal(consent=consent, envelope="cms"), b"")
    result = climbed(load_kit(kit.home, kit.clock, {}))
    assert result.passed, [one for one in result.rungs if one.cause]
    assert states(result)[Rung.CONFIRM] is State.NOT_RUN


@pytest.mark.long
def test_a_partner_with_software_of_its_own_climbs_in_the_sandbox(tmp_path: Path) -> None:
    home = tmp_path / "skrip"
    home.mkdir()
    (home / "host.pub").write_text("ssh-ed25519 AAAA\n")
    urls = ("sftp://palang@host.example/inbox", "sftp://palang@host.example/outbox")
    call(home, "card", "operator", "opr-skrip", "gerbang-uji", *urls, str(home / "host.pub"))
    clock = SystemClock()
    opened = open_card((home / "card.jws").read_bytes().strip(), "gerbang-uji", clock.now())
    keys = make_keys("gerbang-uji", Envelope.JOSE, clock.now())
    (home / "trust.json").write_bytes(write_trust(keys.trust))

    def work(tries: int) -> bool:
        call(home, "run")
        return tries < 1

    rig = SandboxRig(opened, keys, clock, home / "inbox", home / "outbox", work)
    found = {one.rung: one for one in climb(rig)}
    passed = (Rung.WRITE, Rung.SAMPLE, Rung.ACKNOWLEDGE, Rung.CONFIRM)
    assert all(found[rung].state is State.PASSED for rung in passed), found
    states_ = {one.state for one in found.values()}
    assert State.FAILED not in states_, found


@pytest.mark.parametrize("envelope", ["cms", "openpgp"])
def test_a_kit_of_every_envelope_climbs(tmp_path: Path, gateway: Gateway, envelope: str) -> None:
    wanted = Wanted(
        id="opr-uji-a",
        name="Mitra Uji",
        kind="operator",
        gateway=gateway.name,
        channel="pull:opr-uji-a",
        reply="pull:opr-uji-a",
        peer="",
        contacts=(),
        test=True,
        days=30,
        envelope=envelope,
    )
    clock = FakeClock(gateway.at)
    setup.init(tmp_path / "kit", wanted, {}, clock.now())
    result = climbed(load_kit(tmp_path / "kit", clock, {}))
    assert result.passed, [one for one in result.rungs if one.cause]
