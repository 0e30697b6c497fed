//! Kinds of item and their review chains: configuration, not code.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::model::{KindId, Permission, UserName};

/// A stage of review.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Under what it is stored.
    pub code: String,
    /// 初审, 复审 …
    pub name: String,
    /// The right it takes.
    pub right: Permission,
    /// Only these accounts; everybody with the right where there is none.
    #[serde(default)]
    pub people: Vec<UserName>,
    /// Whether whoever wrote it may pass it.
    #[serde(default)]
    pub own: bool,
    /// Whether whoever passed an earlier stage may pass this one too.
    #[serde(default)]
    pub repeat: bool,
    /// Days that it may take; 0 = no limit.
    #[serde(default)]
    pub days: u32,
}

/// A kind of item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its code.
    pub code: KindId,
    /// Its name.
    pub name: String,
    /// From first to last; there may be none.
    #[serde(default, rename = "stage")]
    pub stages: Vec<Stage>,
}

const COMPILED_IN: &str = include_str!("../../config/kinds/opinion.toml");

/// The kinds compiled in, and the office's own over them.
///
/// # Errors
/// Which file is wrong and why, in Chinese.
pub fn load_kinds(dir: &Path) -> Result<BTreeMap<KindId, Kind>, String> {
    let mut out = BTreeMap::new();
    let mut add = |text: &str, origin: &str| {
        let kind = read(text, origin)?;
        out.insert(kind.code.clone(), kind);
        Ok::<_, String>(())
    };
    add(COMPILED_IN, "config/kinds/opinion.toml")?;
    if !dir.as_os_str().is_empty() {
        let unreadable = |error: std::io::Error| format!("无法读取信息类别目录 {}：{error}", dir.display());
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with(".toml") && !name.ends_with(".example.toml") {
                add(&std::fs::read_to_string(&path).map_err(unreadable)?, &path.display().to_string())?;
            }
        }
    }
    Ok(out)
}

fn read(text: &str, origin: &str) -> Result<Kind, String> {
    let kind: Kind = toml::from_str(text).map_err(|error| format!("{origin} 有误：{error}"))?;
    for (at, stage) in kind.stages.iter().enumerate() {
        if kind.stages[..at].iter().any(|earlier| earlier.code == stage.code) {
            return Err(format!("{origin} 中环节代码 {} 出现两次，请改为不同的代码", stage.code));
        }
        if !matches!(stage.right, Permission::Edit | Permission::Review | Permission::Sign) {
            return Err(format!("{origin} 中环节 {} 的权限应为 edit、review 或 sign", stage.code));
        }
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_and_the_example_are_read_and_an_office_may_replace_the_default() {
        let default = load_kinds(Path::new("")).expect("default");
        let kind = default.values().next().expect("one");
        assert_eq!(kind.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(), ["审核"]);
        let dir = tempfile::tempdir().expect("dir");
        let example = include_str!("../../config/kinds/opinion-four.example.toml");
        std::fs::write(dir.path().join("opinion.toml"), example).expect("write");
        let own = load_kinds(dir.path()).expect("own");
        assert_eq!(own.values().next().expect("one").stages.len(), 4);
    }

    #[test]
    fn a_wrong_chain_is_named() {
        let stage = "[[stage]]\ncode = \"a\"\nname = \"审\"\nright = \"review\"\n";
        let head = "code = \"opinion\"\nname = \"名\"\n";
        assert!(read(&format!("{head}{stage}{stage}"), "x.toml").expect_err("twice").contains("出现两次"));
        let other = stage.replace("review", "audit");
        assert!(read(&format!("{head}{other}"), "x.toml").expect_err("right").contains("权限"));
    }
}
