"""Kernels that start at once: each is a fork of one process that has imported what chapters use.

A kernel of its own spends two seconds of a processor on imports, and the book needs one for every
notebook. `ready_made` starts the process that is forked and names the folder with the kernel's
description; where a system cannot fork, Jupyter's own kernel serves. The process leads a group,
and ends all of it with the block or with the build, however that ends: nothing is left behind.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ENDED, DIED = b"ended", "died"
"""What a kernel says when it was shut down; a file in the folder, if one went without a word."""


@contextlib.contextmanager
def ready_made(
    folder: Path, environment: dict[str, str]
) -> Iterator[tuple[dict[str, str], int | None]]:
    """Yield the variables that let Jupyter find the kernels, and the group to start Jupyter in."""
    if sys.platform != "linux":
        yield {}, None
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, str(folder)]
    server = subprocess.Popen(
        [*command, "serve"], env=environment, stdin=subprocess.PIPE, process_group=0
    )
    try:
        described = folder / "kernels" / "python3" / "kernel.json"
        described.parent.mkdir(parents=True, exist_ok=True)
        kernel = {
            "argv": [sys.executable, "-IS", *command[1:], "{connection_file}"],
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
        }
        described.write_text(json.dumps(kernel))
        yield {"JUPYTER_PATH": str(folder)}, server.pid
    finally:
        server.communicate()  # its standard input ends, and with it the group


def quiet(folder: Path) -> dict[str, str]:
    """Variables for kernels without the notice about their connection that each would print.

    They name a profile of our own in `folder`: the reader's start-up files stay out, too. Only
    what is critical is logged, as a kernel without a parent prints the notice at any other level.
    """
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 50\n", "utf-8")
    return {"IPYTHONDIR": str(folder)}


def serve(folder: Path) -> None:
    """Open the door, import everything once, then fork a kernel for each caller."""
    # Our standard input is the build's: it ends with the build, and with it the whole group.
    end_with(lambda n: os.read(0, n), lambda: os.killpg(0, signal.SIGKILL))
    os.chdir(folder)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("kernels.socket")
        door.listen()
        prepare()
        gc.disable()  # a kernel lives for seconds: looking for garbage takes longer than it spares
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            caller, _ = door.accept()
            if os.fork() == 0:
                door.close()
                become_kernel(caller)
            caller.close()


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


def end_with(wait: Callable[[int], bytes], end: Callable[[], object]) -> None:
    """End this process, or more, when there is nothing more to wait for."""

    def leave() -> None:
        wait(1)
        end()

    threading.Thread(target=leave, daemon=True).start()


def become_kernel(caller: socket.socket) -> None:
    """Run a kernel as the caller asks, until it is shut down or the caller is gone."""
    asked = json.loads(caller.makefile().readline())
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.path[0] = ""  # as in any kernel: the folder of the notebook
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    end_with(caller.recv, lambda: os._exit(1))
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
    with socket.socket(socket.AF_UNIX) as kernel:
        os.chdir(folder)
        while not os.path.exists("kernels.socket"):
            time.sleep(0.01)  # until the other process has opened its door
        kernel.connect("kernels.socket")
        kernel.sendall(json.dumps(asked).encode() + b"\n")
        if (
            kernel.recv(len(ENDED)) != ENDED
        ):  # what comes when the kernel is gone, and nobody ended it
            with contextlib.suppress(FileNotFoundError):  # the build is over, and the folder gone
                Path(DIED).touch()


if __name__ == "__main__":
    if sys.argv[2] == "serve":
        serve(Path(sys.argv[1]))
    else:
        ask(Path(sys.argv[1]), sys.argv[2])
