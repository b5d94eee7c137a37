"""An independent reading of semantics.md: figures straight from messages, no code shared with the product."""

from tests.support.oracle.areas import OracleAreas
from tests.support.oracle.figure import Figure
from tests.support.oracle.oracle import Oracle

__all__ = ["Figure", "Oracle", "OracleAreas"]
