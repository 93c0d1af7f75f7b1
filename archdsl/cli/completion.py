"""`archdsl completion`: a script that teaches a shell to complete archdsl's commands."""

from __future__ import annotations

from archdsl.cli.output import say
from archdsl.cli.specs import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

# The shells only ask: what may stand where is known to the parser alone.
BASH = r"""# archdsl completion for bash:  source <(archdsl completion bash)
_archdsl() {
    local line=${COMP_LINE:0:COMP_POINT} full prefix= word help
    COMPREPLY=()
    while IFS=$'\t' read -r word help; do
        COMPREPLY+=("$word")
    done < <("$1" completion --line "$line" 2>/dev/null)
    # bash replaces only what follows the last of its word breaks
    full=${line##*[[:space:]]}
    if [[ $COMP_WORDBREAKS == *:* && $full == *:* ]]; then prefix=${full%"${full##*:}"}; fi
    if [[ $COMP_WORDBREAKS == *=* && ${full#"$prefix"} == *=* ]]; then
        prefix=${full%"${full##*=}"}
    fi
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    if [[ ${#COMPREPLY[@]} -eq 1 ]]; then
        if [[ ${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
        printf -v 'COMPREPLY[0]' %q "${COMPREPLY[0]}"
    fi
}
complete -F _archdsl archdsl
"""
ZSH = r"""#compdef archdsl
# archdsl completion for zsh:  source <(archdsl completion zsh), after compinit
_archdsl() {
    local word help
    local -a names shown folders
    while IFS=$'\t' read -r word help; do
        if [[ $word == */ ]]; then
            folders+=("$word")
        else
            names+=("$word")
            shown+=("$word${help:+  -- $help}")
        fi
    done < <("$words[1]" completion --line "$LBUFFER" 2>/dev/null)
    (( $#folders )) && compadd -S '' -a folders
    (( $#names )) && compadd -l -d shown -a names
    (( $#folders + $#names ))
}
if (( $+functions[compdef] )); then compdef _archdsl archdsl; fi
"""
FISH = r"""# archdsl completion for fish:  archdsl completion fish | source
complete -c archdsl -f -a '(archdsl completion --line (commandline -cp) 2>/dev/null)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def options(parser: ArgumentParser) -> None:
    """`archdsl completion SHELL`."""
    from argparse import SUPPRESS

    parser.add_argument("shell", nargs="?", choices=tuple(SCRIPTS), metavar="bash|zsh|fish")
    parser.add_argument("--line", help=SUPPRESS)  # what the scripts ask: the line to the cursor


def run(args: Namespace) -> int:
    """The script; or, for a script, what may stand at the end of a line."""
    if args.line is not None:
        from archdsl.cli.candidates import candidates

        found = candidates(args.line)
        if found:
            say("\n".join(f"{word}\t{help}" for word, help in found))
        return 0
    if args.shell is None:
        raise Usage("completion takes bash, zsh or fish: source <(archdsl completion bash)")
    say(SCRIPTS[args.shell])
    return 0
