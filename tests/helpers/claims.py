"""An insurance claim: twelve builders with branches, and every kind of parameter and slot."""

from __future__ import annotations

from dataclasses import dataclass

from polaris import Access, Feedback, Take, Workflow, builder


@dataclass(frozen=True)
class Claim:
    amount: int


@dataclass(frozen=True)
class Photo:
    damaged: bool


@dataclass(frozen=True)
class Verdict:
    granted: bool


@dataclass(frozen=True)
class Account:
    number: str


@dataclass(frozen=True)
class Checked:
    amount: int


@dataclass(frozen=True)
class Small:
    amount: int


@dataclass(frozen=True)
class Large:
    amount: int


@dataclass(frozen=True)
class Damage:
    share: int


@dataclass(frozen=True)
class Estimate:
    amount: int


@dataclass(frozen=True)
class Token:
    text: str


@dataclass(frozen=True)
class Offer:
    amount: int


@dataclass(frozen=True)
class Haggled:
    amount: int
    times: int


@dataclass(frozen=True)
class Granted:
    amount: int


@dataclass(frozen=True)
class Refused:
    why: str


@dataclass(frozen=True)
class Letter:
    text: str


@dataclass(frozen=True)
class Entry:
    text: str


@dataclass(frozen=True)
class Payment:
    amount: int
    to: str


@dataclass(frozen=True)
class Filed:
    text: str


@dataclass(frozen=True)
class Closed:
    text: str


@builder
def check(claim: Claim) -> Checked | None:
    return Checked(claim.amount) if claim.amount > 0 else None


@builder
def sort(checked: Checked) -> Small | Large:
    return Small(checked.amount) if checked.amount < 100 else Large(checked.amount)


@builder
def inspect(photo: Photo, claim: Claim) -> Damage | None:
    return Damage(min(claim.amount, 50)) if photo.damaged else None


@builder
def estimate(case: Small | Large, damage: Damage | None = None) -> Estimate:
    return Estimate(case.amount - (damage.share if damage else 0))


@builder
def sign_in(claim: Claim) -> Token:
    return Token(f"token {claim.amount}")


@builder
def offer(found: Estimate, token: Token, seen: Access[Damage]) -> Offer:
    return Offer(found.amount + len(token.text) - (seen.share if seen else 0))


@builder
def haggle(offered: Offer, last: Feedback[Haggled | None] = None) -> Haggled:
    times = last.times + 1 if last and last.times < 3 else last.times if last else 1
    return Haggled(offered.amount + times, times)


@builder
def decide(verdict: Take[Verdict], haggled: Haggled) -> Granted | Refused:
    return Granted(haggled.amount) if verdict.granted else Refused("no")


@builder(once=True)
def pay(granted: Granted, account: Account) -> Payment:
    return Payment(granted.amount, account.number)


@builder
def write(result: Payment | Refused) -> tuple[Letter, Entry]:
    return Letter(f"{result}"), Entry("written")


@builder
def archive(letter: Letter, case: Small | Large) -> Filed:
    return Filed(f"{letter.text} {case.amount}")


@builder
def close(filed: Filed, entry: Entry) -> Closed:
    return Closed(f"{filed.text}: {entry.text}")


claims = Workflow(
    "claims",
    target=Closed,
    builders=[check, sort, inspect, estimate, sign_in, offer, haggle, decide, pay, write, archive, close],
    transients=[Token],
)

offers = Workflow("offers", target=Offer, builders=[check, sort, inspect, estimate, sign_in, offer], transients=[Token])
