"""Who may see what, as properties over any partner, batch and consent (promise G)."""

from dataclasses import replace
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.batch import Entry
from gateway.domain.chosen import Chosen
from gateway.domain.consent import ConsentRecord
from gateway.domain.entries import BLOCK, DELISTED, LISTED, UNBLOCK, write
from gateway.domain.ids import Envelope
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import SealedEntry
from gateway.domain.slices import FOREIGN_ROUTE, VOLUNTARY_BASIS, Taker, origin, select, to_slice
from gateway.domain.statements import OPTIONAL_FIELDS, ORIGINS, Consent
from gateway.domain.times import DAY

CATEGORIES = ("penipuan", "judi_online", "spam")
CHANNELS = ("whatsapp", "sms", "call")
ROUTES = ("opr-uji-a", "opr-uji-b", FOREIGN_ROUTE)
SECRET = "TIKET-PELAPOR-9"  # an evidence reference never leaves


@st.composite
def batches(draw: st.DrawFn) -> list[Entry]:
    """Entries with different synthetic numbers, in their order."""
    numbers = draw(st.lists(st.integers(0, 60), unique=True, max_size=25))
    return [
        _entry(number, draw(st.sampled_from((BLOCK, UNBLOCK))))._replace(
            category=draw(st.sampled_from((*CATEGORIES, ""))),
            channel=draw(st.sampled_from((*CHANNELS, ""))),
            route=draw(st.sampled_from(ROUTES)),
        )
        for number in sorted(numbers)
    ]


def _entry(number: int, action: str) -> Entry:
    return Entry(
        number=628700000000 + number,
        action=action,
        category="penipuan",
        channel="sms",
        evidence_ref=SECRET,
        evidence_date="2026-11-20",
        basis="TAP-BRTI-04/2018",
        review_date="2027-01-23",
        route="opr-uji-a",
        source=1,
    )


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


@st.composite
def consents(draw: st.DrawFn) -> ConsentRecord:
    terms = replace(
        WIDE.terms,
        categories=draw(some(CATEGORIES)),
        channels=draw(some(CHANNELS)),
        origins=draw(some(ORIGINS)),
        fields=draw(some(OPTIONAL_FIELDS)),
        most=draw(st.integers(1, 30)),
    )
    return replace(WIDE, terms=terms)


def partner(kind: PartnerKind, name: str = "pesan-uji") -> Partner:
    return Partner(
        name, kind, "Uji", "sftp://x/in", "", "", Envelope.JOSE, True, "PT24H", "", Standing.LIVE
    )


OTT = partner(PartnerKind.OTT)
OPERATOR = partner(PartnerKind.OPERATOR, "opr-uji-a")
SOURCE = partner(PartnerKind.SOURCE, "opr-uji-a")
WIDE = ConsentRecord(
    "pesan-uji",
    "sha256:" + "ab" * 32,
    Consent(
        iss="pesan-uji",
        aud="palang-uji",
        at=0,
        since=0,
        until=DAY,
        categories=CATEGORIES,
        channels=CHANNELS,
        origins=ORIGINS,
        fields=OPTIONAL_FIELDS,
        most=30,
        period="P30D",
        purpose="uji",
        retention="P30D",
        target="PT72H",
    ),
)
sealed = st.frozensets(st.integers(0, 60).map(lambda number: 628700000000 + number))
allowances = st.integers(0, 30)


@given(batches(), sealed, allowances)
def test_an_ott_without_a_live_consent_gets_nothing_but_what_frees_what_it_was_sent(
    entries: list[Entry], before: frozenset[int], allowance: int
) -> None:
    chosen = select(OTT, entries, None, before, allowance)
    assert all(e.action == UNBLOCK and e.number in before for e in chosen)


@given(batches(), consents(), sealed, allowances)
def test_a_block_reaches_an_ott_only_inside_its_consent(
    entries: list[Entry], consent: ConsentRecord, before: frozenset[int], allowance: int
) -> None:
    blocks = [e for e in select(OTT, entries, consent, before, allowance) if e.action == BLOCK]
    terms = consent.terms
    assert len(blocks) <= allowance
    for entry in blocks:
        assert entry.category in terms.categories
        assert entry.channel in terms.channels
        assert origin(entry) in terms.origins


@given(batches(), consents(), sealed, allowances)
def test_an_operator_gets_its_own_numbers_and_every_one_of_them(
    entries: list[Entry], consent: ConsentRecord, before: frozenset[int], allowance: int
) -> None:
    for given_consent in (None, consent):
        chosen = select(OPERATOR, entries, given_consent, before, allowance)
        blocks = [e for e in chosen if e.action == BLOCK]
        assert blocks == [e for e in entries if e.action == BLOCK and e.route == "opr-uji-a"]
        assert not [e for e in chosen if e.action == BLOCK and origin(e) == "foreign"]


