"""Command line: the only place that knows the terminal, the environment and where files lie.

A command opens, calls a verb and prints; what takes long to import is imported where it is used,
so that `baseline --help` is instant. Exit codes: 0 nothing to say, 1 something found, 2 wrong
input, 3 AWS refused, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from baseline import __version__
from baseline.errors import BaselineError, ProfileError
from baseline.words import printable

if TYPE_CHECKING:
    from baseline.check import Checked
    from baseline.document import Document
    from baseline.kept import Cache
    from baseline.live import Order, World
    from baseline.plan.saved import Choices
    from baseline.profile import Profile
    from baseline.source import Source
    from baseline.stack import Stack
    from baseline.template import Template

FOUND, WRONG_INPUT, INTERRUPTED = 1, 2, 130
READER_GONE = 141  # as the shell reports a process that a closed pipe ended
FORMS = ("text", "markdown", "json", "sarif", "junit", "github")
SEVERITIES = ("unknown", "informational", "low", "medium", "high", "critical")

Command = Callable[..., int]

profile_argument = click.argument("profile", required=False, type=click.Path(path_type=Path))


def _aws_options(command: Command) -> Command:
    """Options of every command that speaks to AWS."""
    for option in (
        click.option("--aws-profile", default="", help="Profile of the AWS configuration to use."),
        click.option("--role", default="", help="Role to assume in each account, by its name."),
        click.option("--stack", "pattern", help="Only stacks whose name matches: 'bucket-*'."),
        click.option("--environment", help="Only this environment."),
    ):
        command = option(command)
    return command


def _asking_options(command: Command) -> Command:
    """Options of every command that changes something in AWS."""
    for option in (
        click.option(
            "--minutes",
            type=click.IntRange(1, 24 * 60),
            default=180,
            show_default=True,
            help="How long to wait for one stack.",
        ),
        click.option(
            "--accept",
            multiple=True,
            metavar="STACK/RESOURCE",
            help="Accept by name what --yes never covers: loss of data, wider access, the "
            "irreversible, stacks that go. May be given again; for wider access * stands for any "
            "letters.",
        ),
        click.option("--yes", is_flag=True, help="Ask nothing; what must be named still must."),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="baseline")
def commands() -> None:
    """Make an organization on AWS secure by default, and able to prove it.

    One file, the organization profile, becomes CloudFormation templates for review. Start with
    `baseline init`, then `baseline generate` and `baseline lint`.
    """


def main() -> None:
    """Run a command and exit with its code.

    Garbage is looked for rarely: a command ends soon, and cfn-lint allocates much of which almost
    all goes by itself.
    """
    gc.set_threshold(1_000_000, 50, 1000)
    try:
        with commands.make_context("baseline", sys.argv[1:]) as context:
            code = commands.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        _complain(error.show)
        code = WRONG_INPUT
    except BaselineError as error:
        for problem in error.problems:
            _complain(partial(click.echo, printable(problem), err=True))
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain(partial(click.echo, "interrupted", err=True))
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_GONE
    # Everything goes now; looking through it for garbage once more would take longer than a lint.
    gc.freeze()
    sys.exit(code)


def _complain(say: Callable[[], None]) -> None:
    """Write to standard error; that nobody listens changes no exit code."""
    try:
        say()
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


# ---- commands ------------------------------------------------------------------------------


@commands.command()
@profile_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--environment", help="Only this environment or fleet.")
@click.option("--stack", "pattern", help="Only stacks whose name matches, such as 'bucket-*'.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would change.")
def generate(
    profile: Path | None, out: Path, environment: str | None, pattern: str | None, check: bool
) -> int:
    """Write the templates of PROFILE, and a manifest, below the output folder.

    Templates that an earlier run wrote and that are no longer wanted are removed; nothing else in
    the folder is touched.
    """
    from baseline.generate import generate as generate_stacks

    loaded, _ = _load(profile)
    stacks = generate_stacks(loaded)
    chosen = _chosen(stacks, environment, pattern)
    organization = loaded.organization.name
    files, removed = _wanted(out, organization, stacks, chosen)
    changed = sorted(name for name, text in files.items() if _on_disk(out / name) != text)
    if check:
        return _checked(out, changed, removed)
    from baseline.disk import replace

    if changed or removed:
        replace(out, {name: files[name] for name in changed}, removed)
    _show(_written(out, organization, chosen, files, set(changed), removed))
    return 0


@commands.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="Region to judge templates that are files for, may be given again; us-east-1 if not.",
)
@click.option(
    "--format",
    "forms",
    multiple=True,
    metavar="FORM[=FILE]",
    help=f"How to show what is found: {', '.join(FORMS)}; with =FILE, written there. May be "
    "given again.  [default: text]",
)
@click.option("--framework", help="Only controls that this framework asks for, such as cis-aws-5.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default=SEVERITIES[0],
    show_default=True,
    help="Exit 1 from this severity on; unknown is what cannot be judged.",
)
@click.option(
    "--profile",
    "exceptions",
    type=click.Path(path_type=Path),
    help="Profile whose exceptions hold for templates that are files.",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep earlier results.")
def lint(
    files: Sequence[Path],
    regions: Sequence[str],
    forms: Sequence[str],
    framework: str | None,
    fail_on: str,
    exceptions: Path | None,
    no_cache: bool,
) -> int:
    """Judge what a profile generates, or templates that exist (files and folders).

    Every control of the catalogue, and every rule of cfn-lint with informational and experimental
    ones. Exits 1 when something is found, or cannot be judged.
    """
    from baseline.check import examine
    from baseline.control import Severity
    from baseline.subjects import of_files, of_profile

    outputs = _outputs(forms)
    only = _asked_by(framework) if framework else None
    named = files or [_only_profile(Path())]
    is_profile = len(named) == 1 and named[0].is_file() and _is_profile(named[0])
    of = named[0] if is_profile else exceptions
    profile, source = _load(of) if of else (None, None)
    if is_profile and exceptions:
        raise ProfileError("--profile is for templates that are files: a profile has its own")
    cache = _cache(no_cache)
    if profile and is_profile:
        found = of_profile(profile)
    else:
        found = of_files(named, regions or ("us-east-1",), cache)
    checked = examine(
        *(found.all, found.regions, cache, datetime.now(UTC).date(), source),
        profile.exceptions if profile else (),
        only=only,
        is_whole=is_profile,
    )
    for form, path in outputs:
        _deliver(_shown(checked, form, is_coloured=path is None and _has_colours()), path)
    for problem in found.problems:
        _complain(partial(click.echo, printable(problem), err=True))
    if found.problems:
        return WRONG_INPUT
    least = Severity[fail_on.upper()]
    is_found = any(
        one.state in ("open", "cannot judge") and one.severity >= least for one in checked.findings
    )
    return FOUND if is_found else 0


@commands.command()
@click.argument("what")
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    help="Profile that STACK/RESOURCE belongs to; the only one of this folder if not given.",
)
def explain(what: str, profile: Path | None) -> int:
    """Say why there is a CONTROL, a CLAUSE, a FRAMEWORK, or a resource (STACK/RESOURCE).

    For a control: why it exists, who asks for it, and the smallest bad and good example. For a
    clause: which controls meet it, or who does. For a resource: who asked for it, and all verdicts.
    """
    from baseline.explain import of_resource, of_word

    if "/" in what:
        loaded, source = _load(profile)
        _show(of_resource(what, loaded, source, datetime.now(UTC).date()))
    else:
        _show(of_word(what))
    return 0


@commands.command()
@click.option("--framework", help="Only controls that this framework asks for, such as cis-aws-5.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "text"]),
    default="text",
    show_default=True,
    help="How to show them.",
)
def controls(framework: str | None, form: str) -> int:
    """List the catalogue: every control, what must hold, and how many clauses ask for it."""
    from baseline.explain import catalogue

    _show(catalogue(framework), form)
    return 0


@commands.command()
@click.argument("places", nargs=-1, metavar="[BEFORE AFTER | PROFILE]")
@click.option("--against", help="Folder (or git:REV) with what PROFILE generated before.")
@click.option(
    "--fail-on",
    "fail_on",
    help="Exit 1 only for these: loses-data, widens-access, irreversible, refused, "
    "breaks-controls, replaces; several with commas.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "json", "markdown", "text"]),
    default="text",
    show_default=True,
    help="How to show the changes; markdown fits a comment of a pull request.",
)
@click.option("--full", is_flag=True, help="Shorten no value and leave nothing out.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep templates read before.")
@click.option("--deployed", is_flag=True, help="Compare PROFILE with what is deployed in AWS.")
@click.option(
    "--change-set",
    "asks_cloudformation",
    is_flag=True,
    help="With --deployed: show CloudFormation's own answer, too.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --deployed: write the plan to a file, for `baseline deploy FILE`.",
)
@_aws_options
@click.pass_obj
def diff(
    world: World | None,
    /,
    places: Sequence[str],
    against: str | None,
    fail_on: str | None,
    form: str,
    full: bool,
    no_cache: bool,
    deployed: bool,
    asks_cloudformation: bool,
    save: Path | None,
    **where: str,
) -> int:
    """Say what a change of templates means: what is replaced, lost, opened or broken.

    BEFORE and AFTER are templates or folders of them; git:REV is what a revision had in out/, and
    git:REV:PATH elsewhere. With --against, what PROFILE generates is compared with a folder;
    with --deployed, with what stands in AWS, as a plan of what `baseline deploy` would do.
    Exits 0 where nothing differs in meaning, 1 where something does, 2 for unreadable input.
    """
    from baseline.diff import diff_stacks
    from baseline.diff.report import outcome, shown_as

    if deployed:
        if len(places) > 1 or against is not None or fail_on is not None:
            raise ProfileError("--deployed: name one profile, without --against and --fail-on")
        from baseline import live

        order, choices = _order(Path(places[0]) if places else None, where, _cache(no_cache))
        outside = world or live.World()
        return live.diff(
            order,
            outside.connect(where["aws_profile"], where["role"]),
            outside.clock,
            form,
            asks_cloudformation=asks_cloudformation,
            save=(save, choices) if save else None,
        )
    if asks_cloudformation or save or any(where.values()):
        raise ProfileError("--change-set, --save, --environment, --stack and --role: --deployed")
    wanted = _fail_on(fail_on)
    cache = _cache(no_cache)
    before, after, assets = (
        _of_profile(places, against, cache) if against is not None else _two_sides(places, cache)
    )
    today = datetime.now(UTC).date()
    changes = diff_stacks(before, after, today=today, assets=assets)
    click.echo(shown_as(changes, form, full=full), nl=False)
    if wanted is None:
        return FOUND if changes else 0
    happened = outcome(changes, wanted)
    if happened:
        _complain(partial(click.echo, f"--fail-on: {', '.join(happened)}", err=True))
    return FOUND if happened else 0


@commands.command()
@click.argument("plan", required=False, metavar="[PLAN | PROFILE]", type=click.Path(path_type=Path))
@click.option(
    "--import",
    "imports",
    multiple=True,
    metavar="STACK/RESOURCE=ID",
    help="Take over a resource that exists, by its primary identifier. May be given again.",
)
@_asking_options
@_aws_options
@click.pass_obj
def deploy(
    world: World | None,
    /,
    plan: Path | None,
    imports: Sequence[str],
    yes: bool,
    accept: Sequence[str],
    minutes: int,
    **where: str,
) -> int:
    """Make what is deployed what PROFILE asks for, or carry out a saved PLAN as saved.

    Shows the plan, then each wave's change sets before it begins, and asks. Interrupted, it may be
    run again. Exits 0 when all was done, 1 when it was declined or something is not deployed by
    this version, 3 when AWS refused or something is not done.
    """
    from functools import partial as bound

    from baseline import live
    from baseline.plan import saved as saved_plans

    text = _on_disk(plan) if plan else None
    saved = saved_plans.read(text, str(plan)) if text and saved_plans.is_saved(text) else None
    if saved and (imports or where["environment"] or where["pattern"]):
        raise ProfileError(f"{plan}: a saved plan says itself what it is for")
    if saved:
        chosen = saved.choices
        plan, imports = Path(chosen.profile), chosen.imports
        where |= {"environment": chosen.environment or "", "pattern": chosen.pattern or ""}
    order, _ = _order(plan, where, _cache(no_cache=False), imports, minutes)
    outside = world or live.World()
    cloud = outside.connect(where["aws_profile"], where["role"])
    if saved is None or plan is None:
        return live.deploy(order, cloud, outside, accept, yes=yes)
    refusals = bound(saved_plans.refusals, saved, profile=plan.read_bytes())
    return live.deploy(order, cloud, outside, accept, yes=yes, refusals=refusals)


@commands.command()
@profile_argument
@_asking_options
@_aws_options
@click.pass_obj
def bootstrap(
    world: World | None,
    /,
    profile: Path | None,
    yes: bool,
    accept: Sequence[str],
    minutes: int,
    **where: str,
) -> int:
    """Make in each account of PROFILE what deploying needs, as a stack of its own.

    Roles to deploy, to execute and to read, within boundaries; a bucket for long templates; trust
    in the pipelines that the profile names (`bootstrap:`). Shown before it is made; the one thing
    that an administrator does.
    """
    from baseline import live

    order, _ = _order(profile, where, _cache(no_cache=False), (), minutes, is_bootstrap=True)
    outside = world or live.World()
    cloud = outside.connect(where["aws_profile"], where["role"])
    return live.deploy(order, cloud, outside, accept, yes=yes)


@commands.command()
@profile_argument
@_asking_options
@_aws_options
@click.pass_obj
def destroy(
    world: World | None,
    /,
    profile: Path | None,
    yes: bool,
    accept: Sequence[str],
    minutes: int,
    **where: str,
) -> int:
    """Delete the stacks of PROFILE that are deployed, importers first.

    A stack that holds data goes only when it is named with --accept; what its template says is kept
    stays in the account, and is listed.
    """
    from baseline import live

    order, _ = _order(profile, where, _cache(no_cache=False), (), minutes)
    outside = world or live.World()
    cloud = outside.connect(where["aws_profile"], where["role"])
    return live.destroy(order, cloud, outside, accept, yes=yes)


@commands.command()
@profile_argument
@click.option("--strict", is_flag=True, help="Exit 1, too, where something was not checked.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "json")),
    default="text",
    help="How to show it.",
)
@click.option("--revert", is_flag=True, help="Put back what drifted: plan, ask, do, look again.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --accept: the day on which what is recorded ends.",
)
@click.option("--reason", default="", help="With --accept: why it may stay.")
@click.option("--approved-by", default="", help="With --accept: who decided that.")
@_asking_options
@_aws_options
@click.pass_obj
def drift(
    world: World | None,
    /,
    profile: Path | None,
    strict: bool,
    form: str,
    revert: bool,
    until: datetime | None,
    reason: str,
    approved_by: str,
    yes: bool,
    accept: Sequence[str],
    minutes: int,
    **where: str,
) -> int:
    """Compare what PROFILE deployed with what is really there; only --revert changes AWS.

    Every resource is the same, drifted, or not checked with the reason. Without --revert, --accept
    STACK/RESOURCE records a drift in the profile as an exception, with --until, --reason and
    --approved-by. Exits 1 where something drifted that nobody accepted.
    """
    from baseline import live

    path = profile or _only_profile(Path())
    recording = None
    if accept and not revert:
        if not (until and reason and approved_by):
            raise ProfileError("--accept records an exception: --until, --reason, --approved-by")
        recording = live.Recording(accept, until.date(), reason, approved_by)
    elif until or reason or approved_by:
        raise ProfileError("--until, --reason and --approved-by go with --accept")
    order, _ = _order(path, where, _cache(no_cache=False), (), minutes)
    outside = world or live.World()
    return live.drift(
        order,
        outside.connect(where["aws_profile"], where["role"]),
        outside,
        (path, _load(path)[0]),
        form,
        strict=strict,
        recording=recording,
        revert=accept if revert else None,
        yes=yes,
    )


@commands.command()
@profile_argument
def validate(profile: Path | None) -> int:
    """Check PROFILE and say every problem in it; write nothing."""
    from baseline.document import Document, Table
    from baseline.generate import generate as generate_stacks

    loaded, source = _load(profile)
    stacks = generate_stacks(loaded)
    rows = (
        ("environments", len(loaded.environments)),
        ("fleets", len(loaded.fleets)),
        ("assets", len(loaded.assets)),
        ("people", len(loaded.people)),
        ("stacks", len(stacks)),
    )
    _show(Document(f"{source.file} is sound.", (Table(("what", "count"), rows),)))
    return 0


@commands.command()
def schema() -> int:
    """Print the JSON Schema of the profile, for editors."""
    import json

    from baseline.profile import Profile

    described = Profile.model_json_schema()
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    click.echo(json.dumps(described, indent=2))
    return 0


@commands.command()
@click.argument("file", default="profile.yaml", type=click.Path(path_type=Path))
def init(file: Path) -> int:
    """Write a commented starter profile to FILE (profile.yaml unless given)."""
    from importlib.resources import files

    text = files("baseline.templates").joinpath("starter.yaml").read_text(encoding="utf-8")
    if file.exists() or file.is_symlink():
        raise ProfileError(f"{file}: exists already: name another file, or remove it first")
    from baseline.disk import replace

    replace(file.parent, {file.name: text})
    click.echo(f"Wrote {file}. Put in your own names, then: baseline generate {file}")
    return 0


# ---- reading -------------------------------------------------------------------------------


def _load(profile: Path | None) -> tuple[Profile, Source]:
    from baseline.load import load

    return load(profile or _only_profile(Path()))


def _order(
    path: Path | None,
    where: Mapping[str, str],
    cache: Cache,
    imports: Sequence[str] = (),
    minutes: int = 180,
    *,
    is_bootstrap: bool = False,
) -> tuple[Order, Choices]:
    """What a command that speaks to AWS is asked for: the stacks of the sites it is about.

    The stacks of bootstrap are apart: only its own command ever touches them.
    """
    from baseline.diff.assets import assets
    from baseline.generate import generate as generate_stacks
    from baseline.live import Order
    from baseline.plan import BOOTSTRAP
    from baseline.plan.saved import Choices, digest
    from baseline.profile import Bootstrap

    path = path or _only_profile(Path())
    loaded, _ = _load(path)
    if is_bootstrap and loaded.bootstrap is None:
        loaded = loaded.model_copy(update={"bootstrap": Bootstrap()})
    stacks = generate_stacks(loaded)
    if not is_bootstrap:
        stacks = tuple(one for one in stacks if not one.name.endswith(BOOTSTRAP))
    environment, pattern = where["environment"] or None, where["pattern"] or None
    chosen = _chosen(stacks, environment, pattern)
    sites = {stack.site for stack in chosen}
    order = Order(
        stacks=[stack for stack in stacks if stack.site in sites],
        chosen=frozenset(
            stack.name for stack in chosen if stack.name.endswith(BOOTSTRAP) == is_bootstrap
        ),
        imports=imports,
        assets=assets(loaded, stacks, {stack.name: stack.name for stack in stacks}),
        today=datetime.now(UTC).date(),
        cache=cache,
        minutes=minutes,
    )
    profile_hash = digest(path.read_bytes())
    return order, Choices(str(path), profile_hash, environment, pattern, tuple(imports))


def _only_profile(folder: Path) -> Path:
    """The one profile in a folder; an error that says what to do where there is none, or more."""
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in (".yaml", ".yml") and path.is_file() and _is_profile(path)
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise ProfileError("no profile in this folder: name one, or make one with `baseline init`")
    names = ", ".join(path.name for path in found)
    raise ProfileError(f"several profiles in this folder ({names}): name one")


def _is_profile(path: Path) -> bool:
    """Say whether a file looks like a profile: it names an organization, and no resources."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4_000_000)
    except OSError:
        return False
    named = re.search(rb"^organization[ \t]*:", start, re.MULTILINE)
    return bool(named) and not re.search(rb"^Resources[ \t]*:", start, re.MULTILINE)


