"""Writes tests/vectors/bundles: good and bad evidence bundles, and the trust file that pins them.

    python -m tests.vectors.make_bundles             write them; equal sources give equal bytes
    python -m tests.vectors.make_bundles --stamp     first make a new time-stamping authority

The bundles follow from this code alone, keys too. Only time-stamps are made by another program
(`openssl ts`), so its certificate and three tokens lie in the folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gateway.domain.trust import write_trust
from tests.vectors.bundle_bads import bads
from tests.vectors.bundle_goods import FEWER, Story, goods
from tests.vectors.bundle_keys import FixedKeys
from tests.vectors.lying import DELIVERY

FOLDER = Path(__file__).parent / "bundles"
STAMPS = FOLDER / "stamps"

_HEAD = """# Evidence bundles for verifiers

Made by `python -m tests.vectors.make_bundles`, byte for byte the same on every machine. Numbers are
of 0870; parties, keys and orders are made up. The keys protect nothing: each is derived from a few
words in `tests/vectors/bundle_keys.py`. `trust.json` pins the keys of gateway, partners and
officers, and one time-stamping authority (`stamps/`; its private key was thrown away). The form of
a bundle: docs/evidence.md.

With `--trust trust.json` a verifier must give exit 0 for each in `good/` (without: 3); for each in
`bad/` exit 1, by the check whose number begins the name; and for those of number 00 exit 2.
"""


def tokens() -> dict[str, bytes]:
    """The time-stamps that lie in the folder."""
    return {file.stem: file.read_bytes() for file in sorted(STAMPS.glob("*.tsr"))}


def contents() -> Iterator[tuple[str, bytes]]:
    """Each file's name in the folder, with its bytes."""
    keys, found = FixedKeys(), tokens()
    yield "trust.json", write_trust(keys.stamped((STAMPS / "authority.pem").read_text()))
    good, bad = goods(found["good"]), bads(found)
    for one in good:
        yield f"good/{one.name}.zip", Story(keys, one.scenario, *one.tells).data
    for lie in bad:
        yield f"bad/{lie.file}", lie.made(keys)
    rows = [f"| `good/{one.name}.zip` | {one.shows} |" for one in good]
    told = [f"| `bad/{one.file}` | {one.name} | {one.title} | `{one.reason}` |" for one in bad]
    table = "| good bundle | what it shows |\n|---|---|\n" + "\n".join(rows)
    lies = "| bad bundle | defect | check | reason |\n|---|---|---|---|\n" + "\n".join(told)
    yield "README.md", f"{_HEAD}\n{table}\n\n{lies}\n".encode()


def stamp() -> None:
    """A new authority, its tokens, and one of an authority that nobody pinned."""
    from tests.peers.tsa import Authority  # only here is openssl needed

    STAMPS.mkdir(parents=True, exist_ok=True)
    note = Story(FixedKeys(), DELIVERY, FEWER).note.encode()
    with tempfile.TemporaryDirectory() as work:
        mine, other = (Authority(Path(work) / name) for name in ("mine", "other"))
        (STAMPS / "authority.pem").write_text(mine.root)
        (STAMPS / "good.tsr").write_bytes(mine.stamp(note))
        (STAMPS / "another.tsr").write_bytes(mine.stamp(b"another checkpoint"))
        (STAMPS / "unknown.tsr").write_bytes(other.stamp(note))


def main() -> None:
    """Write the folder anew."""
    if "--stamp" in sys.argv:
        stamp()
    made = dict(contents())
    for old in FOLDER.glob("*/*.zip"):
        if str(old.relative_to(FOLDER)) not in made:
            old.unlink()
    for name, data in made.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
