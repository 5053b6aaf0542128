"""The file of those who may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seaglass.base.errors import Invalid
from seaglass.server.iam.principals import read_directory

ADA = "arn:aws:iam::123456789012:user/ada"
KEY = {"accessKeyId": "AKIDADA", "secretAccessKey": "s"}


def read(*principals: Any) -> Any:
    return read_directory(json.dumps({"principals": principals}).encode(), "file")


def test_keys_lead_to_their_principal() -> None:
    role = "arn:aws:iam::000000000001:role/service-role/loader"
    session = {**KEY, "accessKeyId": "ASIA1", "sessionToken": "t"}
    found = read({"arn": ADA, "keys": [KEY], "policies": []}, {"arn": role, "keys": [session]})
    ada, loader = found.keys["AKIDADA"], found.keys["ASIA1"]
    assert (ada.principal.name, ada.principal.kind, ada.session_token) == ("ada", "user", None)
    assert (loader.principal.account_id, loader.principal.name) == ("000000000001", "loader")
    assert (loader.secret_key, loader.session_token) == ("s", "t")
    assert found.find(ADA) is ada.principal
    assert found.find("arn:aws:iam::123456789012:user/bob") is None


def test_a_session_is_its_role() -> None:
    found = read({"arn": "arn:aws:iam::123456789012:role/loader"})
    assert found.find("arn:aws:sts::123456789012:assumed-role/loader/x").name == "loader"
    assert found.find("arn:aws:sts::123456789012:assumed-role/other/x") is None
    deep = read({"arn": "arn:aws:iam::123456789012:role/team/x/loader"}, {"arn": ADA})
    assert deep.find("arn:aws:sts::123456789012:assumed-role/loader/x").name == "loader"
    assert deep.find("arn:aws:sts::123456789012:assumed-role/ada/x") is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "file: it is no JSON"),
        (b"[]", "file: it must be an object with the member principals"),
        (b'{"principals": {}}', "file: principals: it must be a list"),
        (b'{"principals": [1]}', "principals[0]: it must be an object with arn"),
    ],
)
def test_what_is_no_such_file(content: bytes, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_directory(content, "file")
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("principal", "told"),
    [
        ({"arn": ADA, "name": "x"}, "it must be an object with arn, keys and policies"),
        ({"arn": "arn:aws:iam::1:user/ada"}, "principals[1].arn: it must be arn:aws:iam::<12"),
        ({"arn": "arn:aws:iam::123456789012:root"}, "principals[1].arn"),
        ({"arn": ADA + "2", "keys": [{**KEY, "secret": "x"}]}, "principals[1].keys[0]: it must"),
        ({"arn": ADA + "2", "keys": [{"accessKeyId": "x"}]}, "principals[1].keys[0]: it must"),
        ({"arn": ADA + "2", "keys": [{**KEY, "secretAccessKey": ""}]}, "its secret is not empty"),
        ({"arn": ADA + "2", "keys": [{**KEY, "accessKeyId": "a b"}]}, "keys[0]: a key has letters"),
        ({"arn": ADA + "2", "keys": [KEY]}, "the key AKIDADA is there twice"),
        ({"arn": ADA}, f"principals[1]: {ADA} is there twice"),
        ({"arn": ADA + "2", "policies": [{"Statement": 1}]}, "policies[0].Statement[0]: it must"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(principal: Any, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        read({"arn": ADA, "keys": [KEY]}, principal)
    assert told in caught.value.message
    assert '"s"' not in caught.value.message
