"""What the pages of partners are given."""

from dataclasses import dataclass

from gateway.ports.views.partners import PartnerPages
from gateway.services.consents import Consents
from gateway.services.partner_story import PartnerStories
from gateway.services.partners import Partners


@dataclass(frozen=True, slots=True)
class PartnerParts:
    """`stories` tell one partner, `partners` and `consents` take officers' acts."""

    pages: PartnerPages
    stories: PartnerStories
    partners: Partners
    consents: Consents
