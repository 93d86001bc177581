"""Commands that speak to AWS, from the command line to the fake cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from baseline.cli import commands
from baseline.errors import CloudError, ProfileError
from baseline.live import World
from baseline.stack import Place
from tests.fakes import FakeCloud
from tests.samples import ROOT

HOME = Place("111122223333", "eu-west-1")
MINIMAL = (ROOT / "profiles" / "minimal.yaml").read_text(encoding="utf-8")
ALL = ("--accept", "tiny-prod-*")


class Terminal:
    """Runs commands in a folder with one profile, against one fake cloud."""

    def __init__(self, folder: Path, *, is_attended: bool = False) -> None:
        self.cloud = FakeCloud()
        self.world = World(lambda *_: self.cloud, self.cloud.clock, is_attended)
        self.profile = folder / "tiny.yaml"
        self.profile.write_text(MINIMAL, encoding="utf-8")

    def __call__(self, *words: str, typed: str = "") -> Result:
        """Run a command; what it raises is in the result."""
        return CliRunner().invoke(
            commands, words, input=typed, obj=self.world, standalone_mode=False
        )

    def edit(self, before: str, after: str) -> None:
        """Change the profile."""
        text = self.profile.read_text(encoding="utf-8")
        assert before in text
        self.profile.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Nobody sits at it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Terminal(tmp_path)


def test_the_whole_way(terminal: Terminal) -> None:
    """Diff says 1, deploy makes it so, diff says 0; a change, and again."""
    assert terminal("diff", "--deployed").return_value == 1
    done = terminal("deploy", "--yes", *ALL)
    assert done.exception is None, done.exception
    assert done.return_value == 0, done.output
    assert terminal("diff", "--deployed").return_value == 0
    assert "CREATE_COMPLETE" in {one.status for one in terminal.cloud.all[HOME]}
    terminal.edit("10.0.0.0/16}", "10.0.0.0/16, nat: single}")
    assert terminal("diff", "--deployed").return_value == 1
    addresses = [f"tiny-prod-network/NatAddress{letter}" for letter in "BC"]
    refused = terminal("deploy", "--yes", *ALL)
    assert all(f"--accept {one}" in str(refused.exception) for one in addresses)
    named = [word for one in addresses for word in ("--accept", one)]
    assert terminal("deploy", "--yes", *ALL, *named).return_value == 0
    assert terminal("diff", "--deployed").return_value == 0


def test_yes_does_not_cover_wider_access(terminal: Terminal) -> None:
    """Each is named, and nothing begins."""
    done = terminal("deploy", "--yes")
    assert isinstance(done.exception, CloudError)
    assert "--accept tiny-prod-network" in str(done.exception)
    assert not terminal.cloud.names_asked("create_change_set")


def test_nobody_at_the_terminal_is_not_a_yes(terminal: Terminal) -> None:
    """Without --yes nothing is executed, and nothing is left."""
    done = terminal("deploy", *ALL)
    assert isinstance(done.exception, ProfileError)
    terminal.cloud.clock.sleep(100)
    assert not terminal.cloud.names_asked("execute")
    assert not terminal.cloud.stacks(HOME)


def test_somebody_at_the_terminal_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name for each need, then for each wave; an empty answer stops."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path, is_attended=True)
    done = terminal("deploy", typed="\n")
    assert done.return_value == 1
    assert "nothing was begun" in done.output
    done = terminal("deploy", "--stack", "keys", *ALL, typed="y\ny\n")
    assert done.return_value == 0, done.output
    assert "Carry out wave 1 of 1?" in done.output
    assert [one.name for one in terminal.cloud.stacks(HOME)] == ["tiny-prod-keys"]


def test_a_saved_plan_runs_as_saved(terminal: Terminal) -> None:
    """Once; and not after the profile has changed."""
    assert terminal("diff", "--deployed", "--save", "plan.json").return_value == 1
    saved = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    assert saved["choices"]["profile"] == "tiny.yaml"
    terminal.edit("10.0.0.0/16}", "10.0.0.0/16, nat: single}")
    done = terminal("deploy", "plan.json", "--yes", *ALL)
    assert isinstance(done.exception, CloudError)
    assert "tiny.yaml has changed" in str(done.exception)
    terminal.edit(", nat: single}", "}")
    assert terminal("deploy", "plan.json", "--yes", *ALL).return_value == 0
    assert terminal("deploy", "plan.json", "--yes", *ALL).return_value == 0


def test_json_is_the_diff(terminal: Terminal) -> None:
    """The same schema as that of two folders."""
    done = terminal("diff", "--deployed", "--format", "json")
    assert json.loads(done.output)


def test_cloudformation_is_asked_and_nothing_is_left(terminal: Terminal) -> None:
    """Its answer stands apart from ours."""
    terminal("deploy", "--yes", *ALL)
    terminal.edit("10.0.0.0/16}", "10.0.0.0/16, nat: single}")
    done = terminal("diff", "--deployed", "--change-set")
    assert done.return_value == 1
    assert "What CloudFormation says itself" in done.output
    assert not [one for one in terminal.cloud.sets[HOME] if "preview" in one.public.name]


def test_a_failure_is_told_with_its_cause(terminal: Terminal) -> None:
    """Exit 3, root cause first, and what was not begun; the next run mends."""
    terminal.cloud.fails["tiny-prod-keys", "DataKey"] = "no more keys"
    done = terminal("deploy", "--yes", *ALL)
    assert done.return_value == 3
    assert "DataKey (AWS::KMS::Key): no more keys" in done.output
    assert "not started" in done.output
    terminal.cloud.fails.clear()
    done = terminal("deploy", "--yes", *ALL)
    assert done.return_value == 0, done.output
    assert "delete the remains" in done.output


def test_what_an_earlier_run_began_is_waited_for(terminal: Terminal) -> None:
    """A killed run leaves stacks at work; the next one follows them and does the rest."""
    terminal("deploy", "--yes", *ALL)
    one = terminal.cloud.get(HOME, "tiny-prod-network")
    one.status = "UPDATE_IN_PROGRESS"
    terminal.cloud.clock.at(20, lambda: setattr(one, "status", "UPDATE_COMPLETE"))
    done = terminal("deploy", "--yes", *ALL)
    assert done.return_value == 0, done.output
    assert "waiting for its end" in done.output


def test_destroy_wants_what_holds_data_by_name(terminal: Terminal) -> None:
    """Named, it goes, and what stays in the account is listed."""
    terminal("deploy", "--yes", *ALL)
    done = terminal("destroy", "--yes")
    assert isinstance(done.exception, CloudError)
    assert "--accept tiny-prod-keys" in str(done.exception)
    names = [one.name for one in terminal.cloud.stacks(HOME)]
    accept = [word for name in names for word in ("--accept", name)]
    done = terminal("destroy", "--yes", *accept)
    assert done.return_value == 0, done.output
    assert "stays in the account" in done.output
    assert not terminal.cloud.stacks(HOME)
    assert "Nothing of this is deployed" in terminal("destroy", "--yes").output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tiny-prod-keys", "write STACK/RESOURCE=IDENTIFIER"),
        ("tiny-prod-kies/DataKey=1", "did you mean 'tiny-prod-keys'"),
        ("tiny-prod-keys/DataKay=1", "did you mean 'DataKey'"),
    ],
)
def test_what_cannot_be_imported_is_said(terminal: Terminal, text: str, says: str) -> None:
    """With a suggestion for a misspelt word."""
    done = terminal("deploy", "--yes", "--import", text, *ALL)
    assert done.exception is not None
    assert says in str(done.exception)


def test_options_that_do_not_go_together_are_refused(terminal: Terminal) -> None:
    """Rather than ignored."""
    assert isinstance(terminal("diff", "--save", "plan.json").exception, ProfileError)
    assert isinstance(terminal("diff", "--deployed", "a", "b").exception, ProfileError)


def test_bootstrap_is_a_stack_of_its_own(terminal: Terminal) -> None:
    """Made by its own command only, with the caller's rights; deploying then uses its roles."""
    named = ("--accept", "tiny-prod-bootstrap")
    assert terminal("bootstrap", "--yes", *named).return_value == 0
    assert [one.name for one in terminal.cloud.stacks(HOME)] == ["tiny-prod-bootstrap"]
    terminal.cloud.get(HOME, "tiny-prod-bootstrap").outputs = {
        "ExecutionRoleArn": "arn:aws:iam::111122223333:role/baseline/tiny-execute",
        "TemplateBucket": "tiny-templates",
    }
    assert terminal("deploy", "--yes", *ALL).return_value == 0
    assert terminal.cloud.get(HOME, "tiny-prod-keys").role.endswith("tiny-execute")
    assert terminal("bootstrap", "--yes", *named).return_value == 0
    assert terminal.cloud.get(HOME, "tiny-prod-bootstrap").role == ""
    assert terminal("diff", "--deployed").return_value == 0
    done = terminal("destroy", "--yes", *ALL)
    assert "tiny-prod-bootstrap" not in str(done.exception)
