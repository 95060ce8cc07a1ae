"""The rules of context: what the gateway knows of a number, not what the cell says (domain.md 3.6).

The form is that of rules_text.py. A row that one of these holds is taken by two officers or none.
"""

CONTEXT = """
relisted | held | own | 0870-3456-7890
This number was unblocked before: an appeal was upheld, or its block was reviewed
> Name the new evidence that is later than the unblocking
Nomor ini pernah dibuka blokirnya: keberatan dikabulkan, atau blokirnya ditinjau ulang
> Sebutkan bukti baru sesudah pembukaan blokir

owner_changed | held | own | 0870-3456-7890
A partner declared this number ended or recycled: the evidence may be about its former owner
> Name evidence from after the end of its quarantine
Mitra menyatakan nomor ini hangus atau daur ulang: buktinya mungkin tentang pemilik lama
> Sebutkan bukti dari sesudah masa karantina nomor

caller_id_only | held | own | 0870-3456-7890
The only evidence is a caller ID, which may be spoofed
> Name evidence other than the number shown, such as a recording or a later message
CLI mungkin dipalsukan: buktinya hanya nomor yang tampil di layar telepon
> Sebutkan bukti selain nomor yang tampil, misalnya rekaman atau pesan berikutnya
"""
