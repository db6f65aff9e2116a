import logging
from datetime import UTC, datetime

from polaris._model.context import Context
from tests.unit._model.nouns import assert_noun


def test_a_context_is_a_noun() -> None:
    assert_noun(Context())


def test_every_field_has_a_default_so_that_a_test_names_only_what_it_needs() -> None:
    ctx = Context(run_id="t")
    assert (ctx.run_id, ctx.workflow, ctx.builder, ctx.attempt) == ("t", "", "", 1)
    assert (ctx.idempotency_key, ctx.deadline) == ("", None)


def test_what_a_builder_says_goes_to_one_logger() -> None:
    assert Context().logger is logging.getLogger("polaris.builder")


def test_contexts_are_compared_by_what_they_say_not_by_where_they_log() -> None:
    assert Context(logger=logging.getLogger("other")) == Context()
    assert Context(attempt=2) != Context()
    assert Context(deadline=datetime(2030, 1, 1, tzinfo=UTC)) != Context()
