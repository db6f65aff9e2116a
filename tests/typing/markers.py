"""What a type checker sees of a parameter inside a builder: the plain type, and no marker."""

from typing import NewType, Protocol, assert_type

from polaris import Access, Context, Feedback, Resource, Take, builder


class Request: ...


class Matched: ...


class Item: ...


class Ended: ...


class Fleet(Protocol):
    def free(self) -> bool: ...


UserId = NewType("UserId", str)


@builder
def accesses(one: Access[Matched], user: Access[UserId], many: Access[list[Item]]) -> Ended:
    assert_type(one, Matched | None)
    assert_type(user, UserId | None)
    assert_type(many, list[Item] | None)
    return Ended()


@builder
def accesses_by_default(one: Access[Matched] = None) -> Ended:
    assert_type(one, Matched | None)
    return Ended()


@builder
def takes(one: Take[Matched], user: Take[UserId], many: Take[tuple[Item, ...]]) -> Ended:
    assert_type(one, Matched)
    assert_type(user, UserId)
    assert_type(many, tuple[Item, ...])
    return Ended()


@builder
def sees_what_was(request: Request, one: Feedback[Matched]) -> Matched:
    assert_type(request, Request)
    assert_type(one, Matched)
    return one


@builder
def sees_what_was_if_there_was_any(one: Feedback[Matched] | None = None) -> Matched:
    assert_type(one, Matched | None)
    return one or Matched()


@builder
def takes_if_it_is_quoted(one: "Take[Matched]", other: "Feedback[Item] | None" = None) -> Ended:
    assert_type(one, Matched)
    assert_type(other, Item | None)
    return Ended()


@builder
def is_handed_services(request: Request, fleet: Resource[Fleet], spare: Resource[Fleet] | None = None) -> Ended:
    assert_type(fleet, Fleet)
    assert_type(fleet.free(), bool)
    assert_type(spare, Fleet | None)
    return Ended()


@builder
def takes_one_of(one: Request | Matched, other: Request | Matched | None = None) -> Ended:
    assert_type(one, Request | Matched)
    assert_type(other, Request | Matched | None)
    return Ended()


@builder
def asks_about_its_call(request: Request, ctx: Context) -> Ended:
    assert_type(ctx, Context)
    assert_type(ctx.run_id, str)
    assert_type(ctx.attempt, int)
    ctx.logger.info("attempt %d", ctx.attempt)
    return Ended()


# A test calls a builder as the function it is.
assert_type(accesses(None, UserId("u1"), []), Ended)
assert_type(accesses_by_default(), Ended)
assert_type(takes(Matched(), UserId("u1"), (Item(),)), Ended)
assert_type(sees_what_was(Request(), one=Matched()), Matched)
assert_type(asks_about_its_call(Request(), Context(run_id="t")), Ended)
