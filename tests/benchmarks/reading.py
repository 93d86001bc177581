"""Reading: what is deployed, read from a server that throttles, and the second diff of 40 stacks.

    python -m tests.benchmarks.reading

Prints each figure beside the one it must not pass; it judges nothing and always exits 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.sax.saxutils import escape

from baseline.aws import connect
from baseline.deployed import deployed, handed_in, stateful
from baseline.plan import stack_policy
from baseline.stack import Stack
from tests.fault import Fault, TokenBucket, environment, many_stacks, serving, xml
from tests.small import HOME, VPC, stack

FORTY = """\
version: 1
organization: {name: tiny}
regions: {home: eu-west-1}
assets: [{name: data, owner: them, value: 1}]
environments:
  - name: prod
    account: "111122223333"
    network: {cidr: 10.0.0.0/16}
    buckets: [BUCKETS]
"""


def serve(fault: Fault, stacks: list[Stack]) -> None:
    """Make the server answer as if these were deployed."""
    texts = {one.name: handed_in(one) for one in stacks}
    many_stacks(fault, texts, {one.name: one.tags for one in stacks})
    policies = {f"arn:stack/{one.name}": stack_policy(stateful(one.template)) for one in stacks}
    fault.answers["GetStackPolicy"] = lambda params: xml(
        "GetStackPolicy",
        f"<StackPolicyBody>{escape(policies[params['StackName']])}</StackPolicyBody>",
    )


def throttled(rate: float) -> None:
    """Two hundred stacks, from a bucket of so many tokens a second."""
    stacks = [stack(f"net{number}", {"Vpc": VPC}) for number in range(200)]
    fault = Fault()
    serve(fault, stacks)
    with serving(fault):
        os.environ.update(environment(fault))
        cloud = connect()
        cloud.identity(HOME)
        requests = len(stacks) + 2
        fault.bucket = TokenBucket(rate, rate)
        begin = time.monotonic()
        found = deployed(stacks, cloud)
        seconds = time.monotonic() - begin
    assert len(found.standing) == len(stacks)
    ideal = (requests - rate) / rate
    print(f"200 stacks at {rate:.0f} a second: {seconds / ideal:.2f} of the ideal time (most 1.30)")


def second_diff() -> None:
    """CPU of `diff --deployed` of 40 unchanged stacks, the whole process, second run."""
    from baseline.generate import generate
    from baseline.load import loads

    names = ", ".join(f"{{name: bucket{number}, asset: data}}" for number in range(37))
    text = FORTY.replace("BUCKETS", names)
    stacks = list(generate(loads(text.encode(), "forty.yaml")[0]))
    fault = Fault()
    serve(fault, stacks)
    with serving(fault), tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "forty.yaml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "baseline", "diff", "--deployed"]
        variables = os.environ | environment(fault) | {"XDG_CACHE_HOME": folder}
        for _ in range(2):
            before = os.times()
            done = subprocess.run(
                command, cwd=folder, env=variables, check=False, capture_output=True, text=True
            )
            after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
    print(f"second diff of {len(stacks)} stacks: {cpu:.2f} s of CPU (most 1.00)")
    print(done.stdout.splitlines()[0] if done.stdout else done.stderr)


def main() -> None:
    """Print all of them."""
    for rate in (10, 20, 40):
        throttled(rate)
    second_diff()


if __name__ == "__main__":
    main()
