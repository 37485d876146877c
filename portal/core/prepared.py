"""Queries that every request asks: their SQL is worked out once in a process.

Making SQL of a queryset takes several times as long as the database needs to answer. A
``Prepared`` query keeps the SQL and puts other values into its parameters the next time::

    held = Prepared(lambda user, day: Appointment.objects.held(day).filter(user=user))
    held.rows(user=7, day=clock.today())

Its values are numbers, words, days and moments that the queryset hands on to the database as they
are. Which parameters a value becomes is found by asking for another one: a queryset whose SQL
depends on a value is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)
Value = int | str | date


class _Made(NamedTuple):
    """A compiler that has made its SQL, the SQL, its parameters and whose value stands where."""

    compiler: SQLCompiler
    sql: str
    parameters: list[Any]
    places: dict[str, list[int]]


class Prepared(Generic[Row]):
    """The rows of a queryset of models, for values that differ each time."""

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self.build = build
        self.made: dict[str, _Made] = {}

    def rows(self, **values: Value) -> list[Row]:
        """The rows for some values; always one query."""
        alias, connection = DEFAULT_DB_ALIAS, connections[DEFAULT_DB_ALIAS]
        made = self.made.get(connection.vendor)
        if made is None:
            made = self.made[connection.vendor] = self._make(alias, values)
        parameters = list(made.parameters)
        for name, places in made.places.items():
            for place in places:
                parameters[place] = _adapted(connection, values[name], parameters[place])
        compiler: Any = copy(made.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (made.sql, tuple(parameters))
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        queryset: Any = SimpleNamespace(db=alias, query=query, _known_related_objects={})
        return list(ModelIterable(queryset))

    def _make(self, alias: str, values: dict[str, Value]) -> _Made:
        compiler, sql, parameters = self._compiled(alias, values)
        places: dict[str, list[int]] = {}
        for name, value in values.items():
            _, other_sql, others = self._compiled(alias, values | {name: _other(value)})
            if other_sql != sql:
                raise ValueError(f"The SQL depends on the value of {name}.")
            places[name] = [
                place
                for place, (ours, other) in enumerate(zip(parameters, others, strict=True))
                if ours != other
            ]
        return _Made(compiler, sql, parameters, places)

    def _compiled(self, alias: str, values: dict[str, Value]) -> tuple[SQLCompiler, str, list[Any]]:
        compiler = self.build(**values).query.get_compiler(using=alias)
        sql, parameters = compiler.as_sql()
        return compiler, sql, list(parameters)


def _other(value: Value) -> Value:
    """Another value of the same type."""
    if isinstance(value, date):
        return value + timedelta(days=1)
    return f"{value}x" if isinstance(value, str) else value + 1


def _adapted(connection: Any, value: Value, former: Any) -> Any:
    """The value as the database takes it in place of the former one."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return type(former)(value)
