"""The lists of the registers: columns, filters, orders and rows of each (``portal.core.listing``).

Loaded when the app is ready, so that a worker that writes a workbook knows them too.
"""

from towns.lists.enterprises import ENTERPRISES
from towns.lists.figures import FIGURES
from towns.lists.gaps import GAPS
from towns.lists.honours import HONOURS
from towns.lists.simulations import SIMULATION_ROWS, SIMULATIONS
from towns.lists.towns import TOWNS

__all__ = [
    "ENTERPRISES",
    "FIGURES",
    "GAPS",
    "HONOURS",
    "SIMULATIONS",
    "SIMULATION_ROWS",
    "TOWNS",
]
