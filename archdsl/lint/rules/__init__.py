"""All rules, a family a file; importing this fills the registry."""

from __future__ import annotations

import archdsl.lint.allow
import archdsl.lint.rules.activations
import archdsl.lint.rules.channels
import archdsl.lint.rules.definitions
import archdsl.lint.rules.dropouts
import archdsl.lint.rules.joins
import archdsl.lint.rules.linear
import archdsl.lint.rules.names
import archdsl.lint.rules.norms
import archdsl.lint.rules.outputs
import archdsl.lint.rules.residuals
import archdsl.lint.rules.windows  # noqa: F401
