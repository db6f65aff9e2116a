"""Whether source files alone decide what the names in hints stand for."""

import linecache
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from polaris._compiler.steady import Trail, UnsteadyError
from tests.unit._compiler.modules import FUTURE, HEADER, Write

READS = "def make{}(x: {}) -> B: ...\n"
IMPORTS = "import enum, os, typing\nfrom enum import Enum\nfrom typing import NamedTuple, Optional, Union\n"


def is_steady(write: Write, text: str, hint: str = "X", first_line: str = "", of: str = "") -> bool:
    """Say whether sources alone decide what the hints of a function, and the class X if there is one, stand for."""
    module = write(first_line + HEADER + IMPORTS + text + "\n" + READS.format(of, hint))
    linecache.clearcache()  # a module of this name may have been read before
    folder = str(Path(str(module.__file__)).parent)

    def namespace_of(name: str) -> Mapping[str, object] | None:
        namespace = vars(sys.modules[name]) if name in sys.modules else {}
        return namespace if str(namespace.get("__file__") or folder).startswith(folder) else None

    cls = getattr(module, "X", None)
    try:
        Trail(namespace_of).follow([module.make], [cls] if isinstance(cls, type) else [])
    except (UnsteadyError, RecursionError):
        return False
    return True


STEADY = {
    "class": "class X: ...",
    "classes, the last of which counts": "class X: ...\nclass X: ...",
    "class with fields": "@dataclass\nclass X:\n    'Says.'\n    a: A\n    more: 'list[X] | None' = None\n    n = 3\n",
    "class with methods": "class X:\n    import os\n    def __init__(self) -> None: ...\n    async def go(self): ...\n",
    "class with bases": "class Base(Protocol): ...\nclass X(Base): ...",
    "class in a class": "class Outer:\n    class X:\n        a: 'A'\nX = Outer.X",
    "class beside the names of its body": "@dataclass\nclass X:\n    class In: ...\n    a: 'In'\n    B: B = None\n",
    "fields for type checkers": "class X:\n    if TYPE_CHECKING:\n        a: Gone\n    else:\n        a: A\n",
    "enum": "class X(enum.IntFlag):\n    RED = 1\n    BLUE = -2\n    BOTH = RED | BLUE\n    AUTO = enum.auto()\n",
    "alias": "X = A",
    "alias with a hint": "X: Any = A",
    "several names": "Y = X = A",
    "union": "X = A | None",
    "generic": "X = list[dict[str, tuple[A, ...]]]",
    "typing": "X = Optional[Union[A, None]]",
    "attribute": "X = typing.List[A]",
    "text": "X = 'A'",
    "callable": "X = Callable[[A, C], B]",
    "literal": "X = Literal['A', 'not a name']",
    "annotated": "X = Annotated[A, os.environ.get('NOTE')]",
    "annotated by name only": "X = Annotated[A, 'note']",
    "new type": "X = NewType('X', A)",
    "import": "import decimal as d\nX = d.Decimal",
    "imports of two modules in one package": "import xml.dom\nimport xml.sax\nX = xml.dom.Node",
    "import from": "from decimal import Decimal as X",
    "import of everything": "from decimal import *\nX = Decimal",
    "variable of a type": "T = TypeVar('T')\nclass Page(typing.Generic[T]): ...\nX = Page[A]",
    "deleted, which is an error sooner": "X = A\nY = X\ndel Y",
    "unrelated": "if 'NEW' in os.environ:\n    Y = A\nLIMIT = int(os.environ.get('LIMIT', '3'))\nX = A",
}


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
@pytest.mark.parametrize("text", STEADY.values(), ids=STEADY)
def test_what_stands_in_the_source_is_steady(write: Write, text: str, first_line: str) -> None:
    assert is_steady(write, text, first_line=first_line)


