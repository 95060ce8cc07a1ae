"""The fixed words of the cover pages, in Bahasa Indonesia and English.

They are part of the bundle's form (docs/evidence.md): a verifier knows the digest of each page's
fixed text, so a change here is a new digest there and in every verifier.
"""

from dataclasses import dataclass, replace

Pair = tuple[str, str]
"""Bahasa Indonesia, English."""

Facts = tuple[tuple[str, Pair], ...]
"""The values of a page, in order: the slot's id, and its label."""


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of page. `columns` head its rows; `notes` stand below them."""

    title: Pair
    sections: tuple[tuple[Pair, Facts], ...]
    rows: Pair
    columns: tuple[Pair, ...]
    notes: tuple[Pair, ...]


_PARTIES: tuple[Pair, Facts] = (
    ("Para pihak", "Parties"),
    (
        ("receipt", ("Nomor Tanda Terima", "Receipt number")),
        ("gateway", ("Pengirim (gerbang)", "Sender (gateway)")),
        ("partner", ("Penerima (mitra)", "Recipient (partner)")),
    ),
)
_SENT: Facts = (
    ("delivery", ("Penyampaian", "Delivery")),
    ("sequence", ("Epoch/nomor urut", "Epoch/sequence")),
    ("manifest", ("Sidik manifes", "Digest of the manifest")),
    ("parcel", ("Sidik paket", "Digest of the parcel")),
    ("state", ("Status menurut gerbang", "State, by the gateway")),
)
_TIMES: tuple[Pair, Facts] = (
    ("Waktu (WIB)", "Times (Jakarta)"),
    (
        ("released", ("Diterbitkan", "Released")),
        ("sealed", ("Disegel", "Sealed")),
        ("handed", ("Disampaikan, menurut saluran", "Handed over, by the channel")),
        ("received", ("Tanda terima tiba, jam gerbang", "Receipt came, gateway's clock")),
        ("partners", ("Diterima, jam mitra", "Received, partner's clock")),
        ("exported", ("Berkas ini dibuat", "This file was made")),
    ),
)
_ENTRY: tuple[Pair, Facts] = (
    ("Entri yang ditunjukkan", "The entry that is shown"),
    (("entry", ("Entri", "Entry")), ("number", ("Nomor", "Number"))),
)
_DECLARED = ("Pernyataan mitra", "What the partner declared")
_COLUMNS: tuple[Pair, ...] = (
    ("Kode", "Code"),
    ("Lingkup", "Scope"),
    ("Entri", "Entries"),
)

_NO_RECEIPT: Pair = (
    "Tanda \u2013 berarti belum ada. Tanpa Nomor Tanda Terima, penyampaian hanya dibuktikan oleh "
    "catatan gerbang sendiri.",
    "The sign \u2013 means: none yet. Without a receipt number the hand-over rests on the "
    "gateway's own record.",
)
_CHECKED: Pair = (
    "Yang diperiksa: tanda tangan manifes dan dua pejabat; jejak audit beserta bukti matematisnya; "
    "tanda terima dan pernyataan mitra dengan kuncinya yang disimpan sejak awal kerja sama; isi "
    "halaman ini.",
    "What is checked: the signatures of the manifest and of two officers; the audit trail with its "
    "mathematical proofs; receipts and declarations under the partner's keys as kept since "
    "onboarding; the words of this page.",
)
_VERIFY: Pair = (
    "Cara memeriksa: palang verify BERKAS.zip --trust trust.json, atau python palang_verify.py "
    "BERKAS.zip --trust trust.json. Berkas trust.json adalah milik Anda sendiri, bukan dari "
    "pengirim berkas ini. Tanpa pemeriksaan itu halaman ini tidak membuktikan apa pun.",
    "To verify: palang verify FILE.zip --trust trust.json, or python palang_verify.py FILE.zip "
    "--trust trust.json. Take trust.json from your own safe, never from whoever gave you this "
    "file. Without that check this page proves nothing.",
)
_TIME: Pair = (
    "Waktu adalah pernyataan gerbang sendiri, kecuali pemeriksaan nomor 29 menyebut otoritas cap "
    "waktu.",
    "Times are the gateway's own word unless check 29 names a time-stamping authority.",
)
_COMMON = (_NO_RECEIPT, _CHECKED, _VERIFY, _TIME)

_CODES_ORDER: tuple[Pair, ...] = (
    (
        "diblokir_total, diblokir_sebagian, sudah_diblokir: dinyatakan diblokir untuk semua "
        "layanan, untuk sebagian layanan, sudah sebelumnya; lingkup list-only tidak dihitung.",
        "diblokir_total, diblokir_sebagian, sudah_diblokir: declared blocked for all services, for "
        "some, before; scope list-only does not count.",
    ),
    (
        "sudah_nonaktif: hangus; bukan_pelanggan: bukan pelanggan; nomor_dilindungi: dilindungi; "
        "daur_ulang: pemilik baru; tertunda: ditunda; gagal: dicoba dan gagal; dibuka, "
        "sudah_terbuka: dinyatakan dibuka, sudah terbuka; superseded: digantikan paket berikutnya.",
        "sudah_nonaktif: no longer in service; bukan_pelanggan: not a subscriber; "
        "nomor_dilindungi: protected; daur_ulang: new owner; tertunda: pending; gagal: tried and "
        "failed; dibuka, sudah_terbuka: declared reopened, was open; superseded: overtaken by a "
        "later batch.",
    ),
    (
        "Pernyataan mitra bukan bukti tentang jaringannya.",
        "A partner's declaration is no evidence of what its network did.",
    ),
)
_CODES_LISTED: tuple[Pair, ...] = (
    (
        "ditindak, sudah_ditindak: dinyatakan ditindak menurut kebijakan sendiri, sudah "
        "sebelumnya; tidak_ditemukan: akun tidak ditemukan; ditinjau: sedang ditinjau; "
        "ditolak_kebijakan: tidak ditindak menurut kebijakan sendiri; tertunda: ditunda; gagal: "
        "dicoba dan gagal; superseded: digantikan paket berikutnya.",
        "ditindak, sudah_ditindak: declared acted upon by own policy, was before; tidak_ditemukan: "
        "no such account; ditinjau: under review; ditolak_kebijakan: declined by own policy; "
        "tertunda: pending; gagal: tried and failed; superseded: overtaken by a later batch.",
    ),
    (
        "Nomor dicantumkan berdasarkan pernyataan kesediaan mitra. Waktu tanggapan adalah target; "
        "tidak menanggapi tidak berakibat apa pun.",
        "Numbers are listed under the partner's own consent. The time of answers is a target; "
        "silence has no consequence.",
    ),
)

_TITLE: Pair = ("Bukti Penerimaan Elektronik", "Electronic proof of receipt")
_UNPROVEN: Pair = (
    "Catatan Penyampaian Elektronik, tanpa tanda terima",
    "Electronic record of a delivery, without a receipt",
)

ORDER = Page(
    _TITLE,
    (
        _PARTIES,
        (
            ("Isi", "Content"),
            (
                *_SENT,
                ("entries", ("Jumlah entri", "Entries")),
                ("block", ("Permintaan pemblokiran", "To be blocked")),
                ("unblock", ("Permintaan pembukaan blokir", "To be reopened")),
                ("done", ("Dinyatakan diblokir atau dibuka", "Declared blocked or reopened")),
                ("unanswered", ("Belum dijawab", "Unanswered")),
            ),
        ),
        _TIMES,
        _ENTRY,
    ),
    _DECLARED,
    _COLUMNS,
    (*_CODES_ORDER, *_COMMON),
)
"""Of a delivery to an operator, which has a duty."""

LISTED = Page(
    _TITLE,
    (
        _PARTIES,
        (
            ("Isi", "Content"),
            (
                *_SENT,
                ("entries", ("Jumlah entri", "Entries")),
                ("block", ("Dicantumkan", "Listed")),
                ("unblock", ("Pencantuman dicabut", "Taken off the list")),
                ("done", ("Dinyatakan ditindak", "Declared acted upon")),
                ("unanswered", ("Tanpa tanggapan", "Without an answer")),
            ),
        ),
        _TIMES,
        _ENTRY,
    ),
    _DECLARED,
    _COLUMNS,
    (*_CODES_LISTED, *_COMMON),
)
"""Of a delivery to an OTT: listed under its consent, with targets."""

NUMBER = Page(
    ("Riwayat satu nomor", "One number's whole story"),
    (
        (
            ("Berkas", "File"),
            (
                ("gateway", ("Pengirim (gerbang)", "Sender (gateway)")),
                ("number", ("Nomor", "Number")),
                ("deliveries", ("Penyampaian", "Deliveries")),
                ("exported", ("Berkas ini dibuat", "This file was made")),
            ),
        ),
    ),
    ("Penyampaian", "Deliveries"),
    (
        ("Penyampaian", "Delivery"),
        ("Mitra", "Partner"),
        ("Tindakan", "Action"),
        ("Diterbitkan", "Released"),
        ("Disampaikan", "Handed over"),
        ("Tanda terima", "Receipt came"),
        ("Dinyatakan", "Declared"),
        ("Lingkup", "Scope"),
        ("Waktu menurut mitra", "Partner's time"),
    ),
    (
        *_CODES_ORDER,
        _CODES_LISTED[0],
        (
            "Tindakan listed: nomor dicantumkan berdasarkan pernyataan kesediaan mitra; waktu "
            "tanggapan adalah target.",
            "Action listed: the number is listed under the partner's own consent; the time of "
            "answers is a target.",
        ),
        *_COMMON,
    ),
)

MONTH = Page(
    ("Penyampaian satu bulan", "The deliveries of a month"),
    (
        (
            ("Berkas", "File"),
            (
                ("gateway", ("Pengirim (gerbang)", "Sender (gateway)")),
                ("month", ("Bulan penerbitan", "Month of release")),
                ("part", ("Bagian", "Part")),
                ("cutoff", ("Batas data (daun jejak audit)", "Cut-off (leaves of the ledger)")),
                ("deliveries", ("Penyampaian", "Deliveries")),
                ("exported", ("Berkas ini dibuat", "This file was made")),
            ),
        ),
    ),
    ("Jumlah per mitra (satuan: entri)", "Totals per partner (unit: entries)"),
    (
        ("Mitra", "Partner"),
        ("Penyampaian", "Deliveries"),
        ("Dengan tanda terima", "Acknowledged"),
        ("Entri", "Entries"),
        ("Dinyatakan selesai", "Declared done"),
        ("Belum dijawab", "Unanswered"),
    ),
    (
        (
            "Angka berlaku per batas data di atas dan dapat dihitung ulang dari berkas ini.",
            "The figures are as of the cut-off above and can be computed again from this file.",
        ),
        *_COMMON[1:],
    ),
)

PAGES = {
    "order": ORDER,
    "order-unproven": replace(ORDER, title=_UNPROVEN),
    "listed": LISTED,
    "listed-unproven": replace(LISTED, title=_UNPROVEN),
    "number": NUMBER,
    "month": MONTH,
}
"""By kind. A page is titled a proof of receipt only where the partner signed one."""
