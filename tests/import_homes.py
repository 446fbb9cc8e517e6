"""A contract of import-linter's for vendors: each library is imported where it lives, only there.

In pyproject.toml a home is `library: module module ...`; a module may be a glob, as
`streams.kafka*`. A library that no home names is refused as well, so that each is placed.
"""

import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Strays = Sequence[tuple[str, str]]
"""Importer and library."""


class HomesContract(Contract):
    """Each library has one home; the standard library is at home everywhere."""

    homes: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Who imports a library outside of its home."""
        strays = found(graph, self.session_options["root_packages"], read(self.homes))
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say who does."""
        for importer, library in check.metadata["strays"]:
            output.print_error(f"{importer} imports {library}, which lives elsewhere")


def read(homes: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Library to globs of the modules that may import it."""
    named = (home.partition(":") for home in homes)
    return {library.strip(): globs.split() for library, _, globs in named}


def found(graph: ImportGraph, roots: Sequence[str], homes: Mapping[str, Sequence[str]]) -> Strays:
    """Imports of libraries outside of their homes, sorted."""
    return sorted(
        (importer, library)
        for library in graph.modules
        if library.partition(".")[0] not in {*roots, *sys.stdlib_module_names}
        for importer in graph.find_modules_that_directly_import(library)
        if not any(fnmatchcase(importer, glob) for glob in homes.get(library, ()))
    )
