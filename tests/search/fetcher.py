"""A process that fetches on order: one line of standard input, one child, whose exit code it answers.

It loads the modules once and forks, so that a fresh process is there in a moment. It sends the signals, too:
a child that has ended but was not waited for still owns its number, so no other process is hit.
"""

import os
import resource
import sys
import time
from pathlib import Path

from metaleak.errors import MetaleakError
from metaleak.search.client import Client
from metaleak.search.clock import SystemClock
from metaleak.search.credentials import Credentials
from metaleak.search.folder import RunFolder
from metaleak.search.limiter import Limiter
from metaleak.search.pubmed import PubMed
from metaleak.search.run import carry_out

#: Exit codes of a child: complete, stopped by an error that metaleak names, stopped by Ctrl-C.
DONE, STOPPED, INTERRUPTED = 0, 2, 130


def fetch(url, folder, disk, *, wall=100, batch=20):
    """Bring the run in ``folder`` to its end; no file may be larger than ``disk`` bytes."""
    if disk:
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    clock = SystemClock()
    limiter = Limiter(folder=folder.parent / "limit", per_second=3, clock=clock, rest=0.0)
    client = Client(Credentials("reader@example.org"), limiter, clock=clock, base_url=url)
    try:
        carry_out(RunFolder(folder), PubMed(client, wall=wall, batch=batch), ())
    except MetaleakError:
        return STOPPED
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def wait_for(child, seconds):
    """Wait some seconds, or until the child has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.002)


def main():
    for line in sys.stdin:
        url, folder, disk, hit_by, after = line.split("\t")
        child = os.fork()
        if child == 0:
            os._exit(fetch(url, Path(folder), int(disk)))
        if int(hit_by):
            wait_for(child, float(after))
            os.kill(child, int(hit_by))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
