import pathlib
from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class RoadMap:
    roads: int


@dataclass(frozen=True)
class Path:
    km: int


@dataclass(frozen=True)
class Quote:
    cents: int


@builder
def read_map(file: pathlib.Path) -> RoadMap:
    return RoadMap(roads=len(file.read_text().splitlines()))


@builder
def find_way(request: RideRequest) -> Path:
    return Path(km=len(request.user_id))


@builder
def quote(way: Path, roads: RoadMap) -> Quote:
    return Quote(cents=150 * way.km + roads.roads)


quotes = Workflow("quotes", target=Quote)
