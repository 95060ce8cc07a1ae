"""What the tests of documents share: a digest, a moment, a manifest."""

from dataclasses import replace

from gateway.domain import manifest
from gateway.domain.ids import DeliveryId
from gateway.domain.times import from_wire

DIGEST = "sha256:" + "ab" * 32


NOW = from_wire("2026-11-24T07:03:00Z")


def sample_manifest(**changes: object) -> manifest.Manifest:
    whole = manifest.Manifest(
        gateway="komdigi",
        partner="opr-uji-a",
        epoch=1,
        sequence=2,
        previous=DIGEST,
        kind="delta",
        voids=(manifest.Void(1, DIGEST),),
        delivery=DeliveryId(7, "opr-uji-a", 1),
        basis="mandatory",
        consent="",
        test=True,
        block=2,
        unblock=1,
        entries=manifest.EntriesHead(120, DIGEST, DIGEST),
        released=NOW,
        issued=NOW,
        respond_within="PT24H",
        checkpoint="palang.example/komdigi\n1\nAAAA\n\n— komdigi AAAA\n",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # the table's values fit their fields


VOLUNTARY = {"basis": "voluntary", "consent": DIGEST}