def _fail_on(text: str | None) -> tuple[str, ...] | None:
    """Names of what must not happen; None where any difference counts."""
    if text is None:
        return None
    from baseline.diff.report import FAIL_ON
    from baseline.words import closest, quote

    found = tuple(one.strip() for one in text.split(",") if one.strip())
    problems = [
        f"--fail-on: {quote(one)} is unknown"
        f"{closest(one, FAIL_ON) or ': one of ' + ', '.join(FAIL_ON)}"
        for one in found
        if one not in FAIL_ON
    ]
    if problems:
        raise ProfileError(problems)
    return found


_Sides = tuple[
    "Mapping[str, Template]",
    "Mapping[str, Template | Mapping[str, Any]]",
    Mapping[tuple[str, str], tuple[str, int | None]],
]


def _two_sides(places: Sequence[str], cache: Cache) -> _Sides:
    """Templates on both sides; `git:REV` alone is compared with out/ as it is."""
    from baseline.revision import PREFIX, templates

    if len(places) == 1 and places[0].startswith(PREFIX):
        places = (places[0], places[0].split(":", 2)[2] if places[0].count(":") > 1 else "out")
    if len(places) != 2:
        raise ProfileError("name BEFORE and AFTER, or a profile with --against FOLDER")
    before, after = (templates(place, cache) for place in places)
    if len(before) == len(after) == 1 and before.keys() != after.keys():
        return {"": next(iter(before.values()))}, {"": next(iter(after.values()))}, {}
    return before, after, {}


