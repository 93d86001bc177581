"""Load: every problem at once, each at its place; hostile files are errors and nothing else."""

from __future__ import annotations

import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from baseline.errors import ProfileError
from baseline.load import load, loads
from baseline.load.nodes import DEEPEST, MOST_BYTES, MOST_PROBLEMS

PROFILES = Path(__file__).parent.parent / "profiles"
ACME = (PROFILES / "acme.yaml").read_text()
HEAD = "version: 1\norganization: {name: tiny}\nregions: {home: eu-west-1}\n"
RISK = "threat: t, likelihood: low, impact: low, treatment: avoid"
ASSET = "- {name: a, value: 1, owner: o"
NETWORK = "environments:\n- {name: p, account: 111122223333, network: {cidr: 10.0.0.0/16"
SAMPLE = """\
version: 1
organization: {name: acme, tags: {CostCenter: shop}}
regions: {home: eu-west-1}
logs: {retention: 400 days}
assets:
- {name: orders, owner: o, value: 5000, integrity: medium}
fleets:
- {name: all, units: [ou-ab12-cdef3456]}
environments:
- name: prod
  account: 111122223333
  network: {cidr: 10.0.0.0/16, nat: single, endpoints: [ssm, kms], ipv6: no}
  buckets:
  - {name: documents, asset: orders, retention: 60 days}
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I/QJ/s/gRtrZNDKMbC9kGmfvX5wJkilr"

NO_MAPPING = "p.yaml:1:1: a profile is a mapping: start from `baseline init`"
KNOWN_AT_TOP = (
    "unknown key: known here are assets, bootstrap, environments, exceptions, fleets, isms, logs, "
    "organization, people, regions, risks, version"
)
PLAIN = "lower-case letters, digits and single hyphens, starting with a letter"
CHECK = "check indentation, quotes and colons on this line and the one above"
PRIVATE_KEY = (
    "this is a PRIVATE key: remove it, treat it as leaked and make a new pair; here goes the "
    "public half, the line in the .pub file"
)


def told(text: str | bytes) -> list[str]:
    """Every problem of a profile; none when it is taken."""
    data = text.encode() if isinstance(text, str) else text
    try:
        loads(data, "p.yaml")
    except ProfileError as error:
        return list(error.problems)
    return []


def sample(old: str, new: str) -> str:
    """The sample with one place changed."""
    assert SAMPLE.count(old) == 1, old
    return SAMPLE.replace(old, new)


@contextmanager
def processor_seconds(seconds: float) -> Iterator[None]:
    """Stop what takes more of the processor's time than this, so that a hang is a failure."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"over {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# ---- sound files ---------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(PROFILES.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_profiles(file: Path) -> None:
    """The profiles that we ship have no problem."""
    profile, source = load(file, "p.yaml")
    assert profile.version == "1"
    assert source.file == "p.yaml"


@pytest.mark.parametrize(
    "data",
    [
        HEAD.encode(),
        b"\xef\xbb\xbf" + HEAD.encode(),
        HEAD.replace("\n", "\r\n").encode(),
        f"%YAML 1.1\n---\n{HEAD}".encode(),
        f"{HEAD}...\n".encode(),
        f"# \u00e9\u4e2d\U0001f600\n{HEAD}".encode(),
        b'{"version": "1", "organization": {"name": "tiny"}, "regions": {"home": "eu-west-1"}}',
    ],
    ids=["plain", "BOM", "CRLF", "directive", "document end", "any comment", "JSON"],
)
def test_ways_to_write_it(data: bytes) -> None:
    """A byte-order mark, Windows line ends and JSON are as good as plain YAML."""
    assert loads(data, "p.yaml")[0].organization.name == "tiny"


