"""Keys derived per purpose from the installation's secret, and signatures that name their key.

A signature is `<key id>.<base64url of HMAC-SHA256>`. The key id is derived too, so that after
a rotation the right one of the old keys is found without trying all, and nothing about the
secret itself is told.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from portfolio.settings import Settings


class Purpose(StrEnum):
    """What a key is for; a signature made for one purpose never passes for another."""

    SESSION = "session"
    LINK = "link"
    WORKBOOK = "workbook"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Key:
    """One derived key and the short name by which signatures refer to it."""

    id: str
    secret: bytes


class KeyRing:
    """The current key and the earlier ones of one purpose."""

    def __init__(self, purpose: Purpose, secrets: list[str]) -> None:
        """Derive one key from each secret; the first signs, all verify."""
        self._keys = [_derive(purpose, secret) for secret in secrets]
        self._by_id = {key.id: key for key in self._keys}

    @property
    def current(self) -> Key:
        """The key that signs."""
        return self._keys[0]

    def sign(self, message: bytes) -> str:
        """Return the signature of a message under the current key."""
        return f"{self.current.id}.{_mac(self.current, message)}"

    def verifies(self, message: bytes, signature: str) -> bool:
        """Say whether any of our keys made this signature for this message."""
        key_id, _, mac = signature.partition(".")
        key = self._by_id.get(key_id)
        return key is not None and hmac.compare_digest(_mac(key, message).encode(), mac.encode())


def key_ring(settings: Settings, purpose: Purpose) -> KeyRing:
    """Return the keys of one purpose: from the secret key, then from the old ones."""
    old = settings.old_secret_keys.get_secret_value().split(",")
    secrets = [settings.secret_key.get_secret_value(), *(each.strip() for each in old)]
    return KeyRing(purpose, [each for each in secrets if each])


def _derive(purpose: Purpose, secret: str) -> Key:
    derived = hmac.digest(secret.encode(), f"portfolio/{purpose}/v1".encode(), "sha256")
    return Key(hashlib.sha256(b"id" + derived).hexdigest()[:8], derived)


def _mac(key: Key, message: bytes) -> str:
    digest = hmac.digest(key.secret, message, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
