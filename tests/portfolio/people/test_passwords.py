from argon2 import PasswordHasher

from portfolio.people import passwords


def test_a_hash_costs_what_rfc_9106_asks_for():
    hashed = PasswordHasher.from_parameters(passwords.COST).hash("any password at all")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_other_parameters_is_outdated():
    earlier = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash("any password at all")
    assert passwords.outdated(earlier)
    assert not passwords.outdated(passwords.rehashed("any password at all"))
