"""
The commands for people: sample, complete, score, compare.

A module a command: its flags, and what it shows. They share runs.py (the run that is meant),
reading.py (texts of people, brought into the form of corpora) and screen.py (what is written, to a
terminal or to another program). What is reckoned stands outside: model/scored_text.py,
model/comparison.py, model/writing.py.
"""
