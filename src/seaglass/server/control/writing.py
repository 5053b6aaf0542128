"""Whether the text of a query may write, told without parsing it.

Above: server.service, server.fleet. Below: nothing. What it takes for a read costs nothing but time
(a replica, or the writer, refuses nothing that it should do); what it takes for a write by mistake
neither.
"""

from __future__ import annotations

import re
from functools import lru_cache

# What a writing query has in its text, and some reading ones in a string or a name.
_WORDS = ("CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH", "LOAD", "UPSERT", "MUTATE")
_MAY_WRITE = re.compile(rf"\b({'|'.join(_WORDS)})\b")
# A text so long is not looked through.
LOOKED_CHARS_MAX = 16 * 1024


# Clients ask the same texts again and again.
@lru_cache(256)
def may_write(text: str) -> bool:
    """Say whether a query had better be treated as one that writes."""
    if len(text) > LOOKED_CHARS_MAX:
        return True
    # Most texts have none of these letters, which is found out in a fraction of the time.
    upper = text.upper()
    return any(word in upper for word in _WORDS) and _MAY_WRITE.search(upper) is not None
