"""Every command, joined with what it needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from getpass import getuser
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

import click

from config.seed import KINDS
from config.settings import FILE_NAME
from gateway.cli.account import AccountServices, account_group
from gateway.cli.audit import audit_group
from gateway.cli.audit_access import AccessServices, add_access
from gateway.cli.audit_consistency import add_ledger
from gateway.cli.audit_export import AuditServices
from gateway.cli.batch import batch_group
from gateway.cli.card import card_command
from gateway.cli.common import Front, Tools
from gateway.cli.console import console_command
from gateway.cli.delivery import DeliveryTools, delivery_group
from gateway.cli.intake import intake_group
from gateway.cli.intake_check import CheckParts, check_command
from gateway.cli.intake_inbox import inbox_command, take_command
from gateway.cli.key import KeyServices, key_group
from gateway.cli.key_export import add_export
from gateway.cli.key_rotation import add_rotation
from gateway.cli.key_secret import secret_group
from gateway.cli.officer import officer_group
from gateway.cli.partner import partner_group
from gateway.cli.partner_test import add_test_command
from gateway.cli.process import WorkerActs, up_command, worker_command
from gateway.cli.report import report_group
from gateway.cli.retention import RetentionTools, retention_group
from gateway.cli.setup import Made, init_command
from gateway.cli.table import table_group
from gateway.cli.verify import verify_command
from gateway.cli.web import web_command
from gateway.domain.codes import code_list
from gateway.domain.numbering import Table, rules_from_tables
from gateway.domain.profiles import Profile
from gateway.domain.records import ApprovalRecord, ReferenceTable
from gateway.domain.sheet_rows import Deciding
from gateway.domain.times import Micros, to_wib
from gateway.main import operations
from gateway.main.auditing import ledger_services
from gateway.main.exporting import exporting
from gateway.main.fsck_command import fsck_command
from gateway.main.officer_keys import load_signer, new_signer
from gateway.main.rotating import rotating
from gateway.main.stamping import Stamps, evidence_of, trust_file
from gateway.main.wiring import Gateway
from gateway.ports import UnitOfWork
from gateway.reading.files import FileReader
from keys.documents import Documents
from keys.notes import C2spNotes
from keys.stock_tools import StockDocuments

if TYPE_CHECKING:
    from gateway.services.ladder import Ladder
    from gateway.services.own_card import OwnCard
    from gateway.services.reports import ReportService
    from gateway.services.tables import Tables
    from keys.transport_admin import SecretAdmin

RULE_TABLES = ("numbering_plan", "protected_numbers", "categories", "channels")


def add_commands(palang: click.Group) -> None:
    """Mount all commands on the root."""
    tools = Tools(front, new_signer, load_signer)
    keys_commands = key_group(tools, keys)
    keys_commands.add_command(secret_group(secrets_of_gateway))
    intakes = intake_group(tools, check_command(_check_parts()))
    for made in (inbox_command, take_command):
        intakes.add_command(made(lambda: opened().source_inbox))
    add_rotation(keys_commands, tools, lambda: rotating(opened()))
    add_export(keys_commands, lambda: exporting(opened()))
    partners = partner_group(tools)
    add_test_command(partners, ladder)
    for command in (
        init_command(make_gateway, first_administrator),
        account_group(account),
        officer_group(tools),
        partners,
        card_command(own_card),
        intakes,
        batch_group(tools),
        table_group(tools, tables, KINDS),
        delivery_group(tools, desk),
        add_access(add_ledger(audit_group(audit), lambda: ledger_services(opened())), looks),
        report_group(reports),
        retention_group(tools, retention),
        keys_commands,
        verify_command(StockDocuments(), C2spNotes(), Stamps()),
        worker_command(worker),
        web_command(web),
        console_command(console),
        up_command(processes),
        fsck_command(opened),
        *operations.commands(opened, tools),
    ):
        palang.add_command(command)


def opened() -> Gateway:
    """The gateway that --home names; one an invocation."""
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = Gateway(root.params["home"])
        root.call_on_close(root.obj.close)
    found = root.obj
    if not isinstance(found, Gateway):
        raise TypeError("the root context holds the gateway")
    return found


def make_gateway(home: Path, name: str, private: bool, database: str) -> Made:
    """`palang init`."""
    from gateway.main.making import make

    return make(home, name, private, database)


def first_administrator(home: Path, account: str, name: str) -> str:
    """The console's first account. Raises as Accounts.add."""
    from gateway.domain.accounts import Role
    from gateway.main.staffing import Staffing, on_machine
    from gateway.services.accounts import NewAccount

    gateway = Gateway(home)
    try:
        new = NewAccount(account, name, Role.ADMINISTRATOR)
        return Staffing(gateway).accounts.add(new, on_machine()).password
    finally:
        gateway.close()