def _of_profile(places: Sequence[str], against: str, cache: Cache) -> _Sides:
    """What a folder has, what the profile generates, and which assets that serves."""
    from baseline.diff.assets import assets
    from baseline.generate import generate as generate_stacks
    from baseline.revision import templates

    if len(places) > 1:
        raise ProfileError("--against: name one profile")
    loaded, _ = _load(Path(places[0]) if places else None)
    stacks = generate_stacks(loaded)
    before = templates(against, cache)
    names = {stack.name: stack.file.rpartition(".")[0] for stack in stacks}
    organization = f"{loaded.organization.name}/"
    if not any(name.startswith(organization) for name in before):
        names = {name: file.removeprefix(organization) for name, file in names.items()}
    else:
        before = {name: one for name, one in before.items() if name.startswith(organization)}
    after = {names[stack.name]: stack.template for stack in stacks}
    return before, after, assets(loaded, stacks, names)


def _cache(no_cache: bool) -> Cache:
    from baseline.disk import FolderCache
    from baseline.kept import NoCache

    if no_cache:
        return NoCache()
    from platformdirs import user_cache_path

    return FolderCache(user_cache_path("baseline") / "lint")


# ---- writing -------------------------------------------------------------------------------


def _chosen(
    stacks: Sequence[Stack], environment: str | None, pattern: str | None
) -> tuple[Stack, ...]:
    from fnmatch import fnmatchcase

    from baseline.words import closest, quote

    sites = {stack.site for stack in stacks}
    if environment is not None and environment not in sites:
        guess = closest(environment, sites) or f": there are {', '.join(sorted(sites)) or 'none'}"
        raise ProfileError(f"--environment: {quote(environment)} has no stacks{guess}")
    chosen = tuple(
        stack
        for stack in stacks
        if environment in (None, stack.site)
        and (
            pattern is None
            or fnmatchcase(stack.short_name, pattern)
            or fnmatchcase(stack.name, pattern)
        )
    )
    if pattern is not None and not chosen:
        names = sorted({stack.short_name for stack in stacks})
        guess = closest(pattern, names) or f": there are {', '.join(names)}"
        raise ProfileError(f"--stack: nothing matches {quote(pattern)}{guess}")
    return chosen


