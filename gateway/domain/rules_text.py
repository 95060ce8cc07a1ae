"""The rules as text: what was seen and what the sender should do, in English and Indonesian.

Each rule: code | outcome (and "inferred") | step | example; English text; Indonesian text. A rule
with a step of its "own" has it after ">" below each text. Examples use only the NDCs 0870..0875.
"""

# The steps that several rules share: English, Bahasa Indonesia.
STEPS = {
    "none": ("Nothing to do", "Tidak perlu tindakan"),
    "ask": (
        "Write one complete number in this cell, as 08... or +62..., and send the row again",
        "Tulis satu nomor lengkap di sel ini, sebagai 08... atau +62..., lalu kirim ulang barisnya",
    ),
    "sure": (
        "Confirm the number with the evidence and write it as 08... or +62...",
        "Pastikan nomornya dari bukti pendukung dan tulis sebagai 08... atau +62...",
    ),
}

LIST = """
national_zero | accepted | none | 0870-3456-7890
Written in full with a leading zero
Ditulis lengkap dengan nol di depan

country_code | accepted | none | +62 870 3456 7890
Written in full with the country code 62
Ditulis lengkap dengan kode negara 62

country_code_zero | accepted | none | +62 0870-3456-7890
Written with +62 and a zero after it
Ditulis dengan +62 dan nol sesudahnya

link | accepted | none | wa.me/6287034567890
Taken from a telephone or WhatsApp link
Diambil dari tautan telepon atau WhatsApp

bracket_note | accepted inferred | own | 0870-3456-7890 (Budi)
A word in brackets after the number was left out
> Keep names out of the number column
Kata dalam kurung sesudah nomor tidak dipakai
> Jangan menulis nama di kolom nomor

lost_zero | accepted inferred | own | 87034567890
The leading zero was lost, as spreadsheets do with numbers
> Format the column as text next time
Nol di depan hilang, seperti pada sel bertipe angka
> Lain kali format kolomnya sebagai teks

float_tail | accepted inferred | own | 6287034567890.0
The cell ends in .0, as exported decimals do
> Format the column as text next time
Sel berakhiran .0, seperti hasil ekspor angka desimal
> Lain kali format kolomnya sebagai teks

short_62 | accepted inferred | own | 62870123456
62 and nine digits: read as a ten-digit mobile number, never as a fixed line
> Write such numbers as +62... next time
62 dan sembilan angka: dibaca sebagai nomor seluler sepuluh angka, bukan telepon tetap
> Lain kali tulis nomor seperti ini sebagai +62...

foreign | accepted | none | +61 491 570 006
A foreign number in full international form: only messaging partners may receive it
Nomor luar negeri dalam bentuk internasional lengkap: hanya untuk mitra OTT

repeat | duplicate | none | 0870-3456-7890
The same number stands in an earlier row of this file
Nomor yang sama sudah ada di baris sebelumnya

repeat_sheet | duplicate | none | 0870-3456-7890
The same number stands in an earlier sheet of this file
Nomor yang sama sudah ada di lembar kerja sebelumnya

empty | ignored | none |
No number in this row
Tidak ada nomor di baris ini

note | ignored | none | tidak ada
A remark that says there is no number
Catatan bahwa nomor tidak ada

total_row | ignored | none | TOTAL 120
A total row
Baris jumlah

header_again | ignored | none | NOMOR HP
The header repeated inside the list
Judul kolom yang terulang di dalam daftar

scientific | rejected | own | 8,70346E+10
Scientific notation: digits are gone and can't be recovered
> Ask the sender for the original XLSX, or a CSV with the column as text
Notasi ilmiah: angkanya hilang dan tidak dapat dipulihkan
> Minta berkas XLSX asli dari pengirim, atau CSV dengan kolom bertipe teks

masked | rejected | ask | 0870 xxxx 7890
Digits are masked or missing
Ada angka yang disamarkan atau tidak ditulis

sender_id | rejected | own | @akun_uji
A sender name, user name or link without a phone number
> Report it to the messaging provider; this list takes phone numbers
Nama pengirim, nama pengguna, atau tautan tanpa nomor telepon
> Laporkan ke penyedia layanan perpesanan; daftar ini untuk nomor telepon

no_number | rejected | ask | sesuai surat terdahulu
Text without a phone number
Teks tanpa nomor telepon

protected | rejected | own | 1500888
On the list of protected numbers (emergency, care and bank lines): never blocked
> Check whether the caller showed a false number
Termasuk nomor yang dilindungi (darurat, layanan pelanggan, bank): tidak pernah diblokir
> Periksa apakah pelaku menampilkan nomor palsu

short_code | rejected | own | 98870
A short code, not a subscriber's number
> Check the evidence for the full number
Kode pendek, bukan nomor pelanggan
> Periksa nomor lengkap pada bukti

identity_number | rejected | own | 9901010101700001
Sixteen digits: an identity number, not a phone number
> Move it out of the number column
Enam belas angka: nomor identitas, bukan nomor telepon
> Pindahkan dari kolom nomor

letters | held | ask | 0870345678l0
A letter stands beside or among the digits
Ada huruf di dekat atau di antara angka

bracket_doubt | held | sure | 0870-3456-7890 (bukan pelaku)
A remark in brackets changes whose number this may be
Keterangan dalam kurung menimbulkan keraguan tentang pemilik nomor

two_numbers | held | own | 087034567890 / 087134567890
More than one number in the cell
> Write one number a row
Lebih dari satu nomor dalam satu sel
> Tulis satu nomor per baris

extension | held | ask | 087034567890 ext 12
An extension follows the number
Ada nomor ekstensi di belakang

link_unclear | held | ask | wa.me/62870-3456
A link whose phone number can't be read without doubt
Tautan yang nomor teleponnya meragukan

odd_character | held | ask | 0870345678,5
A character that is no part of a phone number
Ada karakter yang bukan bagian nomor telepon

direction | held | ask | 0870 (RLM) 3456 7890
Right-to-left writing may show the digits in another order
Tulisan kanan-ke-kiri dapat membalik urutan angka

grouping | held | ask | 3. 8703456789
The digits are grouped as no phone number is
Pengelompokan angka tidak lazim untuk nomor telepon

amount_or_date | held | sure | 870.345.678
It may be an amount of money or a date
Mungkin jumlah uang atau tanggal

plus_before_8 | held | sure | +87034567890
A plus before 8: another country's code, or a lost zero
Tanda plus sebelum 8: kode negara lain, atau nol yang hilang

idd_unclear | held | own | 0087034567890
001, 007, 008 and 009 are also dialling prefixes of Indonesian carriers
> Write the number with + and the country code
001, 007, 008, dan 009 juga kode sambungan internasional di Indonesia
> Tulis nomor dengan + dan kode negara

odd_prefix | held | sure | +087034567890
The digits before the number fit no known way of writing
Angka di depan nomor tidak sesuai cara penulisan yang dikenal

too_short | held | sure | 08703456
Too few digits for a mobile number: probably cut off
Angka terlalu sedikit untuk nomor seluler: mungkin terpotong

too_long | held | sure | 08703456789012
Too many digits for a mobile number
Angka terlalu banyak untuk nomor seluler

not_mobile | held | own | 0840123456
A service range, neither a mobile nor a protected number
> Check the evidence; an administrator may list it as protected
Rentang nomor layanan, bukan seluler dan belum dilindungi
> Periksa bukti; administrator dapat menambahkannya ke nomor dilindungi

bare_digits | held | sure | 1234567890
Digits without 0, 62 or +: an account number, a foreign or a fixed line
Angka tanpa 0, 62, atau +: mungkin nomor rekening, nomor luar negeri, atau telepon tetap

fixed_line | held | own | 0299 123456
A fixed line: no partner takes fixed lines
> Send it by letter to the fixed-line licensee
Telepon tetap: belum ada mitra yang menerimanya
> Kirim dengan surat kepada penyelenggara telepon tetap

unmapped | held | own | 0876-3456-7890
A mobile number whose prefix no partner has in the numbering plan
> An administrator adds the prefix with its source, then the row is resolved
Nomor seluler yang prefiksnya tidak terpetakan ke mitra mana pun
> Administrator menambahkan prefiks beserta sumbernya, lalu baris diselesaikan

foreign_invalid | held | own | +61 491 570
Written as a foreign number, but no such number can exist
> Check the country code and the digits with the evidence
Ditulis sebagai nomor luar negeri, tetapi nomor seperti ini tidak mungkin ada
> Periksa kode negara dan angkanya dari bukti pendukung

foreign_service | held | own | +1 800 555 0100
A foreign free-call or service number, not a subscriber's
> Check the evidence for the caller's own number
Nomor layanan luar negeri, bukan nomor pelanggan
> Periksa nomor pelaku pada bukti

unattended | held | own | 87034567890
Not written in full, and no officer looked at the file when it came in
> Confirm the number, or write it as 08... or +62...
Tidak ditulis lengkap, dan belum ada petugas yang memeriksa berkas ini saat diterima
> Pastikan nomornya, atau tulis sebagai 08... atau +62...

long_text | held | ask | kronologi ...
A text too long for a phone number
Teks terlalu panjang untuk nomor telepon

hidden_row | held | own | (filtered) 0870-3456-7890
The sheet hides this row, by a filter or by hand
> Show all rows and send those that are meant
Baris ini disembunyikan di lembar kerja, dengan filter atau secara manual
> Tampilkan semua baris dan kirim yang memang dimaksud

shifted_row | held | own | 1;Budi;Jalan;087034567890
The cells of this row do not stand under their headers
> Put the cells back under their headers and send the row again
Isi baris ini tidak berada di bawah judul kolomnya
> Kembalikan isi sel ke kolomnya dan kirim ulang barisnya

total_unclear | held | sure | TOTAL;087034567890
A total row with a phone number in it
Baris jumlah yang memuat nomor telepon

unknown_action | held | own | jangan diblokir
The action is neither block nor unblock
> Write blokir or buka in the action column
Tindakan bukan blokir dan bukan buka
> Tulis blokir atau buka di kolom tindakan

conflicting_action | held | own | 0870-3456-7890
The file asks both to block and to unblock this number
> Decide which one holds and send that row alone
Berkas ini meminta nomor yang sama diblokir dan dibuka
> Tentukan yang berlaku dan kirim baris itu saja

released_before | duplicate | own | 0870-3456-7890
A released batch asked the same for this number
> Nothing to do; to send it again add the file with --resend
Nomor ini sudah pernah dikirim dengan permintaan yang sama
> Tidak perlu tindakan; untuk mengirim lagi tambahkan berkas dengan --resend

resent | duplicate | none | 0870-3456-7890
This row came before and says the same: what was decided of it stands, and it counts once
Baris ini sama dengan pengiriman sebelumnya: keputusannya tetap, dan hanya dihitung sekali

resent_changed | held | own | 0870-3456-7890
This row was accepted with another number when the file came first
> An officer decides; the first number is sent no more, but if it was sent ask for its unblocking
Baris ini sudah diterima dengan nomor lain pada pengiriman sebelumnya
> Petugas memutuskan; nomor pertama tidak dikirim lagi, jika sudah terkirim mintalah pembukaannya

unknown_code | held | own | kategori: lain-lain sekali
The category or channel is in no code list, so nobody can say which partners may see the row
> Write a category and channel of the list, as palang intake add --help shows
Kategori atau kanal tidak ada dalam daftar kode
> Tulis kategori dan kanal sesuai daftar
"""
