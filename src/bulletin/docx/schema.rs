//! The order of elements after ECMA-376 Part 1 (annex A), which Word and WPS check and docx-rs does not keep, and the
//! properties that docx-rs cannot write.

use super::styles::{self, FIRST_LINE};
use super::xml::{Element, Node};

#[rustfmt::skip]
/// For each parent the order of its children; what is not named keeps its place behind them.
const ORDER: &[(&str, &[&str])] = &[
    (
        "w:sectPr",
        &[
            "w:headerReference",
            "w:footerReference",
            "w:footnotePr",
            "w:endnotePr",
            "w:type",
            "w:pgSz",
            "w:pgMar",
            "w:paperSrc",
            "w:pgBorders",
            "w:lnNumType",
            "w:pgNumType",
            "w:cols",
            "w:formProt",
            "w:vAlign",
            "w:noEndnote",
            "w:titlePg",
            "w:textDirection",
            "w:bidi",
            "w:rtlGutter",
            "w:docGrid",
        ],
    ),
    (
        "w:pPr",
        &[
            "w:pStyle",
            "w:keepNext",
            "w:keepLines",
            "w:pageBreakBefore",
            "w:framePr",
            "w:widowControl",
            "w:numPr",
            "w:suppressLineNumbers",
            "w:pBdr",
            "w:shd",
            "w:tabs",
            "w:suppressAutoHyphens",
            "w:kinsoku",
            "w:wordWrap",
            "w:overflowPunct",
            "w:topLinePunct",
            "w:autoSpaceDE",
            "w:autoSpaceDN",
            "w:bidi",
            "w:adjustRightInd",
            "w:snapToGrid",
            "w:spacing",
            "w:ind",
            "w:contextualSpacing",
            "w:mirrorIndents",
            "w:suppressOverlap",
            "w:jc",
            "w:textDirection",
            "w:textAlignment",
            "w:textboxTightWrap",
            "w:outlineLvl",
            "w:divId",
            "w:cnfStyle",
            "w:rPr",
            "w:sectPr",
            "w:pPrChange",
        ],
    ),
    ("w:pBdr", &["w:top", "w:left", "w:bottom", "w:right", "w:between", "w:bar"]),
    (
        "w:rPr",
        &[
            "w:rStyle",
            "w:rFonts",
            "w:b",
            "w:bCs",
            "w:i",
            "w:iCs",
            "w:caps",
            "w:smallCaps",
            "w:strike",
            "w:dstrike",
            "w:outline",
            "w:shadow",
            "w:emboss",
            "w:imprint",
            "w:noProof",
            "w:snapToGrid",
            "w:vanish",
            "w:webHidden",
            "w:color",
            "w:spacing",
            "w:w",
            "w:kern",
            "w:position",
            "w:sz",
            "w:szCs",
            "w:highlight",
            "w:u",
            "w:effect",
            "w:bdr",
            "w:shd",
            "w:fitText",
            "w:vertAlign",
            "w:rtl",
            "w:cs",
            "w:em",
            "w:lang",
            "w:eastAsianLayout",
            "w:specVanish",
            "w:oMath",
        ],
    ),
    (
        "w:tblPr",
        &[
            "w:tblStyle", "w:tblpPr", "w:tblOverlap", "w:bidiVisual", "w:tblStyleRowBandSize",
            "w:tblStyleColBandSize", "w:tblW", "w:jc", "w:tblCellSpacing", "w:tblInd", "w:tblBorders", "w:shd",
            "w:tblLayout", "w:tblCellMar", "w:tblLook",
        ],
    ),
    ("w:tblBorders", &["w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV"]),
    ("w:tblCellMar", &["w:top", "w:left", "w:bottom", "w:right"]),
    (
        "w:tcPr",
        &[
            "w:cnfStyle", "w:tcW", "w:gridSpan", "w:hMerge", "w:vMerge", "w:tcBorders", "w:shd", "w:noWrap",
            "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark",
        ],
    ),
    ("wp:inline", &["wp:extent", "wp:effectExtent", "wp:docPr", "wp:cNvGraphicFramePr", "a:graphic"]),
    (
        "w:style",
        &[
            "w:name",
            "w:aliases",
            "w:basedOn",
            "w:next",
            "w:link",
            "w:autoRedefine",
            "w:hidden",
            "w:uiPriority",
            "w:semiHidden",
            "w:unhideWhenUsed",
            "w:qFormat",
            "w:locked",
            "w:personal",
            "w:rsid",
            "w:pPr",
            "w:rPr",
        ],
    ),
    (
        "w:settings",
        &[
            "w:writeProtection",
            "w:view",
            "w:zoom",
            "w:bordersDoNotSurroundHeader",
            "w:defaultTabStop",
            "w:evenAndOddHeaders",
            "w:drawingGridVerticalSpacing",
            "w:characterSpacingControl",
            "w:compat",
            "w:docVars",
            "w:themeFontLang",
            "w:decimalSymbol",
            "w:listSeparator",
        ],
    ),
];

/// What the text keeps away from the 版记: 5 mm.
const FOOT_GAP: &str = "284";

