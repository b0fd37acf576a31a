"""Changes of XML: elements, texts, attributes, declarations, nesting, encodings. Called by `mutating`."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tests.support.fuzzing.hostile import VALUES

_BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">' + "".join(
    f'<!ENTITY b{n} "{f"&b{n - 1};" * 10 if n else "&b;&b;"}">' for n in range(9)
)
_DECLARATIONS = (
    f"{_BOMB}]>",
    '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    '<?xml-stylesheet href="http://192.0.2.1/a.xsl"?>',
    "<!-- -- -->",
)
_ENCODINGS = ("gb18030", "utf-16", "utf-32", "iso-8859-1", "utf-8-sig", "utf-7", "big5")
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))


def changed_document(chance: Random, data: bytes) -> bytes:
    """The document with one to three changes of its tree, written anew; as it is, if it is no XML."""
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return data
    for _ in range(chance.randrange(3) + 1):
        chance.choice(_TREE_CHANGES)(chance, root)
    return _written(chance, root)


def _any(chance: Random, root: Element) -> Element:
    return chance.choice(list(root.iter()))


def _parent(chance: Random, root: Element) -> Element | None:
    parents = [element for element in root.iter() if len(element)]
    return chance.choice(parents) if parents else None


def _text(chance: Random, root: Element) -> None:
    leaves = [element for element in root.iter() if not len(element)]
    value = chance.choice(VALUES)
    chance.choice(leaves or [root]).text = value if chance.random() < 0.1 else value.translate(_NOT_XML)


def _every_text(chance: Random, root: Element) -> None:
    name = _any(chance, root).tag
    for element in root.iter(name):
        element.text = chance.choice(VALUES).translate(_NOT_XML)


def _attribute(chance: Random, root: Element) -> None:
    element = _any(chance, root)
    name = chance.choice([*element.attrib, "key", "value", "schemeID", "currencyID"])
    element.set(name, chance.choice(VALUES).translate(_NOT_XML))


def _lost_attribute(chance: Random, root: Element) -> None:
    element = _any(chance, root)
    if element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]


def _drop(chance: Random, root: Element) -> None:
    parent = _parent(chance, root)
    if parent is not None:
        parent.remove(chance.choice(list(parent)))


def _double(chance: Random, root: Element) -> None:
    parent = _parent(chance, root)
    if parent is not None:
        child = chance.choice(list(parent))
        parent.extend([child] * chance.choice((1, 1, 2, 200)))


def _rename(chance: Random, root: Element) -> None:
    element, other = _any(chance, root), _any(chance, root)
    element.tag = chance.choice((other.tag, "甲", "trace", "event", "string", "ID"))


def _move(chance: Random, root: Element) -> None:
    parent = _parent(chance, root)
    if parent is None:
        return
    child = chance.choice(list(parent))
    target = _any(chance, root)
    if target not in set(child.iter()):
        parent.remove(child)
        target.append(child)


def _nest(chance: Random, root: Element) -> None:
    element = _any(chance, root)
    for _ in range(chance.choice((3, 30, 70, 400))):
        inner = Element(element.tag)
        element.append(inner)
        element = inner


def _huge(chance: Random, root: Element) -> None:
    element, huge = _any(chance, root), "1" * chance.choice((10_000, 1_000_000))
    if chance.random() < 0.5:
        element.set("key", huge)
    else:
        element.text = huge


_TREE_CHANGES: tuple[Callable[[Random, Element], None], ...] = (
    *(_text,) * 6,
    _every_text,
    _every_text,
    _attribute,
    _attribute,
    _lost_attribute,
    _drop,
    _drop,
    _double,
    _double,
    _rename,
    _move,
    _nest,
    _huge,
)


def _written(chance: Random, root: Element) -> bytes:
    text = tostring(root, encoding="unicode")
    if chance.random() < 0.08:
        text = chance.choice(_DECLARATIONS) + text
    if chance.random() > 0.12:
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(errors="replace")
    encoding = chance.choice(_ENCODINGS)
    declared = chance.choice((encoding, "UTF-8", "GB18030", "EBCDIC"))
    return f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(encoding, errors="replace")
