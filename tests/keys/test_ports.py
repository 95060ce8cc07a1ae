"""The parts of keys/ are what gateway/ports.py asks for; mypy judges the assignments."""

from pathlib import Path

from gateway import ports
from keys.envelopes import EnvelopeSealer
from keys.jws import JoseSignatures
from keys.keyring import FileKeyring
from keys.notes import C2spNotes
from keys.raw import PrivateSigner
from tests.keys.parties import GATEWAY, STATEMENT, TRUST


def test_each_part_fits_its_port(tmp_path: Path) -> None:
    signatures: ports.Signatures = JoseSignatures()
    notes: ports.Notes = C2spNotes()
    sealer: ports.Sealer = EnvelopeSealer()
    keyring: ports.Keyring = FileKeyring(tmp_path, b"a secret", lambda: TRUST, GATEWAY)
    signer: ports.Signer = STATEMENT.signer
    assert isinstance(signer, PrivateSigner)
    assert len({type(part) for part in (signatures, notes, sealer, keyring)}) == 4
    assert (signer.kid, signer.alg, signer.public) == (
        STATEMENT.pin.kid,
        STATEMENT.pin.alg,
        STATEMENT.pin.public,
    )
