"""The network address a request came from, behind as many proxies as the deployment has.

Each proxy appends the address it was reached from to ``X-Forwarded-For``. Whatever stands further
left was sent by the visitor and is not believed: with n proxies the n-th entry from the right
counts. ``middleware.ClientAddress`` puts the answer in ``REMOTE_ADDR``, so that the ledger, the
locks and the limits all speak of the same address.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's address; the neighbour's own when the header is short, absent or no address."""
    neighbour = str(request.META.get("REMOTE_ADDR", ""))[:45]
    proxies = int(settings.PORTAL_PROXIES)
    chain = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    if not 0 < proxies <= len(chain):
        return neighbour
    try:
        found = ip_address(chain[-proxies].strip())
    except ValueError:
        return neighbour
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
