"""Evidence: a bundle that anybody can check offline, and a copy with one word changed."""

import base64
import hashlib
import json
from pathlib import Path

from demo.cast import OPERATOR_A
from demo.screen import count
from demo.shell import DemoFailed, Facts
from demo.stage import Stage
from gateway.domain import bundle
from gateway.services.dossier import STATEMENTS

_SAID, _LIE = "bukan_pelanggan", "diblokir_total"
_SCOPE = "total"
_FOLDER = "statements/"


def tell(stage: Stage, batch: int) -> dict[str, Path]:
    """Export, verify, tamper, verify; the files."""
    delivery = stage.actor(OPERATOR_A.id).delivery(batch)
    names = {"bundle": "evidence.zip", "tampered": "evidence-tampered.zip", "trust": "trust.json"}
    files = {name: stage.folder / file for name, file in names.items()}
    stage.palang.run("key", "trust", "--out", str(files["trust"]))
    stage.palang.run("audit", "export", "--delivery", delivery, "--out", str(files["bundle"]))
    good = _verify(stage, files["bundle"], files["trust"], code=0)
    passed = sum(check["status"] == "ok" for check in good["checks"])
    size = count(files["bundle"].stat().st_size // 1024)
    stage.screen.part(
        "PROOF", f"{files['bundle'].name} ({size} kB) of {delivery}: {passed} checks passed offline"
    )
    files["tampered"].write_bytes(tamper(files["bundle"].read_bytes()))
    bad = _verify(stage, files["tampered"], files["trust"], code=1)
    failed = next(check for check in bad["checks"] if check["status"] == "FAILED")
    stage.screen.more(f"one answer changed: check {failed['number']} fails: {failed['title']}")
    return files


def _verify(stage: Stage, file: Path, trust: Path, *, code: int) -> Facts:
    return stage.palang.json("verify", str(file), "--trust", str(trust), code=code)


def tamper(data: bytes) -> bytes:
    """A bundle in which one signed answer says more than the partner said; index and digests of the
    copy are made to fit, so that only the signature can tell."""
    members = bundle.unpack(data)
    for name in [name for name in members if name.startswith(_FOLDER)]:
        changed = _more(members[name])
        if changed is None:
            continue
        old, new = (hashlib.sha256(one).hexdigest().encode() for one in (members[name], changed))
        del members[name]
        members[f"{_FOLDER}{new.decode()}.jws"] = changed
        members[STATEMENTS] = members[STATEMENTS].replace(old, new)
        return bundle.pack(members)
    raise DemoFailed(f"no confirmation in the bundle says {_SAID}")


def _more(jws: bytes) -> bytes | None:
    """The statement with one row improved, under its old signature; None where it has no such."""
    head, payload, signature = jws.split(b".")
    if not payload:
        return None  # the manifest's, which is detached
    document = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    for row in document.get("rows", []):
        if row[1] == _SAID:
            row[1:3] = [_LIE, _SCOPE]
            text = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
            return b".".join((head, base64.urlsafe_b64encode(text).rstrip(b"="), signature))
    return None