def looks() -> AccessServices:
    """Who looked at what."""
    from gateway.main.staffing import Staffing, on_machine
    from gateway.services.data_subject import DataSubject

    this = opened()
    log = Staffing(this).access
    return AccessServices(log, DataSubject(this.store, this.clock, log), this.name, on_machine())


def account() -> AccountServices:
    """Who may sign in to the console."""
    from gateway.main.staffing import Staffing, on_machine

    found = Staffing(opened())
    return AccountServices(found.accounts, lambda: found.keys, on_machine(), found.require_secret)


def front() -> Front:
    """The officers' use cases."""
    from gateway.main.exceptions import recorded
    from gateway.services.batches import Batches
    from gateway.services.consents import Consents
    from gateway.services.hold_acts import HoldActs
    from gateway.services.holds import HoldQueue
    from gateway.services.officers import Officers
    from gateway.services.partners import Partners
    from gateway.services.review_dates import ReviewDates
    from gateway.services.stop import StopBatch
    from keys.cards import open_card

    this = opened()
    store, clock = this.store, this.clock
    open_cards = partial(open_card, exceptions=recorded(this.settings.home))
    return Front(
        Officers(store, this.approvals, clock),
        Partners(store, this.approvals, clock, open_cards, this.check_card),
        Consents(store, Documents(), clock),
        this.intakes,
        Batches(store, clock, FileReader(), this.approvals),
        this.release,
        this.endorsement,
        StopBatch(store, this.approvals, clock),
        ReviewDates(store, clock),
        HoldQueue(store, this.approvals, clock),
        HoldActs(store, this.approvals, clock),
    )


def retention() -> RetentionTools:
    """Policies, holds, purges."""
    from gateway.main.restore import fill_numbers
    from gateway.services.legal_holds import LegalHolds
    from gateway.services.retention import Retention
    from gateway.store.wiping import wipe

    this = opened()
    parts = (this.store, this.approvals, this.clock)
    retention = Retention(*parts, this.periods, lambda: wipe(this.settings.database_url))
    return RetentionTools(retention, LegalHolds(*parts), lambda: fill_numbers(this.settings))


def desk() -> DeliveryTools:
    """What became of deliveries, and an officer's acts on them."""
    from gateway.services.approvals import Act, Asked, Signatory
    from gateway.services.desk import DeliveryDesk, Word
    from gateway.services.progress import ProgressService

    this = opened()

    def words(by: Signatory) -> Word:
        def word(
            uow: UnitOfWork, act: str, subject: str, digest: str, at: Micros
        ) -> ApprovalRecord:
            return this.approvals.sign(uow, by, Asked(Act(act), subject, digest), at)

        return word

    return DeliveryTools(
        DeliveryDesk(this.store, this.clock), ProgressService(this.store, this.clock), words
    )


def audit() -> AuditServices:
    """Evidence and the ledger's listing."""
    from gateway.services.audit_log import AuditLog

    this = opened()
    covering = this.checkpoints.covering
    return AuditServices(evidence_of(this, covering), AuditLog(this.store, covering), getuser())


def reports() -> ReportService:
    """Reports over the core database."""
    from gateway.main.reporting import report_service

    return report_service(opened())


