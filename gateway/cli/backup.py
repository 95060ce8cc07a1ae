"""`palang backup`, `restore`, `offline-key`: one sealed file, and a new home from it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import (
    PalangCommand,
    example,
    json_option,
    passphrase,
    passphrase_option,
    show,
    working,
)
from gateway.domain.backup import BackupManifest
from gateway.domain.canonical import Json
from gateway.domain.errors import InputError
from gateway.domain.times import show_wib, to_wire


@dataclass(frozen=True, slots=True)
class Backed:
    """A backup that was made: its file, digest and size in bytes, and what it says of itself."""

    file: Path
    digest: str
    size: int
    manifest: BackupManifest


@dataclass(frozen=True, slots=True)
class Restored:
    """A home that was made from a backup. `lacking` are files that its settings name and that no
    backup has (TLS certificates, say); `purged` batches and intakes whose numbers are gone with
    their period key; `shut` says that no period keys were given, so that no number is there yet."""

    home: Path
    digest: str
    manifest: BackupManifest
    lacking: tuple[str, ...]
    purged: tuple[str, ...] = ()
    shut: bool = False


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is restored where. `database` and `exchange` are URLs for PostgreSQL dumps, "" where the
    backup holds SQLite files."""

    file: Path
    key: Path
    passphrase: bytes
    home: Path
    database: str
    exchange: str
    period_keys: Path | None = None
    period_secret: Path | None = None


def backup_command(act: Callable[[Path, Path], Backed]) -> click.Command:
    """The command `backup`; `act` takes the target and the offline public key's file."""

    @click.command(
        "backup",
        cls=PalangCommand,
        epilog=example(
            "palang backup --to /mnt/cadangan --offline-key offline.pub.pem",
            "palang backup --to senin.backup --offline-key offline.pub.pem --json",
        ),
    )
    @click.option("--to", type=_PATH, required=True, help="A new file, or a folder for one.")
    @click.option(
        "--offline-key",
        type=_PATH,
        required=True,
        help="Public key (PEM) whose private half is kept off this machine.",
    )
    @json_option
    def backup(to: Path, offline_key: Path, as_json: bool) -> None:
        """Write everything that a restore needs into one sealed file, while everything runs.

        Databases, settings, pinned keys, high-water file and private keys go in; only the offline
        private key opens it. It is read back before this command says that it is there.
        """
        with working("backing up"):
            made = act(to, offline_key)
        show(as_json, _backed(made), _backed_lines(made), _KEEP)

    return backup


_PATH = click.Path(path_type=Path)
_KEEP = (
    "copy it to another place and write its digest down; the period keys and their secret, without "
    "which no number comes back, are copied to a third one (docs/retention.md)"
)


def _backed(made: Backed) -> dict[str, Json]:
    at = made.manifest.position
    return {
        "file": str(made.file),
        "digest": made.digest,
        "bytes": made.size,
        "made": to_wire(made.manifest.made),
        "epoch": at.epoch,
        "ledger": at.ledger,
        "streams": dict(at.streams),
        "members": len(made.manifest.members),
    }


def _backed_lines(made: Backed) -> list[str]:
    at = made.manifest.position
    streams = ", ".join(f"{partner} {last}" for partner, last in at.streams) or "none"
    return [
        f"Backup of {at.gateway} is in {made.file}, {made.size} bytes, read back whole",
        f"  digest {made.digest}",
        f"  made {show_wib(made.manifest.made)}, epoch {at.epoch}, ledger {at.ledger} leaves",
        f"  last sequences: {streams}",
    ]


