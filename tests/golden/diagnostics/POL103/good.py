from dataclasses import dataclass
from typing import NewType

from polaris import Workflow, builder

Name = NewType("Name", str)


@dataclass(frozen=True)
class Greeting:
    text: str


@builder
def greet(name: Name) -> Greeting:
    return Greeting(text=f"Hello {name}")


hello = Workflow("hello", target=Greeting)
