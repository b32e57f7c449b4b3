"""What schemas hold that has a name and can be dropped: by what empties a database, and by what drops some schemas of
one."""

from __future__ import annotations

from masker.queries import queries

_SQL = queries(__name__)

#: SQL of it, a SELECT to be filled in for ``{in_namespaces}``: in which order it goes (``place``, 4 to 13), its catalog
#: (``classid``) and ``oid``. The schemas are a query ``namespaces`` with their ``oid``. Functions of the host's event
#: triggers stay.
IN_NAMESPACES = _SQL["in_namespaces"]
