from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Greeting:
    text: str


@builder
def greet(name: str) -> Greeting:
    return Greeting(text=f"Hello {name}")


hello = Workflow("hello", target=Greeting)
