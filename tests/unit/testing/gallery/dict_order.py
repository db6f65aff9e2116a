"""The result depends on the order of a dict, which was made of a set."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import Out, Tags

FOUND = "wrong: "


def list_them(tags: Tags) -> Out:
    lengths = {number: len(str(number)) for number in tags.numbers}
    return Out(" ".join(map(str, lengths)))


def list_them_sorted(tags: Tags) -> Out:
    lengths = {number: len(str(number)) for number in tags.numbers}
    return Out(" ".join(map(str, sorted(lengths))))


wrong = Workflow("wrong", target=Out, builders=[list_them])
right = Workflow("right", target=Out, builders=[list_them_sorted])
