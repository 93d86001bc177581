"""Baseline: from an organization profile to AWS infrastructure that is secure by default.

    profile.yaml ─load─▶ Profile ─generate─▶ Stacks ─check─▶ Findings ─report─▶ Document
                                               └─emit, manifest─▶ out/

Nouns are frozen values (`profile`, `stack`, `resource`, `template`, `protection`, `control`,
`framework`, `document`); verbs are functions from noun to noun (`load`, `generate`, `check`,
`lint`, `emit`, `render`). Parts are one file each in `blueprints/`, `controls/`, `formats/` and
`exports/`: the folder is the registry. A check asks the `catalogue` of controls, first of each
resource in all its `worlds`, then of accounts, and `accept` applies the exceptions of the profile.
Only `cli`, `disk` and `subjects` touch the outside world; `cfn_lint_rules` is our controls in
cfn-lint's editors.
"""

__version__ = "0.1.0"
