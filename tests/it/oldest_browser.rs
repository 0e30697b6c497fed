//! Nothing in the pages is newer than Chromium 86, which is what offices have (360, QQ, 红莲花 and their like).

use std::path::Path;

/// Features by how they are written, with the version of Chromium that brought them.
const SINCE: &[(&str, u32)] = &[
    (":has(", 105),
    (":is(", 88),
    (":where(", 88),
    ("@container", 105),
    ("@layer", 99),
    ("accent-color", 93),
    ("aspect-ratio", 88),
    ("color-mix(", 111),
    ("inset:", 87),
    ("text-wrap", 114),
    ("dvh", 108),
    ("subgrid", 117),
    (" popover", 114),
    ("inert", 102),
    (".at(", 92),
    (".showModal(", 37),
    ("structuredClone", 98),
    ("Object.hasOwn", 93),
    (".findLast", 97),
    (".replaceAll(", 85),
    ("?.", 80),
    ("??=", 85),
    ("crypto.randomUUID", 92),
    ("import(", 63),
];

/// The oldest one in use.
const OLDEST: u32 = 86;

fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a text")))
        .collect()
}

/// The files of this kind of every part that has pages.
fn all_of(kind: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let parts = ["site", "editorial/pages", "portal"].map(|part| root.join(part).join(kind));
    parts.iter().filter(|folder| folder.exists()).flat_map(|folder| files(folder)).collect()
}

#[test]
fn no_page_uses_what_the_oldest_browser_does_not_know() {
    let all = [all_of("assets"), all_of("templates")].concat();
    assert!(all.len() > 8, "the files are where they are looked for");
    for (path, text) in &all {
        for (feature, since) in SINCE.iter().filter(|(_, since)| *since > OLDEST) {
            assert!(!text.contains(feature), "{path} uses {feature}, known since Chromium {since}");
        }
        // CSS nesting (Chromium 112): a selector within a rule.
        assert!(!path.ends_with(".css") || !text.contains("\n  &"), "{path} nests rules");
    }
}

#[test]
fn no_page_has_a_script_or_a_style_of_its_own_or_loads_from_elsewhere() {
    for (path, text) in all_of("templates") {
        for mark in [
            " style=",
            "<style",
            " onclick=",
            " onchange=",
            "javascript:",
            "<script>",
            "src=\"http",
            "href=\"http",
        ] {
            assert!(!text.contains(mark), "{path} holds {mark}");
        }
    }
    for (path, text) in all_of("assets") {
        let foreign = ["url(http", "@import", "fetch(\"http", "eval("];
        assert!(foreign.iter().all(|mark| !text.contains(mark)), "{path}");
    }
}
