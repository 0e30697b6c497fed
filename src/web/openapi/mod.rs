//! `schemas/openapi.json`, made from one table of routes. The contract of an item is embedded as it stands in
//! `schemas/item.v1.json`, which is the source.

mod bodies;
mod desk;
mod parameters;
mod registry;
mod routes;
mod schemas;

use serde_json::{Map, Value, json};

use crate::model::Permission;

use desk::DESK;
use registry::REGISTRY;
use routes::ROUTES;
use schemas::schemas;

/// Who may call a route.
#[derive(Clone, Copy)]
enum Right {
    /// Anybody.
    Open,
    /// A token with this scope.
    Scope(&'static str),
    /// Commands on the machine itself, over the local socket.
    Operator,
    /// A person's key, with one of these rights.
    Person(&'static [Permission]),
}

/// One route: method, path, summary, right, name of the body's schema, status of success, further refusals.
struct Route {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    right: Right,
    body: Option<&'static str>,
    success: u16,
    refusals: &'static [u16],
}

const fn route(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    right: Right,
    body: Option<&'static str>,
    success: u16,
    refusals: &'static [u16],
) -> Route {
    Route { method, path, summary, right, body, success, refusals }
}

/// Every route, those of the desk last.
fn described() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(DESK).chain(REGISTRY)
}

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in described() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "民意接口",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "收集、查重、检索、编发社情民意信息。严禁处理涉密信息。未受理时以 application/problem+json 写明字段、原因和办法。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "来稿渠道的令牌，由 minyi source add 生成" },
                "person": { "type": "http", "scheme": "bearer", "description": "个人令牌（mu_…），在“我的账户”中生成，权限与本人相同" } },
            "schemas": all_schemas(),
        }
    })
}

fn all_schemas() -> Value {
    let mut all = schemas();
    if let Some(all) = all.as_object_mut() {
        all.extend(desk::schemas());
        all.extend(bodies::schemas());
        all.extend(registry::schemas());
    }
    all
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    responses.insert(route.success.to_string(), json!({ "description": success(route.success) }));
    let rights: &[u16] = match route.right {
        Right::Open => &[],
        Right::Scope(_) | Right::Operator | Right::Person(_) => &[401, 403],
    };
    for status in route.refusals.iter().chain(rights) {
        responses.insert(status.to_string(), answer(*status));
    }
    let mut out = json!({ "summary": route.summary, "responses": responses });
    match route.right {
        Right::Open => {}
        Right::Scope("submit") => {
            out["security"] = json!([{ "token": [] }, { "person": [] }]);
            out["description"] = json!("需要权限：submit；或本人有“报送”权限的个人令牌，以本人名义报送");
        }
        Right::Scope(scope) => {
            out["security"] = json!([{ "token": [] }]);
            out["description"] = json!(format!("需要权限：{scope}"));
        }
        Right::Person(rights) => {
            out["security"] = json!([{ "person": [] }]);
            if !rights.is_empty() {
                let labels: Vec<&str> = rights.iter().map(|right| right.label()).collect();
                out["description"] = json!(format!("需要权限：{}", labels.join("或")));
            }
        }
        Right::Operator => out["description"] = json!("只能由管理员在服务器上经本地套接字使用"),
    }
    let mut parameters = path_parameters(route.path);
    if route.body == Some("Item") {
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "description": "请求的编号：同一编号重复请求得到同一回执",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200 } }));
    }
    parameters.extend(parameters::of(route.method, route.path));
    if !parameters.is_empty() {
        out["parameters"] = json!(parameters);
    }
    if let Some(body) = route.body {
        let schema = json!({ "$ref": format!("#/components/schemas/{body}") });
        let content = match route.path {
            "/api/v1/items/batch" => json!({
                "application/x-ndjson": { "schema": { "description": "每行一件，见 Item；有误的在其结果行中说明，不影响其余" } },
                "application/json": { "schema": { "description": "一个数组，每项一件，见 Item；有误的在其结果行中说明，不影响其余" } } }),
            _ if body.starts_with("Scanned") => json!({
                "application/json": { "schema": schema },
                "multipart/form-data": { "schema": bodies::in_parts(body) } }),
            _ => json!({ "application/json": { "schema": schema } }),
        };
        out["requestBody"] = json!({ "required": body != bodies::SIGNING, "content": content });
    }
    out
}

fn success(status: u16) -> &'static str {
    match status {
        201 => "已建立",
        202 => "已落盘，给出回执",
        _ => "成功",
    }
}

fn answer(status: u16) -> Value {
    if status == 200 {
        return json!({ "description": "早已收到：同一回执" });
    }
    let description = match status {
        400 => "内容无法读取",
        401 => "没有令牌或令牌无效",
        403 => "令牌没有此权限",
        404 => "没有找到",
        408 => "没有在时限内传完",
        409 => "与已有记录冲突",
        413 => "内容过大",
        415 => "内容类型不支持",
        422 => "字段不符合要求",
        429 => "超过限额，Retry-After 写明等待秒数",
        _ => "暂时不能受理，Retry-After 写明等待秒数",
    };
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    json!({ "description": description, "content": { "application/problem+json": problem } })
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let kind = if matches!(name, "no" | "n" | "year") { "integer" } else { "string" };
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/openapi.json");

    #[test]
    fn the_committed_document_is_the_one_that_the_table_makes() {
        let made = serde_json::to_string_pretty(&document()).expect("json") + "\n";
        if crate::config::environment("MINYI_BLESS").is_some() {
            std::fs::write(FILE, &made).expect("write");
        }
        let committed = std::fs::read_to_string(FILE).expect("read");
        assert!(committed == made, "schemas/openapi.json is behind: run the test once with MINYI_BLESS=1");
    }

    #[test]
    fn every_registered_route_is_described_and_the_reverse() {
        let sources = [
            include_str!("../../intake/routes.rs"),
            include_str!("../../editorial/routes.rs"),
            include_str!("../../editorial/bulletin_routes.rs"),
            include_str!("../../editorial/user_routes.rs"),
            include_str!("../../editorial/outcome_routes.rs"),
            include_str!("../../pull/pages.rs"),
            include_str!("../../exchange/api.rs"),
            include_str!("../../editorial/paper_routes.rs"),
            include_str!("../../editorial/shelf_routes.rs"),
            include_str!("../health.rs"),
            include_str!("../metrics.rs"),
        ];
        let mut registered: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()))
            .collect();
        let mut described: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
        registered.sort_unstable();
        registered.dedup();
        described.sort_unstable();
        described.dedup();
        assert_eq!(described, registered);
    }
}
