//! Values on their way to PostgreSQL and back.

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::store::StoreError;
use crate::store::sql::{Cell, Param, Row};

/// A parameter that does not fit the type that the server found for it.
#[derive(Debug, thiserror::Error)]
#[error("a parameter of the kind {0} does not fit the type {1}")]
struct Misfit(&'static str, String);

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let misfit = |kind| Err(Misfit(kind, ty.to_string()).into());
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Int(number), &Type::FLOAT8) => (*number as f64).to_sql(ty, out),
            (Self::Int(_), _) => misfit("integer"),
            (Self::Real(number), &Type::FLOAT8) => number.to_sql(ty, out),
            (Self::Real(_), _) => misfit("double"),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN)) => {
                text.to_sql(&Type::TEXT, out)
            }
            (Self::Text(_), _) => misfit("text"),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (Self::Blob(_), _) => misfit("bytes"),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row with the types that SQLite would give.
pub(super) fn row(row: &postgres::Row) -> Result<Row, StoreError> {
    (0..row.len()).map(|at| cell(row, at)).collect::<Result<_, _>>().map(Row)
}

fn cell(row: &postgres::Row, at: usize) -> Result<Cell, StoreError> {
    let damaged = |error: postgres::Error| StoreError::Corrupt(error.to_string());
    let ty = row.columns()[at].type_();
    let value = match *ty {
        Type::INT8 => row.try_get::<_, Option<i64>>(at).map_err(damaged)?.map(Cell::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(at).map_err(damaged)?.map(|n| Cell::Int(n.into())),
        Type::BOOL => row.try_get::<_, Option<bool>>(at).map_err(damaged)?.map(|yes| Cell::Int(yes.into())),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at).map_err(damaged)?.map(Cell::Real),
        Type::TEXT | Type::VARCHAR | Type::NAME => {
            row.try_get::<_, Option<String>>(at).map_err(damaged)?.map(Cell::Text)
        }
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map_err(damaged)?.map(Cell::Blob),
        _ => return Err(StoreError::Corrupt(format!("column {at} has the type {ty}: it wants a CAST"))),
    };
    Ok(value.unwrap_or(Cell::Null))
}
