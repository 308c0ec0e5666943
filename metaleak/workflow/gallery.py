"""The figures of a review: drawn one by one, or ahead by other processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from metaleak.compute.local import Team
from metaleak.errors import MetaleakError
from metaleak.reporting.data import Figure
from metaleak.workflow.crew import Ahead, ahead
from metaleak.workflow.drawing import (
    Drawn,
    Order,
    Wish,
    drawn,
    is_shown,
    keep_drawn,
    keep_wished,
    wished,
)
from metaleak.workflow.steps import StepBook

#: So many figures are worth the second that other processes take to start.
PAYS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """The figures of one step: its name, the figures, and a digest of everything that they are made from."""

    step: str
    ordered: tuple[Order, ...]
    made_from: str = ""


@dataclass(slots=True, kw_only=True)
class Gallery:
    """What draws the figures of a review and writes them.

    Attributes
    ----------
    book, software : StepBook, str
        What was done, and by what.
    team : Team
        Who draws figures beside each other.
    on_page : dict of str to Figure
        What was drawn for the page, by name.
    """

    book: StepBook
    software: str
    team: Team
    on_page: dict[str, Figure] = field(default_factory=dict)
    _ahead: Ahead | None = None
    _awaited: set[str] = field(default_factory=set)
    _shown: dict[str, bool] = field(default_factory=dict)

    def look_ahead(self, walls: Sequence[Wall]) -> None:
        """Let the team draw what has to be drawn anew, where that pays."""
        if self.team.workers < 2 or sum(len(wall.ordered) for wall in walls) < PAYS:
            return
        anew = [order for wall in walls if self._is_new(wall) for order in wall.ordered]
        if len(anew) >= PAYS:
            self._awaited = {order.name for order in anew}
            items = [(order.name, order) for order in anew]
            self._ahead = Ahead(ahead(self.team, "draw", drawn, None, items))

    def draw(self, wall: Wall) -> bool:
        """Draw the figures of one step and return whether all were found unchanged.

        Raises
        ------
        MetaleakError
            As planning and writing raise it.
        """
        if self._is_shown(wall):
            return True
        figures = {order.name: self._drawn(order) for order in wall.ordered}
        keep_drawn(self.book, wall.step, figures, made_from=wall.made_from, software=self.software)
        self.on_page |= {
            order.on_page: made for order in wall.ordered if (made := figures[order.name].figure) is not None
        }
        return False

    def close(self) -> None:
        """Stop what is still drawn ahead."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _is_shown(self, wall: Wall) -> bool:
        if wall.step not in self._shown:
            self._shown[wall.step] = is_shown(
                self.book, wall.step, wall.ordered, made_from=wall.made_from, software=self.software
            )
        return self._shown[wall.step]

    def _is_new(self, wall: Wall) -> bool:
        try:
            return not self._is_shown(wall)
        except MetaleakError:
            # It is raised when its turn comes.
            return False

    def _drawn(self, order: Order) -> Drawn:
        if self._ahead is not None and order.name in self._awaited:
            self._awaited.discard(order.name)
            made: Drawn = self._ahead.take(order.name)
            return made
        return drawn(None, order)


class WishedGallery:
    """What draws figures as they are wished for; see :class:`Gallery`."""

    def __init__(self, root: Path, team: Team, wish: Wish, walls: Sequence[Wall]) -> None:
        self._root, self._wish = root, wish
        ordered = [order for wall in walls for order in wish.taken(wall.ordered)]
        many = len(ordered) * len(wish.formats) >= PAYS * 3
        items = [(order.name, order) for order in ordered]
        self._ahead = Ahead(ahead(team, "draw", wished, wish, items)) if many and team.workers > 1 else None

    def draw(self, wall: Wall) -> list[str]:
        """Draw the figures of one step and return their files, relative to the review.

        Raises
        ------
        MetaleakError
            As the style, planning and writing raise it.
        """
        files = []
        for order in self._wish.taken(wall.ordered):
            made = self._ahead.take(order.name) if self._ahead else wished(self._wish, order)
            files += keep_wished(self._root, order, self._wish, made)
        return files

    def close(self) -> None:
        """Stop what is still drawn ahead."""
        if self._ahead is not None:
            self._ahead.close()
