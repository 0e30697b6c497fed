//! Text in heads of mails, where programs are least careful: encoded words (RFC 2047) that are cut within a character,
//! bytes that are not encoded at all, character sets that are not what they say.

use mail_parser::decoders::base64::base64_decode;

use super::super::charset;

/// A head's text from its bytes.
pub(super) fn decoded(raw: &[u8]) -> String {
    let raw: Vec<u8> = raw.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let (mut out, mut rest) = (String::new(), raw.as_slice());
    while let Some((before, word, after)) = next_word(rest) {
        out.push_str(&plain(before));
        let (charset, encoding, mut bytes) = word;
        rest = after;
        // What stands between words is no part of the text; words of one kind may share a character between them.
        while let Some((between, next, after)) = next_word(rest)
            && between.iter().all(u8::is_ascii_whitespace)
        {
            rest = after;
            if next.0.eq_ignore_ascii_case(&charset) && next.1 == encoding {
                bytes.extend_from_slice(&next.2);
            } else {
                out.push_str(&text(&bytes, &charset));
                out.push_str(&decoded_word(&next));
                bytes = Vec::new();
            }
        }
        out.push_str(&text(&bytes, &charset));
    }
    out.push_str(&plain(rest));
    out.trim().to_owned()
}

/// Character set, encoding, bytes.
type Word = (String, u8, Vec<u8>);

fn decoded_word(word: &Word) -> String {
    text(&word.2, &word.0)
}

/// The first encoded word, with what stands before and after it.
fn next_word(raw: &[u8]) -> Option<(&[u8], Word, &[u8])> {
    let mut from = 0;
    loop {
        let start = from + raw[from..].windows(2).position(|two| two == b"=?")?;
        let mut parts = raw[start + 2..].splitn(3, |byte| *byte == b'?');
        let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let end = rest.windows(2).position(|two| two == b"?=");
        if let (Some(end), &[encoding]) = (end, encoding)
            && let Some(bytes) = unpacked(encoding.to_ascii_lowercase(), &rest[..end])
        {
            // RFC 2231 lets a language follow the character set.
            let charset = String::from_utf8_lossy(charset).split('*').next().unwrap_or_default().to_owned();
            let word = (charset, encoding.to_ascii_lowercase(), bytes);
            return Some((&raw[..start], word, &rest[end + 2..]));
        }
        from = start + 2;
    }
}

fn unpacked(encoding: u8, data: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        b'b' => base64_decode(data),
        b'q' => {
            let mut out = Vec::with_capacity(data.len());
            let mut rest = data;
            while let Some((first, after)) = rest.split_first() {
                rest = after;
                match first {
                    b'_' => out.push(b' '),
                    b'=' if after.len() >= 2 => {
                        let hex = std::str::from_utf8(&after[..2]).ok()?;
                        out.push(u8::from_str_radix(hex, 16).ok()?);
                        rest = &after[2..];
                    }
                    other => out.push(*other),
                }
            }
            Some(out)
        }
        _ => None,
    }
}

fn text(bytes: &[u8], charset: &str) -> String {
    charset::decode(bytes, "", &format!("charset={charset}"))
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn plain(bytes: &[u8]) -> String {
    text(bytes, "")
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn heads_are_read_in_every_dress() {
        for (raw, wanted) in [
            (&b"=?UTF-8?B?5YWz5LqO5aKe6K6+6Lev54Gv55qE5bu66K6u?="[..], "关于增设路灯的建议"),
            (b"Re: =?gb2312?Q?=B9=D8=D3=DA?= ok", "Re: 关于 ok"),
            // Two words that share a character, as some programs cut them.
            (b"=?utf-8?B?5YWz5LqO5aKe6K4=?=\r\n =?utf-8?B?vui3r+eBrw==?=", "关于增设路灯"),
            // Not encoded at all: GBK, UTF-8.
            (b"\xb9\xd8\xd3\xda\xc2\xb7\xb5\xc6", "关于路灯"),
            ("关于路灯".as_bytes(), "关于路灯"),
            // GBK that says it is Latin.
            (b"=?iso-8859-1?Q?=B9=D8=D3=DA?=", "关于"),
            (b"=?utf-8*zh?Q?=E5=85=B3?= =?gbk?B?09o=?=", "关于"),
            (b"a =? b", "a =? b"),
            (b"=?x?z?y?=", "=?x?z?y?="),
            (b"", ""),
        ] {
            assert_eq!(decoded(raw), wanted, "{}", String::from_utf8_lossy(raw));
        }
    }
}
