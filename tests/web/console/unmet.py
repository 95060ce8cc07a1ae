"""Which errors no page can meet, and why; what the source alone can't tell of the others."""

BY_KIND = (
    "keys/",
    "gateway/domain/",
    "gateway/services/announced.py",
    "gateway/services/checks_whole.py",
    "gateway/services/examination.py",
    "gateway/services/whole.py",
)
"""What reads signed and sealed bytes. Of its NotVerified a page says that the file is not in its
form or its signature does not hold; the service's own words tell its maker what exactly."""

FIELDS = {
    "account",
    "batch",
    "delivery",
    "entry",
    "hold",
    "intake",
    "officer",
    "partner",
    "period",
    "rows",
    "rule",
    "seconds",
    "source",
    "version",
}
"""Values that a page says again: ids, counts, marks of rows. Never one that could be a number."""

_ODD_PREFIX = "expected a prefix or number as 870, 0870, +62870 or +61491570, here 7; got 7"

ONLY_A_RUN: dict[tuple[str, str], tuple[str, ...]] = {
    # a row's place before what _odd_prefix says
    ("gateway/domain/numbering.py", "7 7, row 7: 7"): (f"7 7, row 7: {_ODD_PREFIX}",),
    # passed on from the child that read the file: InputErrors of modules that are read here, and
    # what apart_child.py and child.py write of their own
    ("gateway/reading/apart.py", ""): (
        "expected a list that takes at most 7 MiB to read, 7 takes more",
    ),
    ("gateway/reading/workbooks.py", ""): (
        "expected a workbook that takes at most 7 MiB to read, 7 takes more",
        "expected a workbook that can be read, 7 is damaged",
    ),
    # the error's own class has its words
    ("gateway/services/throttle.py", ""): (),
    # said in the page's language where it is made (failures.Spoken)
    ("gateway/web/console/signin/parts.py", ""): (),
}
"""A message that a run makes of others -> what it can be."""

UNMET: tuple[tuple[str, str, str], ...] = (
    ("gateway/domain/errors.py", "", "the classes themselves"),
    ("gateway/ports/channels.py", "", "the console hands nothing over: the worker does"),
    ("gateway/ports/exchange.py", "", "the console never opens the exchange store"),
    ("gateway/main/console/serving.py", "", "settings, read before the console serves"),
    ("gateway/web/console/server.py", "", "settings, read before the console serves"),
    ("gateway/main/staffing.py", "", "the console's secret, read before it serves"),
    ("gateway/main/stamping.py", "", "the console asks for no time-stamps, it takes kept ones"),
    ("gateway/main/exceptions.py", "", "settings, read before the console serves"),
    ("keys/exceptions.py", "", "settings, read before the console serves"),
    ("keys/secrets.py", "", "secrets of files, read before the console serves"),
    ("keys/timestamps.py", "", "the console asks for no time-stamps, it takes kept ones"),
    ("keys/files.py", "7 exists; a private key is never overwritten", "keys are made by commands"),
    ("keys/files.py", "a passphrase has 7 to 7 bytes", "keys are made by commands"),
    ("keys/files.py", "there is no key file 7", "an account's key is kept, not read of a file"),
    ("keys/jwk.py", "", "of a card's keys this is NotVerified; others come by commands"),
    ("keys/policy.py", "", "of a card's keys this is NotVerified; others come by commands"),
    ("keys/openpgp_keys.py", "", "OpenPGP keys are made by commands"),
    ("gateway/domain/trust.py", "", "a card's keys: keys/cards.py makes it NotVerified"),
    ("gateway/services/consistency.py", "", "caught where it is compared: a finding, no error"),
    ("gateway/services/kept_notes.py", "", "checkpoint files are given to a command only"),
    ("gateway/services/proofs.py", "", "proofs for partners are made by a command"),
    ("gateway/services/rotation.py", "", "keys rotate by commands; pages show the phases"),
    ("gateway/services/officers.py", "no key 7 is pinned here", "a key is named to a command"),
    (
        "gateway/services/officers.py",
        "an officer needs a name of 1 to 128 characters",
        "enrolled by a command",
    ),
    ("gateway/services/officers.py", "officer 7 is enrolled already (7)", "enrolled by a command"),
    (
        "gateway/services/officers.py",
        "key 7 is pinned to 7 already; one key has one owner",
        "enrolled by a command",
    ),
    (
        "gateway/services/retention.py",
        "no retention policy rules: nothing is purged",
        "a purge is run by a command",
    ),
    (
        "gateway/services/source_lists.py",
        "inbound 7: an earlier parcel of 7 is not judged yet",
        "the worker judges what comes in",
    ),
    ("gateway/store/db.py", "", "a use of the store that is a bug"),
    ("gateway/store/unit.py", "", "a use of the store that is a bug"),
    ("gateway/store/scope.py", "", "only what comes in for one partner, by the worker"),
    ("gateway/store/dialect.py", "", "settings, read before the console serves"),
    ("gateway/store/engine.py", "", "settings, read before the console serves"),
    ("gateway/store/server.py", "", "looked at when the database is made"),
    ("gateway/store/schema.py", "", "looked at before the console serves"),
    ("gateway/store/registry.py", "this gateway has no name yet", "looked at before it serves"),
    ("gateway/store/inbox.py", "", "what came in is named by the worker"),
    ("gateway/store/slices.py", "", "slices are written by the worker"),
    (
        "gateway/store/deliveries.py",
        "stream of 7 in epoch 7: the new head is another stream's",
        "sealing: the worker",
    ),
    (
        "gateway/store/deliveries.py",
        "stream of 7 in epoch 7: a sequence never falls (promise E)",
        "sealing: the worker",
    ),
    (
        "gateway/store/deliveries.py",
        "stream of 7 in epoch 7 was moved by another worker",
        "sealing: the worker",
    ),
    ("gateway/store/deliveries.py", "delivery 7 has no sealing 7", "named by the worker"),
)
"""Place (the beginning of a path), message ("" for all that no meaning fits), why."""