UNSTEADY = {
    "choice": "X = A if 'NEW' in os.environ else C",
    "call": "X = dict(a=A)['a']",
    "call of a call": "X = (lambda: lambda: A)()()",
    "call of a method": "X = {'a': A}.get('a')",
    "condition": "if 'NEW' in os.environ:\n    X = C\nelse:\n    X = A",
    "condition after it": "X = A\nif 'NEW' in os.environ:\n    X = C",
    "condition around a class": "if 'NEW' not in os.environ:\n    class X: ...",
    "condition around an import": "if 'NEW' not in os.environ:\n    from decimal import Decimal as X",
    "condition around a deletion": "X = A\nif 'NEW' in os.environ:\n    del X",
    "try": "try:\n    import nothing_there as d\nexcept ImportError:\n    import decimal as d\nX = d.Decimal",
    "loop": "for X in (C, A): ...",
    "case": "match A:\n    case X: ...",
    "several values": "X, Y = A, C",
    "walrus": "Y = [X := A]",
    "alias of an alias": "if 'NEW' in os.environ:\n    Y = C\nelse:\n    Y = A\nX = Y",
    "alias in text": "if 'NEW' in os.environ:\n    Y = C\nelse:\n    Y = A\nX = 'list[Y]'",
    "alias in a new type": "Y = A if 'NEW' in os.environ else C\nX = NewType('X', Y)",
    "alias in a list": "Y = A if 'NEW' in os.environ else C\nX = Callable[[Y], B]",
    "alias in an annotation": "Y = A if 'NEW' in os.environ else C\nX = Annotated[Y, 'note']",
    "base": "Y = A if 'NEW' in os.environ else C\nclass X(Y): ...",
    "keyword of a class": "class X(metaclass=type(A)): ...",
    "field": "Y = A if 'NEW' in os.environ else C\n@dataclass\nclass X:\n    y: Y\n",
    "field of text": "Y = A if 'NEW' in os.environ else C\n@dataclass\nclass X:\n    y: 'Y'\n",
    "field of a broken text": "@dataclass\nclass X:\n    y: 'A |'\n",
    "field of a field": "Y = A if 'NEW' in os.environ else C\n@dataclass\nclass Z:\n    y: Y\nclass X:\n    z: Z\n",
    "condition in a class": "@dataclass\nclass X:\n    if 'NEW' in os.environ:\n        new: A\n    old: A\n",
    "call in a class": "class X:\n    vars()['a'] = A\n    print(end='')\n",
    "class of a class": "class Outer:\n    if True:\n        class X: ...\nX = Outer.X",
    "inherited class": "class Base:\n    class X: ...\nclass Outer(Base): ...\nX = Outer.X",
    "attribute of an alias": "Y = typing\nX = Y.List[A]",
    "decorator": "def same(cls): return cls\nif 'NEW' in os.environ:\n    same = dataclass\n@same\nclass X: ...",
    "enum of something computed": "class X(Enum):\n    RED = len(os.environ)\n",
    "enum of something named": "LIMIT = 3\nclass X(Enum):\n    RED = LIMIT\n",
    "function that binds it": "X = A\ndef rebind():\n    global X\n    X = C\n",
    "made by a function": "def made():\n    class X: ...\n    return X\nX = made()",
    "named tuple that was called": "X = NamedTuple('X', [('a', A)])",
    "nothing that binds it": "globals()['X'] = A",
}


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
@pytest.mark.parametrize("text", UNSTEADY.values(), ids=UNSTEADY)
def test_what_may_depend_on_something_else_is_not_steady(write: Write, text: str, first_line: str) -> None:
    assert not is_steady(write, text, first_line=first_line)


@pytest.mark.parametrize("hint", ["A | None = None", "list[A]", "'A'", "typing.List['A']", "A, y"])
@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_hints_are_read_in_every_form(write: Write, hint: str, first_line: str) -> None:
    assert is_steady(write, "", hint, first_line)


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_decorators_that_are_functions_of_the_user_are_steady(write: Write, first_line: str) -> None:
    text = "def same(more): return lambda cls: cls\ndef noted(cls): return cls\n@same(3)\n@noted\nclass X: ...\n"
    assert is_steady(write, text, first_line=first_line)


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_names_are_followed_through_modules(write: Write, first_line: str) -> None:
    write("import os\nclass Steady: ...\nX = Steady if 'NEW' in os.environ else Steady\n", "one")
    write("from one import *\n", "two")
    write("from two import Steady, X as Other\nimport one\n", "three")
    assert is_steady(write, "from three import Steady as X", first_line=first_line)
    assert is_steady(write, "import three", "three.one.Steady", first_line)
    assert is_steady(write, "from two import *", "Steady", first_line)
    assert not is_steady(write, "from three import Other as X", first_line=first_line)
    assert not is_steady(write, "import three", "three.one.X", first_line)
    assert not is_steady(write, "from two import *\nfrom one import *", "Steady", first_line)


def test_modules_of_a_package_are_found(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shop_of_steadiness"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "data.py").write_text("class X: ...\n", encoding="utf-8")
    (package / "passing.py").write_text("from .data import X\nfrom . import data\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert is_steady(write, "import shop_of_steadiness.passing", "shop_of_steadiness.passing.data.X")
        assert is_steady(write, "from shop_of_steadiness.passing import X")
    finally:
        for name in [name for name in sys.modules if name.startswith("shop_of_steadiness")]:
            del sys.modules[name]


def test_an_import_that_python_does_not_find_decides_nothing(write: Write) -> None:
    text = "class X:\n    try:\n        from . import X\n    except ImportError: ...\n"
    assert not is_steady(write, text)
    assert is_steady(write, "try:\n    from . import nothing\nexcept ImportError: ...\nX = A")


def test_a_hint_that_is_too_deep_to_follow_is_not_steady(write: Write) -> None:
    assert not is_steady(write, f"X = {' | '.join(['A'] * 2000)}")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type parameters")
@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
@pytest.mark.parametrize("text", ["type X = list[A]", "type Many[T] = list[T]\nX = Many[A]", "class X[T]:\n    t: T\n"])
def test_type_parameters_are_steady(write: Write, text: str, first_line: str) -> None:
    assert is_steady(write, text, first_line=first_line)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type parameters")
@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_type_parameters_of_a_builder_are_its_own(write: Write, first_line: str) -> None:
    assert is_steady(write, "", "Annotated[A, T] | T", first_line, of="[T]")
