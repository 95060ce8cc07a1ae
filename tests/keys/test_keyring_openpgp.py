"""OpenPGP keys in a key folder: the private half is a key file like others, the rest is the pin."""

from pathlib import Path

from gateway.domain.ids import Envelope
from gateway.domain.trust import COUNTERSIGNS_WITH, Role
from keys import files
from keys.envelopes import EnvelopeSealer, open_sealed, verify_native
from keys.keyring import FileKeyring, FileOpeners
from tests.keys.openpgp_parts import MANIFEST, SEAL, TRUST
from tests.keys.parties import GATEWAY, NOW, refused

PASS = b"correct horse battery"


def test_a_parcel_to_an_openpgp_key_opens_with_its_key_file(tmp_path: Path) -> None:
    files.write_private(files.key_path(tmp_path, Role.SEAL, SEAL.pin.kid), SEAL.key, PASS)
    data = EnvelopeSealer().seal(b"zip", Envelope.OPENPGP, SEAL.pin)
    openers = FileOpeners(tmp_path, PASS)
    assert open_sealed(data, openers, {Envelope.OPENPGP}) == (Envelope.OPENPGP, b"zip")
    refused(
        "unknown-key", lambda: open_sealed(data, FileOpeners(tmp_path / "no", PASS), set(Envelope))
    )


def test_the_gateway_countersigns_with_the_openpgp_key_in_its_folder(tmp_path: Path) -> None:
    files.write_private(
        files.key_path(tmp_path, Role.MANIFEST, MANIFEST.pin.kid), MANIFEST.key, PASS
    )
    ring = FileKeyring(tmp_path, PASS, lambda: TRUST, GATEWAY)
    signer = ring.signer(Role.MANIFEST, NOW, COUNTERSIGNS_WITH[Envelope.OPENPGP])
    mark = EnvelopeSealer().countersign(b"{}", Envelope.OPENPGP, signer)
    assert verify_native(mark, b"{}", Envelope.OPENPGP, GATEWAY, TRUST, NOW) == MANIFEST.pin
    refused("no-key", lambda: ring.signer(Role.MANIFEST, NOW))
