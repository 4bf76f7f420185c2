"""How much the catalogue's silence says: less when it is old."""

from __future__ import annotations

from typing import Final

from iamfa.advise.case import Case
from iamfa.advise.finding import Severity

OLD_AFTER_DAYS: Final = 90


def severity(case: Case) -> Severity:
    """A warning, or a note when the catalogue is older than 90 days or of unknown age."""
    age = case.options.catalogue_age_days
    return Severity.NOTE if age is None or age > OLD_AFTER_DAYS else Severity.WARNING
