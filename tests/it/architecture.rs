//! The shape of the program (DESIGN §3), held by reading its sources: who may import whom, which crate lives where.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What every module but the pure ones may use: the present, the settings, the logs, the places to fail on purpose.
const COMMON: &[&str] = &["clock", "config", "failpoint", "telemetry"];

/// Module → what it may import besides itself. `app` and `cli` may import everything and are not listed.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &["model"]),
    ("bulletin", &["model"]),
    ("clock", &["model"]),
    ("failpoint", &["config"]),
    ("config", &[]),
    ("backup", &["model", "*"]),
    ("telemetry", &["config"]),
    ("queue", &["model", "*"]),
    ("store", &["model", "*"]),
    ("index", &["model", "text", "store", "*"]),
    ("group", &["model", "text", "store", "index", "*"]),
    ("pipeline", &["model", "text", "queue", "store", "*"]),
    ("web", &["model", "config", "telemetry"]),
    ("tables", &["model", "store", "*"]),
    ("accounts", &["model", "store", "*"]),
    ("identity", &["model", "outward", "*"]),
    ("site", &["accounts", "model", "store", "web", "*"]),
    ("portal", &["accounts", "model", "text", "store", "tables", "index", "group", "site", "web", "*"]),
    ("upload", &["model", "store", "outcome", "site", "web", "*"]),
    ("exchange", &["model", "store", "tables", "site", "web", "*"]),
    ("registry", &["model", "text", "store", "tables", "site", "web", "*"]),
    ("audit", &["model", "store", "*"]),
    ("outward", &["*"]),
    ("notify", &["model", "outward", "store", "*"]),
    ("pull", &["model", "text", "store", "outward", "site", "web", "*"]),
    ("intake", &["model", "text", "queue", "store", "web", "*"]),
    ("outcome", &["model", "store", "bulletin", "*"]),
    (
        "editorial",
        &[
            "accounts", "identity", "model", "text", "store", "tables", "index", "group", "bulletin",
            "outcome", "site", "web", "*",
        ],
    ),
];

/// Crate → the places that may name it.
const CONFINED: &[(&str, &[&str])] = &[
    ("rusqlite", &["store/", "queue/embedded/"]),
    ("postgres", &["store/"]),
    ("rdkafka", &["queue/contract/", "queue/kafka/"]),
    ("tantivy", &["index/"]),
    ("jieba_rs", &["text/"]),
    ("opencc_fmmseg", &["text/"]),
    (
        "axum",
        &[
            "web/",
            "site/",
            "portal/",
            "upload/",
            "registry/",
            "pull/mod.rs",
            "pull/pages.rs",
            "exchange/mod.rs",
            "exchange/pages.rs",
            "exchange/api.rs",
            "intake/routes.rs",
            "intake/auth.rs",
            "intake/batch.rs",
            "editorial/api/",
            "editorial/routes.rs",
            "editorial/bulletin_routes.rs",
            "editorial/outcome_routes.rs",
            "editorial/paper_routes.rs",
            "editorial/shelf_routes.rs",
            "editorial/error.rs",
            "editorial/user_routes.rs",
            "editorial/pages/",
            "app.rs",
            "app/composed.rs",
        ],
    ),
    ("reqwest", &["outward/"]),
    ("tokio_rustls", &["web/tls.rs", "cli/client.rs", "outward/stream.rs"]),
    ("async_imap", &["pull/mailbox/session.rs"]),
    ("mail_parser", &["pull/mailbox/mime.rs", "pull/mailbox/words.rs"]),
    ("lettre", &["notify/mail.rs"]),
    ("hmac", &["notify/webhook.rs"]),
    ("ring", &["exchange/keys.rs", "web/tls.rs"]),
    ("docx_rs", &["bulletin/docx/"]),
    ("image", &["bulletin/picture.rs", "bulletin/qr.rs"]),
    ("rust_xlsxwriter", &["cli/bulletin/export.rs", "outcome/", "intake/files/"]),
    ("calamine", &["intake/files/sheet.rs", "outcome/adoptions.rs"]),
    ("encoding_rs", &["intake/files/", "pull/charset.rs"]),
    ("flate2", &["pull/fetch.rs"]),
    ("hayro_interpret", &["bulletin/past/"]),
    ("typst", &["bulletin/pdf/"]),
    ("typst_layout", &["bulletin/pdf/"]),
    ("typst_pdf", &["bulletin/pdf/"]),
    ("openidconnect", &["identity/"]),
    ("chrono", &["identity/"]),
    ("argon2", &["accounts/password.rs", "backup/seal.rs"]),
    ("chacha20poly1305", &["backup/seal.rs", "accounts/seed.rs", "identity/wait.rs"]),
    ("totp_rs", &["accounts/seed.rs"]),
    ("qrcode", &["bulletin/qr.rs"]),
    ("clap", &["cli/"]),
];

/// Names that say nothing, so everything ends up under them.
const DRAWERS: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc"];