def restore_command(act: Callable[[RestoreOrder], Restored]) -> click.Command:
    """The command `restore`; `act` makes the home or nothing."""

    @click.command(
        "restore",
        cls=PalangCommand,
        epilog=example(
            "palang restore senin.backup --offline-key offline.pem --home /var/lib/palang-baru"
        ),
    )
    @click.argument("file", type=_PATH)
    @click.option("--offline-key", type=_PATH, required=True, help="The offline private key (PEM).")
    @passphrase_option
    @click.option("--database", default="", help="URL of the empty PostgreSQL database to fill.")
    @click.option("--exchange-database", default="", help="The same for the exchange store.")
    @click.option("--period-keys", type=_PATH, help="The copy of the folder of period keys.")
    @click.option("--period-secret", type=_PATH, help="The copy of the secret that opens them.")
    @json_option
    @click.pass_context
    def restore(
        context: click.Context,
        file: Path,
        offline_key: Path,
        passphrase_file: Path | None,
        database: str,
        exchange_database: str,
        period_keys: Path | None,
        period_secret: Path | None,
        as_json: bool,
    ) -> None:
        """Make the new folder --home from a backup. It will not start before two officers have
        opened a new epoch."""
        home = context.find_root().params["home"]
        secret = passphrase(passphrase_file)
        if (period_keys is None) != (period_secret is None):
            raise click.UsageError("--period-keys and --period-secret go together")
        urls = (database, exchange_database)
        order = RestoreOrder(file, offline_key, secret, home, *urls, period_keys, period_secret)
        with working("restoring"):
            done = act(order)
        show(as_json, _restored(done), _restored_lines(done), _propose(done.home))

    return restore


def _propose(home: Path) -> str:
    return (
        f"palang --home {home} epoch propose --officer ID --key FILE "
        "[--high-water FILE of each lost machine]"
    )


def _restored(done: Restored) -> dict[str, Json]:
    at = done.manifest.position
    return {
        "home": str(done.home),
        "backup": done.digest,
        "made": to_wire(done.manifest.made),
        "epoch": at.epoch,
        "ledger": at.ledger,
        "streams": dict(at.streams),
        "lacking": list(done.lacking),
        "purged": list(done.purged),
        "shut": done.shut,
    }


def _restored_lines(done: Restored) -> list[str]:
    at = done.manifest.position
    lines = [
        f"Gateway {at.gateway} is restored in {done.home}, as of {show_wib(done.manifest.made)}",
        f"  backup {done.digest}: compare it with what palang backup printed",
        f"  epoch {at.epoch}, ledger {at.ledger} leaves; nothing starts here before a new epoch",
    ]
    lines += [f"  not in the backup, bring it back yourself: {name}" for name in done.lacking]
    lines += [f"  purged with its period key: {subject}" for subject in done.purged]
    if done.shut:
        lines.append(
            "  no number is in the database yet: bring the period keys and their secret into this "
            "home, then palang retention refill (docs/retention.md)"
        )
    return lines


def offline_key_command(make: Callable[[Path, Path, bytes], str]) -> click.Command:
    """The command `offline-key`; `make` writes both halves and returns the key's fingerprint."""

    @click.command(
        "offline-key",
        cls=PalangCommand,
        epilog=example("palang offline-key --key offline.pem --public offline.pub.pem"),
    )
    @click.option("--key", type=_PATH, required=True, help="New file for the private half.")
    @click.option("--public", type=_PATH, required=True, help="New file for the public half.")
    @passphrase_option
    @json_option
    def offline_key(key: Path, public: Path, passphrase_file: Path | None, as_json: bool) -> None:
        """Make the key pair of backups, on a machine that is not this gateway's.

        The private half opens every backup: keep it and its passphrase in two places, neither of
        them where backups are. Only the public half goes to the gateway.
        """
        if key.resolve() == public.resolve():
            raise InputError(
                "the two halves go into two files", hint="name another file with --public"
            )
        fingerprint = make(key, public, passphrase(passphrase_file, new=True))
        show(
            as_json,
            {"key": str(key), "public": str(public), "fingerprint": fingerprint},
            [f"Private half in {key}, public half in {public}", f"  fingerprint {fingerprint}"],
            f"palang backup --to FOLDER --offline-key {public}",
        )

    return offline_key
