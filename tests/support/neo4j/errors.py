"""What can go wrong while a test server is fetched or started.

Fixtures turn these into pytest outcomes, the command line into exit codes.

Neo4jSupportError
├── MissingToolError      java or mvn is not installed: say what to install
└── ServerNotReadyError   the server ended or stayed silent: carries the tail of its log
"""


class Neo4jSupportError(RuntimeError):
    """A test server could not be provided. Outside graph/errors.py: no user of taxgraph meets it."""


class MissingToolError(Neo4jSupportError):
    """A program the test server needs is not on this machine."""


class ServerNotReadyError(Neo4jSupportError):
    """The server process ended early or did not answer over Bolt in time."""
