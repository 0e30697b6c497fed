//! The printers for 套打, with how far each one's black text must be moved.

use std::path::Path;

use serde::Deserialize;

use crate::bulletin::Offset;

/// A printer for 套打, with how far its black text must be moved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// As it is chosen.
    pub name: String,
    /// To the right, mm.
    #[serde(default)]
    pub x: f64,
    /// Downwards, mm.
    #[serde(default)]
    pub y: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    printer: Vec<Printer>,
}

const COMPILED_IN: &str = include_str!("../../config/tables/printers.toml");

/// The table compiled in, or the office's own `printers.toml` in `dir`.
///
/// # Errors
/// What is wrong with the file, in Chinese.
pub fn load_printers(dir: &Path) -> Result<Vec<Printer>, String> {
    let path = dir.join("printers.toml");
    let text = if dir.as_os_str().is_empty() || !path.exists() {
        COMPILED_IN.to_owned()
    } else {
        std::fs::read_to_string(&path).map_err(|error| format!("无法读取 {}：{error}", path.display()))?
    };
    let file: File = toml::from_str(&text).map_err(|error| format!("printers.toml 有误：{error}"))?;
    for (at, one) in file.printer.iter().enumerate() {
        Offset::new(one.x, one.y).map_err(|why| format!("printers.toml 中“{}”有误：{why}", one.name))?;
        if one.name.trim().is_empty() || file.printer[..at].iter().any(|other| other.name == one.name) {
            return Err(format!("printers.toml 中第 {} 行的名称为空或重复，请改为不同的名称", at + 1));
        }
    }
    Ok(file.printer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_has_a_name_of_its_own_and_an_offset_that_stays_on_the_sheet() {
        let dir = tempfile::tempdir().expect("dir");
        let load = |text: &str| {
            std::fs::write(dir.path().join("printers.toml"), text).expect("write");
            load_printers(dir.path())
        };
        let good = load("[[printer]]\nname = \"文印室\"\nx = -1.5\ny = 2.0\n").expect("printers");
        assert_eq!((good[0].x, good[0].y), (-1.5, 2.0));
        assert!(load("[[printer]]\nname = \"文印室\"\nx = 40.0\n").expect_err("far").contains("文印室"));
        let twice = "[[printer]]\nname = \"甲\"\n[[printer]]\nname = \"甲\"\n";
        assert!(load(twice).expect_err("twice").contains("第 2 行"));
        assert_eq!(load_printers(Path::new("")).expect("printers").len(), 1);
    }
}
