"""Meanings of the deliveries' errors: resume, send again, stop, remind."""

from gateway.web.console.meanings.meaning import means

DELIVERIES = (
    means(
        "There is no delivery %(delivery)s. Choose one from the list of deliveries.",
        "no delivery {delivery}",
    ),
    means(
        "Delivery %(delivery)s is in another state by now, in which this can't be done. Open its "
        "page again: it shows what can.",
        "delivery {delivery}: {} is not possible while {}",
    ),
    means(
        "Only what was handed over and has no receipt yet is sent again. The page of delivery "
        "%(delivery)s shows what it waits for.",
        "delivery {delivery} is {}: only what was handed over and has no receipt yet is sent again",
    ),
    means(
        "The worker changed delivery %(delivery)s in the meantime. Open its page again, then sign "
        "anew.",
        "delivery {delivery} was changed since it was read",
        "delivery {delivery}: another worker holds its lease",
        "delivery {delivery}: the lease was lost, another worker has claimed it since",
    ),
    means(
        "There is nothing to remind of in delivery %(delivery)s: a letter is about what was handed "
        "over and has no final word yet.",
        "delivery {delivery} is {} with {} entries outstanding: there is nothing to remind of",
    ),
    means(
        "A delivery is named by batch, partner and number, as 7.opr-uji-a.1. Copy it from the "
        "list of deliveries.",
        "a delivery id is <batch>.<partner>.<n>",
    ),
    means(
        "The entries of delivery %(delivery)s can't be written again as they were sealed. Stop the "
        "delivery, and release its entries in a new batch.",
        "delivery {delivery}: its entries can't be written again as they were sealed",
    ),
)
"""In no order: no two of them fit one message."""
