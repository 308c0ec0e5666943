"""What is declared about a detection model, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metaleak.errors import SettingError
from metaleak.guards import one_of, within
from metaleak.numerics.detection.nodes import Imaging

Share = Literal["exclude", "estimate"] | float
Joint = Literal["exclude", "ct"] | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The settings that decide what the likelihood is; see :class:`metaleak.DetectionAdjusted`."""

    moderators: str | None = None
    detection_moderators: str | None = None
    specificity: float = 1.0
    ct_sensitivity: float = 1.0
    missed_by_ct: str = "unseen"
    unreported: Share = "exclude"
    unreported_informs: bool = False
    joint: Joint = "exclude"
    indexes: str = "auto"
    correlation: float = 0.0
    index_correlation: float = 0.5

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        within("specificity", self.specificity, 0, 1, ends="(]")
        within("ct_sensitivity", self.ct_sensitivity, 0, 1, ends="(]")
        one_of("missed_by_ct", self.missed_by_ct, ("unseen", "seen"))
        one_of("indexes", self.indexes, ("auto", "separate", "shared"))
        within("correlation", self.correlation, -1, 1)
        within("index_correlation", self.index_correlation, -1, 1)
        _share("unreported", self.unreported, ("exclude", "estimate"))
        _share("joint", self.joint, ("exclude", "ct"))

    @property
    def imaging(self) -> Imaging:
        """What the kernels know of it."""
        return Imaging(self.specificity, self.ct_sensitivity, self.missed_by_ct == "seen")

    @property
    def index_alone_is_possible(self) -> bool:
        """Whether the index can be positive in a unit without a leak on CT."""
        return self.specificity < 1 or self.misses_are_shared

    @property
    def misses_are_shared(self) -> bool:
        """Whether leaks that CT misses tie the index's extra positives to rate and sensitivity."""
        return self.ct_sensitivity < 1 and self.missed_by_ct == "seen"


def _share(name: str, value: object, words: tuple[str, ...]) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if (number and not 0 <= float(str(value)) <= 1) or (not number and value not in words):
        allowed = ", ".join(f'"{word}"' for word in words)
        raise SettingError(f"{name} is outside its range", required=f"{allowed} or a share 0 to 1", got=value)
