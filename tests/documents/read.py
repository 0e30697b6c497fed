"""Reads the documents that the tests typeset with programs of others, and compares them with what was compiled.

Each document lies in `made` as .pdf, .docx, .txt (its plain text) and .json (the compiled document); `laid` holds the
DOCX as LibreOffice lays it out.
"""

import json
import pathlib
import re
import subprocess
import sys
import zipfile

import docx

work = pathlib.Path(sys.argv[1])
made = work / "made"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def squeezed(text):
    """Without blanks and without marks that only allow a line to break."""
    return re.sub(r"[\s\u200b\u2060]", "", text)


def without_leaders(text):
    """Without the page numbers of the 目录 and the dots before them."""
    return re.sub(r"(?:· ?){2,}\u2060? ?\d+", "", text)


def fonts_are_embedded(pdf):
    lines = run("pdffonts", pdf).splitlines()[2:]
    assert lines, f"{pdf.name}: no fonts"
    for line in lines:
        embedded, subset, unicode = line.split()[-5:-2]
        assert (embedded, subset, unicode) == ("yes", "yes", "yes"), f"{pdf.name}: {line}"
    return len(lines)


def text_of_pdf(pdf):
    text = run("pdftotext", "-raw", "-enc", "UTF-8", pdf, "-")
    text = re.sub(r"^— \d+ —$", "", text.replace("\f", "\n"), flags=re.MULTILINE)
    return squeezed(without_leaders(text))


def text_of_docx(read):
    """Paragraphs and cells in the order of the file."""
    parts = []
    for block in read.iter_inner_content():
        if isinstance(block, docx.table.Table):
            parts += [cell.text for row in block.rows for cell in row.cells]
        elif block.style.name == "toc 1":
            parts.append(re.sub(r"\t\d+$", "", block.text))
        else:
            parts.append(block.text)
    return squeezed("".join(parts))


def headings_of(document):
    """(level, text) of titles and headings, in order."""
    for article in document["articles"]:
        yield 1, squeezed("".join(article["title"]))
        for block in article["blocks"]:
            if block["block"] == "heading":
                yield block["level"] + 1, squeezed(block["text"])


def headings_read(read):
    for paragraph in read.paragraphs:
        style = paragraph.style
        if style.name.lower().startswith("heading "):
            yield int(style.name.split()[-1]), squeezed(paragraph.text)
        elif style.style_id == "TitleNext":
            yield 1, squeezed(paragraph.text)


def full_page():
    """The page of nothing but text, as LibreOffice lays the DOCX out: 22 lines of 28 characters."""
    boxes = run("pdftotext", "-f", "2", "-l", "2", "-bbox", work / "laid" / "full.pdf", "-")
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)"[^>]*>([^<]*)<', boxes)
    lines = sorted((float(y), float(x0), float(x1)) for x0, y, x1, text in words if text == "国" * 28)
    assert len(lines) == 22, f"{len(lines)} full lines on the page as LibreOffice lays it out"
    pitches = [below[0] - above[0] for above, below in zip(lines, lines[1:])]
    assert all(abs(pitch - 28.99) <= 0.1 for pitch in pitches), pitches
    width = (lines[0][2] - lines[0][1]) / 72 * 25.4
    assert abs(width - 156) <= 0.5, width
    left = lines[0][1] / 72 * 25.4
    print(f"DOCX in LibreOffice: 22 x 28, pitch {sum(pitches) / 21:.3f} pt, {width:.2f} mm wide, left {left:.2f} mm")


for pdf in sorted(made.glob("*.pdf")):
    count = fonts_are_embedded(pdf)
    said = ""
    if pdf.with_suffix(".txt").exists():
        expected, found = squeezed(pdf.with_suffix(".txt").read_text("utf-8")), text_of_pdf(pdf)
        if found != expected:
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            sys.exit(f"{pdf.name}: …{found[at - 20:at + 30]}… where the document says …{expected[at - 20:at + 30]}…")
        said = f", text equal ({len(expected)} characters)"
    print(f"{pdf.name}: {count} fonts embedded{said}")

for path in sorted(made.glob("*.docx")):
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None, path
        assert package.namelist()[0] == "[Content_Types].xml", path
    read = docx.Document(path)
    assert any(headings_read(read)), path
    said = ""
    if path.with_suffix(".txt").exists():
        expected, found = squeezed(path.with_suffix(".txt").read_text("utf-8")), text_of_docx(read)
        if found != expected:
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            sys.exit(f"{path.name}: …{found[at - 20:at + 30]}… where the document says …{expected[at - 20:at + 30]}…")
        document = json.loads(path.with_suffix(".json").read_text("utf-8"))
        headings = list(headings_of(document))
        assert list(headings_read(read)) == headings, f"{path.name}: headings differ"
        pictures = sum(block["block"] == "picture" for article in document["articles"] for block in article["blocks"])
        assert len(read.inline_shapes) == pictures, f"{path.name}: {len(read.inline_shapes)} pictures"
        said = f", text and {len(headings)} headings equal, {pictures} pictures"
    print(f"{path.name}: {len(read.paragraphs)} paragraphs, {len(read.tables)} tables{said}")

full_page()
