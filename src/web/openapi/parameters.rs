//! What stands in an address after its question mark.

use serde_json::{Value, json};

use crate::model::{
    ContributorKind, DeliveryState, ItemState, OutcomeKind, OutcomeLevel, ReporterForm, ShelfKind,
};

use super::schemas::urgency;

fn query(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "schema": schema })
}

fn needed(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string", "minLength": 1, "description": description });
    json!({ "name": name, "in": "query", "required": true, "schema": schema })
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// What a form sends where a field was left empty is taken as if it were not there.
fn or_empty(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "const": "" }] })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// A kind of document on the shelf, by its code or its word; empty for any.
fn shelf_kind() -> Value {
    let known = ShelfKind::ALL.iter().flat_map(|kind| [kind.code(), kind.label()]);
    json!({ "enum": known.chain([""]).collect::<Vec<_>>() })
}

/// How many at most; more than there may be is taken for the most.
fn limit() -> Value {
    json!({ "type": "integer", "minimum": 0, "description": "至多 100，超过按 100 计" })
}

/// The parameters of a route.
pub(super) fn of(method: &str, path: &str) -> Vec<Value> {
    match (method, path) {
        ("get", "/api/v1/search") => search(),
        ("get", "/api/v1/desk/search") => search().into_iter().chain(narrowing()).collect(),
        ("get", "/api/v1/shelf/search" | "/api/v1/desk/shelf/search") => {
            vec![query("q", text()), query("limit", limit()), query("cursor", text())]
        }
        ("get", "/api/v1/shelf" | "/api/v1/desk/shelf") => {
            vec![
                query("kind", shelf_kind()),
                query("removed", json!({ "type": "boolean", "default": false })),
            ]
        }
        ("post", "/api/v1/shelf" | "/api/v1/desk/shelf") => vec![
            needed("name", "文件名"),
            query("kind", shelf_kind()),
            query(
                "title",
                json!({ "type": "string", "maxLength": 120, "description": "题名，缺省为第一行" }),
            ),
            query("date", day()),
            query("source", json!({ "type": "string", "maxLength": 60, "description": "来源" })),
        ],
        ("get", "/api/v1/hot") => vec![query("from", day()), query("to", day()), query("limit", limit())],
        ("get", "/api/v1/bulletins" | "/api/v1/desk/issues") => {
            vec![query("year", json!({ "type": "integer" }))]
        }
        ("get", "/api/v1/bulletins/{id}/proof" | "/api/v1/series/{id}/preview") => {
            vec![query("format", json!({ "enum": ["html", "pdf", "docx", "txt"], "default": "html" }))]
        }
        ("post", "/api/v1/bulletins/{id}/pictures") => vec![
            query("manuscript", json!({ "type": "string", "description": "编稿编号，只有一篇时可省" })),
            needed("name", "文件名"),
            query("caption", json!({ "type": "string", "description": "图题" })),
        ],
        ("post", "/api/v1/bulletins/{id}/original" | "/api/v1/files") => vec![needed("name", "文件名")],
        ("get", "/api/v1/outcomes" | "/api/v1/desk/outcomes") => outcomes(),
        ("get", "/api/v1/desk/inbox") => inbox(),
        ("get", "/api/v1/desk/contributors") => contributors(),
        ("get", "/api/v1/desk/tables/{table}") => vec![query("on", day())],
        ("get" | "post", path) if path.starts_with("/api/v1/desk/") => of_desk(path),
        _ => Vec::new(),
    }
}

