"""The deployment forms: what each is called, and the function that makes it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.deploy.subject import Subject

SUFFIX = {
    "export": ".pt2",
    "onnx": ".onnx",
    "aoti": ".aoti.pt2",
    "safetensors": ".safetensors",
    "hub": "_hub",
}
"""What stands behind a network's name; that of `hub` is a folder."""


def render(form: str, subject: Subject) -> dict[str, bytes]:
    """A form's files, by what stands behind the network's name. Raises EmitError and others.

    CheckpointProblem and PortError are about the subject's weights.
    """
    if form == "hub":
        from archdsl.deploy.hub import hub

        return {f"{SUFFIX[form]}/{name}": data for name, data in hub(subject).items()}
    if form == "onnx":
        from archdsl.deploy.onnx import onnx

        return onnx(subject)
    return {SUFFIX[form]: single(form, subject)}


def single(form: str, subject: Subject) -> bytes:
    """A form that is one file."""
    if form == "export":
        from archdsl.deploy.program import export

        return export(subject)
    if form == "aoti":
        from archdsl.deploy.aoti import aoti

        return aoti(subject)
    from archdsl.deploy.tensors import safetensors

    return safetensors(subject)


def form_of(path: str) -> str:
    """The form that a path asks for by its suffix; a path without one is a hub folder.

    Raises ValueError where a suffix is none of ours.
    """
    import os

    found = [form for form, suffix in SUFFIX.items() if form != "hub" and path.endswith(suffix)]
    if found:
        return max(found, key=lambda form: len(SUFFIX[form]))
    if os.path.splitext(path)[1]:
        known = ", ".join(suffix for form, suffix in SUFFIX.items() if form != "hub")
        raise ValueError(f"{path!r} ends with none of {known}; a hub folder has no suffix")
    return "hub"
