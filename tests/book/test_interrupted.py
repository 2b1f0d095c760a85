"""A build that is interrupted, killed, stopped or short of room: the last good site, and no more.

Each runs `build.py` on a stand-in for Jupyter Book, which asks for a kernel as Jupyter would and
then does not end; what the kernels are forked from is the real thing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import build
import kernels
import pytest
from about import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others fork no kernels")

STAND_IN = """#!{python} -IS
import json, os, subprocess, sys, time
kernel = json.load(open(os.environ["JUPYTER_PATH"] + "/kernels/python3/kernel.json"))["argv"]
subprocess.Popen([*kernel[:-1], "none.json"], start_new_session=True)
print("warned of something", file=sys.stderr, flush=True)
{ending}
"""
ENDLESS = "time.sleep(600)"
TOO_LARGE = "open(os.environ['SCALING_UTILS_FIGURES'], 'wb').write(bytes(10**7))"


@pytest.fixture
def place(tmp_path):
    """A folder with an environment like ours but for `jupyter-book`, and a good site."""
    own = tmp_path / "environment"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to(sys.executable)
    (own / "lib").symlink_to(Path(sysconfig.get_path("purelib")).parents[1])
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", own)
    (tmp_path / "out" / "html").mkdir(parents=True)
    (tmp_path / "out" / "html" / "index.html").write_text("good")
    yield tmp_path
    for process in processes(tmp_path):
        os.kill(process, signal.SIGKILL)


def listen():
    """Hear every signal, also where the tests run in the background, which ignores some."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def start(place, ending, *options, before=(), refused=False):
    """Start a build, and return it when its Jupyter Book is at work."""
    script = place / "environment" / "bin" / "jupyter-book"
    script.write_text(STAND_IN.format(python=script.with_name("python"), ending=ending))
    script.chmod(0o755)
    command = [script.with_name("python"), ROOT / "book" / "build.py", "--out", place / "out"]
    started = subprocess.Popen(
        [*before, *command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listen,
    )
    report = place / "out" / "next" / build.REPORT
    until(lambda: started.poll() is not None or (report.exists() and report.stat().st_size))
    if ending == ENDLESS and started.poll() is not None and not refused:
        pytest.fail(f"ended at once: {started.communicate()}")
    return started


def until(true):
    """Wait for something that must come."""
    late = time.monotonic() + 60
    while not true():
        assert time.monotonic() < late
        time.sleep(0.02)


def processes(place):
    """Those whose command or folder is in a place."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            said = (path / "cmdline").read_bytes().decode() + os.readlink(path / "cwd")
        except OSError:  # gone meanwhile
            continue
        if str(place) in said:
            found.append(int(path.name))
    return found


def assert_nothing_left(place):
    """The good site stands alone, no process is left, and another build may start."""
    out = place / "out"
    until(lambda: not processes(place))
    until(lambda: sorted(path.name for path in out.iterdir()) == ["html", "lock"])
    assert (out / "html" / "index.html").read_text() == "good"
    with build.alone(out):
        pass


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_build_leaves_the_last_good_site_and_no_process(place, how):
    started = start(place, ENDLESS)
    assert len(processes(place)) >= 4, "the build, its kernels, Jupyter Book, one that asks"
    started.send_signal(getattr(signal, how))
    said, complained = started.communicate(timeout=60)
    assert started.returncode == 130
    assert said.splitlines()[1:] == [
        "The build was interrupted. The last good site was left as it was."
    ]
    assert not complained
    assert not (place / "out" / "next").exists()
    assert_nothing_left(place)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_killed_build_takes_all_that_it_started_with_it(place, stopped):
    started = start(place, ENDLESS)
    if stopped:
        (book,) = (p for p in processes(place) if b"jupyter-book" in _command(p))
        os.kill(book, signal.SIGSTOP)
    started.kill()
    started.communicate()
    assert_nothing_left(place)


def test_what_clears_away_is_deaf_to_hanging_up_before_it_runs(tmp_path):
    with kernels.ready_made(tmp_path / "jupyter", dict(os.environ)) as (_, group):
        said = Path(f"/proc/{group}/status").read_text()
    (ignored,) = (line.split()[1] for line in said.splitlines() if line.startswith("SigIgn:"))
    assert int(ignored, 16) >> (signal.SIGHUP - 1) & 1


def test_a_build_that_stands_still_is_given_up(place):
    started = start(place, "os.kill(os.getpid(), 19)  # SIGSTOP", "--minutes", "0.05")
    said, _ = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "The build failed: it took more than 0.05 minutes (--minutes). The last" in said
    assert_nothing_left(place)


def test_two_at_once_are_refused_and_the_first_goes_on(place):
    first = start(place, ENDLESS)
    second = start(place, ENDLESS, refused=True)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"another build is at work here (process {first.pid})" in said
    assert first.poll() is None
    assert (place / "out" / "next").exists()
    first.terminate()
    first.communicate(timeout=60)
    assert_nothing_left(place)


def test_a_disk_without_room_is_said(place):
    """No file may grow beyond a megabyte: what writes more is told as by a full disk."""
    started = start(place, TOO_LARGE, before=["prlimit", "--fsize=1000000"])
    said, _ = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "The build failed: warned of something\nTraceback" in said
    assert "OSError: [Errno 27] File too large" in said
    assert_nothing_left(place)


@pytest.mark.parametrize("gone", ["folder", "server"])
def test_a_kernel_that_nobody_serves_does_not_wait(tmp_path, gone):
    folder = tmp_path / "jupyter"
    with kernels.ready_made(folder, dict(os.environ)) as (_, group):
        if gone == "server":
            os.kill(group, signal.SIGKILL)
    if gone == "folder":
        shutil.rmtree(folder)
    command = [sys.executable, "-IS", kernels.__file__, str(folder), "none.json"]
    assert subprocess.run(command, timeout=60).returncode == 0
    assert not (folder / kernels.WELL).exists()


def _command(process):
    return Path(f"/proc/{process}/cmdline").read_bytes()