@given(batches(), consents(), sealed, allowances, st.sampled_from((OTT, OPERATOR)))
def test_an_unblock_goes_to_exactly_those_who_were_sealed_the_number(
    entries: list[Entry],
    consent: ConsentRecord,
    before: frozenset[int],
    allowance: int,
    receiver: Partner,
) -> None:
    wanted = [e for e in entries if e.action == UNBLOCK and e.number in before]
    for given_consent in (None, consent):
        chosen = select(receiver, entries, given_consent, before, allowance)
        assert [e for e in chosen if e.action == UNBLOCK] == wanted


@given(batches(), consents(), sealed, allowances)
def test_a_source_gets_nothing_ever(
    entries: list[Entry], consent: ConsentRecord, before: frozenset[int], allowance: int
) -> None:
    assert select(SOURCE, entries, consent, before, allowance) == []


@given(batches(), consents(), sealed, allowances, st.sampled_from((OTT, OPERATOR)))
def test_what_is_chosen_is_of_the_batch_and_in_its_order(
    entries: list[Entry],
    consent: ConsentRecord,
    before: frozenset[int],
    allowance: int,
    receiver: Partner,
) -> None:
    chosen = select(receiver, entries, consent, before, allowance)
    kept = set(chosen)
    assert chosen == [e for e in entries if e in kept]


@given(batches(), consents(), sealed)
def test_a_narrower_consent_never_shows_more(
    entries: list[Entry], consent: ConsentRecord, before: frozenset[int]
) -> None:
    whole = set(select(OTT, entries, consent, before, 1000))
    terms = consent.terms
    for narrower in (
        replace(terms, categories=()),
        replace(terms, channels=()),
        replace(terms, origins=()),
    ):
        narrow = replace(consent, terms=narrower)
        assert set(select(OTT, entries, narrow, before, 1000)) <= whole


@given(batches(), consents())
def test_a_slice_shows_only_consented_fields_and_never_an_evidence_reference(
    entries: list[Entry], consent: ConsentRecord
) -> None:
    lines = list(to_slice(OTT, Chosen(entries), consent))
    assert SECRET.encode() not in write(lines)
    for line, entry in zip(lines, entries, strict=True):
        assert line.number == entry.number
        for name in OPTIONAL_FIELDS:
            value = VOLUNTARY_BASIS if name == "basis" else getattr(entry, name)
            shown = value if name in consent.terms.fields else ""
            assert getattr(line, name) == shown


@given(batches(), consents())
def test_a_voluntary_slice_never_says_block(entries: list[Entry], consent: ConsentRecord) -> None:
    words = {BLOCK: LISTED, UNBLOCK: DELISTED}
    voluntary = list(to_slice(OTT, Chosen(entries), consent))
    assert [line.action for line in voluntary] == [words[e.action] for e in entries]
    mandatory = list(to_slice(OPERATOR, Chosen(entries), None))
    assert [line.action for line in mandatory] == [e.action for e in entries]
    assert SECRET.encode() not in write(mandatory)


@given(batches(), batches())
def test_what_was_chosen_keeps_order_and_actions(entries: list[Entry], more: list[Entry]) -> None:
    chosen = Chosen(entries)
    chosen.add(more)
    every = [*entries, *more]
    assert list(chosen) == [
        SealedEntry(place, entry.number, entry.action == UNBLOCK)
        for place, entry in enumerate(every, 1)
    ]
    unblocks = [entry for entry in every if entry.action == UNBLOCK]
    assert (chosen.blocks, chosen.unblocks) == (len(every) - len(unblocks), len(unblocks))


@pytest.mark.parametrize("receiver", [OTT, OPERATOR])
@pytest.mark.parametrize("allowance", range(8))
def test_taken_in_blocks_is_what_is_selected_of_the_whole(
    receiver: Partner, allowance: int
) -> None:
    entries = [_entry(number, UNBLOCK if number in (2, 5, 6) else BLOCK) for number in range(9)]
    before = frozenset({entries[2].number, entries[6].number})
    whole = select(receiver, entries, WIDE, before, allowance)
    for first, second in combinations_with_replacement(range(10), 2):
        taker = Taker(receiver, WIDE, allowance)
        blocks = (entries[:first], entries[first:second], entries[second:])
        assert [one for block in blocks for one in taker.take(block, before)] == whole
        assert taker.taken == sum(entry.action == BLOCK for entry in whole)