def test_places() -> None:
    """The source knows where each path stands, by name, and falls back to the nearest parent."""
    _, source = loads((HEAD + f"assets:\n{ASSET}}}\n").encode(), "p.yaml")
    assert source.at("version") == "p.yaml:1:10"
    assert source.at("organization") == "p.yaml:2:1"
    assert source.at("organization.name") == "p.yaml:2:22"
    assert source.at("assets.a") == "p.yaml:5:3"
    assert source.at("assets.a.value") == "p.yaml:5:20"
    assert source.at("assets.a.recovery.point") == "p.yaml:5:3"
    assert source.at("people.alice") == "p.yaml:1:1"
    assert source.at("") == "p.yaml:1:1"


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing, or is a directory, is told as such."""
    with pytest.raises(ProfileError) as missing:
        load(tmp_path / "none.yaml", "none.yaml")
    assert missing.value.problems == ("none.yaml: cannot be read: No such file or directory",)
    with pytest.raises(ProfileError) as directory:
        load(tmp_path, "here")
    assert directory.value.problems == ("here: cannot be read: Is a directory",)
    assert directory.value.exit_code == 2


# ---- every problem at once -----------------------------------------------------------------


def test_sample() -> None:
    """The sample that the next tests change has no problem of its own."""
    assert told(SAMPLE) == []


def test_every_problem_at_once() -> None:
    """Wrong fields, unknown keys and broken references are told together, in the file's order."""
    text = """\
version: 2
organisation: {name: acme}
organization: {name: Acme Corp, currency: euro}
regions: {home: eu-wst-1}
people:
- {name: alice}
assets:
- {name: orders, owner: o, value: 1,000}
- {name: shop, value: 5, depends_on: [ordres]}
environments:
- name: prod
  account: 1234
  network: {cidr: 10.0.0.0/28, zones: [eu-west-1a], natt: none}
  buckets:
  - {name: a, asset: nothing}
"""
    assert told(text) == [
        "p.yaml:1:10: version: '2': write 1",
        "p.yaml:2:1: organisation: unknown key: did you mean 'organization'?",
        f"p.yaml:3:22: organization.name: 'Acme Corp': {PLAIN}",
        "p.yaml:3:43: organization.currency: 'euro': three capital letters, such as EUR",
        "p.yaml:4:17: regions.home: 'eu-wst-1' is not a region we know: did you mean 'eu-west-1'?",
        (
            "p.yaml:6:3: people.alice: has no keys, so could log in nowhere: add the line of a "
            ".pub file under keys"
        ),
        (
            "p.yaml:8:37: assets.orders.000: unknown key: inside {} a comma ends an entry: write "
            "numbers without commas"
        ),
        "p.yaml:9:3: assets.shop.owner: missing: add it",
        "p.yaml:12:12: environments.prod.account: '1234': 12 digits, quoted or not",
        (
            "p.yaml:13:19: environments.prod.network.cidr: /28 is too small: /16 to /22 have room "
            "for three tiers in up to eight zones"
        ),
        (
            "p.yaml:13:40: environments.prod.network.zones.0: 'eu-west-1a': a zone id such as "
            "euw1-az1, the same in every account (not a name such as eu-west-1a)"
        ),
        "p.yaml:13:53: environments.prod.network.natt: unknown key: did you mean 'nat'?",
        (
            "p.yaml:15:22: environments.prod.buckets.a.asset: 'nothing' is no asset: define it "
            "under assets, with its owner and value"
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: acme", "name: ../../etc/x", f"2:22: organization.name: '../../etc/x': {PLAIN}"),
        ("name: acme", "name: $(id)", f"2:22: organization.name: '$(id)': {PLAIN}"),
        ("name: acme", 'name: "a\\nb"', f"2:22: organization.name: 'a?b': {PLAIN}"),
        ("name: acme", 'name: "\\0"', f"2:22: organization.name: '?': {PLAIN}"),
        ("name: acme", "name: \u0430", f"2:22: organization.name: '\u0430': {PLAIN}"),
        (
            "name: acme",
            "name: [a]",
            "2:16: organization.name: one value is expected here, not a list or a mapping",
        ),
        (
            "name: acme",
            "name: abcdefghijklm",
            "2:22: organization.name: 'abcdefghijklm': at most 12 characters",
        ),
        ("value: 5000", "value: -1", "6:35: assets.orders.value: '-1': 0 or more"),
        (
            "value: 5000",
            "value: 2.5",
            "6:35: assets.orders.value: '2.5': a whole number, without commas or units",
        ),
        (
            "value: 5000",
            "value: " + "9" * 100_000,
            "6:35: assets.orders.value: a whole number of at most 15 digits",
        ),
        (
            "value: 5000",
            "value: 1" + "0" * 15 + "1",
            "6:35: assets.orders.value: '10000000000000001': 1,000,000,000,000,000 or less",
        ),
        (
            "integrity: medium",
            "integrity: hihg",
            (
                "6:52: assets.orders.integrity: 'hihg': one of low, medium, high: did you mean "
                "'high'?"
            ),
        ),
        ("ipv6: no", "ipv6: maybe", "12:74: environments.prod.network.ipv6: 'maybe': yes or no"),
        (
            "retention: 400 days",
            "retention: 400",
            (
                "4:19: logs.retention: a number and a unit (minute, hour, day, week, month, year), "
                "such as 90 days"
            ),
        ),
        (
            "units: [ou-ab12-cdef3456]",
            "units: []",
            "8:15: fleets.all.units: at least one entry is needed",
        ),
        (
            "nat: single",
            "nat: [single]",
            (
                "12:32: environments.prod.network.nat: one value is expected here, one of each "
                "zone, single, none"
            ),
        ),
        (
            "ssm, kms",
            "ssm, secretmanager",
            (
                "12:62: environments.prod.network.endpoints.1: 'secretmanager' is no interface "
                "endpoint we know: did you mean 'secretsmanager'?"
            ),
        ),
        (
            "CostCenter: shop",
            "aws:x: shop",
            (
                "2:42: organization.tags.'aws:x': 'aws:x': aws: and baseline: are kept for "
                "AWS's tags and ours"
            ),
        ),
        (
            "retention: 60 days",
            "retention: 30 days",
            (
                "14:49: environments.prod.buckets.documents.retention: 30 days are under the 35 "
                "days that orders demands: leave it out to get these, or lower the asset's value "
                "or rating"
            ),
        ),
    ],
)
def test_one_problem(old: str, new: str, problem: str) -> None:
    """One wrong value is one problem, at its line and column, in words that say what to do."""
    assert told(sample(old, new)) == [f"p.yaml:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{HEAD}asets: []\n", "p.yaml:4:1: asets: unknown key: did you mean 'assets'?"),
        (f"{HEAD}zebra: []\n", f"p.yaml:4:1: zebra: {KNOWN_AT_TOP}"),
        (f"{HEAD}people:\n- {{name: a, key: {KEY}}}\n", "unknown key: did you mean 'keys'?"),
        (f'{HEAD}"a\\nb.c": 1\n', f"p.yaml:4:1: 'a?b?c': {KNOWN_AT_TOP}"),
        (f"{HEAD}__class__: 1\n", f"p.yaml:4:1: __class__: {KNOWN_AT_TOP}"),
        (f"{HEAD}<<: {{people: []}}\n", f"p.yaml:4:1: '<<': {KNOWN_AT_TOP}"),
    ],
)
def test_unknown_keys(text: str, problem: str) -> None:
    """An unknown key is told with a guess, or with the keys that there are."""
    assert [line for line in told(text) if problem in line]


