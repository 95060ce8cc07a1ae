"""Meanings of the errors about accounts, their sign-in and their keys, and about officers."""

from gateway.web.console.meanings.meaning import means

ACCOUNTS = (
    means(
        "There is an account %(account)s already. Choose another id, or enable that one.",
        "there is an account {account} already",
    ),
    means(
        "Something else is asked for by now. Open the page again and look at it.",
        "something else is asked by now",
        "nothing waits for a second administrator at account {}",
    ),
    means(
        "The second word is another administrator's, and nobody's about themselves. Ask a "
        "colleague who is an administrator.",
        "the second word is another administrator's, and nobody's about themselves",
    ),
    means(
        "Nobody changes their own account so. Another administrator does; your own page has your "
        "password and codes.",
        "nobody changes their own account so",
    ),
    means(
        "This is the last administrator who can sign in. Make another account an administrator "
        "first.",
        "{} is the last administrator who can sign in",
    ),
    means(
        "An account needs the name of a person, of 1 to 128 characters.",
        "an account needs a person's name of 1 to 128 characters",
    ),
    means(
        "The language is Bahasa Indonesia or English: choose one of the page.",
        "expected a language of {}, got {}",
        "expected a language of the console: id or en",
    ),
    means("There is no such account. Choose one from the list.", "there is no such account"),
    means(
        "Only an administrator changes accounts. Ask one.",
        "only an administrator changes accounts",
    ),
    means(
        "Account %(account)s is so already. Open its page again.",
        "account {account} has the role {} already",
        "account {account} is so already",
    ),
    means(
        "Use one of the page's own buttons. Open the page again.",
        "expected a change of an account that is known",
        "expected one of the page's own buttons",
        "expected approve or revoke",
    ),
    means("Choose one of the four roles.", "expected one of the four roles"),
    means(
        "No authenticator is being set up. Begin on the page of your account.",
        "no authenticator is being set up",
    ),
    means("This sign-in has ended. Sign in again.", "this sign-in has ended"),
    means(
        "This session has ended already. The page of your account shows those that are open.",
        "there is no such session any more",
    ),
    means(
        "The name, the password or the code is not right, or the account may not sign in.",
        "the name, the password or the code is not right, or the account may not sign in",
    ),
    means(
        "The password is shorter than 12 characters, longer than 256, or one of those that are "
        "tried first: common words, names, repeats.",
        "a password has {} to {} characters, this one has {}",
        "this password is made of words that are tried first: common ones, names, or repeats",
    ),
    means(
        "This is no encrypted signing key that can be read here. Choose the key file that was "
        "made for you, as it was made.",
        "expected a PEM file, which is plain text",
        "this is larger than a key file",
        "{} is no encrypted PKCS#8 key file",
        "{} is damaged ({})",
        "{}: a key is of the kind {}",
        "{} holds a sealing key; it can't sign",
    ),
    means(
        "This key is not pinned to a live officer. Two officers approve the new officer first, on "
        "the page of the officers.",
        "this key is not pinned to a live officer",
    ),
    means(
        "This officer's key is kept beside another account: one person has one account. Whoever "
        "has that account takes the key away first, on the page of that account.",
        "the key of officer {} is kept beside account {}: one person has one account",
    ),
    means(
        "There is no officer %(officer)s. Choose one from the list of officers.",
        "no officer {officer}",
    ),
    means(
        "This officer is in another state by now, so there is nothing to sign. Open the page "
        "again.",
        "officer {} is {}, nothing is to approve",
        "the key of officer {} is revoked already",
    ),
    means(
        "Without this officer too few live officers would stay, and nobody could approve another. "
        "Enrol and approve another officer first.",
        "without officer {} fewer than {} live officers would stay, and nobody could approve "
        "another",
    ),
)
"""In no order: no two of them fit one message."""
