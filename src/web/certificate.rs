//! How long a certificate is good: the one thing that nobody else tells us before clients refuse it.

use crate::model::Timestamp;

/// So many days before its end a certificate is spoken of.
const SOON_DAYS: i64 = 30;
const DAY: i64 = 24 * 3600;

/// Between which instants a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// How a certificate stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Good for longer than a month.
    Good,
    /// Good, for so many whole days yet.
    Soon(i64),
    /// Not good any more.
    Expired,
    /// Not good yet: it is, or the clock is wrong.
    NotYet,
}

impl Validity {
    /// How it stands at an instant.
    pub fn at(self, now: Timestamp) -> Standing {
        let left = (self.until.as_micros() - now.as_micros()) / 1_000_000;
        if left < 0 {
            Standing::Expired
        } else if now < self.from {
            Standing::NotYet
        } else if left < SOON_DAYS * DAY {
            Standing::Soon(left / DAY)
        } else {
            Standing::Good
        }
    }

    /// The same in a sentence, with what to do.
    pub fn told(self, now: Timestamp) -> String {
        let (from, until) = (self.from.date(), self.until.date());
        match self.at(now) {
            Standing::Good => format!("TLS 证书有效至 {until}"),
            Standing::Soon(days) => {
                format!("TLS 证书 {until} 到期，只剩 {days} 天：请更换证书文件，更换后自动生效")
            }
            Standing::Expired => {
                format!("TLS 证书已于 {until} 过期，浏览器会拒绝访问：请立即更换证书文件，更换后自动生效")
            }
            Standing::NotYet => format!("TLS 证书 {from} 起才有效：请检查系统时钟，或换用已生效的证书"),
        }
    }
}

/// DER, read from the front.
struct Der<'a>(&'a [u8]);

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
/// `[0]`: the version, which the oldest kind of certificate does not have.
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl<'a> Der<'a> {
    /// The next element: its tag and what is in it.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let bytes = usize::from(first & 0x7F);
            if !(1..=4).contains(&bytes) || rest.len() < bytes {
                return None;
            }
            length = rest[..bytes].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = &rest[bytes..];
        }
        if rest.len() < length {
            return None;
        }
        let (inside, after) = rest.split_at(length);
        self.0 = after;
        Some((tag, inside))
    }

    /// What is in the next element, which must be of this kind.
    fn inside(&mut self, wanted: u8) -> Option<Der<'a>> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, inside)| Der(inside))
    }
}

/// Reads it from a certificate (RFC 5280 §4.1); `None` where this is none.
pub fn validity(certificate: &[u8]) -> Option<Validity> {
    let mut signed = Der(certificate).inside(SEQUENCE)?.inside(SEQUENCE)?;
    if signed.0.first() == Some(&VERSION) {
        signed.next()?;
    }
    // The serial number, the algorithm, who issued it.
    signed.inside(INTEGER)?;
    signed.inside(SEQUENCE)?;
    signed.inside(SEQUENCE)?;
    let mut times = signed.inside(SEQUENCE)?;
    Some(Validity { from: time(&mut times)?, until: time(&mut times)? })
}

fn time(der: &mut Der<'_>) -> Option<Timestamp> {
    let (tag, text) = der.next()?;
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let year: u16 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    if rest.len() != 11 || !rest.ends_with('Z') {
        return None;
    }
    let (month, day, hour) = (&rest[..2], &rest[2..4], &rest[4..6]);
    // 99991231235959Z stands for "without an end", and is another year in Shanghai already.
    let (year, hour) = if year >= 9999 { (9998, "00") } else { (year, hour) };
    let (minute, second) = (&rest[6..8], &rest[8..10]);
    Timestamp::parse(&format!("{year:04}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, inside: &[u8]) -> Vec<u8> {
        let length = u16::try_from(inside.len()).expect("short").to_be_bytes();
        [&[tag, 0x82], &length[..], inside].concat()
    }

    fn certificate(version: bool, from: (u8, &str), until: (u8, &str)) -> Vec<u8> {
        let times = [element(from.0, from.1.as_bytes()), element(until.0, until.1.as_bytes())].concat();
        let version = if version { element(VERSION, &element(INTEGER, &[2])) } else { Vec::new() };
        let empty = element(SEQUENCE, &[]);
        let parts =
            [version, element(INTEGER, &[7]), empty.clone(), empty.clone(), element(SEQUENCE, &times), empty];
        element(SEQUENCE, &element(SEQUENCE, &parts.concat()))
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn both_ways_of_writing_a_time_are_read() {
        let read =
            validity(&certificate(true, (UTC_TIME, "260101000000Z"), (GENERALIZED_TIME, "20510203040506Z")));
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2051-02-03T04:05:06Z"));
        assert_eq!(read, Some(Validity { from, until }));
        let old = validity(&certificate(false, (UTC_TIME, "500101000000Z"), (UTC_TIME, "490101000000Z")));
        assert_eq!(
            old,
            Some(Validity { from: at("1950-01-01T00:00:00Z"), until: at("2049-01-01T00:00:00Z") })
        );
    }

    #[test]
    fn a_certificate_without_an_end_is_good_for_long() {
        let ends = (GENERALIZED_TIME, "99991231235959Z");
        let read = validity(&certificate(true, (UTC_TIME, "260101000000Z"), ends)).expect("read");
        assert_eq!(read.at(at("2099-01-01T00:00:00Z")), Standing::Good);
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_none() {
        let whole = certificate(true, (UTC_TIME, "260101000000Z"), (UTC_TIME, "270101000000Z"));
        assert!(validity(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(validity(&whole[..length]), None, "{length}");
        }
        for bad in ["2601010000Z", "26010100000000", "269901000000Z", ""] {
            assert_eq!(
                validity(&certificate(true, (UTC_TIME, bad), (UTC_TIME, "270101000000Z"))),
                None,
                "{bad}"
            );
        }
    }

    #[test]
    fn how_it_stands_is_told_before_it_ends() {
        let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2026-12-31T00:00:00Z") };
        assert_eq!(validity.at(at("2025-12-31T00:00:00Z")), Standing::NotYet);
        assert_eq!(validity.at(at("2026-06-01T00:00:00Z")), Standing::Good);
        assert_eq!(validity.at(at("2026-12-20T01:00:00Z")), Standing::Soon(10));
        assert_eq!(validity.at(at("2027-01-01T00:00:00Z")), Standing::Expired);
        assert!(validity.told(at("2026-12-20T01:00:00Z")).contains("只剩 10 天"));
    }
}
