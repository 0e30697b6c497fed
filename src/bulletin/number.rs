//! The next number of a series, and the guards before it is taken (DOMAIN §3). The transaction that takes it is the
//! desk's; the rule is here.

use crate::model::{LocalDate, NumberBook, Reset};

/// What 登记 asks of a number book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberRequest {
    /// When the series counts anew.
    pub reset: Reset,
    /// The year whose book was opened.
    pub book_year: i32,
    /// The latest printed date of the series so far.
    pub last_printed: Option<LocalDate>,
    /// The date that the issue will print.
    pub printed: LocalDate,
    /// Today in Asia/Shanghai.
    pub today: LocalDate,
    /// 年度关账: until this day of January the past year's book stays open.
    pub close_day: u8,
}

/// Why no number is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Printed dates within a series never go backwards.
    #[error("印发日期 {} 早于本刊上一期的 {}，日期不能倒退", .printed.chinese(), .last.chinese())]
    Backwards {
        /// The date asked for.
        printed: LocalDate,
        /// The latest one so far.
        last: LocalDate,
    },
    /// The year of the printed date decides the book.
    #[error("印发日期 {} 不属于 {book_year} 年，应从 {} 年的期号中取号", .printed.chinese(), .printed.year())]
    WrongYear {
        /// The date asked for.
        printed: LocalDate,
        /// The year of the book.
        book_year: i32,
    },
    /// 年度关账 has passed.
    #[error("{book_year} 年的期号已于 {} 关账，不能再取号", .closed.chinese())]
    Closed {
        /// The year of the book.
        book_year: i32,
        /// Its last open day.
        closed: LocalDate,
    },
    /// The day of closing is not a day of January.
    #[error("年度关账日 {0} 不是一月的日期（1 至 31）")]
    BadCloseDay(u8),
}

/// The number that the issue would take: the smallest returned one, else one above the highest. Takes nothing.
///
/// # Errors
/// [`NumberError`] when a guard forbids it.
pub fn next_number(book: &NumberBook, request: &NumberRequest) -> Result<u32, NumberError> {
    let NumberRequest { reset, book_year, last_printed, printed, today, close_day } = *request;
    if let Some(last) = last_printed.filter(|last| printed < *last) {
        return Err(NumberError::Backwards { printed, last });
    }
    if reset == Reset::Yearly {
        if printed.year() != book_year {
            return Err(NumberError::WrongYear { printed, book_year });
        }
        let closed = LocalDate::parse(&format!("{:04}-01-{close_day:02}", book_year + 1))
            .map_err(|_| NumberError::BadCloseDay(close_day))?;
        if today > closed {
            return Err(NumberError::Closed { book_year, closed });
        }
    }
    Ok(book.peek())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("date")
    }

    fn request(printed: &str, today: &str) -> NumberRequest {
        NumberRequest {
            reset: Reset::Yearly,
            book_year: 2026,
            last_printed: Some(day("2026-12-20")),
            printed: day(printed),
            today: day(today),
            close_day: 15,
        }
    }

    fn book() -> NumberBook {
        NumberBook { highest: 12, returned: vec![] }
    }

    #[test]
    fn the_next_number_is_one_above_the_highest_or_the_smallest_returned() {
        assert_eq!(next_number(&book(), &request("2026-12-20", "2026-12-20")), Ok(13));
        let returned = NumberBook { highest: 12, returned: vec![7, 9] };
        assert_eq!(next_number(&returned, &request("2026-12-21", "2026-12-21")), Ok(7));
    }

    #[test]
    fn printed_dates_never_go_backwards() {
        let error = next_number(&book(), &request("2026-12-19", "2026-12-21")).expect_err("backwards");
        assert_eq!(
            error.to_string(),
            "印发日期 2026年12月19日 早于本刊上一期的 2026年12月20日，日期不能倒退"
        );
    }

    #[test]
    fn the_year_of_the_printed_date_decides_the_book() {
        let error = next_number(&book(), &request("2027-01-04", "2027-01-04")).expect_err("year");
        assert_eq!(error, NumberError::WrongYear { printed: day("2027-01-04"), book_year: 2026 });
    }

    #[test]
    fn the_past_years_book_is_open_through_the_day_of_closing_and_no_longer() {
        assert_eq!(next_number(&book(), &request("2026-12-31", "2027-01-15")), Ok(13));
        let error = next_number(&book(), &request("2026-12-31", "2027-01-16")).expect_err("closed");
        assert_eq!(error.to_string(), "2026 年的期号已于 2027年1月15日 关账，不能再取号");
    }

    #[test]
    fn a_series_that_never_starts_anew_asks_no_year() {
        let never = NumberRequest { reset: Reset::Never, ..request("2028-02-01", "2028-02-01") };
        assert_eq!(next_number(&book(), &never), Ok(13));
        assert!(next_number(&book(), &NumberRequest { printed: day("2026-12-19"), ..never }).is_err());
    }

    #[test]
    fn a_day_of_closing_outside_january_is_refused() {
        let bad = NumberRequest { close_day: 32, ..request("2026-12-31", "2026-12-31") };
        assert_eq!(next_number(&book(), &bad), Err(NumberError::BadCloseDay(32)));
    }
}
