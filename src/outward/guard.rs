//! Which addresses may be called: those of the world, and of one's own network those that the configuration names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::Networks;

use super::OutwardError;

/// What the configuration allows of one's own network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    networks: Networks,
    names: Vec<String>,
}

impl Allowed {
    /// Reads `10.1.2.3, 10.8.0.0/16, hooks.office.example`.
    ///
    /// # Errors
    /// Which part is neither an address, a network nor a name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if out.networks.add(part) {
                continue;
            }
            if part.contains('/') || !part.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
                return Err(format!("outward.allow_private 中“{part}”不是地址、网段或主机名"));
            }
            out.names.push(part.to_ascii_lowercase());
        }
        Ok(out)
    }

    /// Whether an address may be called.
    pub fn address(&self, address: IpAddr) -> bool {
        is_public(address.to_canonical()) || self.networks.contain(address)
    }

    pub(super) fn name(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => public_v4(four),
        IpAddr::V6(six) => public_v6(six),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
        || address.is_documentation())
}

fn public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let first = parts[0];
    // Global unicast alone; and of it not what carries an IPv4 address within (6to4, Teredo) or is for books.
    (0x2000..0x4000).contains(&first)
        && first != 0x2002
        && !(first == 0x2001 && (parts[1] == 0 || parts[1] == 0x0db8))
}

/// Names are resolved here, so that what was looked at is what is connected to.
pub(super) struct Guarded(pub Arc<Allowed>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let free = allowed.name(&host);
            if let Some(private) = found.iter().find(|at| !free && !allowed.address(at.ip())) {
                return Err(OutwardError::Private(format!("{host}（{}）", private.ip())).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ones_own_network_are_refused_in_every_dress() {
        let none = Allowed::default();
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fc00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
            "::10.0.0.1",
        ] {
            assert!(!none.address(private.parse().expect(private)), "{private}");
        }
        for public in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1", "100.128.0.1"] {
            assert!(none.address(public.parse().expect(public)), "{public}");
        }
    }

    #[test]
    fn the_configuration_opens_what_it_names_and_nothing_else() {
        let some = Allowed::parse("10.8.0.0/16, 127.0.0.1, hooks.office.example").expect("allowed");
        let may = |text: &str| some.address(text.parse().expect(text));
        assert!(may("10.8.3.4") && may("127.0.0.1") && may("::ffff:127.0.0.1"));
        assert!(!may("10.9.0.1") && !may("127.0.0.2") && !may("::1"));
        assert!(some.name("Hooks.office.example") && !some.name("office.example"));
        assert!(Allowed::parse("0.0.0.0/0").expect("all").address("10.0.0.1".parse().expect("an address")));
        for bad in ["10.0.0.0/40", "10.0.0.0/x", "a b", "http://x"] {
            assert!(Allowed::parse(bad).is_err(), "{bad}");
        }
    }
}
