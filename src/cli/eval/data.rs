//! The files that evaluations read: JSON Lines in the forms of the office's own exports.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// An item of an evaluation.
#[derive(Debug, Clone)]
pub struct Record {
    /// The file's name without its ending: ids of two files may be the same.
    pub stem: String,
    /// Its id, as text whatever it was.
    pub id: String,
    /// Everything that the line held.
    pub fields: Map<String, Value>,
}

impl Record {
    /// A field as text; numbers are written out, anything else is empty.
    pub fn text(&self, field: &str) -> String {
        self.fields.get(field).map(as_text).unwrap_or_default()
    }

    /// 标题.
    pub fn title(&self) -> String {
        self.text("title")
    }

    /// 正文, whatever its field is called.
    pub fn body(&self) -> String {
        ["body", "text"]
            .iter()
            .map(|field| self.text(field))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }
}

/// Items by their ids.
pub struct Records {
    /// In the order of the files.
    pub records: Vec<Record>,
    by_key: HashMap<String, usize>,
    by_id: HashMap<String, Vec<usize>>,
}

impl Records {
    /// Reads the items of some files.
    ///
    /// # Errors
    /// Naming file and line where one is no JSON object or has no id.
    pub fn read(files: &[PathBuf]) -> anyhow::Result<Self> {
        let (mut records, mut by_key, mut by_id) =
            (Vec::new(), HashMap::new(), HashMap::<_, Vec<usize>>::new());
        for file in files {
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            for (number, fields) in lines(file)? {
                let Some(id) = fields.get("id").map(as_text).filter(|id| !id.is_empty()) else {
                    bail!("{} 第 {number} 行没有 id", file.display());
                };
                let at = records.len();
                if by_key.insert(format!("{stem}:{id}"), at).is_some() {
                    bail!("{} 第 {number} 行的 id {id} 重复", file.display());
                }
                by_id.entry(id.clone()).or_default().push(at);
                records.push(Record { stem: stem.clone(), id, fields });
            }
        }
        Ok(Self { records, by_key, by_id })
    }

    /// Where the item `ID` or `FILESTEM:ID` stands.
    ///
    /// # Errors
    /// When there is none, or two files have one of this id.
    pub fn find(&self, key: &str) -> anyhow::Result<usize> {
        if let Some(at) = self.by_key.get(key) {
            return Ok(*at);
        }
        match self.by_id.get(key).map(Vec::as_slice) {
            Some([at]) => Ok(*at),
            Some(_) => bail!("id {key} 在几个文件中都有，请写成 文件名:{key}"),
            None => bail!("来稿文件中没有 id {key}"),
        }
    }
}

/// The objects of a file, each with its line number from 1; empty lines are passed over.
///
/// # Errors
/// Naming file and line where one is no JSON object.
pub fn lines(file: &Path) -> anyhow::Result<Vec<(usize, Map<String, Value>)>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("无法读取 {}", file.display()))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let written = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    written
        .map(|(at, line)| {
            let fields = serde_json::from_str(line)
                .with_context(|| format!("{} 第 {} 行不是 JSON 对象", file.display(), at + 1))?;
            Ok((at + 1, fields))
        })
        .collect()
}

/// A text or a number, as text: ids are compared so.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A text, a number, or a list of them.
pub fn as_texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(as_text).collect(),
        other => vec![as_text(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_two_files_must_name_its_file() {
        let dir = tempfile::tempdir().expect("dir");
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).expect("write");
            path
        };
        let one = write("one.jsonl", "{\"id\":1,\"title\":\"甲\"}\n\n{\"id\":\"2\",\"text\":\"乙\"}\n");
        let two = write("two.jsonl", "{\"id\":\"1\",\"body\":\"丙\"}\n");
        let records = Records::read(&[one, two]).expect("read");
        assert_eq!(records.find("two:1").expect("found"), 2);
        assert_eq!(records.records[records.find("2").expect("found")].body(), "乙");
        assert!(records.find("1").expect_err("two").to_string().contains("文件名:1"));
        assert!(records.find("9").is_err());
    }
}
