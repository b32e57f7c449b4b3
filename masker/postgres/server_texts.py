"""Which words of a server may be shown: those that speak of objects, settings and the server's state, and cannot quote
a row.

SQLSTATE says nothing of that: a function of the schema raises whatever text with whatever class it likes, an input
function of an extension answers a bad value with a syntax error that quotes it, and ``column::regclass`` makes a row's
value the name of a missing table. So a text is shown for where it comes from: the server's source file that spoke,
which every server names and no function can choose; or because it points into the statement that was sent. For a row
that breaks a constraint the sentence is made here, of names that the server gave.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The state of sessions, transactions, locks, memory and disks. Whoever's statement it was, these texts name nothing
#: that a row holds.
_STATE_FILES = frozenset({
    "aset.c", "auth.c", "auth-scram.c", "auth-sasl.c", "backend_startup.c", "be-secure.c", "be-secure-openssl.c",
    "buffile.c", "bufmgr.c", "crypt.c", "deadlock.c", "dsm.c", "dsm_impl.c", "dynahash.c", "fd.c", "generation.c",
    "ginentrypage.c", "gistutil.c", "hba.c", "heapam.c", "heaptoast.c", "hio.c", "indextuple.c", "ipc.c",
    "launch_backend.c", "lmgr.c", "lock.c", "mcxt.c", "md.c", "miscinit.c", "nbtutils.c", "pmchild.c", "postgres.c",
    "postinit.c", "postmaster.c", "pqcomm.c", "predicate.c", "proc.c", "procarray.c", "procsignal.c", "shmem.c",
    "slab.c", "smgr.c", "snapmgr.c", "spgutils.c", "stack_depth.c", "standby.c", "stringinfo.c", "utility.c",
    "walsender.c", "xact.c", "xlog.c",
})  # fmt: skip
_STATE_CLASSES = frozenset({"08", "0A", "25", "28", "3D", "40", "42", "53", "54", "55", "57", "58"})

#: Errors inside the server that name a number of bytes and nothing else.
_COUNTING = frozenset({("mcxt.c", "XX000"), ("aset.c", "XX000")})

#: Commands on objects, whose texts name what the command names. Only where nothing stands between the statement and the
#: server: one that a function made of a row's values would name these.
_COMMAND_FILES = frozenset({
    "aclchk.c", "aggregatecmds.c", "alter.c", "analyze.c", "cluster.c", "collationcmds.c", "comment.c", "copy.c",
    "copyfrom.c", "copyto.c", "createas.c", "dbcommands.c", "define.c", "dependency.c", "dfmgr.c", "dropcmds.c",
    "event_trigger.c", "execMain.c", "extension.c", "functioncmds.c", "guc.c", "guc_funcs.c", "heap.c", "index.c",
    "indexcmds.c", "lockcmds.c", "matview.c", "opclasscmds.c", "operatorcmds.c", "partbounds.c", "pg_proc.c",
    "pg_shdepend.c", "pg_type.c", "policy.c", "publicationcmds.c", "relation.c", "rewriteDefine.c", "schemacmds.c",
    "sequence.c", "statscmds.c", "subscriptioncmds.c", "tablecmds.c", "trigger.c", "tsearchcmds.c", "typecmds.c",
    "user.c", "vacuum.c", "view.c",
})  # fmt: skip
_COMMAND_CLASSES = frozenset({"0A", "2B", "42", "54", "55", "58"})

#: What ``current_setting(column)``, ``pg_ls_dir(column)`` and their like reach with a row's value.
_NAMED_BY_VALUES = frozenset(
    {
        *((file, state) for file in ("guc.c", "guc_funcs.c") for state in ("42602", "42704")),
        ("fd.c", "42501"),
        ("fd.c", "58P01"),
        ("fd.c", "42809"),
    }
)

#: What is said of a statement's words, with their place in it.
_STATEMENT_CLASSES = frozenset({"0A", "42"})

#: What a pooler says of itself. It names no source file, which PostgreSQL always does.
_POOLER_CLASSES = frozenset({"08", "0A", "28", "3D", "53", "57", "58"})

#: Of an error that was caught: what is said of locks, of room and of objects that rest on each other; and of whose they
#: are.
_CAUGHT_CLASSES = frozenset({"2B", "40", "53", "54", "55", "58"})
_CAUGHT_STATES = frozenset({"42501"})

#: Where constraints are checked: only from there are schema, table, column, constraint and domain their names, which
#: RAISE can set as well.
_CONSTRAINT_FILES = frozenset({
    "domains.c", "execExprInterp.c", "execIndexing.c", "execMain.c", "execPartition.c", "nbtinsert.c",
    "nodeModifyTable.c", "partbounds.c", "ri_triggers.c", "tablecmds.c", "tuplesort.c", "tuplesortvariants.c",
    "typecmds.c",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWords:
    """The fields of an error as the server sent them. *has_position*: it points into the statement that was sent.

    *has_context*: something stood between the statement and the error: a function, a query of one, a line of COPY.
    *is_caught*: a function of masker's own has caught it, which learns no source file.
    """

    sqlstate: str
    message: str
    file: str = ""
    has_position: bool = False
    has_context: bool = False
    is_caught: bool = False
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    domain: str | None = None

    @property
    def names_are_true(self) -> bool:
        """Whether the names are those of objects."""
        return self._is_ours if self.is_caught else self.file in _CONSTRAINT_FILES

    @property
    def state_is_true(self) -> bool:
        """Whether the SQLSTATE is the server's own. RAISE takes any, and nobody may retry or look for a full disk
        because a function says so."""
        return not self.has_context or self.file in _STATE_FILES | _COMMAND_FILES | _CONSTRAINT_FILES

    @property
    def _is_ours(self) -> bool:
        """Whether a caught error is one of the statement itself."""
        return self.is_caught and not self.has_context

    def text(self) -> str | None:
        """What may be shown, None if nothing of it."""
        if self.sqlstate[:2] == "23":
            return self._constraint_text() if self.names_are_true else None
        return first_line(self.message) if self._is_plain() else None

    def _is_plain(self) -> bool:
        kind = self.sqlstate[:2]
        if self.is_caught:
            return self._is_ours and (kind in _CAUGHT_CLASSES or self.sqlstate in _CAUGHT_STATES)
        if not self.file:
            return kind in _POOLER_CLASSES and not self.has_context
        if (self.file, self.sqlstate) in _NAMED_BY_VALUES:
            return False
        if self.file in _STATE_FILES:
            return kind in _STATE_CLASSES or (self.file, self.sqlstate) in _COUNTING
        if self.has_context:
            return False
        if self.has_position and kind in _STATEMENT_CLASSES:
            return True
        return self.file in _COMMAND_FILES and kind in _COMMAND_CLASSES

    def _constraint_text(self) -> str | None:
        what = f'constraint "{self.constraint}"' if self.constraint else "constraint"
        match self.sqlstate:
            case "23502" if self.column:
                return f'null value in column "{self.column}" violates not-null constraint'
            case "23502" if self.domain:
                return f"domain {self.domain} does not allow null values"
            case "23503":
                return f"a row violates foreign key {what}"
            case "23505":
                return f"duplicate key value violates unique {what}"
            case "23514" if self.domain:
                return f"a value for domain {self.domain} violates check {what}"
            case "23514" if self.constraint:
                return f"a row violates check {what}"
            case "23514":
                return "a row violates a check, or no partition takes it"
            case "23P01":
                return f"a row violates exclusion {what}"
        return None


def first_line(text: str) -> str:
    """The first line of *text*, empty where there is none."""
    return text.strip().splitlines()[0].strip() if text.strip() else ""
