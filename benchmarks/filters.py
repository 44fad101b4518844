"""The parts of the suite about filters: which cases belong to each, and what each aims at."""

from collections.abc import Collection, Sequence

from benchmarks import asking, lists, sidebar
from benchmarks.asking import Aims, Asked
from benchmarks.by_hand import Case, Hand
from benchmarks.events import Events
from benchmarks.recipes import Recipes
from benchmarks.texts import Texts
from benchmarks.timing import Report
from desk.models import Site

PARTS = ("recipes", "texts", "lists", "events", "trees", "sidebar", "columns")


def measure(site: Site, report: Report, *, parts: Collection[str], rounds: int) -> None:
    """The parts that were asked for."""
    recipes, texts, events = Recipes(site), Texts(site), Events(site)

    def ask(title: str, hand: Hand, cases: Sequence[Case], aims: Aims) -> None:
        asked = [Asked(site, case, hand.now) for case in cases]
        asking.measure(report, title, asked, rounds=rounds, aims=aims)

    if "recipes" in parts:
        ask("Recipes (FIL-10)", recipes, recipes.recipes(), Aims())
    if "texts" in parts:
        ask("Parts of texts", texts, texts.cases(), Aims())
    if "lists" in parts:
        ask("10,000 pasted memberIds", recipes, [recipes.pasted(10_000)], Aims(count=2))
        lists.measure(site, report, recipes.pasted(10_000), rounds=rounds)
    if "events" in parts:
        ask("Events: count and window", events, events.cases(), Aims(count=2))
    if "trees" in parts:
        ask("Tags and trees", recipes, recipes.mixed(), Aims())
    if "sidebar" in parts:
        sidebar.measure(site, report, rounds=rounds)
    if "columns" in parts:
        lists.measure_orders(site, report, rounds=rounds)
