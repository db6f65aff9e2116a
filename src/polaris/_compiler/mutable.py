"""Which types have values that can be changed in place."""

from __future__ import annotations

from typing import Any

from polaris._model.keys import TypeForm, runtime_class

_CONTAINERS = (list, dict, set, bytearray)


def is_mutable(form: TypeForm) -> bool:
    """Say whether values of a type can be changed in place, as far as its class says so."""
    try:
        cls: Any = runtime_class(form)
    except TypeError:
        return False
    if issubclass(cls, _CONTAINERS):
        return True
    return any(says(cls) for says in _SAYS)


def _dataclass(cls: Any) -> bool:  # noqa: ANN401 - any class
    parameters = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and not parameters.frozen


def _attrs(cls: Any) -> bool:  # noqa: ANN401
    return hasattr(cls, "__attrs_attrs__") and cls.__setattr__.__name__ != "_frozen_setattrs"


def _struct(cls: Any) -> bool:  # noqa: ANN401
    config = getattr(cls, "__struct_config__", None)
    return config is not None and not config.frozen


def _pydantic(cls: Any) -> bool:  # noqa: ANN401
    return hasattr(cls, "__pydantic_core_schema__") and not cls.model_config.get("frozen", False)


_SAYS = (_dataclass, _attrs, _struct, _pydantic)
"""One for each kind of class that can say whether its values are frozen."""
