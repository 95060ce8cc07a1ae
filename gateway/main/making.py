"""`palang init`: all of a gateway, or nothing."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import replace
from pathlib import Path

from config import seed, settings
from gateway.cli.setup import Made
from gateway.domain import failpoints
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ids import partner_id
from gateway.domain.records import GatewayState, ReferenceTable
from gateway.domain.times import DAY, SECOND, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.main.staffing import make_secret
from gateway.main.wiring import SystemClock
from gateway.services.setup import initialise
from gateway.store import schema
from gateway.store.engine import refuse_password
from gateway.store.exchange import schema as exchange_schema
from gateway.store.highwater import HighWaterFile
from gateway.store.store import open_store
from keys import files, jwk
from keys.generate import generate
from keys.transport import SshKey

KEY_LIFE: Micros = 730 * DAY  # NIST SP 800-57 gives a signature key one to three years
MADE = (
    (Role.MANIFEST, Algorithm.ED25519),
    (Role.CHECKPOINT, Algorithm.ED25519),
    (Role.STATEMENT, Algorithm.ED25519),
    (Role.SEAL, Algorithm.ECDH_X25519),
    (Role.MANIFEST, Algorithm.ES256),
    (Role.STATEMENT, Algorithm.ES256),
)
"""The gateway's own: sources seal their lists to the fourth, and the last two sign for partners
with openssl: manifests once more, answers and heads (COUNTERSIGNS_WITH)."""
SECRET_BYTES = 32


def make(home: Path, name: str, private: bool, database: str = "") -> Made:
    """Make it beside its place and move it there whole, so that a crash leaves no half gateway.

    Raises InputError (name, folder, database), Conflict (there is something already).
    """
    partner_id(name)
    if database:
        refuse_password(database)
    home = home.resolve()
    if home.exists() and any(home.iterdir()):
        raise Conflict(
            f"{home} is not empty", hint="name a new folder: palang init --home DIR --name NAME"
        )
    # left behind by a crash; nobody has used it
    draft = home.with_name(home.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise InputError(
            f"{draft} can't be made: {error.strerror}",
            hint="name a folder whose parent this user may write in: palang init --home DIR",
        ) from None
    made = _fill(draft, name, private, database)
    # a crash here leaves a folder that nobody uses, and on a server a database whose keys are lost
    # with it: it is dropped and made anew
    failpoints.reach("before:init.rename")
    # the last step: before it there is no gateway, after it a whole one
    draft.replace(home)
    failpoints.reach("after:init.rename")
    return replace(made, home=home, unlock=home / made.unlock.relative_to(draft))


def _fill(home: Path, name: str, private: bool, database: str) -> Made:
    file = settings.write_template(home, private=private)
    if database:
        _choose_database(file, database)
    chosen = settings.load(home)
    for folder in (chosen.state_folder, chosen.keys_folder, home / "secrets"):
        folder.mkdir(mode=0o700)
    unlock = home / chosen.unlock
    secret = secrets.token_hex(SECRET_BYTES).encode()
    unlock.touch(mode=0o600, exist_ok=False)
    unlock.write_bytes(secret)
    make_secret(home / chosen.console.secret)
    clock = SystemClock()
    now = clock.now()
    pins = [_key(chosen.keys_folder, name, *made, secret, now) for made in MADE]
    ssh = SshKey(chosen.keys_folder, secret)
    ssh.create()
    tables = [_table(table) for table in seed.load_seed().tables]
    _database(chosen, GatewayState(name, f"palang/{name}", 1, clock.now()), pins, tables)
    return Made(
        home,
        unlock,
        tuple((str(pin.role), jwk.phone_text(pin.kid)) for pin in pins),
        ssh.public_line(f"palang@{name}"),
        tuple((table.kind, table.version) for table in tables),
    )


def _choose_database(file: Path, url: str) -> None:
    """Put the URL where the template has the setting as a comment."""
    lines = file.read_text(encoding="utf-8").splitlines()
    mine = [at for at, line in enumerate(lines) if line.startswith("# database = ")]
    lines[mine[0]] = f"database = {json.dumps(url)}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _key(
    folder: Path, name: str, role: Role, algorithm: Algorithm, secret: bytes, at: Micros
) -> PinnedKey:
    key = generate(algorithm)
    owner = Owner(OwnerKind.GATEWAY, name)
    begin = at // SECOND * SECOND  # the trust file says whole seconds
    if algorithm is Algorithm.ES256:
        begin -= SECOND  # the newest signs: a JWS stays the Ed25519 key's
    pin = jwk.pinned_key(key.public_key(), owner, role, begin, begin + KEY_LIFE)
    files.write_private(files.key_path(folder, role, pin.kid), key, secret)
    return pin


def _table(table: seed.SeedTable) -> ReferenceTable:
    return ReferenceTable(
        table.kind, table.version, table.source, table.digest, table.columns, table.rows
    )


def _database(
    chosen: settings.Settings,
    state: GatewayState,
    pins: list[PinnedKey],
    tables: list[ReferenceTable],
) -> None:
    schema.create(chosen.database_url)
    exchange_schema.create(chosen.exchange_url)
    HighWaterFile(chosen.high_water_file).start(state.epoch)
    store = open_store(chosen.database_url, SystemClock())
    try:
        initialise(store, state, pins, tables)
    finally:
        store.close()