/// A file is to be read in one sitting.
const LINES_MAX: usize = 500;

struct Source {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// Without comments that fill a line.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// The modules of ours that it names by `crate::`.
    fn imports(&self) -> BTreeSet<String> {
        self.code().flat_map(|line| names_after(line, "crate::")).collect()
    }
}

/// The identifiers that follow each `mark` standing by itself in a line.
fn names_after(line: &str, mark: &str) -> Vec<String> {
    let own = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
    line.match_indices(mark)
        .filter(|(at, _)| own(*at))
        .map(|(at, _)| line[at + mark.len()..].chars())
        .map(|rest| rest.take_while(|c| c.is_ascii_lowercase() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, top: &Path, out: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, top, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(top).expect("below src").to_string_lossy().replace('\\', "/");
                out.push(Source { path: below, text: std::fs::read_to_string(&path).expect("a source") });
            }
        }
    }
    let (mut out, top) = (Vec::new(), root().join("src"));
    walk(&top, &top, &mut out);
    assert!(out.len() > 50, "the sources are where they are looked for");
    out
}

fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_module_imports_only_what_the_table_allows() {
    let mut found = Vec::new();
    for source in sources() {
        let module = source.module();
        if matches!(module, "app" | "cli" | "main" | "lib") {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
            found.push(format!("{}: the module {module} is not in the table", source.path));
            continue;
        };
        let may = |name: &str| {
            name == module || allowed.contains(&name) || (allowed.contains(&"*") && COMMON.contains(&name))
        };
        found.extend(
            source
                .imports()
                .iter()
                .filter(|name| !may(name))
                .map(|name| format!("{} imports {name}", source.path)),
        );
    }
    none(found, "imports against DESIGN §3");
}

#[test]
fn every_crate_stays_in_its_home() {
    let mut found = Vec::new();
    for source in sources() {
        for (name, homes) in CONFINED {
            let named = source.code().any(|line| names_the_crate(line, name));
            if named && !homes.iter().any(|home| source.path.starts_with(home)) {
                found.push(format!("{} uses {name}", source.path));
            }
        }
    }
    none(found, "crates outside their home");
}

/// `use name…` or `name::…`, as a word of its own.
fn names_the_crate(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let used = line.strip_prefix("use ").or_else(|| line.strip_prefix("pub use ")).unwrap_or_default();
    let whole = used.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';', ' ']));
    let path = format!("{name}::");
    let inside = line.match_indices(&path).any(|(at, _)| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') && !line[..at].ends_with("::")
    });
    whole || inside
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = sources().into_iter().map(|source| (source.text.lines().count(), source.path));
    none(
        long.filter(|(lines, _)| *lines > LINES_MAX)
            .map(|(lines, path)| format!("{path}: {lines}"))
            .collect(),
        "files longer than 500 lines",
    );
}

#[test]
fn no_folder_or_file_is_a_drawer() {
    let drawers = sources()
        .into_iter()
        .map(|source| source.path)
        .filter(|path| path.split('/').any(|part| DRAWERS.contains(&part.trim_end_matches(".rs"))));
    none(drawers.collect(), "folders and files named after nothing");
}

#[test]
fn a_placeholder_is_compared_before_it_is_asked_for_null() {
    // PostgreSQL learns its type there: `?1 IS NULL OR a = ?1` is refused, `a = ?1 OR ?1 IS NULL` is not.
    let asks = |line: &str| {
        line.match_indices(" IS NULL OR").any(|(at, _)| {
            let before = line[..at].trim_end_matches(|c: char| c.is_ascii_digit());
            before.len() < at && before.ends_with('?')
        })
    };
    let found = sources().into_iter().filter(|source| source.code().any(asks)).map(|source| source.path);
    none(found.collect(), "placeholders whose type PostgreSQL cannot know");
}

#[test]
fn the_main_file_and_the_library_file_are_short() {
    for source in sources() {
        let lines = source.text.lines().count();
        match source.path.as_str() {
            "main.rs" => assert!(lines <= 40, "main.rs has {lines} lines"),
            "lib.rs" => assert!(lines <= 60, "lib.rs has {lines} lines"),
            _ => {}
        }
    }
}

#[test]
fn the_map_in_the_readme_shows_the_folders_that_there_are() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let shown: BTreeSet<String> = readme
        .lines()
        .flat_map(|line| line.match_indices("src/").map(|(at, mark)| &line[at + mark.len()..]))
        .filter_map(|rest| rest.split_once('/'))
        .map(|(folder, _)| folder.to_owned())
        .filter(|folder| !folder.is_empty() && folder.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(!shown.is_empty(), "README.md has no map yet: no line names a folder as src/…/");
    let folders: BTreeSet<String> = sources()
        .iter()
        .filter_map(|source| source.path.split_once('/'))
        .map(|(folder, _)| folder.to_owned())
        .collect();
    assert_eq!(shown, folders, "the map in README.md (left) and the folders below src (right)");
}
