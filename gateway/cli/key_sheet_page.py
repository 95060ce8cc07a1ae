"""The key sheet as a page to print: one self-contained HTML file, no script, nothing loaded."""

from html import escape

from gateway.domain.fingerprints import phone_text, printable
from gateway.domain.key_sheet import KeySheet
from gateway.domain.times import to_wire
from gateway.domain.trust import PinnedKey

_STYLE = """
@page { size: A4; margin: 15mm }
body { font: 10pt/1.35 sans-serif; color: #000; background: #fff; max-width: 190mm; margin: auto }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #666; padding: 2px 6px; text-align: left; vertical-align: top }
.id, pre { font-family: monospace; font-size: 8.5pt }
pre { white-space: pre; overflow-x: auto }
.sign td { height: 14mm }
tr { break-inside: avoid }
"""
_HEAD = ("Owner", "Role", "Algorithm", "Fingerprint", "From", "Until")


def page(sheet: KeySheet) -> str:
    """The whole page; the part that a machine reads stands in it as it is in the text file."""
    rows = "\n".join(_row(key) for key in sheet.trust.keys)
    heads = "".join(f'<th scope="col">{name}</th>' for name in _HEAD)
    title = f"Key sheet: {escape(sheet.trust.gateway)} and {escape(sheet.partner)}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>
<body>
<h1>{title}</h1>
<p>Partner: {escape(printable(sheet.name))} &middot; made {escape(sheet.made)}<br>
Card: <span class="id">{escape(sheet.card)}</span><br>
Fingerprint of this sheet: <strong class="id">{sheet.fingerprint}</strong></p>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table>
<p>Compare every fingerprint by telephone, then sign. Each party keeps a signed copy.</p>
<table class="sign"><thead><tr><th scope="col">For</th><th scope="col">Name</th>
<th scope="col">Date</th><th scope="col">Signature</th></tr></thead><tbody>
{_blank(f"gateway {sheet.trust.gateway}, first officer")}
{_blank(f"gateway {sheet.trust.gateway}, second officer")}
{_blank(f"partner {sheet.partner}")}
</tbody></table>
<h2>The keys in full</h2>
<p>trust.json is rebuilt from these lines:
<code>palang-partner trust --from-sheet FILE</code></p>
<pre>
{escape(sheet.text)}</pre>
</body>
</html>
"""


def _row(key: PinnedKey) -> str:
    until = to_wire(key.not_after)
    if key.revoked is not None:
        until = f"revoked {to_wire(key.revoked)}"
    cells = (
        key.owner.id,
        key.role,
        key.alg,
        phone_text(key.kid),
        to_wire(key.not_before),
        until,
    )
    return "<tr>" + "".join(f'<td class="id">{escape(str(cell))}</td>' for cell in cells) + "</tr>"


def _blank(who: str) -> str:
    return f"<tr><td>{escape(who)}</td><td></td><td></td><td></td></tr>"