def test_missing_parts() -> None:
    """What must be there and is not is told at its nearest parent."""
    assert told("people: []\n") == [
        "p.yaml:1:1: organization: missing: add it",
        "p.yaml:1:1: regions: missing: add it",
        "p.yaml:1:1: version: missing: add it",
    ]
    assert told("version: 1\norganization: {}\nregions: {}\n") == [
        "p.yaml:2:1: organization.name: missing: add it",
        "p.yaml:3:1: regions.home: missing: add it",
    ]


def test_keys_that_stand_twice() -> None:
    """Every key that stands twice is told, with the line of the first."""
    text = "version: 1\nversion: 1\norganization: {name: a, name: b}\n"
    assert told(text) == [
        "p.yaml:3:25: 'name' stands twice, first on line 3: keep one",
        "p.yaml:2:1: 'version' stands twice, first on line 1: keep one",
    ]


def test_a_wrong_definition_is_not_missing() -> None:
    """What refers to a definition that is wrong in itself is not told as missing."""
    text = f"{HEAD}assets:\n- {{name: a, value: x, owner: o}}\nrisks:\n"
    assert told(f"{text}- {{asset: a, {RISK}}}\n") == [
        "p.yaml:5:20: assets.a.value: 'x': a whole number, without commas or units"
    ]


