"""The command line itself: flags, help, and how it ends."""

import re
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from model.__main__ import parser
from model.commands.settings import HELP, flag
from model.sampling import SampleConfig

ROOT = Path(__file__).parents[3]
COMMANDS = ("sample", "complete", "score", "compare")


def test_flags_are_the_fields_of_sample_config_one_to_one():
    kinds = {field.name: field.type for field in fields(SampleConfig)}
    assert {name: kind for name, (kind, _) in HELP.items()} | {"prompt": str} == kinds


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_that_can_be_called(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args([command, "--help"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    _, _, end = told.partition("examples:")
    examples = re.findall(rf"python -m model ({command} .*)", end)
    assert len(examples) >= 2
    for example in examples:
        words = re.split(r" [<|>] ", example)[0].replace("'", "").split()
        assert parser().parse_args(words).run == Path("results/ballad")
    if command != "score":
        assert all(flag(name) in told for name in HELP)


def test_help_is_shown_without_torch():
    code = (
        "import sys; from model.__main__ import parser; parser().format_help()\n"
        "print([name for name in ('torch', 'rich', 'pyarrow') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert told.stdout == "[]\n", told.stderr


def start(runs, *arguments):
    command = [sys.executable, "-m", "model", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )


def hear_interrupts():
    """Undo that a shell lets what it runs in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_reader_that_has_enough_ends_it_silently(runs):
    endless = ("--stop", "none", "--length", "1000000")
    process = start(runs, "sample", str(runs / "song"), *endless)
    assert process.stdout.readline().startswith("=== sample 1 of 2")
    process.stdout.close()
    assert process.wait(timeout=240) == 0
    assert process.stderr.read() == ""


def test_ctrl_c_ends_it_quietly(runs):
    endless = ("--stop", "none", "--length", "1000000")
    process = start(runs, "sample", str(runs / "song"), *endless)
    assert process.stdout.readline().startswith("=== sample 1 of 2")
    assert len(process.stdout.read(100)) == 100
    process.send_signal(signal.SIGINT)
    written, said = process.communicate(timeout=240)
    assert process.returncode == 130
    assert said == "python -m model: interrupted\n"
    assert written.endswith("\n")
