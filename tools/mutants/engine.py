"""Mutants of the engine: how builders are called, what is saved when, and who holds a run."""

from __future__ import annotations

from tools.mutants.noun import Mutant

_UNIT = "tests/unit/_runtime"
_CALL = (f"{_UNIT}/test_call.py",)
_LIMITS = (f"{_UNIT}/test_limits.py",)
_CALL_LIMITS = (f"{_UNIT}/test_limits_of_runs.py",)
_CARRY = (f"{_UNIT}/test_carry.py", f"{_UNIT}/test_carry_told.py")
_HOLDER = (f"{_UNIT}/test_holder.py", f"{_UNIT}/test_holder_late.py", f"{_UNIT}/test_session.py")
_RECOVER = (f"{_UNIT}/test_recover.py",)
_BEAT = (f"{_UNIT}/test_heartbeat.py",)
_SESSION = (f"{_UNIT}/test_session.py", f"{_UNIT}/test_session_races.py")
_STATE = (f"{_UNIT}/test_state.py",)
_INBOX = (f"{_UNIT}/test_deliver_and_cancel.py",)

_EXPRESS = (f"{_UNIT}/test_express.py", f"{_UNIT}/test_keeper.py")

ENGINE = (
    Mutant(
        "a lease is taken to begin when it is answered: with a write",
        "_runtime/holder.py",
        "heartbeat.hold(self._state.run_id, self._claim_id, sent)",
        "heartbeat.hold(self._state.run_id, self._claim_id)",
        _HOLDER,
    ),
    Mutant(
        "a lease is taken to begin when it is answered: with the claim",
        "_runtime/session.py",
        "heartbeat.hold(run_id, self.claim_id, self._sent)",
        "heartbeat.hold(run_id, self.claim_id)",
        _HOLDER,
    ),
    # --- express calls
    Mutant(
        "an express call starts builders although the lease may be another's",
        "_runtime/keeper.py",
        "if not self._beats.is_held(self.claim_id):",
        "if False:",
        _EXPRESS,
    ),
    Mutant(
        "an express call takes a write that is lost for one that was made",
        "_runtime/keeper.py",
        "if saved.receipt is _LOST:",
        "if False:",
        _EXPRESS,
    ),
    Mutant(
        "an express call saves nothing after a builder",
        "_runtime/keeper.py",
        "        if self._saves:\n            self._took(",
        "        if False:\n            self._took(",
        _EXPRESS,
    ),
    Mutant(
        "an express call is taken for one that made the run, which somebody else did",
        "_runtime/keeper.py",
        " or state is None or state.uid != self.uid:",
        " or state is None:",
        _EXPRESS,
    ),
    Mutant(
        "an express call stores transients",
        "_runtime/express.py",
        "return None if key in bound.index.transient else bound.types[key]",
        "return bound.types[key]",
        _EXPRESS,
    ),
    Mutant(
        "an express call saves what has been saved once more when a step fails",
        "_runtime/keeper.py",
        "        if self._saves:\n            walk.ledger.take_changes()\n",
        "",
        _EXPRESS,
    ),
    Mutant(
        "an express call leaves a delivery that came meanwhile in the inbox",
        "_runtime/express.py",
        "if saved.delivery is None:",
        "if True:",
        _EXPRESS,
    ),
    Mutant(
        "what a session does after an express call has ids that were used",
        "_runtime/holder.py",
        "self._writes = count(writes)",
        "self._writes = count()",
        _EXPRESS,
    ),
    # --- checkpoints
    Mutant(
        "a checkpoint is skipped",
        "_runtime/holder.py",
        "yield from self._write(partial(self._store.save, changes=self._changes(walk)))\n        return True",
        "return True",
        _HOLDER,
    ),
    Mutant(
        "a checkpoint is made before what it is to hold",
        "_runtime/carry.py",
        """\
        walk.made(number, made)
        finished = self._note_end(number, made)
        saved = yield from job.keeper.checkpoint(walk)
""",
        """\
        saved = yield from job.keeper.checkpoint(walk)
        walk.made(number, made)
        finished = self._note_end(number, made)
""",
        _CARRY,
    ),
    Mutant(
        "in the calling thread builders run although the lease may be another's",
        "_runtime/carry.py",
        "            if keeps:\n                keeper.guard()\n",
        "",
        _CARRY,
    ),
    Mutant(
        "in the calling thread nothing is saved after a builder",
        "_runtime/carry.py",
        "saved = keeper.save(walk)",
        "saved = False",
        _CARRY,
    ),
    Mutant(
        "in the calling thread a write that is lost is taken for one that was made",
        "_runtime/holder.py",
        "self._took(self._store.save(",
        "(self._store.save(",
        _CARRY,
    ),
    Mutant(
        "a step settles before what it made is saved",
        "_runtime/carry.py",
        "saved = yield from job.keeper.checkpoint(walk)\n        walk.done(number)",
        "walk.done(number)\n        saved = yield from job.keeper.checkpoint(walk)",
        _CARRY,
    ),
    Mutant(
        "a hook is told of what is not saved yet",
        "_runtime/carry.py",
        "saved = yield from job.keeper.checkpoint(walk)\n        walk.done(number)",
        "self._tell_after(number, made)\n        saved = yield from job.keeper.checkpoint(walk)\n        "
        "walk.done(number)",
        _CARRY,
    ),
    Mutant(
        "the next builder is handed what was made, not what will be read again",
        "_runtime/state.py",
        "kept.append((key, again))",
        "kept.append((key, value))",
        _STATE,
    ),
    Mutant(
        "transients that a builder made are stored",
        "_runtime/state.py",
        "if key in bound.index.transient:\n",
        "if key not in bound.index.transient:\n",
        _STATE,
    ),
    Mutant(
        "transients that were delivered are stored",
        "_runtime/state.py",
        "for key, value in delta.items() if key not in self.bound.index.transient]",
        "for key, value in delta.items()]",
        _STATE,
    ),
    Mutant(
        "history is not saved",
        "_runtime/holder.py",
        "events = tuple(self._notes)",
        "events = ()",
        (f"{_UNIT}/test_history.py",),
    ),
    # --- who holds a run
    Mutant(
        "the fence is ignored: a holder that lost its lease goes on",
        "_runtime/holder.py",
        "if saved.receipt is Receipt.LOST:",
        "if saved.receipt is Receipt.LOST and saved.revision:",
        _HOLDER,
    ),
    Mutant(
        "a builder is started when somebody else may hold the run",
        "_runtime/holder.py",
        "if not self._setup.heartbeat.is_held(self._claim_id):",
        "if self._setup is None:",
        _HOLDER,
    ),
    Mutant(
        "a lease is not renewed",
        "_runtime/heartbeat.py",
        "for claim_id, run_id in due:",
        "for claim_id, run_id in due[:0]:",
        _BEAT,
    ),
    Mutant(
        "a lease is as old as the answer to its renewal",
        "_runtime/heartbeat.py",
        "self._held[claim_id] = (run_id, sent)",
        "self._held[claim_id] = (run_id, time.monotonic())",
        _BEAT,
    ),
    Mutant(
        "a lease that was lost is held on",
        "_runtime/heartbeat.py",
        "            if lost:\n                self._held.pop(claim_id, None)\n            elif claim_id",
        "            if claim_id",
        _BEAT,
    ),
    Mutant(
        "a lease is held longer than it is",
        "_runtime/heartbeat.py",
        "time.monotonic() - held[1] < self._lease",
        "time.monotonic() - held[1] < 2 * self._lease",
        _BEAT,
    ),
    Mutant(
        "a lease is not given back after an interrupt",
        "_runtime/session.py",
        "if self._has_asked:",
        "if not self._has_asked:",
        _SESSION,
    ),
    Mutant(
        "a call that was open when its holder died is not finished first",
        "_runtime/holder.py",
        "elif state.header.is_open:",
        "elif state.header.is_open and not state.inbox:",
        _HOLDER,
    ),
    Mutant(
        "an inbox is dropped: the holder stops after its own delivery",
        "_runtime/holder.py",
        "        while saved.delivery is not None:\n            taken",
        "        while saved.delivery is not None and result is None:\n            taken",
        _HOLDER,
    ),
    Mutant(
        "a call that kills its workers is tried for ever",
        "_runtime/holder.py",
        "hopeless = state.takeovers >= _TAKEOVERS",
        "hopeless = False",
        _RECOVER,
    ),
    Mutant(
        "a call is given up one worker too early",
        "_runtime/holder.py",
        "hopeless = state.takeovers >= _TAKEOVERS",
        "hopeless = state.takeovers >= _TAKEOVERS - 1",
        _RECOVER,
    ),
    # --- deliveries and questions
    Mutant(
        "a delivery id is not passed on",
        "_runtime/session.py",
        "delivery = self._texts.delivery(self._request.delivery_id or new_id(), delta)\n        passing =",
        "delivery = self._texts.delivery(new_id(), delta)\n        passing =",
        _SESSION,
    ),
    Mutant(
        "a delivery id of deliver is not passed on",
        "_runtime/session.py",
        "delivery = self._texts.delivery(self._request.delivery_id or new_id(), delta)\n        self._checked",
        "delivery = self._texts.delivery(new_id(), delta)\n        self._checked",
        _INBOX,
    ),
    Mutant(
        "a delivery under another plan is dropped",
        "_runtime/session.py",
        "            yield from self._accept(delivery, claim=False, must_hold=bool(passing))\n            raise",
        "            raise",
        _SESSION,
    ),
    Mutant(
        "two variants of a slot are delivered at once",
        "_runtime/delivery.py",
        "for other in known.slot.get(key, (key,)):",
        "for other in (key,):",
        (f"{_UNIT}/test_delivery.py",),
    ),
    Mutant(
        "a call that failed is not gone on with",
        "_runtime/state.py",
        "if header.clean_at != header.round:",
        "if header.clean_at > header.round:",
        _STATE,
    ),
    Mutant(
        "cancel does nothing",
        "_runtime/desk.py",
        "saved = yield from ask(partial(self.setup.store.cancel, run_id, op=new_id()))",
        "saved = yield from ask(partial(self.setup.store.renew, run_id, claim_id='', lease=0.0))",
        _INBOX,
    ),
    Mutant(
        "recover skips every second run",
        "_runtime/desk.py",
        "claim_id=claim_id, lease=lease, limit=1)",
        "claim_id=claim_id, lease=lease, limit=2)",
        _RECOVER,
    ),
    Mutant(
        "recover ends with the first run",
        "_runtime/desk.py",
        "carried.append(after)\n        return carried",
        "carried.append(after)\n            break\n        return carried",
        _RECOVER,
    ),
    # --- calling builders
    Mutant(
        "a builder is tried too often",
        "_runtime/call.py",
        '"attempts": retry.attempts,',
        '"attempts": retry.attempts + 1,',
        _LIMITS,
    ),
    Mutant(
        "any error is tried again",
        "_runtime/call.py",
        "return isinstance(error, on) and (self.deadline",
        "return isinstance(error, Exception) and (self.deadline",
        (*_LIMITS, *_CALL),
    ),
    Mutant(
        "it is tried again when the call is over",
        "_runtime/call.py",
        "return isinstance(error, on) and (self.deadline is None or today(self.clock) < self.deadline)",
        "return isinstance(error, on)",
        _LIMITS,
    ),
    Mutant(
        "every attempt is told that it is the first",
        "_runtime/call.py",
        "replace(self.context, attempt=number,",
        "replace(self.context, attempt=1,",
        (f"{_UNIT}/test_bind.py",),
    ),
    Mutant(
        "a timeout of a builder is ignored",
        "_runtime/call.py",
        "return within(partial(self._invoke, number, given.deadline), given)",
        "return self._invoke(number, given.deadline)",
        _LIMITS,
    ),
    Mutant(
        "a timeout of a coroutine function is ignored",
        "_runtime/call.py",
        "return await within_async(self._invoke(number, given.deadline), given)",
        "return await self._invoke(number, given.deadline)",
        _LIMITS,
    ),
    Mutant(
        "a timeout of a call is ignored",
        "_runtime/carry.py",
        "if self._limit is not None and walk.running and self._limit.left <= 0:",
        "if self._limit is not None and walk.running and self._limit.left <= -3600:",
        _CALL_LIMITS,
    ),
    Mutant(
        "what comes too late for its call is not dropped",
        "_runtime/limits.py",
        "    if given.left <= 0:\n        raise TimeUpError\n    return future.result()",
        "    if not future.done():\n        raise TimeUpError\n    return future.result()",
        _LIMITS,
    ),
    Mutant(
        "a loop goes one pass too far",
        "_runtime/carry.py",
        "if walk.ledger.passes > plan.max_passes:",
        "if walk.ledger.passes > plan.max_passes + 1:",
        _CARRY,
    ),
    Mutant(
        "a loop is stopped one pass too early",
        "_runtime/carry.py",
        "if walk.ledger.passes > plan.max_passes:",
        "if walk.ledger.passes >= plan.max_passes:",
        _CARRY,
    ),
    Mutant(
        "a builder may return None although it does not say so",
        "_runtime/call.py",
        "if returned is None and step.may_decline:",
        "if returned is None:",
        _CALL,
    ),
    Mutant(
        "of two variants the one written first is made, whatever the class",
        "_runtime/call.py",
        "        if type(value) is kind:\n            return key\n",
        "        if isinstance(value, kind):\n            return key\n",
        _CALL,
    ),
    Mutant(
        "the idempotency key is the same for every re-run",
        "_runtime/call.py",
        "seen = () if step.once else rounds",
        "seen: tuple[int, ...] = ()",
        _CALL,
    ),
    Mutant(
        "the idempotency key of a builder that runs once changes",
        "_runtime/call.py",
        "seen = () if step.once else rounds",
        "seen = rounds",
        _CALL,
    ),
    Mutant(
        "the idempotency key changes with the name of the builder",
        "_runtime/call.py",
        "oldest = step.renamed_from[0] if step.renamed_from else step.name",
        "oldest = step.name",
        _CALL,
    ),
    Mutant(
        "the idempotency key is the same in every run",
        "_runtime/call.py",
        "[uid, oldest, str(asked_at)",
        "[oldest, str(asked_at)",
        _CALL,
    ),
)
