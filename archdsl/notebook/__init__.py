"""Networks in notebooks: `%load_ext archdsl`, then `%%arch`, and networks that show themselves."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext archdsl` calls: registers `%%arch` and `%arch`."""
    from archdsl.notebook.magic import ArchMagics

    shell.register_magics(ArchMagics)
