"""What a program that knows python-docx does to a manuscript: words replaced in place, a tracked insertion, a comment.

    edit.py SOURCE TARGET OLD CHANGED
"""

import sys

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

source, target, old, changed = sys.argv[1:]
document = docx.Document(source)
paragraph = next(each for each in document.paragraphs if old in each.text)
run = next(each for each in paragraph.runs if old in each.text)
before, after = run.text.split(old, 1)

run.text = before


def tracked(kind: str, text_kind: str, text: str):
    """A tracked insertion or deletion; python-docx has no words of its own for either."""
    change = OxmlElement(kind)
    change.set(qn("w:id"), "901")
    change.set(qn("w:author"), "李科")
    change.set(qn("w:date"), "2026-03-02T09:30:00Z")
    inner = OxmlElement("w:r")
    written = OxmlElement(text_kind)
    written.text = text
    inner.append(written)
    change.append(inner)
    return change


rest = OxmlElement("w:r")
text = OxmlElement("w:t")
text.text = after
rest.append(text)
deletion, insertion = tracked("w:del", "w:delText", old), tracked("w:ins", "w:t", changed)
run._r.addnext(deletion)
deletion.addnext(insertion)
insertion.addnext(rest)

document.add_comment(document.paragraphs[-1].runs, text="几盏？请核实。", author="李科")
document.save(target)
