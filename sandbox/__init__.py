"""Sandbox: a local AWS on loopback, to try baseline on without an account.

MiniStack, pinned, in an environment of its own (`.venv-sandbox`), because it pins what we do not.
`server` starts and stops it from any Python; `emulator` is what runs in that environment; and
`extension` teaches its CloudFormation the types that we generate and it lacks. Nothing in baseline
imports any of this.
"""
