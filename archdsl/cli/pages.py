"""Fills the registry of errors: whoever imports this knows every id that there is."""

from __future__ import annotations

import archdsl.backends.report.model
import archdsl.backends.torch.errors
import archdsl.deploy.errors
import archdsl.distributed.errors
import archdsl.elaborate.errors
import archdsl.importers.table.errors
import archdsl.ops
import archdsl.passes.dense_rules
import archdsl.syntax.errors
import archdsl.syntax.literate
import archdsl.syntax.yaml.errors  # noqa: F401
