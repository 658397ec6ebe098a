//! Lists: JSON arrays, a page at a time. A page is asked for with `limit` and `cursor`; the answer's `Link` header
//! names the next one. A cursor is opaque: it holds the last row of a page and a print of the list and its filter, so
//! that one that came from another list or filter is refused instead of showing the wrong rows.

use crate::body::describe::{Query, QueryOf};
use crate::reply::{self, Reply};
use axum::http::HeaderValue;
use axum::http::header::LINK;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maitred_core::limits::Invalid;
use maitred_store::views::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, Page};
use maitred_web::field::Fields;
use maitred_web::field::types::{Number, Text};
use maitred_web::params::Params;
use maitred_web::problem::Problem;
use serde::Serialize;
use sha2::{Digest, Sha256};

const CURSOR_VERSION: u8 = 1;
pub const PRINT_BYTES: usize = 6;

/// Which page of a list, as documented.
pub type PageParams = QueryOf<PageQuery>;

/// Which page of a list.
pub struct PageQuery {
    limit: u32,
    cursor: Option<Box<str>>,
}

impl Query for PageQuery {
    fn read(fields: &mut impl Fields) -> Self {
        Self {
            limit: limit(fields),
            cursor: fields.optional(
                "cursor",
                CURSOR,
                "Where to continue: taken unchanged from the Link header of the previous page.",
            ),
        }
    }
}

/// Reads `limit`.
pub fn limit(fields: &mut impl Fields) -> u32 {
    fields.or("limit", LIMIT, PAGE_ROWS_DEFAULT, "How many rows to return at most.")
}

const LIMIT: Number<u32> = Number { check: rows, least: 1, most: PAGE_ROWS_MAX as i64 };
/// [`cursor`] makes it of fifteen bytes.
const CURSOR: Text<Box<str>> =
    Text { check: |text| Ok(text.into()), pattern: Some("^[A-Za-z0-9_-]{20}$"), chars_min: 0, chars_max: Some(20) };

fn rows(number: i64) -> Result<u32, Invalid> {
    u32::try_from(number).map_err(|_| Invalid("is not a number of rows".to_owned()))
}

/// Which page of a list was asked for.
pub struct Asked {
    /// The same for the store.
    pub page: Page,
    path: String,
    /// The query without the cursor.
    query: Vec<(String, String)>,
    print: [u8; PRINT_BYTES],
}

impl Asked {
    /// Reads `limit` and `cursor`, after the filters of the list were read.
    ///
    /// # Errors
    /// Everything that is wrong with the query.
    pub fn for_page(mut params: Params) -> Result<Self, Problem> {
        let PageQuery { limit, cursor } = PageQuery::read(&mut params);
        let print = print(&params);
        let after = cursor.and_then(|text| after(&text, print).map_err(|invalid| params.fail("cursor", &invalid)).ok());
        params.finish()?;
        let query = params.pairs.into_iter().filter(|(name, _)| name != "cursor").collect();
        Ok(Self { page: Page { limit, after }, path: params.path, query, print })
    }

    /// The page as an answer. `rows` are what the store gave for [`Asked::page`], `key` is what its `after` means.
    ///
    /// # Errors
    /// When the rows cannot be written as JSON.
    pub fn reply<R, B: Serialize>(&self, rows: Vec<R>, key: impl Fn(&R) -> i64, body: impl FnMut(R) -> B) -> Reply {
        let is_full = rows.len() >= self.page.limit as usize;
        self.reply_part(rows, is_full, key, body)
    }

    /// The same for a page that may have fewer rows than were asked for although there are more behind.
    ///
    /// # Errors
    /// When the rows cannot be written as JSON.
    pub fn reply_part<R, B: Serialize>(
        &self,
        rows: Vec<R>,
        has_more: bool,
        key: impl Fn(&R) -> i64,
        body: impl FnMut(R) -> B,
    ) -> Reply {
        let next = rows.last().filter(|_| has_more).map(key);
        self.reply_until(rows, next, body)
    }

    /// The same for a page that goes on behind `next`, which may be none of its rows.
    ///
    /// # Errors
    /// When the rows cannot be written as JSON.
    pub fn reply_until<R, B: Serialize>(&self, rows: Vec<R>, next: Option<i64>, body: impl FnMut(R) -> B) -> Reply {
        let rows: Vec<B> = rows.into_iter().map(body).collect();
        let mut response = reply::ok(&rows)?;
        if let Some(last) = next {
            let cursor = cursor(last, self.print);
            response.headers_mut().insert(LINK, link(&self.path, &self.query, "cursor", &cursor)?);
        }
        Ok(response)
    }
}

/// The value of a `Link` header that names the next page of a list.
///
/// # Errors
/// When the path holds what no header can.
pub fn link(path: &str, query: &[(String, String)], name: &str, value: &str) -> Result<HeaderValue, Problem> {
    let kept = query.iter().filter(|(key, _)| key != name).map(|(key, value)| (key.as_str(), value.as_str()));
    let pairs: Vec<_> = kept.chain([(name, value)]).collect();
    let query = serde_urlencoded::to_string(pairs).map_err(|error| Problem::internal(&error))?;
    HeaderValue::try_from(format!("<{path}?{query}>; rel=\"next\"")).map_err(|error| Problem::internal(&error))
}

/// What a cursor is bound to: the list and the values of its filters, whatever their order.
fn print(params: &Params) -> [u8; PRINT_BYTES] {
    let mut filter: Vec<_> = params.pairs.iter().filter(|(name, _)| name != "limit" && name != "cursor").collect();
    filter.sort();
    let digest = Sha256::digest(format!("{}{filter:?}", params.path));
    std::array::from_fn(|i| digest[i])
}

/// The cursor that goes on behind this row of the list with this print.
pub fn cursor(last: i64, print: [u8; PRINT_BYTES]) -> String {
    let mut bytes = vec![CURSOR_VERSION];
    bytes.extend(last.to_be_bytes());
    bytes.extend(print);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`cursor`] wrote.
pub fn after(text: &str, print: [u8; PRINT_BYTES]) -> Result<i64, Invalid> {
    let broken = || Invalid("is not from this server; copy it unchanged from a Link header".to_owned());
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
    let (version, rest) = bytes.split_first().ok_or_else(broken)?;
    let (last, of) = rest.split_first_chunk().ok_or_else(broken)?;
    if *version != CURSOR_VERSION || of.len() != PRINT_BYTES {
        return Err(broken());
    }
    if of != print {
        return Err(Invalid("is from a different list or filter; start again without it".to_owned()));
    }
    Ok(i64::from_be_bytes(*last))
}
