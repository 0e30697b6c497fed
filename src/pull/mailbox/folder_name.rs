//! Names of folders as IMAP writes them (RFC 3501, 5.1.3): Chinese stands as base64 of UTF-16 between `&` and `-`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A name as it is sent.
pub(super) fn encoded(name: &str) -> String {
    let (mut out, mut foreign) = (String::with_capacity(name.len()), Vec::new());
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            end(&mut out, &mut foreign);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            foreign.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end(&mut out, &mut foreign);
    out
}

fn end(out: &mut String, foreign: &mut Vec<u8>) {
    if !foreign.is_empty() {
        out.push('&');
        out.push_str(&STANDARD_NO_PAD.encode(&foreign).replace('/', ","));
        out.push('-');
        foreign.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn folders_with_chinese_names_are_called_as_servers_call_them() {
        assert_eq!(encoded("INBOX"), "INBOX");
        assert_eq!(encoded("A & B"), "A &- B");
        assert_eq!(encoded("已删除"), "&XfJSIJZk-");
        assert_eq!(encoded("来稿/社情民意 2026"), "&Z2V6Pw-/&eT5gxWwRYQ8- 2026");
        assert_eq!(encoded("𠮷"), "&2ELftw-");
    }
}
