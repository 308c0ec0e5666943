"""Digests see bytes and values, not the order of keys."""

from metaleak.storage import digest


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")

    assert digest.of_file(tmp_path / "a") == digest.of_bytes(b"abc")
    assert digest.of_bytes(b"abc").startswith("ba7816bf8f01cfea")


def test_a_value_has_one_digest_whatever_the_order_of_its_keys():
    assert digest.of_value({"a": 1, "b": [2, "ü"]}) == digest.of_value({"b": [2, "ü"], "a": 1})
    assert digest.of_value([1, 2]) != digest.of_value([2, 1])
