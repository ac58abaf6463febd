"""Becomes another program that cannot outlive its parent; run as a script, never imported.

PostgreSQL refuses root, and a server must not be left behind when the house is killed with `kill -9`.
This script gives up root, asks the kernel for a fast shutdown at the parent's death, and turns into the
program. A process of its own, because doing this between fork and exec of a process with threads can
hang. Knows nothing of PostgreSQL. Next: `embedded.py`, which starts the server through it.

Usage: launch.py PARENT UID GID PROGRAM ARGUMENT...
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Give up root, bind this process's life to its parent's, become the program."""
    parent, uid, gid, *command = sys.argv[1:]
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user: that change clears the wish.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != int(parent):
        sys.exit("the parent is gone already")
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
