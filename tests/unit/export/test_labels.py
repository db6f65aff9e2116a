"""Names and labels are quoted so that nothing a user chose can break a picture or hide another name."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris.export.labels import (
    LONGEST_TEXT,
    attributes,
    cell,
    escaped,
    font,
    html,
    identifier,
    listed,
    row,
    shown,
    table,
    text,
)


def test_an_ordinary_name_is_shown_as_it_is() -> None:
    assert shown("list[Item]") == "list[Item]"


@pytest.mark.parametrize("name", ["", " ", "\n", "\0", "\ud800"])
def test_a_name_of_which_nothing_can_be_seen_is_a_question_mark(name: str) -> None:
    assert shown(name) == "?"


def test_what_cannot_be_printed_is_shown_as_a_space() -> None:
    assert shown("two\nlines\0") == "two lines"


def test_a_very_long_name_loses_its_middle() -> None:
    long = "a" * 50 + "b" * 50
    assert len(shown(long)) <= LONGEST_TEXT
    assert shown(long) == "a" * 28 + "..." + "b" * 28


def test_a_name_of_just_the_longest_length_is_kept() -> None:
    assert shown("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


@given(st.text())
def test_what_is_shown_is_one_short_line_that_can_be_written_to_a_file(name: str) -> None:
    line = shown(name)
    assert line.isprintable()
    assert 0 < len(line) <= LONGEST_TEXT
    assert line.encode()


def test_a_few_names_are_listed_in_full() -> None:
    assert listed(["A", "B", "C", "D"]) == "A, B, C, D"


def test_of_many_names_the_first_are_listed_and_the_others_counted() -> None:
    assert listed(["A", "B", "C", "D", "E", "F"]) == "A, B, C, D and 2 more"


def test_markup_in_a_name_is_text() -> None:
    assert text('<b>"x" & y</b>') == "&lt;b&gt;&quot;x&quot; &amp; y&lt;/b&gt;"


@given(st.text())
def test_escaped_text_has_no_markup_and_reads_as_it_was(line: str) -> None:
    assert unescape(escaped(line)).replace("\\\\", "\\") == line
    assert not {"<", ">", '"'} & set(escaped(line))


def test_an_id_keeps_the_name_with_its_quotes_and_backslashes_escaped() -> None:
    assert identifier("b", 'say "x\\"') == r'"b:say \"x\\\""'


def test_an_id_stays_on_one_line() -> None:
    assert identifier("b", "two\nlines\0\ud800") == r'"b:two\nlines\x00\ud800"'


@given(st.text(), st.text())
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    assert (identifier("b", one) == identifier("b", other)) == (one == other)


@given(st.text())
def test_a_quote_never_ends_an_id_early(name: str) -> None:
    inside = identifier(name)[1:-1]
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")
    assert not inside.replace("\\\\", "").endswith("\\")


def test_attributes_leave_out_what_is_empty_and_quote_what_is_no_plain_word() -> None:
    assert (
        attributes({"shape": "box", "style": "rounded,filled", "label": "", "width": 1.0, "pad": 0.35})
        == '[shape=box style="rounded,filled" width=1 pad=0.35]'
    )


def test_attributes_that_are_all_empty_are_nothing() -> None:
    assert attributes({"label": ""}) == ""


def test_an_html_label_is_not_quoted() -> None:
    assert attributes({"label": html("<B>x</B>")}) == "[label=<<B>x</B>>]"


def test_a_font_has_a_colour_and_if_asked_a_size_and_weight() -> None:
    assert font("x", color="red") == '<FONT COLOR="red">x</FONT>'
    assert font("x", color="red", size=9, bold=True) == '<FONT COLOR="red" POINT-SIZE="9"><B>x</B></FONT>'


def test_a_table_is_made_of_rows_and_cells() -> None:
    assert table(row(cell("x", port="p0", style=""), cell())) == (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        '<TR><TD PORT="p0">x</TD><TD></TD></TR></TABLE>'
    )
