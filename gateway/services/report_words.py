"""The words of a report in both languages: Bahasa Indonesia first, English second."""

from gateway.domain.periods import Period, PeriodKind
from gateway.domain.rules import Language

WORDS: dict[str, tuple[str, str]] = {
    # head
    "title-month": ("Laporan Bulanan Pelaksanaan Pemblokiran Nomor",
                    "Monthly report on number blocking"),
    "title-quarter": ("Laporan Triwulanan Pelaksanaan Pemblokiran Nomor",
                      "Quarterly report on number blocking"),
    "number": ("Nomor laporan", "Report number"),
    "quarter": ("Triwulan %s %s", "Quarter %s %s"),
    "period": ("Periode", "Period"),
    "cut": ("Batas data (cut-off)", "Cut-off"),
    "cut-at": ("%s, ukuran buku besar %s", "%s, ledger size %s"),
    "digest": ("Sidik angka", "Digest of the figures"),
    "basis": ("Dasar", "Legal basis"),
    "to": ("Kepada", "To"),
    "copies": ("Tembusan", "Copies to"),
    "no-copies": ("tidak ditetapkan dalam tabel istilah", "none is set in the table of terms"),
    "provisional": ("SEMENTARA: periode belum berakhir pada batas data.",
                    "PROVISIONAL: the period had not ended at the cut-off."),
    "test": ("UJI: hanya paket data uji, bukan permintaan nyata.",
             "TEST: only test batches, no real requests."),
    "declared": ("Angka di bawah ini menyatakan apa yang dinyatakan mitra dengan tanda tangan "
                 "elektroniknya; gateway tidak dapat melihat jaringan mitra.",
                 "These figures say what partners declared under their keys; a gateway can't see "
                 "their networks."),
    # units and names
    "entries": ("entri", "entries"),
    "numbers": ("nomor unik", "unique numbers"),
    "pairs": ("nomor-mitra", "number-partner pairs"),
    "rows": ("baris aduan", "complaint rows"),
    "deliveries": ("penyampaian", "deliveries"),
    "batches": ("paket data", "batches"),
    "statements": ("pernyataan", "statements"),
    "held-rows": ("baris ditahan", "held rows"),
    "hms": ("jam:menit:detik; berbobot entri", "hours:minutes:seconds; weighted by entries"),
    "unit": ("Satuan", "Unit"),
    "unit-entries": ("Satuan: entri; kolom pertama nomor-mitra.",
                     "Unit: entries; the first column number-partner pairs."),
    "unit-rows": ("Satuan: berkas, lalu baris aduan.", "Unit: files, then complaint rows."),
    "figure": ("Ukuran", "Figure"),
    "value": ("Nilai", "Value"),
    "operator": ("Operator seluler", "Operator"),
    "total": ("Jumlah", "Total"),
    "all-otts": ("Semua OTT", "All OTTs"),
    "block": ("blokir", "block"),
    "unblock": ("buka blokir", "unblock"),
    "listed": ("dicantumkan", "listed"),
    "delisted": ("dihapus dari daftar", "delisted"),
    "action": ("Tindakan", "Action"),
    # columns
    "unique": ("Nomor-mitra", "Number-partner pairs"),
    "released": ("Diterbitkan", "Released"),
    "sent": ("Diserahkan", "Handed over"),
    "acknowledged": ("Diterima mitra", "Acknowledged"),
    "done": ("Dinyatakan terblokir", "Declared blocked"),
    "done-unblock": ("Dinyatakan terbuka", "Declared reopened"),
    "confirmed": ("Dijawab", "Answered"),
    "done-ott": ("Dinyatakan ditindak", "Declared acted upon"),
    "other-final": ("Jawaban akhir lain", "Other final answer"),
    "outstanding": ("Menunggu konfirmasi", "Outstanding"),
    "overdue": ("Melewati batas waktu", "Overdue"),
    "missed": ("Terlambat pada batas waktu", "Missed the deadline"),
    "never": ("Tanpa jawaban", "Never answered"),
    "stopped": ("Dihentikan, tanpa jawaban akhir", "Stopped, without final answer"),
    "halted": ("Ditahan atau dihentikan", "Withheld or stopped"),
    "waiting": ("Belum diserahkan", "Not yet handed over"),
    "left_out": ("Di atas batas kesediaan", "Beyond the consent's maximum"),
    "refused": ("Ditolak mitra", "Refused by the partner"),
    "carried": ("Menunggu dari periode sebelumnya (entri)", "Outstanding from before (entries)"),
    "carried-overdue": ("di antaranya melewati batas waktu", "of these overdue"),
    "disposition": ("Jawaban", "Answer"),
    "scope": ("Lingkup", "Scope"),
    "counted": ("Dihitung", "Counts as"),
    "counts-done": ("dinyatakan selesai", "declared done"),
    "counts-final": ("jawaban akhir", "final answer"),
    "counts-open": ("menunggu", "outstanding"),
    "measure": ("Waktu", "Time"),
    "to-ack": ("penyerahan sampai tanda terima", "hand-over to acknowledgement"),
    "to-block": ("penyerahan sampai dinyatakan terblokir", "hand-over to declared blocked"),
    "to-done": ("penyerahan sampai dinyatakan ditindak", "hand-over to declared acted upon"),
    "max": ("terlama", "longest"),
    "delivery": ("Penyampaian", "Delivery"),
    "day": ("Tanggal", "Day"),
    "source": ("Sumber", "Source"),
    "files": ("Berkas", "Files"),
    "corrections": ("Berkas perbaikan", "Corrected files"),
    "second": ("Sumber lain", "Other source"),
    "three": ("%s sumber, antara lain", "%s sources, among them"),
    "pieces": ("Nomor", "Numbers"),
    # rows of outcomes and acts
    "accepted": ("Diterima", "Accepted"),
    "held": ("Ditahan", "Held"),
    "rejected": ("Ditolak", "Rejected"),
    "duplicate": ("Ganda", "Duplicate"),
    "ignored": ("Diabaikan", "Ignored"),
    "accept": ("Baris ditahan yang kemudian diterima", "Held rows accepted later"),
    "reject": ("Baris ditahan yang kemudian ditolak", "Held rows rejected later"),
    # sections
    "s-summary": ("Ringkasan", "Summary"),
    "s-block": ("Permintaan pemblokiran per operator", "Block requests by operator"),
    "s-unblock": ("Permintaan pembukaan blokir per operator", "Unblock requests by operator"),
    "s-deliveries": ("Penyampaian per operator", "Deliveries by operator"),
    "s-dispositions": ("Konfirmasi menurut jawaban", "Confirmations by answer"),
    "s-times": ("Waktu sampai tanda terima dan sampai dinyatakan terblokir",
                "Time to acknowledge and to declared blocked"),
    "s-days": ("Entri per hari", "Entries by day"),
    "s-never": ("Dikirim tetapi tidak pernah dikonfirmasi", "Sent but never confirmed"),
    "s-unasked": ("Dinyatakan terblokir tanpa permintaan", "Declared blocked without a request"),
    "s-otts": ("Penyedia layanan perpesanan (OTT), sukarela",
               "Messaging providers (OTT), voluntary"),
    "s-intake": ("Penerimaan berkas per sumber", "Intake by source"),
    "s-repeats": ("Nomor yang diajukan lebih dari satu sumber",
                  "Numbers that several sources sent"),
    "s-definitions": ("Definisi", "Definitions"),
    # summary rows
    "sum-batches": ("Paket data diterbitkan pada periode", "Batches released in the period"),
    "sum-block": ("Entri blokir diserahkan kepada operator", "Block entries handed to operators"),
    "sum-numbers": ("Nomor unik yang diminta diblokir", "Unique numbers asked to be blocked"),
    "sum-pairs": ("Nomor-mitra yang diminta diblokir", "Number-partner pairs asked to be blocked"),
    "sum-acknowledged": ("Entri blokir diterima operator", "Block entries acknowledged"),
    "sum-done": ("Entri dinyatakan terblokir", "Entries declared blocked"),
    "sum-outstanding": ("Entri blokir menunggu konfirmasi", "Block entries outstanding"),
    "sum-overdue": ("Entri blokir melewati batas waktu", "Block entries overdue"),
    "sum-unblock": ("Entri buka blokir diserahkan", "Unblock entries handed over"),
    "sum-reopened": ("Entri dinyatakan terbuka", "Entries declared reopened"),
    "sum-nobody": ("Entri yang tidak boleh diterima mitra mana pun",
                   "Entries that no partner may receive"),
    "sum-never": ("Nomor unik tanpa jawaban operator mana pun",
                  "Unique numbers no operator said a word about"),
    # without a request
    "una-before": ("Dijawab sudah diblokir, nonaktif, atau ditindak sebelum permintaan kami",
                   "Answered as blocked, ended or acted upon before our request"),
    "una-hand": ("Dinyatakan terblokir, padahal penyerahan tidak tercatat",
                 "Declared blocked though no hand-over is on record"),
    "una-strange": ("Konfirmasi ditolak karena menyebut entri yang tidak diminta",
                    "Confirmations refused because they name an entry not asked about"),
    "una-unknown": (
        "Tidak dapat diketahui dari sini: nomor yang diblokir operator atas prakarsa sendiri dan "
        "tidak pernah kami minta. Pernyataan mitra tidak pernah memuat nomor, hanya nomor entri "
        "dari permintaan kami. Angka itu harus diminta dari laporan bulanan operator.",
        "Not known here: numbers that an operator blocked on its own and that were never asked "
        "for. Partners' statements never hold numbers, only entries of our own requests. Take that "
        "figure from the operator's own monthly report."),
    "never-listed": ("Penyampaian dengan entri tanpa jawaban: %s; terbanyak lebih dahulu, "
                     "ditampilkan %s.",
                     "Deliveries with unanswered entries: %s; most first, %s shown."),
    "ott-words": (
        "Penyampaian kepada OTT bukan perintah: tidak ada batas waktu, dan tidak menjawab tidak "
        "berakibat apa pun. Hanya jumlah semua OTT yang ditampilkan.",
        "What is handed to OTTs is no order: it has a target and no deadline, and silence has no "
        "consequence. Only totals of all OTTs are shown."),
    "ott-few": (
        "Kurang dari %s OTT menerima daftar pada periode ini. Jawaban dan waktunya tidak "
        "ditampilkan, karena jumlahnya akan menjadi angka satu penyedia.",
        "Fewer than %s OTTs were sent a list in this period. Their answers and times are not "
        "shown, since a total would be one provider's own figure."),
    "other-batches": ("%s paket data uji pada periode ini tidak dihitung.",
                      "%s test batches of this period are not counted."),
    "other-batches-live": ("%s paket data nyata pada periode ini tidak dihitung.",
                           "%s live batches of this period are not counted."),
    "none": ("Tidak ada.", "None."),
}  # fmt: skip

