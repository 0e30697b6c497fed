//! A real Chromium, driven by the WebDriver protocol: JSON over HTTP, so no more than the tests' own client is needed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, add_user};

/// How the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";
const CONTROL: &str = "\u{E009}";
/// The driver answers this machine only, and wants to be called by its name.
const DRIVER: &[(&str, &str)] = &[("host", "localhost"), ("content-type", "application/json")];
pub const F8: &str = "\u{E038}";
pub const DOWN: &str = "\u{E015}";

/// A browser window.
pub struct Chromium {
    driver: Child,
    client: Client,
    session: String,
    address: String,
    /// Keys pressed so far.
    pub pressed: usize,
    /// Clicks so far.
    pub clicks: std::cell::Cell<usize>,
}

impl Chromium {
    /// Starts one.
    pub async fn start(app: &TestApp) -> Self {
        Self::start_with(app, None).await
    }

    /// Starts the one of a device: what its pages keep there is there again after it was closed.
    pub async fn start_on(app: &TestApp, device: &std::path::Path) -> Self {
        Self::start_with(app, Some(device)).await
    }

    async fn start_with(app: &TestApp, device: Option<&std::path::Path>) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: apt-get install chromium chromium-driver fonts-noto-cjk");
        let out = BufReader::new(driver.stdout.take().expect("its output"));
        let port = out.lines().map_while(Result::ok).find_map(|line| {
            line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        let port: u16 = port.expect("its port");
        let client = Client::tcp(([127, 0, 0, 1], port).into(), None);
        let mut arguments: Vec<String> =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1366,768"]
                .map(str::to_owned)
                .to_vec();
        arguments.extend(device.map(|device| format!("--user-data-dir={}", device.display())));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "timeouts": { "implicit": 5000 }, "goog:chromeOptions": { "args": arguments } } } });
        let begun = client.call(Method::POST, "/session", DRIVER, wanted.to_string()).await.json();
        let session = begun["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
        Self {
            driver,
            client,
            session,
            address: format!("http://{}", app.address()),
            pressed: 0,
            clicks: std::cell::Cell::new(0),
        }
    }

    async fn tell(&self, method: Method, command: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{command}", self.session);
        let body = if method == Method::GET { String::new() } else { body.to_string() };
        let answer = self.client.call(method, &path, DRIVER, body).await.json();
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].clone()
    }

    /// Goes to a page and waits until it is there.
    pub async fn open(&self, path: &str) {
        self.tell(Method::POST, "url", &json!({ "url": format!("{}{path}", self.address) })).await;
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.tell(Method::POST, "execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Everything that the page says.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    async fn find(&self, selector: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.tell(Method::POST, "element", &wanted).await;
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    /// Clicks on something.
    pub async fn click(&self, selector: &str) {
        self.clicks.set(self.clicks.get() + 1);
        let element = self.find(selector).await;
        self.tell(Method::POST, &format!("element/{element}/click"), &json!({})).await;
    }

    /// Types into a field.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.tell(Method::POST, &format!("element/{element}/value"), &json!({ "text": text })).await;
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub async fn press(&mut self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        self.pressed += keys.chars().count();
        let keyboard = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.tell(Method::POST, "actions", &keyboard).await;
    }

    /// Presses a key while Control is held.
    pub async fn press_with_control(&mut self, key: &str) {
        let stroke = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        let strokes = [
            stroke("keyDown", CONTROL),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", CONTROL),
        ];
        self.pressed += 1;
        let keyboard = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.tell(Method::POST, "actions", &keyboard).await;
    }

    /// Empties a field and types into it.
    pub async fn refill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.tell(Method::POST, &format!("element/{element}/clear"), &json!({})).await;
        self.fill(selector, text).await;
    }

    /// The session ends: the browser has no cookie any more.
    pub async fn forget(&self) {
        self.tell(Method::DELETE, "cookie", &json!({})).await;
    }

    /// Somebody else, who has an account, signs in.
    pub async fn become_user(&self, name: &str) {
        self.forget().await;
        self.open("/sign-in").await;
        self.fill("#name", name).await;
        self.fill("#password", crate::support::PASSWORD).await;
        self.click("button.primary").await;
        self.until("return location.pathname !== '/sign-in'").await;
        self.clicks.set(0);
    }

    /// Whether a file that a link leads to begins with these characters.
    pub async fn file_begins(&self, selector: &str, head: &str) -> bool {
        let script = format!(
            "var x = new XMLHttpRequest(); x.open('GET', document.querySelector({}).href, false); \
             x.overrideMimeType('text/plain; charset=x-user-defined'); x.send(); return x.responseText.slice(0, {})",
            json!(selector),
            head.len()
        );
        self.run(&script).await == json!(head)
    }

    /// Another window size, as a telephone has it.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.tell(Method::POST, "goog/cdp/execute", &command).await;
    }

    /// Requests whose address has this in it fail from now on, as where there is no network.
    pub async fn cut_off(&self, address: &str) {
        for (command, params) in [
            ("Network.enable", json!({})),
            ("Network.setBlockedURLs", json!({ "urls": [format!("*{address}*")] })),
        ] {
            self.tell(Method::POST, "goog/cdp/execute", &json!({ "cmd": command, "params": params })).await;
        }
    }

    /// Where `BULLETINS_TO` names a folder, leaves there what is seen and what would be printed.
    pub async fn look(&self, name: &str) {
        let Some(dir) = std::env::var_os("BULLETINS_TO") else { return };
        let params = json!({ "captureBeyondViewport": true, "preferCSSPageSize": true });
        for (command, ending) in [("Page.captureScreenshot", "png"), ("Page.printToPDF", "pdf")] {
            let command = json!({ "cmd": command, "params": params });
            let answer = self.tell(Method::POST, "goog/cdp/execute", &command).await;
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(answer["data"].as_str().expect("a file"))
                .expect("base64");
            std::fs::write(std::path::Path::new(&dir).join(format!("{name}.{ending}")), bytes)
                .expect("written");
        }
    }

    /// How many sheets the page takes when it is printed.
    pub async fn printed_pages(&self) -> usize {
        let command = json!({ "cmd": "Page.printToPDF", "params": { "preferCSSPageSize": true } });
        let answer = self.tell(Method::POST, "goog/cdp/execute", &command).await;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().expect("a file"))
            .expect("base64");
        let text = String::from_utf8_lossy(&bytes);
        text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
    }

    /// An account with these roles, set up and signed in by the page itself.
    pub async fn sign_in(&self, app: &TestApp, name: &str, roles: &[&str]) {
        self.open(&add_user(app, name, roles).await).await;
        self.fill("#password", crate::support::PASSWORD).await;
        self.fill("#again", crate::support::PASSWORD).await;
        self.click("button.primary").await;
        // Whoever opens the next page before the answer is there is not signed in yet.
        self.until("return !location.pathname.startsWith('/setup/')").await;
    }

    /// Waits until a script gives true.
    pub async fn until(&self, script: &str) {
        for _ in 0..400 {
            if self.run(script).await == json!(true) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("not within twenty seconds: {script}\n{}", self.text().await);
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.call(Method::DELETE, &format!("/session/{}", self.session), DRIVER, "").await;
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