/// Puts a part's elements in order, throughout, and takes out what may not or need not be there.
pub(super) fn put_in_order(element: &mut Element) {
    // Property lists that say nothing; in a style's pPr an rPr is not even allowed.
    element.children.retain(|node| !matches!(node, Node::Element(child) if is_idle(child)));
    // Ids that only a co-authoring server reads.
    element.attributes.retain(|(key, _)| key != "w14:paraId");
    match element.name.as_str() {
        "w:ind" => in_characters(element),
        // A grid's column has a width and nothing else.
        "w:gridCol" => element.attributes.retain(|(key, _)| key == "w:w"),
        // Looks of a paragraph's mark belong to paragraphs, not to levels of lists.
        "w:lvl" => element.with_child("w:pPr", |properties| {
            properties.children.retain(|node| !matches!(node, Node::Element(one) if one.name == "w:rPr"));
        }),
        "w:tblpPr" => element.attributes.push(("w:topFromText".to_owned(), FOOT_GAP.to_owned())),
        _ => {}
    }
    element.elements_mut().for_each(put_in_order);
    if let Some((_, order)) = ORDER.iter().find(|(parent, _)| *parent == element.name) {
        let place = |node: &Node| match node {
            Node::Element(child) => order.iter().position(|name| *name == child.name).unwrap_or(order.len()),
            Node::Text(_) => order.len(),
        };
        element.children.sort_by_key(place);
    }
}

/// Gives every picture a number of its own, and what stands under it to those who cannot see it. docx-rs calls each of
/// them 1.
pub(super) fn tell_pictures_apart(
    element: &mut Element,
    captions: &mut impl Iterator<Item = String>,
    count: &mut u32,
) {
    if element.name == "wp:docPr" {
        *count += 1;
        let said = captions.next().unwrap_or_default();
        element.attributes = vec![
            ("id".to_owned(), count.to_string()),
            ("name".to_owned(), format!("图片 {count}")),
            ("descr".to_owned(), quick_xml::escape::escape(&said).into_owned()),
        ];
    }
    for child in element.elements_mut() {
        tell_pictures_apart(child, captions, count);
    }
}

fn is_idle(element: &Element) -> bool {
    element.name == "w:rPr" && element.children.is_empty()
}

/// The first line's indent in characters as well: text in another size keeps its two characters.
fn in_characters(indent: &mut Element) {
    if indent.attribute("w:firstLine") == Some(FIRST_LINE.to_string().as_str()) {
        indent.attributes.push(("w:firstLineChars".to_owned(), "200".to_owned()));
    }
}

/// Makes Normal the default style and gives it what a Chinese official text needs: no widow control (22 lines a page,
/// GB/T 9704-2012 5.2.3), no extra space between Chinese and digits and no
/// punctuation outside the type area (28 characters a line).
pub(super) fn complete_styles(styles: &mut Element) {
    let off = |name| Node::Element(Element::new(name, &[("w:val", "0")]));
    for style in styles.elements_mut().filter(|one| one.name == "w:style") {
        let Some(id) = style.attribute("w:styleId").map(str::to_owned) else { continue };
        let of_paragraphs = style.attribute("w:type") == Some("paragraph");
        if id != "Normal" {
            if of_paragraphs {
                // LibreOffice does not hand these on from the default style.
                let kept = ["w:overflowPunct", "w:autoSpaceDE", "w:autoSpaceDN"].map(off);
                style.with_child("w:pPr", |properties| properties.children.extend(kept));
            }
            if !id.starts_with("Heading") && !id.starts_with("TOC") && id != "Caption" {
                style.attributes.push(("w:customStyle".to_owned(), "1".to_owned()));
            }
            continue;
        }
        style.attributes.push(("w:default".to_owned(), "1".to_owned()));
        style.with_child("w:pPr", |properties| {
            properties
                .children
                .extend(["w:widowControl", "w:overflowPunct", "w:autoSpaceDE", "w:autoSpaceDN"].map(off));
            properties.children.push(Node::Element(Element::new("w:jc", &[("w:val", "both")])));
        });
        let language = [("w:val", "en-US"), ("w:eastAsia", "zh-CN"), ("w:bidi", "ar-SA")];
        let language = Node::Element(Element::new("w:lang", &language));
        style.with_child("w:rPr", |properties| properties.children.push(language));
    }
}

/// Punctuation keeps its full width, as the grid of 28 characters wants it.
pub(super) fn complete_settings(settings: &mut Element) {
    let control = Element::new("w:characterSpacingControl", &[("w:val", "doNotCompress")]);
    settings.children.push(Node::Element(control));
}

/// The faces of the file, each with what may stand in where it is not installed.
pub(super) fn complete_fonts(fonts: &mut Element) {
    fonts.children = styles::FACES.iter().map(|(name, other)| Node::Element(face(name, other))).collect();
}

fn face(name: &str, other: &str) -> Element {
    let property = |tag, value| Node::Element(Element::new(tag, &[("w:val", value)]));
    let mut font = Element::new("w:font", &[("w:name", name)]);
    font.children.extend([property("w:altName", other), property("w:charset", "86")]);
    font.children.extend([property("w:family", "auto"), property("w:pitch", "variable")]);
    font
}
