//! 刊物: the series that bulletins are issued in.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::bulletin::Series;
use crate::model::SeriesId;

/// The series compiled in, and the office's own over them.
pub(super) fn series(dir: &Path) -> anyhow::Result<BTreeMap<SeriesId, Series>> {
    let mut out = BTreeMap::new();
    for (id, text) in Series::compiled_in() {
        let series = Series::from_toml(text, &format!("config/series/{id}.toml"))?;
        out.insert(series.id.clone(), series);
    }
    if dir.as_os_str().is_empty() {
        return Ok(out);
    }
    let entries = std::fs::read_dir(dir).with_context(|| format!("无法读取刊物目录 {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let series = Series::from_toml(&std::fs::read_to_string(&path)?, &path.display().to_string())?;
            out.insert(series.id.clone(), series);
        }
    }
    Ok(out)
}
