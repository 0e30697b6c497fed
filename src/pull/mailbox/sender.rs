//! Who wrote a mail, as far as the system knows: an account that has this address, an entry of 反映人库 that is reached at it.

use serde_json::{Map, Value};

use crate::model::{LocalDate, ReporterFields, ReporterForm, UserName, email_key, name_key};
use crate::store::{
    Sql, StoreError, account_at, merged_fields, read_user, reporter_of_account, reporters_by_key,
};

use super::super::handing::person;

/// What is known of a sender.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Whose items they are: the account at this address, or that of the entry.
    pub account: Option<String>,
    /// 姓名 of the account.
    pub title: Option<String>,
    /// The entry, with the posts of today alone.
    pub registered: Option<ReporterFields>,
}

impl Known {
    /// Looks somebody up; an address of several is nobody's.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub(super) fn find(sql: &mut dyn Sql, address: &str, today: LocalDate) -> Result<Self, StoreError> {
        let mut known = Self::default();
        if let Some(user) = account_at(sql, address)? {
            known.account = Some(user.name.as_str().to_owned());
            known.title = Some(user.title);
        }
        let mut active = Vec::new();
        for no in reporters_by_key(sql, "email", &email_key(address))? {
            let record = merged_fields(sql, no)?;
            if record.retired_at.is_none() {
                active.push(record);
            }
        }
        let entry = match (active.as_slice(), &known.account) {
            ([_], _) => active.pop(),
            ([], Some(account)) => reporter_of_account(sql, account)?,
            _ => None,
        };
        let Some(entry) = entry else { return Ok(known) };
        if known.account.is_none()
            && let Some(name) = entry.account.as_ref().and_then(|name| name.parse::<UserName>().ok())
        {
            let user = read_user(sql, &name)?;
            known.account = user.disabled_at.is_none().then(|| name.as_str().to_owned());
        }
        let mut fields = entry.fields;
        let held = fields.post_on(today, None).cloned();
        fields.posts = held.into_iter().collect();
        known.registered = Some(fields);
        Ok(known)
    }

    /// Says of whoever reports what the registry says, where the mail does not; of somebody else whom it names, nothing but
    /// the unit whose mailbox it came from.
    pub(super) fn complete(&self, item: &mut Map<String, Value>) {
        let Some(entry) = &self.registered else { return };
        let named = item.get("contributor").and_then(|one| one.get("name")).and_then(Value::as_str);
        let named = named.map(name_key).filter(|name| !name.is_empty());
        let own = std::iter::once(&entry.name).chain(&entry.aliases).map(|name| name_key(name));
        let itself = named.is_none_or(|named| own.into_iter().any(|name| name == named));
        let unit = entry.form == ReporterForm::Unit;
        if unit {
            person(item, "unit", &entry.name);
        }
        if !itself {
            return;
        }
        person(item, "name", &entry.name);
        if let Some(post) = entry.posts.first().filter(|_| !unit) {
            person(item, "unit", &post.unit);
            let same = item.get("contributor").and_then(|one| one.get("unit")).and_then(Value::as_str);
            if same == Some(post.unit.as_str()) {
                person(item, "post", &post.post);
            }
        }
        for (field, value) in [
            ("kind", entry.kind.map_or("", |kind| kind.label())),
            ("district", entry.district.as_str()),
            ("sector", &entry.sector),
            ("party", &entry.party),
            ("phone", &entry.phone),
        ] {
            person(item, field, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ContributorKind;

    fn completed(form: ReporterForm, item: Value) -> Value {
        let mut entry =
            ReporterFields::named(form, if form == ReporterForm::Unit { "某学会" } else { "张三" });
        entry.kind = Some(ContributorKind::Member);
        entry.sector = "教育界".to_owned();
        entry.posts.push(crate::model::ReporterPost {
            unit: "某大学".to_owned(),
            post: "教授".to_owned(),
            ..crate::model::ReporterPost::default()
        });
        let known = Known { registered: Some(entry), ..Known::default() };
        let Value::Object(mut item) = item else { panic!("an object") };
        known.complete(&mut item);
        item["contributor"].clone()
    }

    #[test]
    fn a_registered_sender_is_said_where_the_mail_does_not_and_stands_for_nobody_else() {
        let all =
            json!({ "name": "张三", "unit": "某大学", "post": "教授", "kind": "委员", "sector": "教育界" });
        assert_eq!(completed(ReporterForm::Person, json!({})), all);
        assert_eq!(
            completed(ReporterForm::Person, json!({ "contributor": { "name": "张 三" } }))["sector"],
            "教育界"
        );
        let elsewhere = completed(ReporterForm::Person, json!({ "contributor": { "unit": "某医院" } }));
        assert!(elsewhere["unit"] == "某医院" && elsewhere.get("post").is_none(), "{elsewhere}");
        let other = json!({ "contributor": { "name": "李四" } });
        assert_eq!(completed(ReporterForm::Person, other.clone()), json!({ "name": "李四" }));
        assert_eq!(completed(ReporterForm::Unit, other), json!({ "name": "李四", "unit": "某学会" }));
    }

    #[tokio::test]
    async fn an_address_of_the_registry_gives_its_entry_with_the_post_of_today_and_its_account() {
        use crate::model::{Actor, Reporter, ReporterPost, Role, Roles};
        use crate::store::{Priority, Store, Tx, bind_reporter, insert_reporter, insert_user};

        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_owned();
        let clock = std::sync::Arc::new(crate::clock::SystemClock);
        let open = move || Store::open_sqlite(&path, 1, std::time::Duration::from_millis(1), clock);
        let store = tokio::task::spawn_blocking(open).await.expect("opened").expect("a store");
        let day = |text: &str| LocalDate::parse(text).expect("a day");
        let write = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let mut fields = ReporterFields::named(ReporterForm::Person, "张三");
            fields.email = "Zhang@example.org".to_owned();
            for (unit, from, until) in
                [("某学会", "2020-01-01", "2025-12-31"), ("某大学", "2026-01-01", "2030-12-31")]
            {
                let (from, until) = (Some(day(from)), Some(day(until)));
                fields.posts.push(ReporterPost {
                    unit: unit.to_owned(),
                    post: "教授".to_owned(),
                    from,
                    until,
                });
            }
            let entry = Reporter::new(fields.clone()).expect("stands");
            let no = insert_reporter(tx, &entry, &[], &Actor::System)?;
            let account = "zhang".parse().expect("a name");
            let roles = Roles::new(&[Role::Contributor]).expect("a role");
            insert_user(tx, &account, "张三", &roles, &Actor::System)?;
            bind_reporter(tx, (no, 1), Some(&account), &Actor::System)?;
            // An address that two share is nobody's.
            for name in ["李四", "王五"] {
                let mut fields = ReporterFields::named(ReporterForm::Person, name);
                fields.email = "office@example.org".to_owned();
                insert_reporter(tx, &Reporter::new(fields).expect("stands"), &[], &Actor::System)?;
            }
            Ok::<_, StoreError>(())
        });
        write.await.expect("written");
        let find = |address: &'static str| {
            store.read(move |sql| Known::find(sql, address, LocalDate::parse("2026-06-01").expect("a day")))
        };
        let known = find("zhang@EXAMPLE.org").await.expect("read");
        let entry = known.registered.expect("an entry");
        assert_eq!((known.account.as_deref(), entry.name.as_str()), (Some("zhang"), "张三"));
        assert_eq!(entry.posts.iter().map(|post| post.unit.as_str()).collect::<Vec<_>>(), ["某大学"]);
        for address in ["office@example.org", "nobody@example.org", ""] {
            let known = find(address).await.expect("read");
            assert!(known.registered.is_none() && known.account.is_none(), "{address}");
        }
    }
}
