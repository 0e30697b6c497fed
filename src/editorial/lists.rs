//! 台账 and lists as spreadsheets: who took them out and when stands in their head and in the log.

use crate::model::{LocalDate, User};
use crate::outcome::{Cell, Sheet};
use crate::store::{
    Priority, SavedSearch, Sql, Tx, drop_search, issued_between, put_search, received_between, searches_of,
};

use super::search::issued_names;
use super::{Desk, DeskError, SearchRequest};

/// Rows of one list.
const ROWS_MAX: i64 = 100_000;
/// Hits of a search that are taken out.
const HITS_MAX: usize = 5_000;
/// Searches that one person keeps.
const SEARCHES_MAX: usize = 30;

impl Desk {
    /// 来稿台账: everything received between two days, both included.
    ///
    /// # Errors
    /// When the days are the wrong way round, or the store is away.
    pub async fn received_ledger(
        &self,
        from: LocalDate,
        to: LocalDate,
        by: &User,
    ) -> Result<Sheet, DeskError> {
        let (start, end) = period(from, to)?;
        let rows = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let mut out = Vec::new();
                for row in received_between(sql, start, end, ROWS_MAX)? {
                    let issued = issued_names(sql, row.no)?.join("；");
                    out.push((row, issued));
                }
                Ok::<_, DeskError>(out)
            })
            .await?;
        let cells = |(at, (row, issued)): (i64, (crate::store::ItemRow, String))| -> Vec<Cell> {
            let given = |text: Option<String>| Cell::Text(text.unwrap_or_default());
            vec![
                at.into(),
                row.received_at.minute().into(),
                self.redactor.mask(&row.title).into_inner().into(),
                given(row.reporter),
                given(row.unit),
                given(row.district),
                given(row.subject),
                self.session_name(row.received_at.date()).into(),
                row.chars.into(),
                row.state.label().into(),
                issued.into(),
                row.receipt.to_string().into(),
            ]
        };
        let rows: Vec<Vec<Cell>> = (1..).zip(rows).map(cells).collect();
        let columns = vec![
            ("序号", 6),
            ("收到时间", 17),
            ("标题", 46),
            ("反映人", 10),
            ("报送单位", 20),
            ("区县", 10),
            ("主题", 14),
            ("届次", 18),
            ("字数", 7),
            ("状态", 10),
            ("编发", 24),
            ("回执", 20),
        ];
        self.taken_out("来稿台账", &format!("{from} 至 {to}"), columns, rows, by).await
    }

    /// 编发台账: every article printed between two days, both included.
    ///
    /// # Errors
    /// When the days are the wrong way round, or the store is away.
    pub async fn issued_ledger(&self, from: LocalDate, to: LocalDate, by: &User) -> Result<Sheet, DeskError> {
        period(from, to)?;
        let rows = self.store.read(move |sql: &mut dyn Sql| issued_between(sql, from, to, ROWS_MAX)).await?;
        let cells = |(at, row): (i64, crate::store::IssuedRow)| -> Vec<Cell> {
            let id = row.series.parse().ok();
            let name = id
                .and_then(|id| self.series.get(&id))
                .map_or(row.series.clone(), |series| series.name.clone());
            let chars = row.texts.body.chars().filter(|c| !c.is_whitespace()).count();
            vec![
                at.into(),
                name.into(),
                format!("{}年第{}期", row.year, row.number).into(),
                row.date.into(),
                row.texts.title.into(),
                row.texts.credit.into(),
                i64::try_from(chars).unwrap_or(i64::MAX).into(),
                row.sources.into(),
                row.signer.into(),
            ]
        };
        let rows: Vec<Vec<Cell>> = (1..).zip(rows).map(cells).collect();
        let columns = vec![
            ("序号", 6),
            ("刊物", 24),
            ("期号", 16),
            ("印发日期", 12),
            ("标题", 46),
            ("署名", 30),
            ("字数", 7),
            ("来稿件数", 9),
            ("签发", 10),
        ];
        self.taken_out("编发台账", &format!("{from} 至 {to}"), columns, rows, by).await
    }

    /// The hits of a search, page after page.
    ///
    /// # Errors
    /// When the search cannot be made, or the store is away.
    pub async fn search_list(&self, request: SearchRequest, by: &User) -> Result<Sheet, DeskError> {
        let (mut rows, mut cursor): (Vec<Vec<Cell>>, Option<String>) = (Vec::new(), None);
        let asked = request.q.clone();
        loop {
            let page = SearchRequest { limit: Some(100), cursor: cursor.take(), ..request.clone() };
            let found = self.search(page).await?;
            for hit in found.hits {
                let at = i64::try_from(rows.len() + 1).unwrap_or(i64::MAX);
                let given = |text: Option<String>| Cell::Text(text.unwrap_or_default());
                rows.push(vec![
                    at.into(),
                    plain(&hit.title).into(),
                    given(hit.reporter),
                    given(hit.unit),
                    given(hit.district),
                    hit.state.label().into(),
                    hit.received_at.minute().into(),
                    hit.issued.join("；").into(),
                    plain(&hit.snippet).into(),
                ]);
            }
            match found.next {
                Some(next) if rows.len() < HITS_MAX => cursor = Some(next),
                _ => break,
            }
        }
        rows.truncate(HITS_MAX);
        let columns = vec![
            ("序号", 6),
            ("标题", 46),
            ("反映人", 10),
            ("报送单位", 20),
            ("区县", 10),
            ("状态", 10),
            ("收到时间", 17),
            ("编发", 24),
            ("摘要", 60),
        ];
        self.taken_out("检索结果", &format!("检索式：{asked}"), columns, rows, by).await
    }

    pub(super) async fn taken_out(
        &self,
        title: &str,
        of: &str,
        columns: Vec<(&'static str, u16)>,
        rows: Vec<Vec<Cell>>,
        by: &User,
    ) -> Result<Sheet, DeskError> {
        let (actor, count) = (by.actor(), rows.len());
        let detail = serde_json::json!({ "list": title, "of": of, "rows": count });
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| tx.audit(&actor, "list.export", "list", &detail))
            .await?;
        let note = format!("{of}　共 {count} 条　导出人：{}　{}", by.title, self.clock.now().minute());
        Ok(Sheet { title: title.to_owned(), note, columns, rows })
    }

    /// Somebody's 常用检索.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn searches(&self, by: &User) -> Result<Vec<SavedSearch>, DeskError> {
        let actor = by.actor();
        Ok(self.store.read(move |sql: &mut dyn Sql| searches_of(sql, &actor)).await?)
    }

    /// Keeps a search under a name.
    ///
    /// # Errors
    /// When the name is empty or too long, or there are too many.
    pub async fn keep_search(&self, name: String, query: String, by: &User) -> Result<(), DeskError> {
        let chars = name.chars().count();
        if chars == 0 || chars > 20 {
            return Err(DeskError::Request(format!("常用检索的名称须为 1–20 字，现 {chars} 字")));
        }
        let actor = by.actor();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let known = searches_of(tx, &actor)?;
                if known.len() >= SEARCHES_MAX && !known.iter().any(|one| one.name == name) {
                    let detail = format!("常用检索至多 {SEARCHES_MAX} 条，请先删去不用的");
                    return Err(DeskError::Request(detail));
                }
                Ok(put_search(tx, &actor, &name, &query)?)
            })
            .await
    }

    /// Forgets a search.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn forget_search(&self, name: String, by: &User) -> Result<(), DeskError> {
        let actor = by.actor();
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| Ok(drop_search(tx, &actor, &name)?)).await
    }
}

/// From 00:00 of the first day to 24:00 of the last (DOMAIN §4).
fn period(
    from: LocalDate,
    to: LocalDate,
) -> Result<(crate::model::Timestamp, crate::model::Timestamp), DeskError> {
    if from > to {
        return Err(DeskError::Request(format!("起日 {from} 晚于止日 {to}，请对调")));
    }
    Ok((from.start(), to.end()))
}

/// A highlighted text without its marks.
fn plain(html: &str) -> String {
    let bare = html.replace("<mark>", "").replace("</mark>", "");
    bare.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_and_escapes_are_taken_out_of_a_list() {
        assert_eq!(plain("<mark>路灯</mark> &lt;b&gt; &amp;lt;"), "路灯 <b> &lt;");
    }
}
