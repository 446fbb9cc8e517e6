"""How commands show things: on a terminal as tables, elsewhere as plain columns."""

from io import StringIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemas.topics import widths
from spendwatch.scanning import every, first, newest
from spendwatch.tables import Table, facts, plain, show
from streams.embedded import EmbeddedLog
from streams.log import Entry

TABLE = Table("a title", ("name", "cost"), [("chat", "$1.00"), ("\x1b[31m[bold]x", "$20.00")],
              frozenset({1}))  # fmt: skip


def test_on_a_terminal_there_is_a_grid_and_no_name_steers_it() -> None:
    out = StringIO()
    show([TABLE, facts("empty", [("label", "")])], Console(file=out, force_terminal=True, width=80))
    text = out.getvalue()
    assert "a title" in text and "─" in text
    assert "[bold]x" in text and "\x1b[31m[bold]" not in text
    assert "empty" not in text


def test_elsewhere_there_are_columns_set_to_their_side() -> None:
    assert list(plain(TABLE)) == [
        "a title",
        "  name           cost",
        "  chat          $1.00",
        "  [31m[bold]x  $20.00",
    ]


def test_records_are_read_newest_first_and_found_by_bisection(tmp_path: Path) -> None:
    clock = iter(range(0, 10_000, 10))
    log = EmbeddedLog(tmp_path / "log.db", widths(1, 1), lambda: next(clock))
    for number in range(25):
        log.append([Entry("docket", b"odd" if number % 2 else b"even", b"%d" % number, 0)])
    assert [one.offset for one in newest(log, "docket", 0, 3)] == list(range(24, 2, -1))
    assert [one.offset for one in every(log, "docket", 0, 3, most=4)] == [3, 4, 5, 6]
    for number in range(25):
        at = next(one for one in every(log, "docket", 0, number)).received
        found = first(log, "docket", 0, lambda one, at=at: one.received >= at)  # type: ignore[misc]
        assert found is not None and found.offset == number
    odd = first(log, "docket", 0, lambda one: int(one.value or b"0") >= 8, b"odd")
    assert odd is not None and odd.offset == 9
    assert first(log, "docket", 0, lambda one: False) is None
    log.close()


@given(st.text(max_size=40))
def test_no_cell_breaks_a_line_or_steers_a_terminal(cell: str) -> None:
    [line] = plain(Table("", (), [(cell, "end")]))
    assert line.endswith("end") and "\x1b" not in line and len(line.splitlines()) == 1
