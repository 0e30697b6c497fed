//! Old and WPS formats, by way of LibreOffice where it is installed.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest that LibreOffice may take over one file.
const OFFICE_SECONDS: u64 = 120;

/// An old format as a new one, by LibreOffice.
///
/// # Errors
/// In Chinese, with what to do instead.
pub fn convert(bytes: &[u8], ending: &str, becomes: &str) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("无法转换：{error}");
    let work = tempfile::tempdir().map_err(failed)?;
    let from = work.path().join(format!("来稿.{ending}"));
    std::fs::write(&from, bytes).map_err(failed)?;
    let filter = if becomes == "xlsx" { "xlsx:Calc MS Excel 2007 XML" } else { "docx:MS Word 2007 XML" };
    // A profile of its own: the one of the user may be open in another window, or not be writable.
    let run = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", work.path().join("profile").display()))
        .args(["--headless", "--convert-to", filter, "--outdir"])
        .arg(work.path())
        .arg(&from)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut run) = run else {
        return Err(format!(
            "本机未装 LibreOffice，不能读 .{ending}；请另存为 {} 后再报",
            becomes.to_uppercase()
        ));
    };
    let begun = Instant::now();
    while run.try_wait().map_err(failed)?.is_none() {
        if begun.elapsed() > Duration::from_secs(OFFICE_SECONDS) {
            drop(run.kill());
            drop(run.wait());
            return Err("LibreOffice 转换超时，请另存为新格式后再报".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read(from.with_extension(becomes))
        .map_err(|_| "LibreOffice 未能转换，请另存为新格式后再报".to_owned())
}
