"""Two builders and one call, all in memory."""

from dataclasses import dataclass

import polaris
from polaris import Workflow, builder


@dataclass(frozen=True)
class Name:
    text: str


@dataclass(frozen=True)
class Greeting:
    text: str


@dataclass(frozen=True)
class Shout:
    text: str


@builder
def greet(name: Name) -> Greeting:
    return Greeting(f"Hello {name.text}")


@builder
def shout(greeting: Greeting) -> Shout:
    return Shout(f"{greeting.text.upper()}!")


hello = Workflow("hello", target=Shout)

if __name__ == "__main__":
    print(polaris.run(hello, Name("Ada")).result.text)
