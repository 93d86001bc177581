"""cfn-lint rules: our controls for those who have cfn-lint in their editor.

    cfn-lint --append-rules baseline.cfn_lint_rules template.yaml

or with this folder's path, where cfn-lint and baseline are installed together.
"""

from baseline.cfn_lint_rules import controls

globals().update(controls.rules())