def test_a_wrong_key_is_not_a_missing_key() -> None:
    """A person whose only key is wrong is not told to have none."""
    assert told(f"{HEAD}people:\n- {{name: a, keys: [ssh-ed25519 AAAA]}}\n") == [
        (
            "p.yaml:5:20: people.a.keys.0: the key is cut short or damaged: copy the whole line of "
            "the .pub file"
        )
    ]


def test_many_problems() -> None:
    """Beyond a hundred problems the rest is counted."""
    lines = told(HEAD + "".join(f"zz{number}: 1\n" for number in range(250)))
    assert len(lines) == MOST_PROBLEMS + 1
    assert lines[0] == f"p.yaml:4:1: zz0: {KNOWN_AT_TOP}"
    assert lines[-1] == "p.yaml: and 150 more"


def test_many_keys_that_stand_twice() -> None:
    """A hundred thousand keys that stand twice are not a hundred thousand lines."""
    assert len(told("a: 1\n" * 10_000)) <= MOST_PROBLEMS + 1


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{HEAD}people:\n- {{name: a, keys: []}}\n", "people.a"),
        (f"{HEAD}{NETWORK}, zones: [use1-az1, euw1-az1]}}}}\n", "environments.p.network.zones"),
        (
            (
                f"{HEAD}assets:\n{ASSET}}}\nenvironments:\n- {{name: production, account: "
                f"111122223333, buckets: [{{name: {'x' * 24}, asset: a}}]}}\n"
            ),
            f"environments.production.buckets.{'x' * 24}",
        ),
    ],
)
def test_unrelated_problems_hide_nothing(text: str, path: str) -> None:
    """A problem is told beside an unrelated one just as it is told alone."""
    alone, beside = told(text), told(f"{text}zebra: 1\n")
    assert [f" {path}: " in line for line in alone] == [True]
    assert set(alone) < set(beside)


def test_a_key_called_key() -> None:
    """A key that is called as pydantic marks keys is unknown as any other is."""
    assert told(f'{HEAD}"[key]": 1\n') == [f"p.yaml:4:1: '[key]': {KNOWN_AT_TOP}"]


def test_place_of_fleets_of_one_name() -> None:
    """Two fleets of one name are told where they stand, not at the top of the file."""
    fleet = "- {name: all, units: [ou-ab12-cdef3456]}\n"
    (line,) = told(f"{HEAD}fleets:\n{fleet}{fleet}")
    assert line.startswith(("p.yaml:5:", "p.yaml:6:"))


