"""Measuring, and the table that is printed.

Product and floor take turns in one run, because times drift with the machine; medians are compared.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Line:
    """One line of the report: the product, the floor it is held against, and the aim for their ratio."""

    name: str
    product: float
    floor: float | None = None
    aim: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.product / self.floor if self.floor else None


@dataclass(slots=True)
class Report:
    """Everything measured, in order, with headings."""

    sections: list[tuple[str, list[Line]]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)

    def section(self, title: str) -> None:
        print(f"\n{title}", flush=True)
        self.sections.append((title, []))

    def add(self, line: Line) -> None:
        self.sections[-1][1].append(line)
        ratio = "" if line.ratio is None else f"{line.ratio:6.2f}×"
        floor = "" if line.floor is None else _duration(line.floor)
        aim = "" if line.aim is None else f"≤ {line.aim:g}×" + ("" if (line.ratio or 0) <= line.aim else "  MISSED")
        print(
            f"  {line.name:<52} {_duration(line.product):>10} {floor:>10} {ratio:>8} {aim:<14} {line.note}", flush=True
        )

    def fact(self, name: str, value: str) -> None:
        self.facts.append((name, value))
        print(f"  {name:<60} {value}", flush=True)

    def markdown(self) -> str:
        """The tables for benchmarks/README.md."""
        parts = []
        for title, lines in self.sections:
            if not lines:
                continue
            parts += [
                f"### {title}",
                "",
                "| | product | floor | ratio | aim | |",
                "| --- | ---: | ---: | ---: | ---: | --- |",
            ]
            for line in lines:
                floor = _duration(line.floor) if line.floor is not None else ""
                ratio = f"{line.ratio:.2f}" if line.ratio is not None else ""
                aim = f"≤ {line.aim:g}" if line.aim is not None else ""
                parts.append(f"| {line.name} | {_duration(line.product)} | {floor} | {ratio} | {aim} | {line.note} |")
            parts.append("")
        parts += [
            "### Figures",
            "",
            "| | |",
            "| --- | --- |",
            *(f"| {name} | {value} |" for name, value in self.facts),
            "",
        ]
        return "\n".join(parts)


def take_turns(*contenders: Callable[[], object], rounds: int, warm_up: int = 2) -> list[float]:
    """The median seconds of each contender, called in turns."""
    times: list[list[float]] = [[] for _ in contenders]
    for number in range(rounds + warm_up):
        for contender, own in zip(contenders, times, strict=True):
            began = time.perf_counter()
            contender()
            if number >= warm_up:
                own.append(time.perf_counter() - began)
    return [statistics.median(own) for own in times]


def _duration(seconds: float) -> str:
    if seconds >= 10:
        return f"{seconds:,.1f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"