/// Those of further calls of a person's program.
fn of_desk(path: &str) -> Vec<Value> {
    let levels: Vec<&str> = OutcomeLevel::ALL.iter().map(|one| one.code()).collect();
    let states: Vec<&str> = DeliveryState::ALL.iter().map(|one| one.code()).collect();
    let format = || query("format", json!({ "enum": ["xlsx", "csv"], "default": "xlsx" }));
    let must = |name: &str, schema: Value| json!({ "name": name, "in": "query", "required": true, "schema": schema });
    let number = || json!({ "type": "number" });
    match path {
        "/api/v1/desk/outcomes/list" => outcomes().into_iter().chain([format()]).collect(),
        "/api/v1/desk/search/list" => search().into_iter().chain(narrowing()).chain([format()]).collect(),
        "/api/v1/desk/ledgers/{which}" => vec![must("from", day()), must("to", day()), format()],
        "/api/v1/desk/contributors/import" => {
            let kinds: Vec<&str> = ContributorKind::ALL.iter().map(|one| one.label()).collect();
            vec![needed("name", "文件名"), query("day", day()), query("kind", json!({ "enum": kinds }))]
        }
        "/api/v1/desk/outcomes/import" => {
            vec![query("level", json!({ "enum": levels, "default": "city" })), query("outlet", text())]
        }
        "/api/v1/desk/issues/{id}/proof" => {
            vec![query("format", json!({ "enum": ["html", "pdf", "docx", "txt"], "default": "html" }))]
        }
        "/api/v1/desk/issues/{id}/overprint" => vec![
            query("printer", text()),
            query("x", or_empty(number())),
            query("y", or_empty(number())),
            query("copies", json!({ "enum": ["1", ""] })),
        ],
        "/api/v1/desk/numbers" => {
            vec![must("series", text()), query("year", json!({ "type": "integer" }))]
        }
        "/api/v1/desk/deliveries" => vec![
            query("state", json!({ "enum": states })),
            query("phone", json!({ "type": "boolean", "default": false })),
        ],
        "/api/v1/desk/log" => vec![
            query("actor", json!({ "type": "string", "description": "如 user:zhang" })),
            query("kind", json!({ "type": "string", "description": "操作的类别，如 item、issue" })),
            query("from", day()),
            query("to", day()),
            query("before", json!({ "type": "integer" })),
        ],
        _ => Vec::new(),
    }
}

fn search() -> Vec<Value> {
    vec![
        query("q", text()),
        query("sort", json!({ "enum": ["relevance", "newest", "oldest"] })),
        query("limit", limit()),
        query("cursor", text()),
        query("counts", json!({ "type": "boolean", "default": true })),
    ]
}

/// The tabs and the facets of the page.
fn narrowing() -> Vec<Value> {
    let value = |label: &str| json!({ "type": "string", "description": format!("{label}，分面中的一项") });
    let tab = json!({ "enum": ["", "all", "issued", "items"], "default": "all", "description": "全部、已编发、来稿" });
    vec![
        query("tab", tab),
        query("district", value("区县")),
        query("subject", value("主题")),
        query("reporter_kind", value("反映人类别")),
    ]
}

fn outcomes() -> Vec<Value> {
    let levels: Vec<&str> = OutcomeLevel::ALL.iter().map(|one| one.code()).collect();
    let kinds: Vec<&str> = OutcomeKind::ALL.iter().map(|one| one.code()).collect();
    vec![
        query("level", json!({ "enum": levels })),
        query("kind", json!({ "enum": kinds })),
        query("from", day()),
        query("to", day()),
        query("words", text()),
        query("withdrawn", json!({ "type": "boolean", "default": false })),
    ]
}

/// By what 反映人库 is filtered.
fn contributors() -> Vec<Value> {
    let forms: Vec<&str> = ReporterForm::ALL.iter().map(|one| one.code()).collect();
    let kinds: Vec<&str> = ContributorKind::ALL.iter().map(|one| one.label()).collect();
    vec![
        query("words", text()),
        query("form", json!({ "enum": forms })),
        query("kind", json!({ "enum": kinds })),
        query("district", text()),
        query("retired", json!({ "type": "boolean", "description": "停用的，或在册的；缺省为全部" })),
        query("skip", json!({ "type": "integer", "minimum": 0 })),
    ]
}

/// By what the list of items is filtered.
fn inbox() -> Vec<Value> {
    let states: Vec<&str> = ItemState::ALL.iter().map(|state| state.code()).collect();
    vec![
        query("state", json!({ "enum": states, "default": "received" })),
        query("urgency", urgency()),
        query("district", text()),
        query("subject", text()),
        query("reporter_kind", text()),
        query("holder", json!({ "type": "string", "description": "me、none 或用户名" })),
        query("topic", json!({ "type": "integer", "description": "应征的选题编号" })),
        query("oldest_first", json!({ "type": "boolean", "default": false })),
        query("after", json!({ "type": "string", "minLength": 1 })),
    ]
}
