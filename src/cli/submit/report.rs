//! What came of each row, as a table that a spreadsheet opens.

use std::path::Path;

/// A row of the report.
pub(super) struct Line {
    /// File and place in it.
    pub place: String,
    pub title: String,
    /// 新收, 重复, 待本级审核, 未收, 可报.
    pub result: &'static str,
    /// Receipt, or what is wrong.
    pub detail: String,
}

/// Writes CSV with a mark of UTF-8, so that spreadsheets read the Chinese.
pub(super) fn write(path: &Path, lines: &[Line]) -> std::io::Result<()> {
    let mut out = String::from("\u{FEFF}位置,标题,结果,回执或原因\r\n");
    for line in lines {
        let cells = [line.place.as_str(), &line.title, line.result, &line.detail].map(cell);
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    std::fs::write(path, out)
}

/// Quoted; a cell that a spreadsheet would take for a formula is made a text.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_texts() {
        assert_eq!(cell("甲,\"乙\""), "\"甲,\"\"乙\"\"\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
