//! JSON of other systems: entries by JSON pointer (RFC 6901), and where the next page is.

use serde_json::Value;

use super::PullError;
use super::entry::Entry;
use super::feed::Document;
use super::plan::{Api, Paging, PagingBy};

/// Reads JSON.
///
/// # Errors
/// [`PullError::Unreadable`].
pub(super) fn parse(text: &str) -> Result<Value, PullError> {
    serde_json::from_str(text).map_err(|error| {
        let page = text.trim_start().starts_with('<');
        PullError::Unreadable(if page {
            "对方返回的是网页，不是 JSON：地址可能变了，或需要登录、验证".to_owned()
        } else if text.trim().is_empty() {
            "对方返回空内容".to_owned()
        } else {
            format!("JSON 有误，内容可能不完整（第 {} 行），没有收下", error.line())
        })
    })
}

/// An entry of a value, each field by its pointer.
pub(super) fn entry<F: AsRef<str>, P: AsRef<str>>(value: &Value, fields: &[(F, P)]) -> Entry {
    let mut entry = Entry::default();
    for (field, pointer) in fields {
        if let Some(found) = value.pointer(pointer.as_ref()).and_then(text) {
            entry.set(field.as_ref(), &found);
        }
    }
    entry
}

/// A value as text; the texts of a list, one a line.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(all) => {
            let lines: Vec<String> = all.iter().filter_map(text).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// Reads one page of an API. `at` is where this page is: its number, its cursor.
///
/// # Errors
/// [`PullError::Unreadable`] where the list is not where the configuration says.
pub(super) fn read(body: &str, api: &Api, at: Option<&str>) -> Result<Document, PullError> {
    let value = parse(body)?;
    let items = value.pointer(&api.items).and_then(Value::as_array).ok_or_else(|| {
        let said = ["/message", "/msg", "/error", "/error/message"]
            .iter()
            .find_map(|place| value.pointer(place)?.as_str());
        let said = said.map(|said| format!("，对方说：{}", said.chars().take(100).collect::<String>()));
        PullError::Unreadable(format!("JSON 中“{}”处没有列表{}", api.items, said.unwrap_or_default()))
    })?;
    let fields: Vec<(&String, &String)> = api.fields.iter().collect();
    let entries: Vec<Entry> = items.iter().map(|item| entry(item, &fields)).collect();
    let next = api.paging.as_ref().and_then(|paging| next(&value, paging, at, entries.is_empty()));
    Ok(Document { entries, next })
}

fn next(value: &Value, paging: &Paging, at: Option<&str>, empty: bool) -> Option<String> {
    match paging.by {
        // The page after the last is empty.
        PagingBy::Page => (!empty).then(|| (paging.number(at) + 1).to_string()),
        PagingBy::Cursor => {
            let more =
                paging.more.as_ref().is_none_or(|place| value.pointer(place) == Some(&Value::Bool(true)));
            value.pointer(&paging.cursor).and_then(text).filter(|cursor| more && !cursor.trim().is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(paging: &str) -> Api {
        toml::from_str(&format!(
            "items = \"/data/rows\"\nfields = {{ id = \"/no\", title = \"/t\", body = \"/parts\", name = \"/who/name\" }}\n{paging}"
        ))
        .expect("an api")
    }

    #[test]
    fn fields_are_found_by_their_pointers() {
        let body =
            r#"{"data":{"rows":[{"no":7,"t":"题","parts":["甲","乙"],"who":{"name":"王勃"}},{"no":null}]}}"#;
        let document = read(body, &api(""), None).expect("read");
        let of = |at: usize| {
            ["id", "title", "body", "name"].map(|field| document.entries[at].get(field).to_owned())
        };
        assert_eq!(of(0), ["7", "题", "甲\n乙", "王勃"]);
        assert_eq!(of(1), ["", "", "", ""]);
        assert_eq!(document.next, None);
    }

    #[test]
    fn the_next_page_is_told_by_number_or_by_cursor() {
        let by_page = api("paging = { by = \"page\", parameter = \"p\" }");
        let rows = r#"{"data":{"rows":[{"no":1}]}}"#;
        assert_eq!(read(rows, &by_page, None).expect("first").next.as_deref(), Some("2"));
        assert_eq!(read(rows, &by_page, Some("7")).expect("seventh").next.as_deref(), Some("8"));
        assert_eq!(read(r#"{"data":{"rows":[]}}"#, &by_page, Some("8")).expect("last").next, None);
        let by_cursor =
            api("paging = { by = \"cursor\", parameter = \"c\", cursor = \"/next\", more = \"/more\" }");
        let page =
            |next: &str, more: bool| format!(r#"{{"data":{{"rows":[]}},"next":{next},"more":{more}}}"#);
        assert_eq!(read(&page("\"k\"", true), &by_cursor, None).expect("on").next.as_deref(), Some("k"));
        assert_eq!(read(&page("99", true), &by_cursor, None).expect("on").next.as_deref(), Some("99"));
        for end in [page("\"k\"", false), page("\"\"", true), page("null", true)] {
            assert_eq!(read(&end, &by_cursor, None).expect("end").next, None, "{end}");
        }
    }

    #[test]
    fn an_answer_of_another_shape_is_told_with_what_it_says() {
        for (body, word) in [
            (r#"{"code":401,"msg":"token 已过期"}"#, "token 已过期"),
            ("<html>请登录</html>", "网页"),
            ("{\"data\":{\"rows\":[{", "不完整"),
            ("", "空内容"),
        ] {
            assert!(read(body, &api(""), None).expect_err(body).to_string().contains(word), "{body}");
        }
    }
}