DISPOSITION_ID = {
    "diblokir_total": "diblokir total",
    "diblokir_sebagian": "diblokir sebagian",
    "sudah_diblokir": "sudah diblokir sebelumnya",
    "sudah_nonaktif": "sudah nonaktif atau hangus",
    "bukan_pelanggan": "bukan pelanggan mitra",
    "nomor_dilindungi": "nomor dilindungi, tidak diblokir",
    "daur_ulang": "daur ulang: pemilik baru",
    "tertunda": "tertunda",
    "gagal": "dicoba, gagal",
    "ditindak": "ditindak menurut kebijakan mitra",
    "sudah_ditindak": "sudah ditindak sebelumnya",
    "tidak_ditemukan": "akun tidak ditemukan",
    "ditinjau": "sedang ditinjau",
    "ditolak_kebijakan": "ditolak menurut kebijakan mitra",
    "dibuka": "dibuka kembali",
    "sudah_terbuka": "sudah terbuka sebelumnya",
    "superseded": "digantikan paket yang lebih baru",
}
"""The dispositions in words; English ones stand beside the codes (domain/dispositions.py)."""

DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("Periode: bulan atau triwulan kalender menurut WIB. Yang dihitung ialah paket data yang "
     "diterbitkan pada periode itu, dengan keadaan pada batas data.",
     "Period: a calendar month or quarter in WIB. Counted are the batches released within it, as "
     "they stood at the cut-off."),
    ("Entri: satu nomor dalam satu penyampaian kepada satu mitra. Nomor unik: nomor yang sama "
     "dihitung sekali untuk semua operator. Nomor-mitra: sekali untuk tiap operator.",
     "Entry: one number in one delivery to one partner. Unique number: counted once over all "
     "operators. Number-partner pair: once for each operator."),
    ("Diserahkan: saluran membenarkan penyerahan, atau ada tanda terima. Diterima mitra: tanda "
     "terima positif yang ditandatangani mitra dan dihitung.",
     "Handed over: the channel confirmed it, or there is a receipt. Acknowledged: a positive "
     "receipt that the partner signed and that counts."),
    ("Konfirmasi: untuk tiap entri berlaku revisi tertinggi yang tidak bertentangan dengan "
     "revisi yang sama. Lingkup list-only tidak pernah dihitung sebagai blokir.",
     "Confirmation: for each entry the highest revision counts that is in no conflict. The scope "
     "list-only never counts as a block."),
    ("Dinyatakan terblokir: jawaban diblokir_total, sudah_diblokir atau sudah_nonaktif (nomor "
     "hangus). diblokir_sebagian belum selesai dan tetap menunggu.",
     "Declared blocked: answered diblokir_total, sudah_diblokir (was blocked before) or "
     "sudah_nonaktif (no longer in service). diblokir_sebagian (some services) stays outstanding."),
    ("Menunggu konfirmasi: entri yang diserahkan tanpa jawaban akhir. Tanpa jawaban: entri yang "
     "diserahkan tanpa jawaban apa pun.",
     "Outstanding: handed over, without a final answer. Never answered: handed over, without any "
     "answer."),
    ("Batas waktu: penyerahan pertama ditambah waktu dalam manifes (operator: 1 x 24 jam), jalan "
     "terus pada hari libur. Melewati batas waktu: masih menunggu sesudahnya. Terlambat: tanpa "
     "jawaban akhir pada batas waktu, apa pun yang datang kemudian.",
     "Deadline: the first hand-over plus the manifest's term (operators: 1 x 24 hours), holidays "
     "included. Overdue: still outstanding after it. Missed: no final answer by the deadline, "
     "whatever came later."),
    ("Waktu: dihitung dengan jam gateway, bukan jam mitra, dalam detik penuh. p50, p90, p95: nilai "
     "terkecil yang tidak dilampaui oleh 50, 90, 95 persen entri (nearest rank). Entri yang belum "
     "dinyatakan terblokir tidak masuk.",
     "Times: by the gateway's clock, never the partner's, in whole seconds. p50, p90, p95: the "
     "smallest value that 50, 90, 95 percent of the entries do not exceed (nearest rank). Entries "
     "not declared blocked are not in them."),
    ("Penerimaan: baris menurut keputusan pertama; keputusan atas baris ditahan dihitung "
     "tersendiri pada saat diputuskan. Baris uji dan nyata tidak dipisah.",
     "Intake: rows by their first decision; decisions on held rows are counted apart, when they "
     "were made. Test and live rows are not told apart."),
)  # fmt: skip


_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._at = 0 if language == "id" else 1

    def __call__(self, key: str, *values: object) -> str:
        """The text of that key; the key itself where there is none, as of a code to come."""
        text = WORDS[key][self._at] if key in WORDS else key
        return text % values if values else text

    def definitions(self) -> tuple[str, ...]:
        """What each figure means."""
        return tuple(pair[self._at] for pair in DEFINITIONS)

    def period(self, period: Period) -> str:
        """`November 2026`, `Triwulan 4 2026`."""
        year, _, part = period.name.partition("-")
        if period.kind is PeriodKind.MONTH:
            return f"{_MONTHS[self.language].split()[int(part) - 1]} {year}"
        return self("quarter", part.removeprefix("Q"), year)

    def whole(self, count: int) -> str:
        """`57.459`; in English `57,459`."""
        written = f"{count:,}"
        return written.replace(",", ".") if self.language == "id" else written
