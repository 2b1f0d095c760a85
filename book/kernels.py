"""Kernels that start at once: each is a fork of one process that has imported what chapters use.

A kernel of its own spends two seconds of a processor on imports, and the book needs one for every
notebook. `ready_made` starts the process that is forked and names the folder with the kernel's
description; where a system cannot fork, Jupyter's own kernel serves. The process leads a group,
all of which ends with the block. If the build is killed, it ends the group and removes what was
built so far: nothing is left behind, however a build ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENDED, WELL, DONE = b"ended", "well", b"."
"""What a kernel says when it was shut down; a file, gone if one did not; what the build says."""


@contextlib.contextmanager
def ready_made(
    folder: Path, environment: dict[str, str], lock: int | None = None
) -> Iterator[tuple[dict[str, str], int | None]]:
    """Yield the variables that let Jupyter find the kernels, and the group to start Jupyter in.

    If we are killed, the folder that holds `folder` goes, and `lock` is held until then.
    """
    described = folder / "kernels" / "python3" / "kernel.json"
    described.parent.mkdir(parents=True, exist_ok=True)
    (folder / WELL).touch()
    if sys.platform != "linux":
        yield {}, None
        return
    command = [sys.executable, __file__, str(folder)]
    kernel = {
        "argv": [sys.executable, "-IS", *command[1:], "{connection_file}"],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    described.write_text(json.dumps(kernel))
    with socket.socket(socket.AF_UNIX) as door:  # open at once: a kernel waits for nobody
        with contextlib.chdir(folder):  # a socket's name must be short
            door.bind("kernels.socket")
        door.listen()
        server = subprocess.Popen(
            [*command, "serve", str(door.fileno())],
            env=environment,
            stdin=subprocess.PIPE,
            process_group=0,
            # The system hangs up on what a killed build leaves behind, if something stands still.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
            pass_fds=[door.fileno()] + [lock] * (lock is not None),
        )
    try:
        yield {"JUPYTER_PATH": str(folder)}, server.pid
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # even what was stopped
        server.communicate(DONE)


def quiet(folder: Path) -> dict[str, str]:
    """Variables for kernels without the notice about their connection that each would print.

    They name a profile of our own in `folder`: the reader's start-up files stay out, too. Only
    what is critical is logged, as a kernel without a parent prints the notice at any other level.
    """
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 50\n", "utf-8")
    return {"IPYTHONDIR": str(folder)}


def serve(folder: Path, number: int) -> None:
    """Import everything once, then fork a kernel for each caller at the door."""
    clear_away(folder.parent)
    with socket.socket(fileno=number) as door:
        prepare()
        gc.disable()  # a kernel lives for seconds: looking for garbage takes longer than it spares
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            caller, _ = door.accept()
            if os.fork() == 0:
                door.close()
                become_kernel(caller)
            caller.close()


def clear_away(work: Path) -> None:
    """From a process outside our group, wait for the end of the build: if it was killed, end the
    group and remove what it made.
    """
    group = os.getpid()
    if os.fork() != 0:
        return
    os.setpgid(0, 0)
    if os.read(0, 1) != DONE:  # our standard input is the build's, and ends with it
        os.killpg(group, signal.SIGKILL)
        for _ in range(100):  # what was killed may still have been writing
            shutil.rmtree(work, ignore_errors=True)
            time.sleep(0.001)
    os._exit(0)


def prepare() -> None:
    """Import what chapters use, and fill what is kept: refit, letters, Altair's schema."""
    import altair
    import ipykernel.kernelapp  # noqa: F401
    import pandas as pd

    from reanalysis.refit import refit, resamples
    from scaling_utils.figures import publish

    for package in ("scaling_utils", "reanalysis", "claims", "experiments.analysis"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")
    refit(), resamples()
    points = pd.DataFrame({"x": [1.0, 10.0], "y": [1.0, 100.0]})
    altair.Chart(points).mark_point().encode(x="x:Q", y="y:Q").to_dict()
    words: Any = dict.fromkeys(("title", "caption", "alt"), "warm-up")
    words["columns"] = dict.fromkeys(points, "nothing")
    with tempfile.TemporaryDirectory() as nowhere:
        publish("warm-up", _draw, points, **words, directory=nowhere)


def _draw(fig: Any, points: Any) -> None:
    fig.subplots().loglog(points["x"], points["y"])


def become_kernel(caller: socket.socket) -> None:
    """Run a kernel as the caller asks, until it is shut down or the caller is gone."""
    asked = json.loads(caller.makefile().readline())
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.path[0] = ""  # as in any kernel: the folder of the notebook
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    threading.Thread(target=lambda: caller.recv(1) or os._exit(1), daemon=True).start()
    from ipykernel.kernelapp import launch_new_instance

    try:
        launch_new_instance(argv=["-f", asked["file"]])
        caller.sendall(ENDED)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(0)


def ask(folder: Path, file: str) -> None:
    """What Jupyter starts: let a kernel be forked, and live as long as it does."""
    environment = {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"}
    asked = {"cwd": os.getcwd(), "env": environment, "file": file}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as kernel:
        os.chdir(folder)
        kernel.connect("kernels.socket")
        kernel.sendall(json.dumps(asked).encode() + b"\n")
        if kernel.recv(len(ENDED)) == ENDED:  # it comes when the kernel is gone
            return
    Path(folder, WELL).unlink(missing_ok=True)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    serve(Path(place), int(rest[1])) if rest[0] == "serve" else ask(Path(place), rest[0])
