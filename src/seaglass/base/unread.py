"""Parameters of a query that nobody has read yet: they go as they came to whoever runs it.

Above: server.wire, which leaves them unread; server.link, which carries them; server.worker, which reads them. Below:
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Unread:
    """A map of parameters. Args: body: of the request that has them; the JSON of an object"""

    body: Final[bytes | bytearray]
