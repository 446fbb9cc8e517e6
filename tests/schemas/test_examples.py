"""One example of each record and version, decoded for ever."""

from importlib.resources import files
from typing import Any

import msgspec
import pytest

from schemas import columns, contracts
from schemas.codec import Codec, classes, write_rows
from tests.schemas.avro_values import example, example_row

NAMES = contracts.names()


def test_there_is_one_example_for_each_contract() -> None:
    found = {entry.name for entry in files("schemas").joinpath("examples").iterdir()}
    assert found == {f"{name}.json" for name in NAMES}


@pytest.mark.parametrize("name", [n for n in NAMES if contracts.record_of(n) in classes()])
def test_an_example_is_read_whichever_version_wrote_it(name: str) -> None:
    record: Any = msgspec.json.decode(example(name), type=classes()[contracts.record_of(name)])
    [body] = write_rows([example_row(name)], name)

    assert Codec().decode(contracts.prefix(name) + body) == record


@pytest.mark.parametrize("name", sorted(contracts.newest().values()))
def test_an_example_of_today_is_written_as_its_contract_says(name: str) -> None:
    record = classes().get(contracts.record_of(name))
    [body] = write_rows([example_row(name)], name)

    if record is not None:
        made: Any = msgspec.json.decode(example(name), type=record)
        assert Codec().encode(made) == contracts.prefix(name) + body
    else:
        batch = columns.read([body], name)
        assert batch.to_pylist() == [example_row(name)]
        assert columns.write(batch, name) == [body]


def test_an_example_shows_what_its_record_can_hold() -> None:
    for name in NAMES:
        row = example_row(name)
        assert any(value not in (None, "", 0, False, [], {}) for value in row.values()), name
