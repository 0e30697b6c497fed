//! Bytes as text: UTF-8 with or without a mark, UTF-16, GB18030 (with it GBK and GB2312).

use encoding_rs::{Encoding, GB18030};

use super::FileError;

/// The text; line ends become `\n`.
pub(super) fn decode(bytes: &[u8]) -> Result<String, FileError> {
    let unreadable =
        || FileError::Kind("不是文本，或文字编码无法识别；请另存为 UTF-8 编码的文本后再报".to_owned());
    let text = if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned()
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        text.to_owned()
    } else {
        let (text, wrong) = GB18030.decode_without_bom_handling(bytes);
        // A byte or two may be broken in a long text; many are another encoding, or no text.
        let broken = text.chars().filter(|c| *c == '\u{FFFD}').count();
        if wrong && broken * 200 > text.chars().count().max(1) {
            return Err(unreadable());
        }
        text.into_owned()
    };
    let controls =
        text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{C}')).count();
    if controls * 100 > text.chars().count() {
        return Err(unreadable());
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}
