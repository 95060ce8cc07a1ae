"""The sections of the settings: one for each subject; each name is a line of palang.toml."""

from dataclasses import dataclass, field

from gateway.domain.schedule import Pace, RetryPolicy
from gateway.domain.times import DAY, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long a delivery is tried (design 4); `[retry]`.

    first_seconds: the wait after the first failure; doubled each time up to longest_minutes.
    receipt_minutes: how long a handed-over parcel waits for its receipt before it is sent again.
    most_tries, most_days: after that a person must look.
    """

    first_seconds: int = 60
    longest_minutes: int = 360
    receipt_minutes: int = 120
    most_tries: int = 60
    most_days: int = 10

    def policy(self) -> RetryPolicy:
        """The same in microseconds."""
        return RetryPolicy(
            first=self.first_seconds * SECOND,
            longest=self.longest_minutes * MINUTE,
            receipt=self.receipt_minutes * MINUTE,
            most_tries=self.most_tries,
            most_age=self.most_days * DAY,
        )


@dataclass(frozen=True, slots=True)
class Guards:
    """Blast-radius guards at review; above a threshold three officers sign; `[guards]`.

    entries: most entries in a batch. entries_day: most numbers in the batches of a day. The others
    look at a day too: prefix_percent, run_percent: most numbers of one prefix, of one run of
    neighbouring numbers, in percent. partner_points: percentage points by which a partner's share
    may lie above its normal. jump_percent: numbers in percent of an average day of the last six
    months.
    """

    entries: int = 20_000
    prefix_percent: int = 60
    run_percent: int = 50
    partner_points: int = 30
    jump_percent: int = 500
    entries_day: int = 20_000


@dataclass(frozen=True, slots=True)
class Intake:
    """What is asked of rows beside their cells; `[intake]`.

    quarantine_days: how long an ended number rests before it may have a new owner (PM 14/2018);
    evidence from before that end is about the old one. auto_take: the worker takes a source's list
    by itself where the source has a saved profile; rows that are not certain are held.
    """

    quarantine_days: int = 60
    auto_take: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's rhythm; `[worker]`.

    tick_seconds: how often due work is looked for. lease_seconds: how long one attempt may take
    before another worker treats its outcome as unknown. collect_seconds: how often replies are
    collected. threads: partners served at the same time.
    """

    tick_seconds: int = 5
    lease_seconds: int = 900
    collect_seconds: int = 60
    threads: int = 4


@dataclass(frozen=True, slots=True)
class Fairness:
    """How much one partner's channel is asked to bear, so that it delays nobody; `[fairness]`.

    failures: after so many in a row only one parcel at a time probes the channel, at most
    longest_pause_minutes apart. parcels_per_minute, megabytes_per_minute: limits, 0 for none.
    """

    failures: int = 5
    longest_pause_minutes: int = 30
    parcels_per_minute: int = 0
    megabytes_per_minute: int = 0

    def pace(self) -> Pace:
        """The same in microseconds and bytes."""
        return Pace(
            failures=self.failures,
            longest=self.longest_pause_minutes * MINUTE,
            parcels=self.parcels_per_minute,
            octets=self.megabytes_per_minute * 1024 * 1024,
        )


@dataclass(frozen=True, slots=True)
class Heads:
    """Signed heads, by which partners notice a silent gateway (design 3); `[heads]`.

    rhythm_hours: how often one is made even where nothing moved. life_hours: how long one is good.
    """

    rhythm_hours: int = 6
    life_hours: int = 24


@dataclass(frozen=True, slots=True)
class Status:
    """When `palang status` warns, and when it is critical; `[status]`.

    unsent: how long what is released may wait for a partner to take it. heartbeat: how long a
    worker may be silent. checkpoint: how long a grown ledger may have no signed head. disk: percent
    free. key_days, certificate_days, consent_days: how long before an end it is told. backup_hours:
    how old the last backup may be.
    """

    unsent_minutes: int = 60
    unsent_critical_minutes: int = 360
    heartbeat_seconds: int = 120
    heartbeat_critical_seconds: int = 600
    checkpoint_minutes: int = 15
    checkpoint_critical_minutes: int = 60
    disk_percent: int = 10
    disk_critical_percent: int = 3
    key_days: int = 60
    key_critical_days: int = 7
    certificate_days: int = 30
    certificate_critical_days: int = 7
    consent_days: int = 30
    backup_hours: int = 26


@dataclass(frozen=True, slots=True)
class Mail:
    """The gateway's own mail accounts, for partners whose channel is `mailto:`; `[mail]`.

    relay: smtps://user@host:465 or smtp://user@host:587 (STARTTLS), "" where no partner uses mail.
    sender: the address that mails come from and replies go to. mailbox: where replies are found,
    imaps://user@host:993/INBOX or maildir:/absolute/folder. ca: a PEM file of the only authorities
    to trust, "" for the system's. Passwords are no settings: `palang key secret`.
    """

    relay: str = ""
    sender: str = ""
    mailbox: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Pick-up folders for partners whose channel is `dir:`; `[directory]`.

    root: the folder under which the OpenSSH beside the gateway shuts each partner in. quota_mb: how
    much may lie in one partner's folders.
    """

    root: str = ""
    quota_mb: int = 1024


@dataclass(frozen=True, slots=True)
class TransportRule:
    """What a pulling partner must bring beside its signature; `[exchange.partners.<partner id>]`.

    certificate: SHA256:<hex> of its client certificate. bearer: sha256:<hex>, the digest of its
    secret. http_signature: RFC 9421 by a pinned key. Empty or false asks for nothing.
    """

    certificate: str = ""
    bearer: str = ""
    http_signature: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """The partner listener and its store, for partners whose channel is `pull:`; `[exchange]`.

    database: an SQLAlchemy URL of a database of its own; empty means exchange.sqlite in `state`.
    listen: host:port. tls_cert, tls_key: PEM files; client_ca: asks partners for certificates of
    these authorities. origin: https://host:port as partners write it, where one signs its requests
    (RFC 9421). quota_statements, quota_requests: what
    one partner may post and ask in an hour; quota_mb: what it may post in a day.
    """

    database: str = ""
    listen: str = "127.0.0.1:8443"
    tls_cert: str = ""
    tls_key: str = ""
    client_ca: str = ""
    origin: str = ""
    quota_statements: int = 600
    quota_requests: int = 6_000
    quota_mb: int = 200
    partners: dict[str, TransportRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Console:
    """The staff console, `palang console`; `[console]`.

    listen: host:port, "" where this machine has none. tls_cert, tls_key: PEM files; without them it
    serves plain HTTP, and only on loopback. session_hours: how long a sign-in lasts at most;
    idle_minutes: how long without a request. throttle: wrong guesses from one place at one account
    before the next has to wait. secret: the file with the console's own secret (docs/accounts.md).
    """

    listen: str = "127.0.0.1:8480"
    tls_cert: str = ""
    tls_key: str = ""
    session_hours: int = 12
    idle_minutes: int = 30
    throttle: int = 5
    secret: str = "secrets/console"  # noqa: S105  a file's name


@dataclass(frozen=True, slots=True)
class Timestamps:
    """A time-stamping authority (RFC 3161) that vouches for the ledger's time; `[timestamps]`.

    url: where it answers, http:// or https://; "" for none: then evidence rests on the gateway's
    own word. authority: a PEM file with the certificate of its root, and of what stands between
    where its tokens lack that. rhythm_hours: how often a grown ledger's head is stamped.
    """

    url: str = ""
    authority: str = "timestamps.pem"
    rhythm_hours: int = 1
