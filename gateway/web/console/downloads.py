"""Evidence bundles as downloads."""

from flask import Response

from gateway.services.evidence import Exported


def bundle_answer(exported: Exported) -> Response:
    """The bundle's bytes; its digest stands in a header too, to compare with the ledger's."""
    answer = Response(exported.data, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{exported.name}"'
    answer.headers["Palang-Digest"] = exported.digest
    return answer
