"""Answers the cases on standard input with Python's ipaddress, and checks
netaddr against them where it is installed. Nothing here knows the Go code."""

import json
import sys
from ipaddress import collapse_addresses, ip_network

try:
    import netaddr
except ImportError:
    netaddr = None


def merge(networks):
    """The smallest cover in numeric order, IPv4 first."""
    out = []
    for version in (4, 6):
        out += collapse_addresses(n for n in networks if n.version == version)
    return out


def meet(a, b):
    """Prefixes nest or are apart: what two share is the longer one, or nothing."""
    if a.version != b.version or not a.overlaps(b):
        return None
    return a if a.prefixlen >= b.prefixlen else b


def pieces(networks, remove):
    """What is left of the networks, neither merged nor in order."""
    for r in remove:
        left = []
        for n in networks:
            shared = meet(n, r)
            if shared is None:
                left.append(n)
            elif shared != n:
                left += n.address_exclude(r)
        networks = left
    return networks


def intersect(a, b):
    shared = (meet(x, y) for x in a for y in b)
    return merge([s for s in shared if s is not None])


def overlaps(networks):
    ordered = sorted(networks, key=lambda n: (n.version, n))
    pairs = ((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])
    return [[str(a), str(b)] for a, b in pairs if meet(a, b) is not None]


def size(merged, version):
    return str(sum(n.num_addresses for n in merged if n.version == version))


def check_with_netaddr(a, b, answer):
    def cover(s):
        cidrs = sorted(s.iter_cidrs(), key=lambda c: (c.version, c.first))
        return [str(ip_network(str(c))) for c in cidrs]  # netaddr writes ::2.33.0.0

    x = netaddr.IPSet(str(n) for n in a)
    y = netaddr.IPSet(str(n) for n in b)
    for name, s in (("merge", x), ("union", x | y), ("subtract", x - y), ("intersect", x & y)):
        if cover(s) != answer[name]:
            sys.exit(f"netaddr and ipaddress differ on {name} of {a} and {b}: {cover(s)} and {answer[name]}")


def answer(case):
    a = [ip_network(s) for s in case["a"] or []]
    b = [ip_network(s) for s in case["b"] or []]
    asked = ip_network(case["asked"])
    merged = merge(a)
    out = {
        "merge": [str(n) for n in merged],
        "union": [str(n) for n in merge(a + b)],
        "subtract": [str(n) for n in merge(pieces(a, b))],
        "intersect": [str(n) for n in intersect(a, b)],
        "contains": not pieces([asked], a),
        "overlaps": overlaps(a),
        "ipv4": size(merged, 4),
        "ipv6": size(merged, 6),
    }
    if netaddr:
        check_with_netaddr(a, b, out)
    return out


def read(text):
    """The network that the text stands for, None where it is not one."""
    try:
        return str(ip_network(text))
    except ValueError:
        return None


cases = json.load(sys.stdin)
json.dump(
    {
        "version": sys.version.split()[0],
        "netaddr": netaddr.__version__ if netaddr else "",
        "answers": [answer(c) for c in cases["cases"]],
        "texts": [read(t) for t in cases["texts"]],
    },
    sys.stdout,
)
