"""Whose a graph, snapshot or request is: an account and a Region, as AWS keeps them apart.

Above: settings, control, service. Below: nothing. Two owners share nothing that the API shows:
names, lists, quotas, ARNs and tags are each owner's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """An account in a Region: twelve digits, and a name such as us-east-1."""

    account_id: str
    region: str

    def arn(self, resource: str) -> str:
        """The ARN of a resource of this owner, such as `graph/g-0123456789`."""
        return f"arn:aws:neptune-graph:{self.region}:{self.account_id}:{resource}"
