"""A contract of import-linter's for kinds: what a package's own page names does not know the rest.

A kind is a module that `__init__.py` of one of the packages imports, but for its `base`. No kind
imports another, not even through other modules.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class KindsContract(Contract):
    """The kinds of a package do not know each other."""

    packages: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Who knows another."""
        known = [pair for package in self.packages for pair in acquainted(graph, package)]
        return ContractCheck(kept=not known, metadata={"known": known})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say who does."""
        for importer, imported in check.metadata["known"]:
            output.print_error(f"{importer} knows {imported}")


def kinds(graph: ImportGraph, package: str) -> list[str]:
    """The modules of a package's kinds, sorted."""
    named = graph.find_modules_directly_imported_by(package)
    own = {module for module in named if module.startswith(f"{package}.")}
    return sorted(own - {f"{package}.base"})


def acquainted(graph: ImportGraph, package: str) -> Sequence[tuple[str, str]]:
    """Pairs of kinds of which the first imports the second, whatever lies between."""
    pairs = permutations(kinds(graph, package), 2)
    return [(one, other) for one, other in pairs if graph.chain_exists(one, other)]
