"""Baseline: from an organization profile to AWS infrastructure that is secure by default.

    profile.yaml ─load─▶ Profile ─generate─▶ Stacks ─check─▶ Findings ─report─▶ Document ─render─▶
                                               ├─emit, manifest─▶ out/
                                               └─diff─▶ Changes ─plan─▶ Plan ─deploy─▶ Events
                                                           ▲                      │
                                                    drift ─┘     Cloud ◀──────────┘

Nouns are frozen values (`profile`, `stack`, `resource`, `template`, `protection`, `control`,
`framework`, `change`, `cloud`, `document`); verbs are functions from noun to noun (`load`,
`generate`, `check`, `lint`, `diff`, `plan`, `deploy`, `drift`, `emit`, `render`). Parts are a file
or a folder in `blueprints/`, `controls/`, `consequences/`, `formats/` and `exports/`: the folder
is the registry. A check asks the `catalogue` of controls, first of each resource in all its
`worlds`, then of accounts, and `accept` applies the exceptions of the profile. `cloud` is what we
need of AWS, as a protocol; `aws` is its twin in boto3. Only `cli`, `live`, `disk`, `revision` and
`subjects` touch the outside world; `cfn_lint_rules` is our controls in cfn-lint's editors.
"""

__version__ = "0.1.0"
