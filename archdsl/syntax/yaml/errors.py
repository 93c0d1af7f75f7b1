"""Pages of the errors that only the YAML form has; their wording stands beside each rule."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class BadYaml(ArchError):
    """The file is no YAML, or uses a part of YAML that specs do without.

    There is one document, without anchors, aliases, merge keys and tags. A text that holds `: `
    or ` #`, or begins with one of `@ [ ] { } & * ! | > % '`, stands in quotes; indentation is
    made of spaces. In a text `#` begins a comment as well, which only a whole statement may hold.

    Wrong:

        archdsl: 1
        body:
          - input: 3x32x32
          - stem: conv3-8
          - @stem

    Right:

        archdsl: 1
        body:
          - input: 3x32x32
          - stem: conv3-8
          - "@stem"
    """

    id = "bad-yaml"


class YamlVersion(ArchError):
    """The file does not begin with `archdsl: 1`, the version of the form.

    Wrong:

        body:
          - input: 3x32x32
          - conv3-8

    Right:

        archdsl: 1
        body:
          - input: 3x32x32
          - conv3-8
    """

    id = "yaml-version"


class YamlKey(ArchError):
    """A mapping has a key that it does not know, has one twice, or lacks one.

    Wrong:

        archdsl: 1
        body:
          - input: 3x32x32
          - concat:
            branchs: [conv1-8, conv3-8]

    Right:

        archdsl: 1
        body:
          - input: 3x32x32
          - concat:
            branches: [conv1-8, conv3-8]
    """

    id = "yaml-key"


class YamlType(ArchError):
    """A text stands where a list or a mapping is meant, or the other way round.

    Wrong:

        archdsl: 1
        body:
          - input: 3x32x32
          - group: conv3-8, relu
            repeat: 2

    Right:

        archdsl: 1
        body:
          - input: 3x32x32
          - group: ["conv3-8, relu"]
            repeat: 2
    """

    id = "yaml-type"
