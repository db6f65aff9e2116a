"""The driver's side of a walk by hand: keys and builders by name."""

from polaris._model.keys import Key
from polaris._model.snapshot import Mark
from polaris._runtime.walk import Walk


def equal(_key: Key, old: object, new: object) -> bool:
    return old == new


def deliver(walk: Walk, **values: object) -> None:
    walk.deliver([(Key(name), value) for name, value in values.items()])


def ready(walk: Walk, most: int | None = None) -> list[str]:
    return [walk._index.steps[number].step.name for number in walk.ready(most)]


def end(walk: Walk, name: str, **made: object) -> None:
    """End a builder that made this; nothing if it declined."""
    number = walk._index.numbers[name]
    walk.made(number, [(Key(key), value) for key, value in made.items()])
    walk.done(number)


def fail(walk: Walk, name: str) -> None:
    walk.failed(walk._index.numbers[name])


def there(walk: Walk) -> dict[str, object]:
    return {str(key): value for key, value in walk.ledger.values().items()}


def mark(walk: Walk, name: str) -> Mark:
    return walk.ledger.mark(walk._index.steps[walk._index.numbers[name]])


def value(walk: Walk, name: str) -> object:
    """Give the value of a key, or what stands in its place."""
    return walk.ledger.entry(Key(name)).value
