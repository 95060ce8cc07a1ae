"""The tables of a kit's state, as steps from an empty file to the newest form.

A step that was ever used is never changed: an older kit's file is brought up by the steps that it
lacks, in one transaction (state.py).
"""

_FIRST = """
CREATE TABLE parcels (             -- one row a manifest: a delivery is recorded once (promise B)
    manifest TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    previous TEXT NOT NULL, delivery TEXT NOT NULL UNIQUE, batch INTEGER NOT NULL,
    consent TEXT NOT NULL, entries INTEGER NOT NULL, stored_at INTEGER NOT NULL,
    tree_origin TEXT NOT NULL, tree_size INTEGER NOT NULL, tree_root BLOB NOT NULL,
    note TEXT NOT NULL,
    body BLOB NOT NULL, signature BLOB NOT NULL, slice BLOB NOT NULL, salt BLOB NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    UNIQUE (epoch, sequence));
CREATE VIEW known AS SELECT        -- the fields of history.Known, in order
    epoch, sequence, manifest, previous, delivery, tree_origin, tree_size, tree_root FROM parcels;
CREATE VIEW stored AS SELECT       -- the fields of parcels.Stored, in order
    manifest, epoch, sequence, delivery, batch, consent, entries, note, revision FROM parcels;
CREATE TABLE sealings (            -- the envelopes in which a manifest came
    parcel TEXT PRIMARY KEY, manifest TEXT NOT NULL REFERENCES parcels,
    acked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE voids (
    epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, manifest TEXT NOT NULL,
    PRIMARY KEY (epoch, sequence)) WITHOUT ROWID;
CREATE TABLE refusals (            -- parcels that were not taken
    parcel TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    manifest TEXT NOT NULL, step INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE operations (          -- one action of one delivery; operations.Operation, in order
    operation TEXT PRIMARY KEY, manifest TEXT NOT NULL REFERENCES parcels, delivery TEXT NOT NULL,
    batch INTEGER NOT NULL, sequence INTEGER NOT NULL, blocks INTEGER NOT NULL,
    state TEXT NOT NULL, approved_at INTEGER, tried_at INTEGER NOT NULL DEFAULT 0,
    fresh INTEGER NOT NULL DEFAULT 0);
CREATE TABLE orders (              -- per number the order that rules; enforce.Order, in order
    number INTEGER PRIMARY KEY, batch INTEGER NOT NULL, epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL, delivery TEXT NOT NULL, entry INTEGER NOT NULL,
    blocks INTEGER NOT NULL, category TEXT NOT NULL, channel TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outcomes (            -- what is to be said of an entry; stated = the revision
    delivery TEXT NOT NULL, entry INTEGER NOT NULL, disposition TEXT NOT NULL,
    scope TEXT NOT NULL, at TEXT NOT NULL, stated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (delivery, entry)) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, blocks INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outgoing (            -- statements as signed; published = 1 once they left the kit
    statement TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL,
    made_at INTEGER NOT NULL, published INTEGER NOT NULL);
CREATE TABLE flags (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

_SECOND = """
-- when it left last and how often (0 for what left before this was kept), when it was answered
ALTER TABLE outgoing ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outgoing ADD COLUMN times INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outgoing ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
CREATE TABLE heard (               -- the gateway's signed answers to what was said
    answer TEXT PRIMARY KEY, statement TEXT NOT NULL REFERENCES outgoing,
    result TEXT NOT NULL, reason TEXT NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL,
    kept_at INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL);
CREATE TABLE heads (               -- the newest head of each epoch; heads.Known, in order
    epoch INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, manifest TEXT NOT NULL,
    at INTEGER NOT NULL, until INTEGER NOT NULL, since INTEGER NOT NULL, kid TEXT NOT NULL,
    tree_origin TEXT NOT NULL, tree_size INTEGER NOT NULL, tree_root BLOB NOT NULL,
    note TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE alarms (              -- what a person has not looked at yet
    name TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (name, what)) WITHOUT ROWID;
CREATE TABLE nonces (              -- of signed requests to the own service (RFC 9421)
    nonce TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX outgoing_kind ON outgoing (kind, subject);
CREATE INDEX outgoing_waiting ON outgoing (made_at) WHERE published = 0;
CREATE INDEX outgoing_unanswered ON outgoing (said_at) WHERE answered = 0 AND said_at > 0;
CREATE INDEX heard_statement ON heard (statement);
CREATE INDEX heard_refused ON heard (statement) WHERE result = 'refused' AND seen = 0;
CREATE INDEX sealings_manifest ON sealings (manifest);
CREATE INDEX sealings_waiting ON sealings (manifest) WHERE acked = 0;
CREATE INDEX refusals_waiting ON refusals (at) WHERE acked = 0;
CREATE INDEX operations_open ON operations (state) WHERE state <> 'done';
CREATE INDEX outcomes_unstated ON outcomes (delivery) WHERE stated = 0;
"""

_THIRD = """
-- slice at the end of its row, where a zeroblob can be filled: elsewhere SQLite holds two copies of
-- it while it puts the row together (Tx.fill)
ALTER TABLE parcels ADD COLUMN last BLOB NOT NULL DEFAULT x'';
UPDATE parcels SET last = slice;
ALTER TABLE parcels DROP COLUMN slice;
ALTER TABLE parcels RENAME COLUMN last TO slice;
"""

_FOURTH = """
CREATE TABLE checkpoints (         -- every signed head of the ledger; checkpoints.Kept, by name
    epoch INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, origin TEXT NOT NULL,
    note TEXT NOT NULL, source TEXT NOT NULL, seen_at INTEGER NOT NULL,
    proven INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (epoch, size, root)) WITHOUT ROWID;
CREATE INDEX checkpoints_unproven ON checkpoints (epoch, size) WHERE proven = 0;
INSERT OR IGNORE INTO checkpoints (epoch, size, root, origin, note, source, seen_at)
    SELECT epoch, tree_size, tree_root, tree_origin, note, 'delivery ' || delivery, stored_at
    FROM parcels;
INSERT OR IGNORE INTO checkpoints (epoch, size, root, origin, note, source, seen_at)
    SELECT epoch, tree_size, tree_root, tree_origin, note, 'a head', at FROM heads
    WHERE note <> '';
"""

STEPS = (_FIRST, _SECOND, _THIRD, _FOURTH)
VERSION = len(STEPS)


def statements(found: int) -> list[str]:
    """The SQL that brings a file of version `found` to VERSION."""
    wanted = (part for step in STEPS[found:] for part in step.split(";\n"))
    return [part for part in wanted if part.strip()]
