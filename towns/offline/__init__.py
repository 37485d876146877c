"""The workbook of an application (申报表格): filled without network and brought back.

``contents`` says what it holds, ``writing`` makes it, ``reading`` takes it apart, ``comparing``
lays it beside what stands, ``entering`` enters what was decided, ``marking`` gives it back with its
problems.
"""
