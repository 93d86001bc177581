"""Stack: what it is called, what it means, and the order in which stacks must go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.errors import BlueprintError
from baseline.stack import Fleet, Origin, Place, Stack, waves
from tests.samples import stacks

PLACES = (Place("222222222222", "eu-west-1"), Place("111111111111", "eu-central-1"))


def made(
    name: str,
    *,
    exports: tuple[str, ...] = (),
    imports: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Stack:
    """A stack that exports, imports and waits for others."""
    values = [{"Fn::Join": ["", [{"Fn::ImportValue": one}]]} for one in imports]
    outputs = {
        f"O{number}": {"Value": 1, "Export": {"Name": one}} for number, one in enumerate(exports)
    }
    template: Mapping[str, Any] = {
        "Resources": {"A": {"Type": "T", "Properties": {"V": values}}},
        "Outputs": outputs | {"Inner": {"Value": 2}},
    }
    return Stack(
        name=f"acme-prod-{name}",
        organization="acme",
        site="prod",
        title=name,
        template=template,
        origins={"A": Origin("Is there", "environments.prod")},
        target=PLACES,
        after=tuple(f"acme-prod-{one}" for one in after),
    )


def names(found: tuple[tuple[Stack, ...], ...]) -> list[list[str]]:
    """Short names, wave by wave."""
    return [[stack.short_name for stack in wave] for wave in found]


def test_names_and_file() -> None:
    """The file of a stack lies below organization and site, under the rest of its name."""
    one = made("bucket-documents")
    assert one.short_name == "bucket-documents"
    assert one.file == "acme/prod/bucket-documents.yaml"


def test_a_name_that_repeats_its_prefix() -> None:
    """Only the first prefix is left out."""
    assert made("acme-prod-x").short_name == "acme-prod-x"


def test_regions_are_sorted_and_stand_once() -> None:
    """Of places and of fleets alike."""
    one = made("x")
    assert one.regions == ("eu-central-1", "eu-west-1")
    assert replace(one, target=(PLACES[0], PLACES[0])).regions == ("eu-west-1",)
    assert replace(one, target=Fleet(("ou-1",), ("b", "a"))).regions == ("a", "b")


def test_exports_and_imports() -> None:
    """Sorted, each once, however deep they stand; an output without a name is no export."""
    one = made("x", exports=("b", "a"), imports=("d", "c", "d"))
    assert one.exports == ("a", "b")
    assert one.imports == ("c", "d")


def test_no_outputs() -> None:
    """A template need have none."""
    assert replace(made("x"), template={"Resources": {}}).exports == ()


def test_the_hash_is_of_meaning() -> None:
    """Order of keys, purposes, titles and targets do not change the hash; a value does."""
    one = made("x", exports=("a", "b"))
    again = {key: one.template[key] for key in reversed(list(one.template))}
    reworded = {"A": Origin("Reworded", "elsewhere")}
    for same in (
        replace(one, template=again),
        replace(one, origins=reworded),
        replace(one, title="other"),
        replace(one, target=()),
    ):
        assert same.hash == one.hash
    changed = one.template | {"Description": "x"} if isinstance(one.template, dict) else {}
    assert replace(one, template=changed).hash != one.hash
    assert len(one.hash) == 64


def test_the_hash_tells_types_and_order_of_lists() -> None:
    """A number is not its digits, and a list in another order is another list."""
    values: list[object] = [1, "1", True, [1, 2], [2, 1], None, {}]
    hashes = {replace(made("x"), template={"Resources": {}, "V": value}).hash for value in values}
    assert len(hashes) == 7


def test_frozen() -> None:
    """To change a stack, make another."""
    with pytest.raises(FrozenInstanceError):
        made("x").name = "y"  # type: ignore[misc]


# ---- waves -----------------------------------------------------------------------------------


def test_waves() -> None:
    """Each wave needs only the waves before it, by import or by wish; names sort within one."""
    found = waves(
        (
            made("web", imports=("vpc",)),
            made("zoo"),
            made("late", after=("web",)),
            made("network", exports=("vpc",), imports=("key",)),
            made("keys", exports=("key",)),
            made("alone"),
        )
    )
    assert names(found) == [["alone", "keys", "zoo"], ["network"], ["web"], ["late"]]


def test_no_stacks_no_waves() -> None:
    """Nothing needs nothing."""
    assert waves(()) == ()


def test_a_missing_export() -> None:
    """What nothing exports is named, with who needs it."""
    with pytest.raises(
        BlueprintError, match="acme-prod-web needs vpc, acme-prod-gone, which"
    ) as it:
        waves((made("web", imports=("vpc",), after=("gone",)),))
    assert it.value.exit_code == 2


def test_a_circle() -> None:
    """Stacks that need each other are named in order."""
    one, other = (
        made("a", exports=("x",), imports=("y",)),
        made("b", exports=("y",), imports=("x",)),
    )
    with pytest.raises(BlueprintError, match=r"stacks need each other: acme-prod-. → acme-prod-"):
        waves((one, other))


def test_a_stack_that_needs_itself() -> None:
    """That is a circle, too."""
    with pytest.raises(BlueprintError, match="acme-prod-a → acme-prod-a"):
        waves((made("a", exports=("x",), imports=("x",)),))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_order_of_work(data: st.DataObject) -> None:
    """Whatever the graph and the order given, needs lie in earlier waves and none comes late."""
    count = data.draw(st.integers(1, 7))
    needs = {
        number: data.draw(st.sets(st.integers(0, number - 1))) if number else set()
        for number in range(count)
    }
    given_ = [
        made(
            f"s{number}", exports=(f"e{number}",), imports=tuple(f"e{one}" for one in needs[number])
        )
        for number in range(count)
    ]
    found = waves(data.draw(st.permutations(given_)))
    assert found == waves(given_)
    place = {stack.short_name: number for number, wave in enumerate(found) for stack in wave}
    assert len(place) == count
    for number, its in needs.items():
        assert place[f"s{number}"] == max((place[f"s{one}"] + 1 for one in its), default=0)


def test_what_ships_is_in_order() -> None:
    """Keys come before logs, logs before the rest."""
    order = [stack.short_name for stack in stacks("minimal")]
    assert order == ["keys", "logs", "network"]
