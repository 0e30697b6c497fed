//! 台账 and lists as XLSX or CSV; who took them out stands in their head and in the log, as on the pages.

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::LocalDate;
use crate::site::Person;
use crate::web::Problem;

use super::super::outcome_routes::ListQuery;
use super::super::pages::sheet_file;
use super::super::routes::{Asked, parameters};
use super::Shared;
use super::search::SearchQuery;

/// What a list is asked by, as for its calls that answer in JSON, and `format` besides.
pub(super) struct AsFile<T> {
    wanted: Asked<T>,
    format: String,
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for AsFile<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut format = String::new();
        let rest = parts.uri.query().unwrap_or_default().split('&').filter(|pair| {
            let own = pair.strip_prefix("format=");
            if let Some(own) = own {
                own.clone_into(&mut format);
            }
            own.is_none() && !pair.is_empty()
        });
        let rest = rest.collect::<Vec<_>>().join("&");
        let uri = format!("{}?{rest}", parts.uri.path()).parse::<Uri>();
        let uri = uri.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "bad_query", "地址无法读取"))?;
        Ok(Self { wanted: Query::try_from_uri(&uri), format })
    }
}

impl<T> AsFile<T> {
    fn read(self) -> Result<(T, bool), Problem> {
        let csv = match self.format.as_str() {
            "" | "xlsx" => false,
            "csv" => true,
            _ => {
                let detail = "format 只能是 xlsx 或 csv";
                return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail));
            }
        };
        Ok((parameters(self.wanted)?, csv))
    }
}

/// Days, both included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeriodQuery {
    from: LocalDate,
    to: LocalDate,
}

/// 来稿台账 and 编发台账.
pub(super) async fn ledger(
    State(pages): Shared,
    person: Person,
    Path(which): Path<String>,
    file: AsFile<PeriodQuery>,
) -> Result<Response, Problem> {
    let (PeriodQuery { from, to }, csv) = file.read()?;
    let sheet = match which.as_str() {
        "received" => pages.desk.received_ledger(from, to, &person.0).await?,
        "issued" => pages.desk.issued_ledger(from, to, &person.0).await?,
        _ => return Err(Problem::not_found("只有来稿台账 received、编发台账 issued 两种")),
    };
    sheet_file(&sheet, csv)
}

/// The hits of a search.
pub(super) async fn hits(
    State(pages): Shared,
    person: Person,
    file: AsFile<SearchQuery>,
) -> Result<Response, Problem> {
    let (wanted, csv) = file.read()?;
    let request = wanted.request();
    if request.q.is_empty() {
        return Err(Problem::invalid("请先写检索式 q，再导出"));
    }
    sheet_file(&pages.desk.search_list(request, &person.0).await?, csv)
}

/// 采用和批示.
pub(super) async fn outcomes(
    State(pages): Shared,
    person: Person,
    file: AsFile<ListQuery>,
) -> Result<Response, Problem> {
    let (wanted, csv) = file.read()?;
    sheet_file(&pages.desk.outcome_list(wanted.into(), &person.0).await?, csv)
}
