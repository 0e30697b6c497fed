//! Lines of JSON whose fields have other names.

use anyhow::Context;
use serde_json::{Map, Value};

use crate::intake::files::Naming;

/// Which field of a line becomes which field of the item.
pub(super) struct Mapping(Vec<(Vec<String>, String)>);

impl Mapping {
    /// Reads `target=source` pairs; without any the line is the item.
    pub(super) fn parse(pairs: &[String]) -> anyhow::Result<Self> {
        let pair = |pair: &String| {
            let (target, source) =
                pair.split_once('=').with_context(|| format!("--map 应为 目标=来源：{pair}"))?;
            Ok((target.trim().split('.').map(str::to_owned).collect(), source.trim().to_owned()))
        };
        pairs.iter().map(pair).collect::<anyhow::Result<_>>().map(Self)
    }

    /// The item that a line stands for, as JSON text.
    pub(super) fn apply(&self, line: &[u8], naming: &mut Naming) -> Result<String, String> {
        let line: Value = serde_json::from_slice(line).map_err(|error| format!("不是 JSON：{error}"))?;
        let Value::Object(fields) = line else { return Err("不是 JSON 对象".to_owned()) };
        let mut item = if self.0.is_empty() { fields } else { self.mapped(&fields) };
        naming.name(&mut item);
        Ok(Value::Object(item).to_string())
    }

    fn mapped(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut item = Map::new();
        for (target, source) in &self.0 {
            let value = match fields.get(source) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) if text.trim().is_empty() => continue,
                Some(Value::Number(number)) => Value::String(number.to_string()),
                Some(value) => value.clone(),
            };
            put(&mut item, target, value);
        }
        item
    }
}

/// Puts a value at a path of keys; what stands in the way of the path stays.
fn put(item: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => drop(item.insert(last.clone(), value)),
        [first, rest @ ..] => {
            let next = item.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = next {
                put(inner, rest, value);
            }
        }
    }
}