# ---- hostile files -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "# nothing\n", "---\n", "- a\n", "[]", "hello", "'quoted'", "~", "7", "\ufeff"],
)
def test_no_mapping(text: str) -> None:
    """An empty file, a list and a word are no profile."""
    assert told(text) == [NO_MAPPING]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"version: 1\n\x00", "2:1: control character 0x00: remove it"),
        (b"version: 1\na\x07b: 1", "2:2: control character 0x07: remove it"),
        (b"\x1b[2J", "1:1: control character 0x1b: remove it"),
        (b"a: \x7f", "1:4: control character 0x7f: remove it"),
        (b"a: 1\nb: \xff", "2:1: not UTF-8: save the file as UTF-8 text"),
        (b"a: \xed\xa0\x80", "1:1: not UTF-8: save the file as UTF-8 text"),
        (b"a: \xc0\xaf", "1:1: not UTF-8: save the file as UTF-8 text"),
        (HEAD.encode("utf-16"), "1:1: not UTF-8: save the file as UTF-8 text"),
        (
            b"version: 1\n\torganization: a",
            f"2:1: not YAML: found a tab character that violates indentation: {CHECK}",
        ),
        (b"a: [1\nb: 2", f"2:2: not YAML: did not find expected ',' or ']': {CHECK}"),
        (b"%YAML 9.9\n---\na: 1", f"1:1: not YAML: found incompatible YAML document: {CHECK}"),
        (b"? [a]\n: b", "1:3: a key must be a word"),
        (b"? {a: b}\n: c", "1:3: a key must be a word"),
        (b"[a]: b", "1:1: a key must be a word"),
        (
            b'a: !!python/object/apply:os.system ["id"]',
            "1:4: tags (words that begin with !) are refused: write plain values",
        ),
        (b"a: !!int 7", "1:4: tags (words that begin with !) are refused: write plain values"),
        (b"!x {}", "1:1: tags (words that begin with !) are refused: write plain values"),
        (b"a: &x b", "1:4: anchors and aliases are refused: write the value out"),
        (b"a: *x", "1:4: anchors and aliases are refused: write the value out"),
        (
            b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]",
            "1:4: anchors and aliases are refused: write the value out",
        ),
        (b"a: 1\n---\nb: 2", "2:1: a second document: a profile is one file, without ---"),
        (b"[" * 100_000, f"1:26: nested deeper than {DEEPEST} levels"),
        (b"{a: " * 100_000, f"1:98: nested deeper than {DEEPEST} levels"),
        (b"- " * 100_000, f"1:51: nested deeper than {DEEPEST} levels"),
        (b"? " * 100_000, f"1:51: nested deeper than {DEEPEST} levels"),
        (b'"\\ud800": 1', f"1:4: not YAML: found invalid Unicode character escape code: {CHECK}"),
    ],
)
def test_hostile_text(data: bytes, problem: str) -> None:
    """Text that is no plain YAML document is refused where it stops being one."""
    assert told(data) == [f"p.yaml:{problem}"]


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 10_000_000])
def test_too_large(size: int, tmp_path: Path) -> None:
    """A file over the limit is refused unread, from bytes and from disk."""
    problem = f"p.yaml: over {MOST_BYTES:,} bytes, too large for a profile"
    assert told(b"a" * size) == [problem]
    file = tmp_path / "p.yaml"
    file.write_bytes(b"a" * size)
    with pytest.raises(ProfileError) as error:
        load(file, "p.yaml")
    assert error.value.problems == (problem,)


@pytest.mark.parametrize("data", ["a: \x85\x9b", "a: \ufffe", "a: \U0010ffff"])
def test_letters_that_yaml_refuses(data: str) -> None:
    """Letters that YAML does not know are an error of the profile."""
    lines = told(data)
    assert lines
    assert all(line.startswith("p.yaml") for line in lines)


def test_depth_that_is_allowed() -> None:
    """Nesting up to the limit is read, and then found wrong in itself."""
    inside = DEEPEST - 1
    lines = told(f"{HEAD}zebra: {'[' * inside}{']' * inside}\n")
    assert lines == [f"p.yaml:4:1: zebra: {KNOWN_AT_TOP}"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            pytest.param(
                f"{HEAD}environments:\n" + "".join(f"- {{name: e{n}}}\n" for n in range(count)),
                id=f"{count:,} environments",
            )
            for count in (2_000, 20_000)
        ),
        *(
            pytest.param(
                f"{HEAD}assets:\n"
                + "".join(f"- {{name: asset{n}, value: 1, owner: o}}\n" for n in range(count))
                + "risks:\n"
                + "".join(f"- {{asset: asseu{n}, {RISK}}}\n" for n in range(count)),
                id=f"{count:,} misspelt assets",
            )
            for count in (250, 2_000, 2_500)
        ),
        pytest.param(f"{HEAD}zebra: [{'a,' * 20_000}]\n", id="20,000 words"),
        pytest.param(HEAD + "".join(f"k{n}: 1\n" for n in range(2000)), id="2,000 unknown keys"),
        pytest.param(HEAD + "a: " + "x" * 3_000_000, id="one huge word"),
        pytest.param(f"{HEAD}# {'-----BEGIN ' * 200_000}", id="a key that never begins"),
    ],
)
def test_no_hang(text: str) -> None:
    """A file within the limits is judged in a moment, whatever it holds."""
    with processor_seconds(20):
        told(text)


# ---- keys ----------------------------------------------------------------------------------

PUTTY = """\
PuTTY-User-Key-File-3: ssh-ed25519
Encryption: none
Comment: alice
Public-Lines: 1
AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3
Private-Lines: 1
QnVycmllZFNlY3JldE9mQWxpY2VOb3RUb0JlU2hvd24=
Private-MAC: 2b1f6a3c5d7e9f00112233445566778899aabbcc
"""


