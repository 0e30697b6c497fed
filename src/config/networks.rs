//! Addresses and networks, as settings name them: `10.1.2.3, 10.8.0.0/16, fd00::/8`.

use std::net::IpAddr;

use super::layers::ConfigError;
use super::settings::Server;

/// Some addresses and networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl Networks {
    /// Reads a list with commas between its parts.
    ///
    /// # Errors
    /// The part that is neither an address nor a network.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            out.0.push(network(part).ok_or_else(|| part.to_owned())?);
        }
        Ok(out)
    }

    /// Whether an address is one of them, or within one of them. An IPv4 address in the dress of IPv6 is an IPv4 address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|(net, bits)| within(address, *net, *bits))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more; `false` where the text is neither an address nor a network.
    pub fn add(&mut self, text: &str) -> bool {
        let found = network(text);
        self.0.extend(found);
        found.is_some()
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let full = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(full), |bits| bits.parse().ok()).filter(|bits| *bits <= full)?;
    Some((address, bits))
}

fn within(address: IpAddr, net: IpAddr, bits: u8) -> bool {
    let (one, other, full) = match (address, net.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let shift = full - u32::from(bits).min(full);
    one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
}

impl Server {
    /// Whether the server speaks TLS itself.
    pub fn has_tls(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    /// The proxies whose word about the caller is taken. [`Server::check`] has seen that the text can be read.
    pub fn proxies(&self) -> Networks {
        Networks::parse(&self.trusted_proxies).unwrap_or_default()
    }

    /// Refuses one file of TLS without the other, and proxies that are neither addresses nor networks.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let bad = |key: &str, why: String| {
            Err(ConfigError::BadValue { origin: "配置".to_owned(), key: key.to_owned(), why })
        };
        if self.has_tls() == self.key.as_os_str().is_empty() {
            return bad("server.certificate", "与 server.key 须一并给出，或都留空".to_owned());
        }
        if self.handshake_seconds == 0 {
            return bad("server.handshake_seconds", "必须大于 0".to_owned());
        }
        match Networks::parse(&self.trusted_proxies) {
            Ok(_) => Ok(()),
            Err(part) => {
                bad("server.trusted_proxies", format!("“{part}”不是地址或网段，例：10.0.0.5, 10.8.0.0/16"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(list: &str, address: &str) -> bool {
        Networks::parse(list).expect("a list").contain(address.parse().expect("an address"))
    }

    #[test]
    fn an_address_is_found_in_its_network_and_in_no_other() {
        assert!(holds("10.8.0.0/16", "10.8.255.1") && !holds("10.8.0.0/16", "10.9.0.1"));
        assert!(holds("10.1.2.3, fd00::/8", "fd12::1") && !holds("10.1.2.3, fd00::/8", "10.1.2.4"));
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "::1"));
        assert!(!holds("", "127.0.0.1"));
    }

    #[test]
    fn an_ipv4_address_in_the_dress_of_ipv6_is_the_same_one() {
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1") && !holds("127.0.0.1", "::ffff:127.0.0.2"));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["10.0.0.0/33", "proxy.example", "10.0.0", "::/129", "10.0.0.0/x"] {
            assert_eq!(Networks::parse(&format!("10.0.0.1, {bad}")), Err(bad.to_owned()));
        }
    }
}
