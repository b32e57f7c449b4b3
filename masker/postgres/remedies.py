"""What to do about an error of a server, by its SQLSTATE alone. What the rules have to do with it,
:mod:`masker.tables.blame` says first."""

from __future__ import annotations

_LOG = "the server's own log says more"

#: Where the two servers are told the same.
_EITHER = {
    "22P05": "a text cannot be written in the other encoding: mend it where it stands, or give its column a mask",
    "25006": (
        "it takes no writes: name the primary, not a follower, and see default_transaction_read_only of the role and"
        " the database"
    ),
    "40001": "another session was at work on the same rows; run again",
    "40P01": "another session was at work on the same tables; keep others away and run again",
    "42809": (
        "it is of another kind than it was taken for: something else bears the name, or a template database is to be"
        " dropped; see what it is, then run again"
    ),
    "53100": "free space on the server or give it a larger volume, then run again",
    "53200": (
        "it has no room for more locks or no memory: lower --workers, or give it more (max_locks_per_transaction where"
        " its words are of shared memory), then run again"
    ),
    "53300": "its connections are used up: close other sessions, or lower --workers and --source-connections",
    "53400": "a limit of its configuration ended it, such as temp_file_limit: raise that for the role, then run again",
    "54000": "it is more than PostgreSQL can do at once: a row, an index entry or a statement is too large",
    "54001": "raise max_stack_depth on the server, or make the expression less deep",
    "55006": "sessions are at work with it: end them, keep them away, and run again",
    "55P03": "another session holds a lock on it, a migration perhaps; run again when that has ended",
    "57014": (
        "somebody cancelled it (pg_cancel_backend), or a timeout that was set inside it was over; run again when"
        " nothing cancels it"
    ),
    "58030": f"it could not read or write its files: {_LOG}",
    "58P01": f"it could not find one of its files: {_LOG}",
    "P0001": (
        "a function of the schema raised it: a CHECK, a trigger, or one that an index or a generated column is"
        " computed by"
    ),
    "XX000": (
        f"it is an error inside the server, or of an extension: {_LOG}; run again if it was upgraded or an extension"
        " was changed meanwhile"
    ),
    "XX001": f"its data is damaged: {_LOG}; what is damaged has to be restored before it can be used",
    "XX002": f"one of its indexes is damaged: {_LOG}; REINDEX makes it anew, pg_amcheck finds others",
}

_OF_SOURCE = {
    "40001": (
        "a follower ended it to go on replaying changes: hot_standby_feedback = on keeps what is read, a larger"
        " max_standby_streaming_delay waits for it; or read the primary"
    ),
    "40P01": (
        "a follower ended it to go on replaying changes: hot_standby_feedback = on keeps what is read, a larger"
        " max_standby_streaming_delay waits for it; or read the primary"
    ),
    "42501": "GRANT the role what it lacks; pg_read_all_data reads every table and sequence",
    "53200": (
        "it has no memory for it, or its words are of shared memory and it has no room for more locks: lower"
        " --source-connections, or raise max_locks_per_transaction, then run again"
    ),
}

_OF_TARGET = {
    "42501": "the target's role lacks a privilege that it needs: let it own the database and what is in it",
}


def remedy(state: str, *, is_source: bool) -> str | None:
    """A sentence that says what to do; None where the state says nothing of that."""
    own = _OF_SOURCE if is_source else _OF_TARGET
    return own.get(state) or _EITHER.get(state)
