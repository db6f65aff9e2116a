"""Names and HTML-like labels in DOT: the only place that knows how either is quoted.

A name is whatever a user chose. In an *id* it stays itself, so that two names never meet in one node. In a *text* it is
shown as far as a picture can show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LONGEST_TEXT = 60
LONGEST_LIST = 4

# A backslash is doubled, because Graphviz replaces \N and its like in the text of a node, too.
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\"})
_IN_ID = str.maketrans({"\\": "\\\\", '"': '\\"'})


def shown(name: str) -> str:
    """Give a name as one line of printable text; a very long one loses its middle."""
    line = "".join(char if char.isprintable() else " " for char in name).strip() or "?"
    if len(line) <= LONGEST_TEXT:
        return line
    half = (LONGEST_TEXT - 3) // 2
    return f"{line[:half]}...{line[-half:]}"


def listed(names: Sequence[str]) -> str:
    """Give texts in a row; of a long row, the first few and the number of the others."""
    first = ", ".join(names[:LONGEST_LIST])
    more = len(names) - LONGEST_LIST
    return f"{first} and {more} more" if more > 0 else first


def escaped(line: str) -> str:
    """Give text that is fit to be shown for use in an HTML-like label."""
    return line.translate(_IN_TEXT)


def text(name: str) -> str:
    """Give a name for use in an HTML-like label."""
    return escaped(shown(name))


def identifier(*parts: str) -> str:
    """Give the quoted id of a node or graph."""
    name = ":".join(parts).translate(_IN_ID)
    visible = (char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)
    return f'"{"".join(visible)}"'


def attributes(given: Mapping[str, str | float]) -> str:
    """Give a list of attributes; empty values are left out, plain words and numbers stand as they are."""
    written = [f"{name}={_value(value)}" for name, value in given.items() if value != ""]
    return f"[{' '.join(written)}]" if written else ""


def html(content: str) -> str:
    """Give a label that is not text but a table, or text with fonts."""
    return f"<{content}>"


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return value if value.startswith("<") or value.isalpha() else f'"{value}"'
    return f"{value:g}"


def font(content: str, *, color: str, size: int = 0, bold: bool = False) -> str:
    """Give text in a colour, and in another size than the node's."""
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT COLOR="{color}"{points}>{f"<B>{content}</B>" if bold else content}</FONT>'


def cell(content: str = "", /, **options: str | float) -> str:
    """Give one cell of a table; options are its attributes, and empty ones are left out."""
    return f"<TD{_options(options)}>{content}</TD>"


def row(*cells: str) -> str:
    """Give one row of a table."""
    return f"<TR>{''.join(cells)}</TR>"


def table(*rows: str, spacing: int = 0, padding: int = 0, border: int = 0, **options: str | float) -> str:
    """Give a table; its cells have no borders but those that they ask for."""
    given = {"border": border, "cellborder": 0, "cellspacing": spacing, "cellpadding": padding, **options}
    return f"<TABLE{_options(given)}>{''.join(rows)}</TABLE>"


def _options(options: Mapping[str, str | float]) -> str:
    return "".join(f' {name.upper()}="{value}"' for name, value in options.items() if value != "")