def _wanted(
    out: Path, organization: str, stacks: Sequence[Stack], chosen: Sequence[Stack]
) -> tuple[dict[str, str], list[str]]:
    """Texts of the files that this run answers for, and the files that it would remove."""
    from baseline.emit import emit
    from baseline.manifest import entries, manifest

    name = f"{organization}/manifest.json"
    before = _on_disk(out / name)
    known = entries(before, str(out / name)) if before is not None else {}
    ours = {stack.name for stack in chosen}
    whole = len(chosen) == len(stacks)
    kept = {} if whole else {key: entry for key, entry in known.items() if key not in ours}
    files = {stack.file: emit(stack) for stack in chosen}
    files[name] = manifest(organization, stacks, chosen, kept)
    gone = {f"{organization}/{entry['file']}" for entry in known.values()}
    gone -= {f"{organization}/{entry['file']}" for entry in kept.values()}
    return files, sorted(file for file in gone - set(files) if _on_disk(out / file) is not None)


def _on_disk(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        return ""


def _checked(out: Path, changed: Sequence[str], removed: Sequence[str]) -> int:
    for name in changed:
        state = "differs" if (out / name).exists() else "missing"
        click.echo(f"{out / name}: {state}")
    for name in removed:
        click.echo(f"{out / name}: no longer generated")
    if changed or removed:
        click.echo("Not what would be written: run baseline generate and review the change.")
        return FOUND
    click.echo(f"{out} is what would be written.")
    return 0


def _written(
    out: Path,
    organization: str,
    chosen: Sequence[Stack],
    files: Mapping[str, str],
    changed: set[str],
    removed: Sequence[str],
) -> Document:
    from baseline.document import Block, Document, Items, Table, Text

    rows = tuple(
        (
            stack.name,
            len(stack.resources),
            len(files[stack.file].encode()),
            ", ".join(stack.regions),
            "written" if stack.file in changed else "unchanged",
        )
        for stack in chosen
    )
    blocks: list[Block] = [Table(("stack", "resources", "bytes", "regions", "file"), rows)]
    if removed:
        blocks.append(Items((("Removed:", tuple(str(out / name) for name in removed)),)))
    folder = out / organization
    blocks.append(Text(f"In {folder}: read a template, then judge them all with `baseline lint`."))
    return Document(f"Generated {organization}", tuple(blocks))


def _show(document: Document, form: str = "text") -> None:
    from baseline.render import render

    click.echo(render(document, form, _has_colours()), nl=False)


def _asked_by(framework: str) -> Collection[str]:
    from baseline.framework import controls_of

    return controls_of(framework)


def _has_colours() -> bool:
    """Colour only for a person at a terminal who has not asked for none. Source: no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _outputs(forms: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Formats as asked for, each with its file, or None for standard output."""
    from baseline.words import closest, quote

    found: list[tuple[str, Path | None]] = []
    problems = []
    for asked in forms or ("text",):
        form, equals, path = asked.partition("=")
        if form not in FORMS:
            guess = closest(form, FORMS) or f": one of {', '.join(FORMS)}"
            problems.append(f"--format: {quote(form)} is no format{guess}")
        if equals and not path:
            problems.append(f"--format: {form}= names no file: write {form}=FILE")
        found.append((form, Path(path) if equals else None))
    targets = [path for _, path in found]
    if targets.count(None) > 1:
        problems.append("--format: only one goes to standard output: give the others =FILE")
    twice = {path for path in targets if path and targets.count(path) > 1}
    problems += [f"--format: {path} is named twice" for path in sorted(twice)]
    if problems:
        raise ProfileError(problems)
    return found


def _shown(checked: Checked, form: str, *, is_coloured: bool) -> str:
    """What was found, in a format for people or for machines."""
    from baseline import registry

    if form in registry.names("formats"):
        from baseline.findings import report
        from baseline.render import render

        return render(report(checked), form, is_coloured)
    files = [row.file for row in checked.judged]
    text: str = registry.part("exports", form).write(checked.findings, files)
    return text


def _deliver(text: str, path: Path | None) -> None:
    """Write to a file, or to standard output."""
    if path is None:
        click.echo(text, nl=False)
        return
    from baseline.disk import replace

    replace(path.parent, {path.name: text})
