"""What can be wrong with a checkpoint, or between a checkpoint and a network."""

from __future__ import annotations


class CheckpointProblem(Exception):
    """A file that holds no tensors that can be read safely; one line says why."""


class PortError(Exception):
    """Weights that do not belong to a network, or in more than one way.

    `table` holds the lines that show where: what the checkpoint has beside what the network has.
    """

    def __init__(self, message: str, table: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.table = table
