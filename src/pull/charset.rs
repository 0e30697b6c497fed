//! The characters of an answer. What it says of itself is believed where it fits: servers send GBK as UTF-8 and UTF-8 as
//! Latin-1.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::PullError;

/// The text of an answer. `forced` is what the configuration says, `told` the value of its `Content-Type`.
///
/// # Errors
/// [`PullError::Unreadable`] where no encoding fits.
pub(super) fn decode(bytes: &[u8], forced: &str, told: &str) -> Result<String, PullError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    if !forced.is_empty() {
        let encoding = named(forced)
            .ok_or_else(|| PullError::Plan(format!("charset“{forced}”不是已知的字符集，例：gb18030")))?;
        return Ok(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    // Chinese in GBK is no valid UTF-8 but by the rarest accident.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let declared = [in_header(told), in_prolog(bytes)].into_iter().flatten();
    let mut best: Option<(usize, String)> = None;
    for encoding in declared.chain([GB18030, UTF_8]) {
        // Encodings of one byte fit everything: whoever declares one for Chinese has never looked.
        if encoding.is_single_byte() {
            continue;
        }
        let (text, wrong) = encoding.decode_without_bom_handling(bytes);
        if !wrong {
            return Ok(text.into_owned());
        }
        let broken = text.matches('\u{fffd}').count();
        if best.as_ref().is_none_or(|(least, _)| broken < *least) {
            best = Some((broken, text.into_owned()));
        }
    }
    // A byte or two may be broken in a long text, for example one that was cut in the middle of a character.
    match best {
        Some((broken, text)) if broken * 200 <= text.chars().count() => Ok(text),
        _ => Err(PullError::Unreadable(
            "文字编码无法识别：请在本渠道的配置中写明 charset，例：gb18030".to_owned(),
        )),
    }
}

/// GBK and GB2312 are read as GB18030, which holds both.
fn named(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())?;
    Some(if encoding.name() == "GBK" { GB18030 } else { encoding })
}

fn in_header(told: &str) -> Option<&'static Encoding> {
    let lower = told.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset=")?;
    named(after.split(';').next()?)
}

/// `<?xml version="1.0" encoding="gb2312"?>`
fn in_prolog(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let prolog = head.trim_start().strip_prefix("<?xml")?;
    let (_, after) = prolog[..prolog.find("?>")?].split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    named(value[1..].split(quote).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "关于镕基路堃园小区的建议";

    #[test]
    fn an_answer_is_read_whatever_it_says_of_itself() {
        let gbk = GB18030.encode(TEXT).0.into_owned();
        let xml =
            |label: &str| [format!("<?xml version=\"1.0\" encoding=\"{label}\"?>").as_bytes(), &gbk].concat();
        for (bytes, told) in [
            (TEXT.as_bytes().to_vec(), ""),
            (TEXT.as_bytes().to_vec(), "text/xml; charset=iso-8859-1"),
            (TEXT.as_bytes().to_vec(), "text/xml; charset=gbk"),
            (gbk.clone(), ""),
            (gbk.clone(), "text/xml; charset=GB2312"),
            (gbk.clone(), "text/xml; charset=utf-8"),
            (gbk.clone(), "text/xml; charset=\"iso-8859-1\""),
            (xml("gb2312"), "text/xml"),
            (xml("utf-8"), "text/xml"),
            ([b"\xef\xbb\xbf".as_slice(), TEXT.as_bytes()].concat(), "text/xml; charset=gbk"),
        ] {
            let read = decode(&bytes, "", told).expect("text");
            assert!(read.ends_with(TEXT), "{told}: {read}");
        }
        assert_eq!(decode(&gbk, "gbk", "").expect("text"), TEXT);
        let utf16: Vec<u8> = "\u{feff}意".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16, "", "").expect("text"), "意");
    }

    #[test]
    fn what_is_no_text_is_told_with_a_way_out() {
        let noise: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(decode(&noise, "", "").expect_err("no text").to_string().contains("charset"));
        assert!(decode(b"x\xff", "klingon", "").is_err());
    }
}
