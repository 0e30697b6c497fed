//! The fields of the form: read from it, filled from an item, written as any other system would send them.

use serde_json::{Map, Value, json};

use crate::model::{ContributorKind, ItemText, Submission};
use crate::web::Form;

use super::parts::Proposal;

/// What stands in the fields.
#[derive(Default)]
pub(super) struct Values {
    pub title: String,
    pub body: String,
    pub causes: String,
    pub suggestions: String,
    pub name: String,
    pub unit: String,
    pub post: String,
    pub kind: String,
    pub district: String,
    /// 界别.
    pub sector: String,
    /// 党派.
    pub party: String,
    pub phone: String,
    pub others: String,
    /// 涉及区县, where it is another than that of who sends.
    pub place: String,
    /// 主题.
    pub subject: String,
    /// 是否同意公开: `yes`, `no`, or not said.
    pub open: String,
    /// Why not.
    pub open_reason: String,
    /// The number of the 选题 that it answers. No part of the item: it is noted beside it.
    pub topic: String,
    /// `0` = in one's own name, though one belongs to a unit.
    pub as_unit: String,
    /// 附件 that are kept already: id and name.
    pub attached: Vec<(String, String)>,
}

impl Values {
    pub(super) fn of(form: &Form) -> Self {
        let text = |name: &str| form.raw(name).trim().replace("\r\n", "\n");
        Self {
            title: text("title"),
            body: text("body"),
            causes: text("causes"),
            suggestions: text("suggestions"),
            name: text("name"),
            unit: text("unit"),
            post: text("post"),
            kind: text("kind"),
            district: text("district"),
            sector: text("sector"),
            party: text("party"),
            phone: text("phone"),
            others: text("others"),
            place: text("place"),
            subject: text("subject"),
            open: text("open"),
            open_reason: text("open_reason"),
            topic: text("topic"),
            as_unit: text("as_unit"),
            attached: form
                .all("attached")
                .filter_map(|one| one.split_once(' '))
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .collect(),
        }
    }

    /// The fields again, as a form has them.
    pub(super) fn form(&self) -> Form {
        let fields = [
            ("title", &self.title),
            ("body", &self.body),
            ("causes", &self.causes),
            ("suggestions", &self.suggestions),
            ("name", &self.name),
            ("unit", &self.unit),
            ("post", &self.post),
            ("kind", &self.kind),
            ("district", &self.district),
            ("sector", &self.sector),
            ("party", &self.party),
            ("phone", &self.phone),
            ("others", &self.others),
            ("place", &self.place),
            ("subject", &self.subject),
            ("open", &self.open),
            ("open_reason", &self.open_reason),
            ("topic", &self.topic),
            ("as_unit", &self.as_unit),
        ];
        let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), text.clone()));
        let attached = self.attached.iter().map(|(id, name)| ("attached".to_owned(), format!("{id} {name}")));
        Form::of_parts(fields.chain(attached).collect())
    }

    pub(super) fn of_item(item: &Submission) -> Self {
        let mut values = Self { title: item.title.as_str().to_owned(), ..Self::default() };
        match &item.text {
            ItemText::Body { body } => body.as_str().clone_into(&mut values.body),
            ItemText::Parts { situation, causes, suggestions } => {
                situation.as_str().clone_into(&mut values.body);
                values.causes = causes.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default();
                values.suggestions =
                    suggestions.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default();
            }
        }
        values.person(item);
        let others: Vec<&str> = item.co_contributors.iter().map(|one| one.name.as_str()).collect();
        values.others = others.join("、");
        values.place = item.district.clone().unwrap_or_default();
        values.subject = item.subject.clone().unwrap_or_default();
        if let Some(open) = &item.open {
            values.open = if open.agreed { "yes" } else { "no" }.to_owned();
            values.open_reason = open.reason.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default();
        }
        values
    }

    /// What was recognised goes where nothing stands yet; the parts of the text take the places of the whole.
    pub(super) fn take(&mut self, found: Proposal) {
        let fill = |own: &mut String, found: String| {
            if own.is_empty() {
                *own = found;
            }
        };
        fill(&mut self.title, found.title);
        fill(&mut self.name, found.name);
        fill(&mut self.unit, found.unit);
        fill(&mut self.phone, found.phone);
        let parted = !found.causes.is_empty() || !found.suggestions.is_empty();
        if self.causes.is_empty() && self.suggestions.is_empty() && parted {
            (self.body, self.causes, self.suggestions) = (found.body, found.causes, found.suggestions);
        } else if !found.body.is_empty() && self.causes.is_empty() && self.suggestions.is_empty() {
            self.body = found.body;
        }
    }

    /// Who sent it, for a form that is filled in again; what stands there already stays, save for the name.
    pub(super) fn person(&mut self, item: &Submission) {
        let Some(person) = &item.contributor else { return };
        self.name.clone_from(&person.name);
        let kind = person.kind.map(|kind| kind.label().to_owned());
        for (own, said) in [
            (&mut self.unit, person.unit.clone()),
            (&mut self.post, person.post.clone()),
            (&mut self.kind, kind),
            (&mut self.district, person.district.clone()),
            (&mut self.sector, person.sector.clone()),
            (&mut self.party, person.party.clone()),
            (&mut self.phone, person.phone.clone()),
        ] {
            if own.is_empty() {
                *own = said.unwrap_or_default();
            }
        }
    }

    /// As any system would send it, after `schemas/item.v1.json`.
    pub(super) fn json(&self, public: bool) -> Vec<u8> {
        let mut item = Map::new();
        let mut put = |name: &str, text: &str| {
            if !text.is_empty() {
                item.insert(name.to_owned(), Value::from(text));
            }
        };
        put("title", &self.title);
        // One box is a text; with reasons or proposals apart it is one in three parts.
        if self.causes.is_empty() && self.suggestions.is_empty() {
            put("body", &self.body);
        } else {
            put("situation", &self.body);
            put("causes", &self.causes);
            put("suggestions", &self.suggestions);
        }
        put("district", &self.place);
        put("subject", &self.subject);
        let kind = if public { ContributorKind::Public.label() } else { self.kind.as_str() };
        let fields = [
            ("name", self.name.as_str()),
            ("unit", &self.unit),
            ("post", &self.post),
            ("kind", kind),
            ("district", &self.district),
            ("sector", &self.sector),
            ("party", &self.party),
            ("phone", &self.phone),
        ];
        let person: Map<String, Value> = fields
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
            .collect();
        if !self.name.is_empty() {
            item.insert("contributor".to_owned(), Value::Object(person));
        }
        let others =
            self.others.split(['、', '，', ',', ' ', '\n']).map(str::trim).filter(|name| !name.is_empty());
        let others: Vec<Value> = others.map(|name| json!({ "name": name })).collect();
        if !others.is_empty() && !public {
            item.insert("co_contributors".to_owned(), Value::Array(others));
        }
        if self.open == "yes" || self.open == "no" {
            let mut open = json!({ "agreed": self.open == "yes" });
            if self.open == "no" && !self.open_reason.is_empty() {
                open["reason"] = Value::from(self.open_reason.as_str());
            }
            item.insert("open".to_owned(), open);
        }
        if !self.attached.is_empty() {
            let ids: Vec<Value> = self.attached.iter().map(|(id, _)| Value::from(id.as_str())).collect();
            item.insert("attachments".to_owned(), Value::Array(ids));
        }
        Value::Object(item).to_string().into_bytes()
    }
}

