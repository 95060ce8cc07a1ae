"""The access log's codes in words."""

from gateway.domain.access import What
from gateway.web.console.words import later

WHAT: dict[What, str] = {
    What.SIGN_IN: later("signed in"),
    What.SIGN_IN_REFUSED: later("sign-in refused"),
    What.SIGN_IN_THROTTLED: later("sign-in slowed down after wrong guesses"),
    What.SIGN_OUT: later("signed out"),
    What.SESSION_REVOKE: later("ended a session"),
    What.CASE_VIEW: later("looked at a number's story, masked"),
    What.CASE_UNMASK: later("saw a number in full"),
    What.DELIVERY_VIEW: later("looked at a delivery"),
    What.INTAKE_VIEW: later("looked at rows of an intake"),
    What.BATCH_VIEW: later("looked at a batch"),
    What.ENTRIES_VIEW: later("looked at entries, masked"),
    What.LEDGER_SEARCH: later("searched the ledger"),
    What.ACCESS_SEARCH: later("searched the access log"),
    What.EXPORT_EVIDENCE: later("took evidence away"),
    What.EXPORT_REPORT: later("took a report away"),
    What.EXPORT_LIST: later("took a list away"),
    What.EXPORT_ACCESS: later("took the access log away"),
    What.SUBJECT_ANSWER: later("answered a data subject"),
    What.ACT: later("acted"),
    What.ACT_REFUSED: later("was refused an act"),
    What.KEY_OPEN: later("opened the own key for a signature"),
    What.KEY_REFUSED: later("wrong passphrase for the own key"),
    What.ACCOUNT_ADD: later("added an account"),
    What.ACCOUNT_ASK: later("asked for a change of an account"),
    What.ACCOUNT_CHANGE: later("changed an account"),
    What.OWN_CHANGE: later("changed the own account"),
}
