"""
The image of deploy/Dockerfile, built for tests without a registry and run without Docker.

`python -m tests.support.image` installs buildah and mmdebstrap, and builds the image from a Debian
that mmdebstrap makes here, under the name that the Dockerfile's FROM has. Debian and the layers
of dependencies are kept below the cache: a second build only adds what has changed.

`Container` runs the image's commands as an orchestrator would: as its user, as process 1, with a
read-only root but for /tmp, and without capabilities. Only the network is this machine's. When the
tests die, what runs in the image dies, too.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tests.support import packages
from tests.support.machine import WITH_US, cache

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PROGRAMS = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "setpriv": "util-linux"}
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts; a company's proxy of an index may be among them."""
USER = 10001
_SLIM = ("doc", "groff", "info", "lintian", "locale", "man")
"""What Docker's `-slim` images leave out of /usr/share."""


def build() -> str:
    """Build what is not there of this checkout's image, and return its id. Needs `alone`."""
    for program in PROGRAMS:
        if not shutil.which(program):
            sys.exit(f"{program} is missing: call make image")
    name = base_name()
    if buildah("images", "--quiet", "--filter", f"reference={name}") == "":
        _make_base(name)
    before = _id()
    _build("--tag=localhost/ticketstream")
    if _id() != before:  # what has a name is kept, all else that is old goes
        _build("--target=dependencies", "--tag=localhost/ticketstream-dependencies")
        _remove_orphans()
        buildah("rmi", "--prune")
    return _id()


def base_name() -> str:
    """Return the image that the Dockerfile is FROM, as a registry would know it."""
    found = re.search(r"^ARG BASE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert found
    return f"docker.io/library/{found[1]}"


def _id() -> str:
    return buildah(
        "images", "--quiet", "--no-trunc", "--filter", "reference=localhost/ticketstream"
    )


def buildah(*arguments: str) -> str:
    """Return what buildah prints for *arguments*, on images in our cache."""
    return _quietly(*_buildah(), *arguments)


def _quietly(*command: str) -> str:
    """Return what *command* prints. If it fails, the error has all that it said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def _buildah() -> list[str]:
    folder = cache() / "image"
    return [
        "buildah",
        f"--root={folder / 'storage'}",
        f"--runroot={folder / 'run'}",
        f"--storage-driver={_driver(folder)}",
    ]


def _driver(folder: Path) -> str:
    """Return how layers are kept: an overlay, or copies where *folder* is on an overlay itself."""
    of = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True)
    return "vfs" if "overlay" in of.stdout else "overlay"


def _build(*options: str) -> None:
    buildah(
        "build",
        "--isolation=chroot",
        "--network=host",
        "--layers",
        "--format=docker",
        f"--secret=id=ca,src={AUTHORITIES}",
        f"--file={DOCKERFILE}",
        *options,
        str(ROOT),
    )


def _make_base(name: str) -> None:
    """Make a Debian as small as Docker's, and give it *name*."""
    print(f"making {name} (a minute) ...", file=sys.stderr)
    release = name.partition(":")[2].removesuffix("-slim")
    with tempfile.TemporaryDirectory(dir=cache() / "image") as folder:
        _quietly(
            "mmdebstrap",
            "--variant=minbase",
            "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
            *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in _SLIM),
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            '--customize-hook=rm -rf "$1"/var/lib/apt/lists/*',
            release,
            f"{folder}/debian.tar",
        )
        Path(folder, "Dockerfile").write_text("FROM scratch\nADD debian.tar /\n")
        buildah("build", "--isolation=chroot", f"--tag={name}", folder)


def _remove_orphans() -> None:
    """Remove the containers of processes, and of other builds, that were killed."""
    for name in buildah("containers", "--format={{.ContainerName}}").splitlines():
        owner = re.fullmatch(r"ticketstream-(\d+)", name)
        was_killed = owner and not Path("/proc", owner[1]).exists()
        if was_killed or re.fullmatch(r".+-working-container(-\d+)?", name):
            buildah("rm", name)


@contextmanager
def alone() -> Iterator[None]:
    """Let no other process of tests build at the same time."""
    folder = cache() / "image"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Container:
    """This checkout's image, unpacked until the `with` block ends: commands run in it."""

    def __enter__(self) -> Self:
        """Build and unpack it; `root` is then where its files are, `configuration` what it says."""
        with alone():
            self.image = build()
            self._name = buildah("from", f"--name=ticketstream-{os.getpid()}", self.image)
        self.root = Path(buildah("mount", self._name))
        self.configuration: dict[str, Any] = json.loads(buildah("inspect", self._name))["Docker"][
            "config"
        ]
        return self

    def __exit__(self, *_: object) -> None:
        buildah("rm", self._name)

    def run(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """Run the image's command with *arguments* to its end; *how* is `command`'s."""
        return subprocess.run(
            self.command(*arguments, **how),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str, **how: Any) -> Iterator[Callable[[], int]]:
        """
        Run a command in the background until the block ends.

        Gives a function that ends it by SIGTERM, as an orchestrator does, and returns its code.
        """
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                self.command(*arguments, **how), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                yield lambda: end(process)
            except BaseException:
                log.seek(0)
                print(log.read().decode()[-5000:])  # pytest shows it
                raise
            finally:
                process.kill()  # and with it what it runs
                process.wait()

    def command(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        entrypoint: Sequence[str] = (),
        mounts: Mapping[Path, str] | None = None,
        user: int = USER,
    ) -> list[str]:
        """
        Return the command that runs *entrypoint*, by default the image's, with *arguments*.

        *env* is set beside the image's own; *mounts* are files of this machine and their places.
        """
        variables = [*self.configuration["Env"], *(f"{k}={v}" for k, v in (env or {}).items())]
        program = [*(entrypoint or self.configuration["Entrypoint"]), *arguments]
        inside = ["chroot", str(self.root), *WITH_US, f"--reuid={user}", f"--regid={user}"]
        inside += ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        inside += ["env", "--ignore-environment", f"--chdir={self.configuration['WorkingDir']}"]
        script = "\n".join((*self._isolate(mounts or {}), 'exec "$@"'))
        apart = [*WITH_US, "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*apart, "sh", "-euc", script, "sh", *inside, *variables, *program]

    def _isolate(self, mounts: Mapping[Path, str]) -> Iterator[str]:
        """Yield the shell commands after which the root is read-only."""
        root = shlex.quote(str(self.root))
        yield f"mount --bind {root} {root}"
        for source, place in mounts.items():
            target = f"{root}{shlex.quote(place)}"
            yield f"mkdir -p {target}" if source.is_dir() else f"touch {target}"
            yield f"mount --bind {shlex.quote(str(source))} {target}"
        yield f"mount -o remount,ro,bind {root}"
        yield f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp"  # noqa: S108  # the image's
        yield f"mount -t proc proc {root}/proc"
        yield f"mount --rbind /dev {root}/dev"


def end(process: subprocess.Popen[bytes]) -> int:
    """End what *process*, a `Container.command`, runs by SIGTERM, and return its code."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGTERM)
    return process.wait(60)


if __name__ == "__main__":
    if os.geteuid() == 0:
        packages.install(PROGRAMS | {"promtool": "prometheus"})
        with alone():
            build()
    else:
        print("not root: tests of the image will be skipped", file=sys.stderr)
