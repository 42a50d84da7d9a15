"""The audit trail: one signed event per row changed, linked into a chain of seals, verified at any time.

`record` writes events in the transaction of the change; `seal` links what is committed; `verify`
finds what was changed, removed, inserted, reordered or cut off afterwards.
"""

from portfolio.audit.chain import Head, Sealed, head, seal
from portfolio.audit.check import Finding, Report, verify
from portfolio.audit.events import BY_HAND, Batch, Change, differences, keys, record, use_keys

__all__ = [
    "BY_HAND",
    "Batch",
    "Change",
    "Finding",
    "Head",
    "Report",
    "Sealed",
    "differences",
    "head",
    "keys",
    "record",
    "seal",
    "use_keys",
    "verify",
]
