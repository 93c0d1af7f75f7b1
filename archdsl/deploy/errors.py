"""What deployment forms refuse, and which tool they lack."""

from __future__ import annotations

from archdsl.backends.torch.errors import EmitError


class NotDeployable(EmitError):
    """The network cannot be written in the form that was asked for.

    Each form is read again and compared with the module before it is written. Where an engine
    refuses a layer, or gives other numbers for it, the message names the kind, and no file is
    written. The PyTorch source of the network works all the same.
    """

    id = "not-deployable"


class ToolMissing(EmitError):
    """A form needs a program or a package that is not installed.

    `onnx` needs onnx, onnxscript and onnxruntime (`pip install "archdsl[onnx]"`), `aoti` a C++
    compiler; every form needs torch (`pip install "archdsl[torch]"`).
    """

    id = "tool-missing"


class BrokenBundle(EmitError):
    """The spec inside of a weight file is no spec that could be opened.

    Such a file is untrusted: its text goes through the same checks and limits as any spec, and
    it can use the files that lie beside it in the weight file and the standard library, never
    files of the machine.
    """

    id = "broken-bundle"
