"""Grafana's dashboards: the files are what the code makes, and each query has an answer."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from tests.operations.test_rules import metric_names
from tests.support import dashboard_pictures, dashboards
from tests.support.dashboards import ALL, Board
from tests.support.documents import ROOT
from tests.support.machine import needs_real_servers

SERIES = ("ALERTS", *metric_names())
every_board = pytest.mark.parametrize("board", ALL, ids=lambda board: board.uid)


@every_board
def test_the_files_are_what_the_code_makes(board: Board) -> None:
    """
    `make dashboards` writes them.
    """
    assert board.file.read_text() == dashboards.as_json(board)


@every_board
def test_what_grafana_needs(board: Board) -> None:
    """
    Panels have ids of their own, a place of their own, and the data source that the reader chose.
    """
    panels = json.loads(board.file.read_text())["panels"]
    places = [tuple(panel["gridPos"].values()) for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(places)) == len(panels)
    for panel in panels:
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}"
            assert target["refId"]


@every_board
def test_every_query_is_of_the_chosen_namespaces(board: Board) -> None:
    """
    Each series is looked at by the variable `namespace`, which is All at first.
    """
    made = json.loads(board.file.read_text())
    (variable,) = (one for one in made["templating"]["list"] if one["name"] == "namespace")
    assert (variable["includeAll"], variable["allValue"]) == (True, ".*")
    assert variable["current"]["value"] == "$__all"

    for panel in made["panels"]:
        for target in panel.get("targets", ()):
            after = re.findall(rf"\b(?:{'|'.join(SERIES)})\b(.{{0,25}})", target["expr"])
            assert after
            assert set(after) <= {'{namespace=~"$namespace"}', '{namespace=~"$namespace",'}


@every_board
def test_the_documentation_shows_each_panel(board: Board) -> None:
    """
    The picture has its title.
    """
    picture = ROOT / "docs" / "run" / f"{board.uid}.svg"
    texts = {element.text for element in ElementTree.parse(picture).iter()}  # noqa: S314  # ours

    assert {panel.title for panel in board.panels} <= texts
    assert "no data" not in texts


@pytest.mark.real
async def test_each_query_has_an_answer() -> None:
    """
    On a Prometheus that has scraped a worker and a sidecar at work, no panel is empty, and no query
    of one; their series have no namespace.
    """
    needs_real_servers()
    found = await dashboard_pictures.measure()

    for board in ALL:
        assert len(found[board.uid]) == len(board.panels)
        for panel in board.panels:
            answered = {line.query for line in found[board.uid][panel.title]}
            assert answered == set(panel.queries), panel.title