def keys() -> KeyServices:
    """Pinned keys."""
    from gateway.services.keys import Keys

    this = opened()
    return KeyServices(
        Keys(this.store, this.approvals, this.clock),
        partial(trust_file, this),
        this.clock.now,
        lambda: this.ssh.public_line(f"palang@{this.name}"),
    )


def ladder() -> Ladder:
    """The self-test ladder."""
    from gateway.main.laddering import build_ladder

    return build_ladder(opened())


def own_card() -> OwnCard:
    """What makes the gateway's own card."""
    from gateway.services.own_card import OwnCard

    this = opened()
    line = f"palang@{this.name}"
    return OwnCard(
        this.store,
        this.clock,
        lambda: this.keyring,
        Documents(),
        lambda: this.ssh.public_line(line),
    )


def secrets_of_gateway() -> SecretAdmin:
    """Passwords, tokens, certificates."""
    from keys.transport_admin import SecretAdmin

    this = opened()
    return SecretAdmin(this.settings.keys_folder, this.secret)


def tables() -> Tables:
    """The dated tables' administration."""
    from config.seed import parse
    from gateway.services.tables import Tables

    def read(kind: str, data: bytes) -> ReferenceTable:
        t = parse(kind, data)
        return ReferenceTable(t.kind, t.version, t.source, t.digest, t.columns, t.rows)

    this = opened()
    return Tables(this.store, this.approvals, this.clock, read)


def _check_parts() -> CheckParts:
    """What `intake check` works with; it runs without a gateway too."""
    return CheckParts(deciding, FileReader(), profile_of)


def deciding() -> Deciding:
    """The tables of the gateway in --home, or where there is none those that ship with Palang."""
    now = time_ns() // 1000
    if _has_gateway():
        with opened().store.read() as unit:
            found = {kind: unit.registry.reference(kind, now) for kind in RULE_TABLES}
        return deciding_by(found, to_wib(now).date())
    from config.seed import load_seed

    seed = load_seed()
    return deciding_by({kind: seed.table(kind) for kind in RULE_TABLES}, to_wib(now).date())


def deciding_by(tables: Mapping[str, Table], on: date) -> Deciding:
    """What decides rows by these tables."""
    categories, channels = (code_list(tables[kind]) for kind in ("categories", "channels"))
    numbers = rules_from_tables(tables.values(), on)
    return Deciding(numbers, categories, channels, today=on.isoformat())


def profile_of(source: str) -> Profile | None:
    """A source's saved profile; there is none without a gateway."""
    from gateway.services.intake_profiles import Profiles

    this = opened()
    saved = Profiles(this.store, this.clock).find(source) if _has_gateway() else None
    return saved.profile if saved else None


def _has_gateway() -> bool:
    home: Path = click.get_current_context().find_root().params["home"]
    return (home / FILE_NAME).is_file()


def worker() -> WorkerActs:
    """The worker's acts. Raises Conflict in a restored home before its epoch is open."""
    from gateway.main.restore_epoch import refuse_closed
    from gateway.main.worker import worker_acts

    refuse_closed(opened())

    return worker_acts(opened())


def web() -> None:
    """The partner listener."""
    from gateway.main.listener import serve_partners

    serve_partners(opened())


def console() -> None:
    """The staff console."""
    from gateway.main.console.framing import make_frame
    from gateway.main.console.serving import serve_staff
    from gateway.main.staffing import Staffing

    serve_staff(opened(), make_frame(opened(), Staffing(opened())))


def _has_accounts() -> bool:
    """Whether the console's secret is there: one of before gets it with its first account."""
    from gateway.main.staffing import Staffing

    return Staffing(opened()).secret_file.exists()


def processes() -> Sequence[Sequence[str]]:
    """The processes of one machine: the worker, the listener where it has a certificate, and the
    console where it has an address."""
    from gateway.main.restore_epoch import refuse_closed

    refuse_closed(opened())
    chosen = opened().settings
    home = str(chosen.home.resolve())
    names = ["worker"]
    names += ["web"] if chosen.exchange.tls_cert else []
    names += ["console"] if chosen.console.listen and _has_accounts() else []
    return [[sys.executable, "-m", "gateway.main", "--home", home, name] for name in names]