@pytest.fixture(scope="session")
def private_keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Private keys of every format, made for this test and thrown away."""
    folder = tmp_path_factory.mktemp("keys")
    formats = {
        "OpenSSH": ["-t", "ed25519"],
        "OpenSSH, encrypted": ["-t", "ed25519", "-N", "secret"],
        "PEM": ["-t", "rsa", "-b", "1024", "-m", "PEM"],
        "PEM, ECDSA": ["-t", "ecdsa", "-m", "PEM"],
        "PKCS 8": ["-t", "ecdsa", "-m", "PKCS8"],
        "PKCS 8, encrypted": ["-t", "ecdsa", "-m", "PKCS8", "-N", "secret"],
    }
    keys = {"PuTTY": PUTTY}
    for number, (name, arguments) in enumerate(formats.items()):
        file = folder / str(number)
        phrase = [] if "-N" in arguments else ["-N", ""]
        command = ["ssh-keygen", "-q", *arguments, *phrase, "-f", str(file)]
        subprocess.run(command, check=True, timeout=30)
        keys[name] = file.read_text()
    return keys


KEY_FORMATS = ["PuTTY", "OpenSSH", "OpenSSH, encrypted", "PEM", "PEM, ECDSA"]
KEY_FORMATS += ["PKCS 8", "PKCS 8, encrypted"]


def escaped(key: str) -> str:
    """A key in double quotes, on one line."""
    return '"' + key.replace("\n", "\\n") + '"'


def under(text: str, spaces: int) -> str:
    """Text moved to the right."""
    return textwrap.indent(text, " " * spaces)


PERSON = f"{HEAD}people:\n  - name: alice\n    keys:\n      - "
PASTES: dict[str, Callable[[str], str]] = {
    "quoted": lambda key: f"{PERSON}{escaped(key)}\n",
    "quoted over lines": lambda key: f'{PERSON}"{key}"\n',
    "in single quotes": lambda key: f"{PERSON}'{key}'\n",
    "spaces for lines": lambda key: PERSON + '"' + key.replace("\n", " ") + '"\n',
    "literal": lambda key: f"{PERSON}|\n{under(key, 10)}",
    "folded": lambda key: f"{PERSON}>-\n{under(key, 10)}",
    "bare": lambda key: f"{PERSON}{key}",
    "bare, indented": lambda key: f"{PERSON}{under(key, 8).strip()}\n",
    "instead of the list": lambda key: f"{HEAD}people: {{name: a, keys: {escaped(key)}}}\n",
    "in a list in one line": lambda key: f"{HEAD}people: [{{name: a, keys: [{key}]}}]\n",
    "as the version": lambda key: f"version: {escaped(key)}\n",
    "as a name": lambda key: f"{HEAD}people: [{{name: {escaped(key)}}}]\n",
    "as free text": lambda key: f"{HEAD}isms: {{scope: {escaped(key)}}}\n",
    "as a region": lambda key: f"{HEAD}".replace("eu-west-1", escaped(key)),
    "as a tag": lambda key: HEAD.replace("tiny", f"tiny, tags: {{a: {escaped(key)}}}"),
    "as a key of YAML": lambda key: f"{HEAD}{escaped(key)}: 1\n",
    "as the same key twice": lambda key: f"{HEAD}{escaped(key)}: 1\n{escaped(key)}: 1\n",
    "as a long key of YAML": lambda key: f"{HEAD}? |\n{under(key, 2)}: x\n",
    "in a comment": lambda key: HEAD + textwrap.indent(key, "# "),
    "as the whole file": lambda key: key,
    "in Windows lines": lambda key: key.replace("\n", "\r\n"),
    "after bytes that are no text": lambda key: f"\x00\n{key}",
    "in a second document": lambda key: f"{HEAD}---\n{key}",
    "behind an anchor": lambda key: f"{HEAD}a: &a {escaped(key)}\n",
    "behind a tag": lambda key: f"{HEAD}a: !!binary |\n{under(key, 4)}",
}


def is_echoed(secret: str, lines: list[str]) -> bool:
    """Say whether any eight letters of a secret's body stand in any line."""
    body = [one for one in secret.splitlines() if "-----" not in one and ": " not in one]
    assert body
    pieces = {one[at : at + 8] for one in body for at in range(len(one) - 7)}
    return any(piece in line for line in lines for piece in pieces)


