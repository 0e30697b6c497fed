//! From where a request comes, and whether it came over TLS all the way: seen by ourselves, or told by a proxy that the
//! configuration names. What anybody else says of it is not believed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, HeaderName, Request};

use crate::config::Networks;

/// From where a request comes, over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Marks a request that came over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secured;

impl Secured {
    /// Whether the request with these extensions came over TLS.
    pub fn marks(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some()
    }
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The other end of a connection.
#[derive(Clone)]
pub(super) struct Origin {
    /// None on the local socket.
    pub peer: Option<IpAddr>,
    /// Whether the connection is TLS.
    pub tls: bool,
    pub trusted: Arc<Networks>,
}

impl Origin {
    /// Notes on a request where it comes from. The headers are taken off it, so that nobody believes them later on.
    pub fn note<B>(&self, request: &mut Request<B>) {
        let headers = request.headers();
        let through_proxy = self.peer.filter(|peer| self.trusted.contain(*peer));
        let secured = match through_proxy {
            Some(_) => told_secure(headers).unwrap_or(self.tls),
            None => self.tls,
        };
        let peer = match through_proxy {
            Some(proxy) => Some(client(proxy, headers, &self.trusted)),
            None => self.peer,
        };
        for name in [FORWARDED_FOR, FORWARDED_PROTO] {
            request.headers_mut().remove(name);
        }
        request.extensions_mut().extend(told(peer, secured));
    }
}

fn told(peer: Option<IpAddr>, secured: bool) -> Extensions {
    let mut told = Extensions::new();
    if let Some(peer) = peer {
        told.insert(Peer(peer.to_canonical()));
    }
    if secured {
        told.insert(Secured);
    }
    told
}

/// Every proxy writes behind what it was told, so the list is read from its end: up to the first who is no proxy of ours.
/// What stands before that one is anybody's invention.
fn client(proxy: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    let mut known = proxy;
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    for part in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = address(part.trim()) else { return known };
        known = address;
        if !trusted.contain(address) {
            return known;
        }
    }
    known
}

/// `203.0.113.9`, `203.0.113.9:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

/// What the nearest proxy says, which wrote last.
fn told_secure(headers: &HeaderMap) -> Option<bool> {
    let line = headers.get_all(FORWARDED_PROTO).iter().next_back()?.to_str().ok()?;
    Some(line.rsplit(',').next()?.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: &str = "10.0.0.5, 10.8.0.0/16";

    /// What is noted of a request that comes from `peer` with these headers.
    fn noted(peer: &str, tls: bool, headers: &[(&str, &str)]) -> (String, bool) {
        let mut request = Request::new(());
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            request.headers_mut().append(name, value.parse().expect("a value"));
        }
        let trusted = Arc::new(Networks::parse(PROXIES).expect("networks"));
        Origin { peer: Some(peer.parse().expect("an address")), tls, trusted }.note(&mut request);
        assert!(request.headers().is_empty(), "nobody sees the headers any more");
        let Peer(address) = *request.extensions().get::<Peer>().expect("a peer");
        (address.to_string(), Secured::marks(request.extensions()))
    }

    fn from(peer: &str, forwarded: &[&str]) -> String {
        let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
        noted(peer, false, &headers).0
    }

    #[test]
    fn a_stranger_says_what_he_likes_and_is_not_believed() {
        let lies = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
        assert_eq!(noted("198.51.100.7", false, &lies), ("198.51.100.7".to_owned(), false));
        let lies = [("x-forwarded-for", "10.0.0.5"), ("x-forwarded-proto", "http")];
        assert_eq!(noted("198.51.100.7", true, &lies), ("198.51.100.7".to_owned(), true));
    }

    #[test]
    fn a_proxy_of_ours_tells_who_called_it() {
        let told = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
        assert_eq!(noted("10.0.0.5", false, &told), ("203.0.113.9".to_owned(), true));
        assert_eq!(noted("::ffff:10.0.0.5", false, &told), ("203.0.113.9".to_owned(), true));
        assert_eq!(noted("10.0.0.5", false, &[]), ("10.0.0.5".to_owned(), false));
        assert!(!noted("10.0.0.5", false, &[("x-forwarded-proto", "https, http")]).1);
    }

    #[test]
    fn what_the_caller_put_before_the_proxys_word_is_not_believed() {
        assert_eq!(from("10.0.0.5", &["1.2.3.4, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.0.0.5", &["1.2.3.4", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.0.0.5", &["10.0.0.5, 203.0.113.9, 10.8.3.4"]), "203.0.113.9");
        assert_eq!(from("10.0.0.5", &["10.8.3.4, 10.8.3.5"]), "10.8.3.4");
    }

    #[test]
    fn what_is_no_address_ends_the_reading() {
        assert_eq!(from("10.0.0.5", &["203.0.113.9, unknown"]), "10.0.0.5");
        assert_eq!(from("10.0.0.5", &["203.0.113.9, nonsense, 10.8.3.4"]), "10.8.3.4");
        assert_eq!(from("10.0.0.5", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(from("10.0.0.5", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(from("10.0.0.5", &["2001:db8::1"]), "2001:db8::1");
    }
}
