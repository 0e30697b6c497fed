//! A browser without a screen: it keeps cookies, takes the token out of a page, sends forms.

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, Client, TestApp, text};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "Hd7-kettle-oak";

/// A visitor of the pages.
pub struct Browser {
    client: Client,
    pub cookies: BTreeMap<String, String>,
    /// Headers that go with every request: what a proxy in front would add, or a liar.
    pub always: Vec<(&'static str, &'static str)>,
    token: String,
}

impl Browser {
    /// Nobody yet.
    pub fn new(app: &TestApp) -> Self {
        Self::over(Client::tcp(app.address(), None))
    }

    /// Nobody yet, whose requests go this way.
    pub fn over(client: Client) -> Self {
        Self { client, cookies: BTreeMap::new(), always: Vec::new(), token: String::new() }
    }

    /// An account with these roles, set up by its one-time link and signed in.
    pub async fn signed_in(app: &TestApp, name: &str, roles: &[&str]) -> Self {
        let link = add_user(app, name, roles).await;
        let mut browser = Self::new(app);
        browser.get(&link).await;
        let answer = browser.post(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser.get("/account").await;
        browser
    }

    /// An account that has a password signs in.
    pub async fn sign_in(&mut self, name: &str) {
        self.cookies.clear();
        self.get("/sign-in").await;
        let answer = self.post("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.get("/account").await;
    }

    /// GET; the token of the page is kept for the next form.
    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, &[], "").await;
        if let Some(token) = between(&answer.text(), "name=\"csrf\" value=\"", "\"") {
            self.token = token;
        }
        answer
    }

    /// POST of a form, with the token of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        self.post_with(path, &token, fields).await
    }

    /// POST of a form with a token of the caller's choice.
    pub async fn post_with(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", token);
        for (name, value) in fields {
            form.append_pair(name, value);
        }
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, path, &kind, &form.finish()).await
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, headers, body.as_bytes().to_vec()).await
    }

    /// POST of a file in the form of a page, with the token of the last page.
    pub async fn upload(&mut self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        self.upload_with(path, &[] as &[(&str, &str)], &[("file", name, bytes)]).await
    }

    /// The same with further fields and several files: field, name, bytes.
    pub async fn upload_with(
        &mut self,
        path: &str,
        fields: &[(&str, impl AsRef<str>)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        let others = fields.iter().map(|(name, value)| (*name, value.as_ref()));
        for (name, value) in std::iter::once(("csrf", self.token.as_str())).chain(others) {
            let part =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (field, name, bytes) in files {
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let kind = [("content-type", "multipart/form-data; boundary=edge")];
        self.send_bytes(Method::POST, path, &kind, body).await
    }

    async fn send_bytes(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = headers.to_vec();
        all.extend(&self.always);
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = self.client.call(method, path, &all, body).await;
        for given in answer.headers.get_all("set-cookie") {
            let given = given.to_str().expect("a cookie");
            let (name, rest) = given.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if given.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// The same visitor, at an instance that was started again.
    pub fn again(self, app: &TestApp) -> Self {
        Self { client: Client::tcp(app.address(), None), ..self }
    }

    /// The status of an answer that may stay open: nothing behind it is read.
    pub async fn status_of(&self, app: &TestApp, path: &str) -> u16 {
        let mut stream = self.open(app, path).await;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.expect("an answer");
        String::from_utf8_lossy(&head[9..]).parse().expect("a status")
    }

    /// A connection over which a page was asked for.
    pub async fn open(&self, app: &TestApp, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(app.address()).await.expect("connect");
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\ncookie: {}\r\n\r\n", cookies.join("; "));
        stream.write_all(request.as_bytes()).await.expect("sent");
        stream
    }

    /// The token of the last page.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Adds an account and gives its one-time link.
pub async fn add_user(app: &TestApp, name: &str, roles: &[&str]) -> String {
    let request = json!({ "name": name, "title": format!("{name}先生"), "roles": roles });
    text(&app.operator.post("/api/v1/users", request.to_string()).await.ok(), "/link").to_owned()
}

/// What stands between two marks, the first time.
pub fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let rest = text.split_once(before)?.1;
    Some(rest.split_once(after)?.0.to_owned())
}
