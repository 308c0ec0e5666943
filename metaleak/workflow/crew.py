"""Analyses and figures beside each other, in processes of this machine; few of them stay in this one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from metaleak.compute.job import Job
from metaleak.compute.local import Team, on_cores
from metaleak.errors import MetaleakError


@dataclass(frozen=True, slots=True)
class Refused:
    """A task that ended with an error, which is raised when its turn comes."""

    error: MetaleakError


def attempted(function: Callable[[Any, Any], Any], task: tuple[Any, Any]) -> Any:
    """Return what ``function(shared, item)`` gives, or its error.

    Examples
    --------
    >>> attempted(divmod, (7, 2))
    (3, 1)
    """
    try:
        return function(*task)
    except MetaleakError as error:
        return Refused(error)


@dataclass(slots=True)
class Ahead:
    """What processes compute ahead: it arrives as it is done and is taken by its name.

    Attributes
    ----------
    arriving : generator
        Gives names and values as they are done.
    arrived : callable
        Called with a name and a value when it comes, whoever is waited for.
    """

    arriving: Generator[tuple[str, Any]]
    arrived: Callable[[str, Any], None] | None = None
    _here: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str) -> Any:
        """Wait for a value and return it.

        Raises
        ------
        MetaleakError
            The one that ended its task.
        """
        while name not in self._here:
            found, value = next(self.arriving)
            self._here[found] = value
            if self.arrived is not None and not isinstance(value, Refused):
                self.arrived(found, value)
        value = self._here.pop(name)
        if isinstance(value, Refused):
            raise value.error
        return value

    def close(self) -> None:
        """Stop what is still computed."""
        self.arriving.close()


def ahead(
    team: Team, what: str, function: Callable[[Any, Any], Any], shared: Any, items: Sequence[tuple[str, Any]]
) -> Generator[tuple[str, Any]]:
    """Yield the name of every item and what ``function(shared, item)`` gives, as they are done.

    Parameters
    ----------
    team : Team
        Who computes.
    what : str
        What is computed, for errors.
    function : callable
        It lives in a module, so that other processes find it.
    shared, items : objects that can be pickled
        What every item needs, and named items: those that take long first.
    """
    tasks = [(shared, item) for _, item in items]
    job = Job(what, attempted, function, tasks, None)
    for number, found in on_cores(job, range(len(tasks)), team.workers, team):
        yield items[number][0], found
