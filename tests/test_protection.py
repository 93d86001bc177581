"""Protection: the one table, its steps, and that more never demands less."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.profile import Asset, Rating, Recovery
from baseline.protection import TABLE, Protection, protection

LEVELS = get_args(Rating)
EVERYTHING: dict[str, Any] = {"retention_days": 35, "zones": 2}


def asset(**fields: Any) -> Asset:
    """An asset that only the first row knows, unless fields say more."""
    lowest = {"confidentiality": "low", "integrity": "low", "availability": "low"}
    return Asset.model_validate({"name": "a", "owner": "o", "value": 0, **lowest, **fields})


def within(point: str) -> dict[str, Any]:
    """A recovery objective with this point."""
    return {"recovery": {"point": point, "time": "1 day"}}


@pytest.mark.parametrize(
    ("fields", "demands"),
    [
        ({}, {}),
        ({"value": 99_999}, {}),
        ({"value": 100_000}, {"retention_days": 90}),
        ({"value": 999_999}, {"retention_days": 90}),
        ({"value": 1_000_000}, {"retention_days": 365}),
        ({"confidentiality": "medium"}, {}),
        ({"confidentiality": "high"}, {"own_key": True}),
        ({"integrity": "medium"}, {}),
        ({"integrity": "high"}, {"retention_days": 90, "lock_days": 30}),
        ({"integrity": "high", "value": 10**6}, {"retention_days": 365, "lock_days": 30}),
        ({"availability": "medium"}, {}),
        ({"availability": "high"}, {"zones": 3, "copy": True}),
        (within("25 hours"), {}),
        (within("24 hours"), {"copy": True}),
        (within("16 minutes"), {"copy": True}),
        (within("15 minutes"), {"copy": True, "timed_copy": True}),
    ],
)
def test_steps(fields: dict[str, Any], demands: dict[str, Any]) -> None:
    """Each step of the table begins exactly where it says."""
    assert protection(asset(**fields)) == Protection(**(EVERYTHING | demands))


def test_strictest_of_all_rows() -> None:
    """An asset to which everything applies gets the strictest of every column."""
    highest = dict.fromkeys(("confidentiality", "integrity", "availability"), "high")
    demanded = protection(asset(value=10**15, **highest, **within("1 minute")))
    assert demanded == Protection(
        retention_days=365, lock_days=30, copy=True, timed_copy=True, zones=3, own_key=True
    )


def test_defaults_are_the_first_row_and_nothing_else() -> None:
    """An asset whose ratings are left out is of medium rating and gets what everything gets."""
    plain = Asset.model_validate({"name": "a", "owner": "o", "value": 1})
    assert protection(plain) == Protection(**EVERYTHING)


def test_rows_have_their_own_words() -> None:
    """Every row says when it applies, differently, and demands something."""
    assert len({row.when for row in TABLE}) == len(TABLE)
    assert all(row.when and row.demands != Protection() for row in TABLE)


RATINGS = ("confidentiality", "integrity", "availability")


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    """Assets of every rating, value and recovery point, near the steps above all."""
    steps = st.sampled_from([0, 99_999, 100_000, 999_999, 1_000_000])
    minutes = st.sampled_from([1, 14, 15, 16, 1439, 1440, 1441]) | st.integers(1, 100_000)
    point = draw(st.none() | minutes)
    hour = timedelta(hours=1)
    return asset(
        value=draw(steps | st.integers(0, 10**15)),
        recovery=None if point is None else Recovery(point=timedelta(minutes=point), time=hour),
        **{rating: draw(st.sampled_from(LEVELS)) for rating in RATINGS},
    )


def at_least(more: Protection, less: Protection) -> bool:
    """Say whether one protection is nowhere under another."""
    return all(a >= b for a, b in zip(astuple(more), astuple(less), strict=True))


@given(assets(), assets())
def test_more_never_demands_less(one: Asset, other: Asset) -> None:
    """Raising any rating or value, or shortening the recovery point, never demands less."""
    points = [a.recovery.point for a in (one, other) if a.recovery]
    higher = asset(
        value=max(one.value, other.value),
        recovery=Recovery(point=min(points), time=timedelta(hours=1)) if points else None,
        **{
            rating: max(getattr(one, rating), getattr(other, rating), key=LEVELS.index)
            for rating in RATINGS
        },
    )
    assert at_least(protection(higher), protection(one))
    assert at_least(protection(higher), protection(other))


@given(assets())
def test_everything_gets_the_first_row(one: Asset) -> None:
    """Nothing is less protected than what everything gets, and a timed copy is a copy."""
    assert at_least(protection(one), Protection(**EVERYTHING))
    assert protection(one).copy or not protection(one).timed_copy
