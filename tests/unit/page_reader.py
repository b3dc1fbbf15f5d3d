"""Reads a page as a person does: elements, tables by their captions' ids, rows by their heads."""

from html.parser import HTMLParser

VOID = {"meta", "input", "br", "img"}


class Page(HTMLParser):
    """The elements of a page, in order: name, attributes, and all text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.tables: dict[str, list[tuple[str, list[str]]]] = {}
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._table = ""
        self.feed(text)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag == "small":  # a second line in a cell
            self.handle_data("\n")
        if tag not in VOID:
            self._open.append(element)
        if tag == "div" and element[1].get("aria-labelledby"):
            self._table = str(element[1]["aria-labelledby"])
            self.tables[self._table] = []

    def handle_endtag(self, tag):
        name, attributes, texts = self._open.pop()
        assert name == tag
        text = "".join(texts).strip()
        rows = self.tables.get(self._table, [])
        if tag == "th" and attributes.get("scope") == "row":
            rows.append((text, []))
        elif tag == "td" and rows:
            rows[-1][1].append(text)

    def handle_data(self, data):
        for _, _, texts in self._open:
            texts.append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [
            " ".join("".join(texts).split())
            for name, found, texts in self.elements
            if name == tag and attributes.items() <= found.items()
        ]

    def values(self, attribute: str) -> list[str]:
        return [str(found[attribute]) for _, found, _ in self.elements if attribute in found]

    def filters(self) -> dict[str, str]:
        return {
            str(found["id"]): "".join(texts).strip()
            for name, found, texts in self.elements
            if name == "p" and "id" in found
        }

    def setup(self) -> str:
        """The lines that the filters presuppose."""
        (texts,) = (texts for _, found, texts in self.elements if found.get("id") == "setup")
        return "".join(texts)

    def linked_numbers(self) -> list[tuple[str, str]]:
        """Each link from a number: what it leads to, and the number."""
        return [
            (str(found["href"])[1:], "".join(texts))
            for name, found, texts in self.elements
            if name == "a" and str(found["href"])[1:].lstrip("f").isdigit()
        ]


def table_of(page: Page, id: str) -> list[tuple[str, list[str]]]:
    return page.tables[id]


def cells_of(page: Page, id: str) -> dict[str, list[str]]:
    return {head: [cell.replace(",", "") for cell in cells] for head, cells in table_of(page, id)}
