"""Consequences: one file per question put to changes, each with `answer(changes, sides)`.

A part gets all changes and both sides as they stand, and gives the changes back with what it found.
Those with `ANSWERS_FIRST` come before the others, which ask what they found.
"""