@pytest.mark.parametrize("form", KEY_FORMATS)
@pytest.mark.parametrize("paste", sorted(PASTES))
def test_private_keys(form: str, paste: str, private_keys: dict[str, str]) -> None:
    """A private key is refused by name on its line, in any field and format, and never echoed."""
    key = private_keys[form]
    text = PASTES[paste](key)
    lines = told(text)
    first = text[: text.index(key.split("\n")[0])].count("\n") + 1
    assert lines[0] == f"p.yaml:{first}:1: {PRIVATE_KEY}"
    assert all(line.endswith(PRIVATE_KEY) for line in lines)
    assert not is_echoed(key, lines)


def test_private_key_from_disk(private_keys: dict[str, str], tmp_path: Path) -> None:
    """A private key given as the profile itself shows in nothing that is raised."""
    file = tmp_path / "id_ed25519"
    file.write_text(private_keys["OpenSSH"])
    with pytest.raises(ProfileError) as error:
        load(file, "id_ed25519")
    assert error.value.problems[0] == f"id_ed25519:1:1: {PRIVATE_KEY}"
    shown = [str(error.value), repr(error.value), str(error.value.__cause__)]
    assert not is_echoed(private_keys["OpenSSH"], shown)


def test_body_of_an_openssh_key(private_keys: dict[str, str]) -> None:
    """The body of an OpenSSH key without its first line is known too."""
    body = "".join(private_keys["OpenSSH"].splitlines()[1:-1])
    assert told(f'{PERSON}"{body}"\n') == [f"p.yaml:7:1: {PRIVATE_KEY}"]


@pytest.mark.parametrize(
    "scalar",
    [
        '"-----BEGIN RSA\\x20PRIVATE KEY----- MIIEowIBAAKCAQEA"',
        '"\\u002d----BEGIN PRIVATE KEY----- MIIEowIBAAKCAQEA"',
        "-----BEGIN\n  RSA PRIVATE KEY----- MIIEowIBAAKCAQEA",
        ">-\n    -----BEGIN\n    RSA PRIVATE KEY----- MIIEowIBAAKCAQEA",
        '"-----BEGIN RSA PRIV\\\n  ATE KEY----- MIIEowIBAAKCAQEA"',
    ],
    ids=["escaped space", "escaped dash", "folded", "folded block", "continued"],
)
def test_private_keys_behind_escapes(scalar: str) -> None:
    """A private key is refused whatever way YAML has of writing it."""
    lines = told(f"{HEAD}isms: {{method: m}}\n".replace("{method: m}", f"\n  scope: {scalar}"))
    assert lines
    assert all(line.endswith(PRIVATE_KEY) for line in lines)
    assert not is_echoed("MIIEowIBAAKCAQEA", lines)


@pytest.mark.parametrize(
    "text",
    [
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ---- P2/56wAAAi4AAAA3",
        "\u2014-\u2014BEGIN RSA PRIVATE KEY\u2014-\u2014 MIIEowIBAAKCAQEA",
        "Private-Lines: 1 QnVycmllZFNlY3JldE9mQWxpY2U",
    ],
    ids=["ssh.com", "dashes of a word processor", "second half of PuTTY's"],
)
def test_private_keys_of_other_forms(text: str) -> None:
    """Private keys of ssh.com, or mangled by a word processor, are refused too."""
    assert any(PRIVATE_KEY in line for line in told(f"{HEAD}isms: {{scope: '{text}'}}\n"))


