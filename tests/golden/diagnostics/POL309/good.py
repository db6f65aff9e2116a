from dataclasses import dataclass
from typing import NewType

from polaris import Workflow, builder

FLOORS = 100


@dataclass(frozen=True)
class Start:
    player: str


for n in range(FLOORS):  # a program writes the program: one builder for every floor
    exec(f"""
Up{n + 1} = NewType("Up{n + 1}", Start)
Down{n + 1} = NewType("Down{n + 1}", Start)

@builder
def floor_{n}(where: {"Start" if n == 0 else f"Up{n} | Down{n}"}) -> Up{n + 1} | Down{n + 1}:
    return Up{n + 1}(where)
""")

ends = (globals()[f"Up{FLOORS}"], globals()[f"Down{FLOORS}"])
tower = Workflow("tower", target=ends[0] | ends[1])
