"""Slow things that go on beside others: one that has begun, and many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from jupyter_runt.monitoring.values import words

T = TypeVar("T")


def begun(measure: Callable[..., T], *arguments: Any, name: str = "measuring") -> Future[T]:
    """Calls it in a thread of its own, which keeps no process from ending; its result is there once it has come back."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    threading.Thread(target=_settle, args=(future, lambda: measure(*arguments)), name=name, daemon=True).start()
    return future


def in_parallel(measures: Sequence[Callable[[], T]], *, at_most: int = 16, seconds: float = 30.0) -> list[Future[T]]:
    """Calls all of them, `at_most` at a time, and waits `seconds` at most; the futures stand in the same order.

    `future.result()` gives what was measured, or raises what was raised, TimeoutError for what took too long: it fits where a
    check wants a function. What does not come back is left alone in a thread that keeps nobody from ending.
    """
    futures: list[Future[T]] = [Future() for _ in measures]
    waiting = iter(list(zip(futures, measures, strict=True)))
    lock = threading.Lock()
    for number in range(min(at_most, len(futures))):
        threading.Thread(target=_work, args=(waiting, lock), name=f"measuring {number + 1}", daemon=True).start()
    try:
        wait(futures, seconds)
    finally:
        for future in futures:
            future.cancel()  # those that nobody has begun
    return [_as_it_is(future, seconds) for future in futures]


def _work(waiting: Iterator[tuple[Future[T], Callable[[], T]]], lock: threading.Lock) -> None:
    while True:
        with lock:
            task = next(waiting, None)
        if task is None:
            return
        future, measure = task
        if future.set_running_or_notify_cancel():
            _settle(future, measure)


def _settle(future: Future[T], measure: Callable[[], T]) -> None:
    try:
        future.set_result(measure())
    except BaseException as error:  # noqa: BLE001 - it is told to whoever asks for the result, as everything is
        future.set_exception(error)


def _as_it_is(future: Future[T], seconds: float) -> Future[T]:
    """The future where it has an end, else one that says why there is none: the other one may still get a result."""
    if future.done() and not future.cancelled():
        return future
    late: Future[T] = Future()
    told = "its turn did not come" if future.cancelled() else "no answer"
    late.set_exception(TimeoutError(f"{told} within {words(seconds, 's')}"))
    return late