/// The field as the form names it.
pub(super) fn label(field: &str) -> String {
    let name = field.rsplit('.').next().unwrap_or(field);
    let label = match name {
        "title" => "标题",
        "body" | "situation" => "情况",
        "causes" => "原因",
        "suggestions" => "建议",
        "name" => "姓名",
        "unit" => "单位",
        "post" => "职务",
        "kind" => "身份",
        "district" => "区县",
        "sector" => "界别",
        "party" => "党派",
        "subject" => "主题",
        "reason" | "open" => "不公开理由",
        "phone" => "电话",
        name if name.starts_with("attachments") => "附件",
        "$" => "",
        other => other,
    };
    label.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Values {
        Values::of(&Form::parse(text.as_bytes()))
    }

    #[test]
    fn one_box_is_a_text_and_more_boxes_are_its_parts() {
        let json = |text: &str| serde_json::from_slice::<Value>(&values(text).json(false)).expect("JSON");
        assert_eq!(json("title=a&body=b"), json!({ "title": "a", "body": "b" }));
        let parts = json("title=a&body=b&suggestions=c&name=d&others=e%E3%80%81f");
        assert_eq!(parts["situation"], "b");
        assert_eq!(parts["suggestions"], "c");
        assert_eq!(parts["co_contributors"], json!([{ "name": "e" }, { "name": "f" }]));
    }

    #[test]
    fn whether_it_may_be_published_is_sent_with_the_reason_against_it() {
        let json = |text: &str| serde_json::from_slice::<Value>(&values(text).json(true)).expect("JSON");
        assert!(json("title=a&body=b").get("open").is_none());
        assert_eq!(json("title=a&body=b&open=yes&open_reason=c")["open"], json!({ "agreed": true }));
        let no = json("title=a&body=b&open=no&open_reason=c&place=d&subject=e");
        assert_eq!(no["open"], json!({ "agreed": false, "reason": "c" }));
        assert_eq!((&no["district"], &no["subject"]), (&json!("d"), &json!("e")));
    }

    #[test]
    fn a_proposal_takes_no_place_that_is_taken() {
        let mut own = values("body=x&name=y");
        let found = |causes: &str| Proposal {
            title: "t".to_owned(),
            body: "b".to_owned(),
            causes: causes.to_owned(),
            name: "n".to_owned(),
            ..Proposal::default()
        };
        own.take(found("c"));
        assert_eq!([&own.title, &own.body, &own.causes, &own.name], ["t", "b", "c", "y"]);
        own.take(found("d"));
        assert_eq!([&own.body, &own.causes], ["b", "c"]);
    }

    #[test]
    fn who_sends_without_an_account_is_of_the_public_whatever_the_form_says() {
        let sent = values("title=a&body=b&name=d&kind=%E5%A7%94%E5%91%98&others=e").json(true);
        let item: Value = serde_json::from_slice(&sent).expect("JSON");
        assert_eq!(item["contributor"]["kind"], "群众");
        assert!(item.get("co_contributors").is_none());
    }
}
