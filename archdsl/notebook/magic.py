"""`%%arch` compiles its cell, `%arch FILE` a file; both show what they made and give it a name."""

from __future__ import annotations

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from archdsl.api import load_all, loads_all
from archdsl.net import Net, Nets
from archdsl.pipeline import read_value


@magics_class
class ArchMagics(Magics):
    """The magics of a shell."""

    @magic_arguments()
    @argument("names", nargs="*", help="of `%%arch`: a variable; of `%arch`: FILE and a variable")
    @argument("--network", metavar="N", help="one network of several")
    @argument("--set", action="append", default=[], metavar="K=V", help="a network's parameter")
    @line_cell_magic
    def arch(self, line: str, cell: str | None = None) -> Net | Nets:
        """Compiles a spec and gives the network, or all networks where there are several.

        `%%arch vgg` assigns it to `vgg`; without a name it is the cell's value. A wrong spec
        raises `archdsl.SpecError`, which shows the place in the cell.
        """
        args = parse_argstring(self.arch, line)
        most = 1 if cell is not None else 2
        if len(args.names) > most or (cell is None and not args.names):
            raise UsageError("write `%%arch [NAME]` above a spec, or `%arch FILE [NAME]`")
        variable = args.names[most - 1] if len(args.names) == most else ""
        if variable and not variable.isidentifier():
            raise UsageError(f"{variable!r} cannot be the name of a variable")
        settings = dict(map(setting, args.set))
        if cell is not None:
            made = loads_all(cell, args.network, name=variable or "cell", **settings)
        else:
            path, network = split(args.names[0])
            made = load_all(path, args.network or network, **settings)
        found = made[0] if len(made) == 1 else made
        if variable:
            assert self.shell is not None
            self.shell.push({variable: found})
        return found


def setting(pair: str) -> tuple[str, object]:
    """`width=0.5`, the value as the language writes it. Raises UsageError."""
    name, equal, text = pair.partition("=")
    value, problem = read_value(text)
    if not equal or not name.isidentifier() or problem:
        raise UsageError(f"--set takes NAME=VALUE, not {pair!r}" + (problem and f": {problem}"))
    return name, value


def split(name: str) -> tuple[str, str | None]:
    """`FILE:NETWORK` as its two parts."""
    from os.path import lexists

    path, colon, network = name.rpartition(":")
    return (path, network) if colon and lexists(path) and not lexists(name) else (name, None)
