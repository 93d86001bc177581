"""Baseline: from an organization profile to AWS infrastructure that is secure by default.

    profile.yaml ─load─▶ Profile ─generate─▶ Stacks ─check─▶ Findings ─report─▶ Document
                                               └─emit, manifest─▶ out/

Nouns are frozen values (`profile`, `stack`, `resource`, `template`, `protection`, `control`,
`document`); verbs are functions from noun to noun (`load`, `generate`, `check`, `lint`, `emit`,
`render`). Parts are one file each in `blueprints/`, `controls/`, `formats/` and `exports/`: the
folder is the registry. Only `cli` and `disk` touch the outside world.
"""

__version__ = "0.1.0"