@pytest.mark.parametrize(
    "text",
    ["people: [{name: '%s'}]\n", "'%s': 1\n", "organization: {name: '%s'}\n", "'%s': 1\n'%s': 2\n"],
    ids=["name", "unknown key", "too long", "key twice"],
)
def test_body_of_a_pem_key(text: str, private_keys: dict[str, str]) -> None:
    """A line out of the middle of a PEM key has no name, and is not echoed all the same."""
    line = private_keys["PEM"].splitlines()[3]
    assert not is_echoed(line, told(text.replace("%s", line)))


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("ssh-ed25519", "write the type and the key: ssh-ed25519 AAAA… comment"),
        (KEY[:-4], "the key is cut short or damaged: copy the whole line of the .pub file"),
        (f"{KEY}\u00e9", "the key is not base64: copy the whole line of the .pub file"),
        (
            KEY.replace("ssh-ed25519", "ssh-rsa"),
            "the key inside is of another type than its first word: copy the whole line",
        ),
        (
            KEY.replace("ssh-ed25519", "ssh-dss"),
            "DSA is broken and refused: make a new key with ssh-keygen -t ed25519",
        ),
        (f"{KEY} {'x' * 8192}", "at most 8192 characters"),
        (
            f'command=\\"id\\" {KEY}',
            (
                "a key begins with its type, without options before it; the types are "
                "ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, "
                "sk-ecdsa-sha2-nistp256@openssh.com, sk-ssh-ed25519@openssh.com, ssh-ed25519, "
                "ssh-rsa"
            ),
        ),
    ],
    ids=["type alone", "cut", "no base64", "other type", "DSA", "long comment", "option"],
)
def test_public_keys(key: str, problem: str) -> None:
    """A wrong public key is told at its place, and not echoed."""
    assert told(f'{PERSON}"{key}"\n') == [f"p.yaml:7:9: people.alice.keys.0: {problem}"]


def test_public_key_with_a_second_line() -> None:
    """No second line, with options of its own, rides along behind a sound key."""
    assert told(f'{PERSON}"{KEY} a\\ncommand=\\"id\\" {KEY} b"\n') == [
        (
            "p.yaml:7:9: people.alice.keys.0: one key on one line, without line breaks or control "
            "characters"
        )
    ]


# ---- anything at all -----------------------------------------------------------------------

SPLINTERS = [b"\x00", b"\xff", b"\t", b"\n", b"[", b"{", b"}", b": ", b"- ", b"&a ", b"*a", b"!!x "]
SPLINTERS += [b"'", b'"', b"|\n", b"? ", b"---\n", b"#", b"%", b"\\", b"\xe2\x80\xae", b"9" * 5000]


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """Acme's profile after a few accidents: pieces lost, doubled, moved or broken into."""
    data = ACME.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        splinter = draw(st.sampled_from(SPLINTERS) | st.binary(max_size=6))
        new = draw(st.sampled_from([b"", splinter, data[start:end] * 2, data[start:end][::-1]]))
        data = data[:start] + new + data[end:]
    return data


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
    | mutations()
)
@example(b"")
@settings(max_examples=400, deadline=None)
def test_anything(data: bytes) -> None:
    """Whatever the bytes, a profile comes out or problems that are one printable line each."""
    for line in told(data):
        assert line.startswith("p.yaml")
        assert line.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        f'{HEAD}isms: {{"{"-" * 23}BEGIN RSA\\x20PRIVATE KEY----- {"MIIEow" * 9}": 1}}\n',
        f'{HEAD}"-----BEGIN RSA\\x20PRIVATE KEY----- {"MIIEow" * 9}": 1\n',
        f'{HEAD}"BEGIN RSA\\x20PRIVATE KEY {"MIIEow" * 9}": 1\n' * 2,
        f'"-----BEGIN RSA\\x20PRIVATE KEY----- {"MIIEow" * 9}"\n',
        f'{HEAD}a: "-----BEGIN RSA\\x20PRIVATE KEY----- {"MIIEow" * 9}"\nb: [\n',
    ],
    ids=["long key", "key", "key twice", "whole file", "before broken YAML"],
)
def test_private_keys_in_odd_places(text: str) -> None:
    """Wherever YAML can put one, it is told of as that, and not a letter of it is shown."""
    lines = told(text)
    assert all(PRIVATE_KEY in line for line in lines)
    assert "MIIEow" not in "".join(lines)


def test_a_key_called_key_below() -> None:
    """Also where the parent has fields that are like it."""
    (line,) = told(f'{HEAD}isms: {{scope: s, "[key]": 1}}\n')
    assert line.startswith("p.yaml:4:18: isms.'[key]': unknown key: known here are ")
