//! Importing a file that was checked. The answer is written while that goes on, so that progress is seen without a
//! script: each line of it takes the place of the one before. If the browser goes away, the import ends; importing the
//! file again goes on where it was, for rows that were imported are known.

use super::check::LISTED_MAX;
use super::upload::{PackedForm, source};
use super::{sources, words};
use crate::shell::{Page as Shell, Section, Viewer};
use crate::texts::Texts;
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maitred_app::App;
use maitred_app::auth::Caller;
use maitred_app::batcher::{Answer, ExecuteError};
use maitred_app::import::{Reader, Reading, Row, RowError, lines};
use maitred_core::command::{Completion, Submit};
use maitred_core::{Command, Outcome, Status};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::Cursor;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Rows on their way at once.
const UNDER_WAY_MAX: usize = 256;
/// Rows between two lines of progress.
const PROGRESS_ROWS: u64 = 500;
/// Pieces of the page that wait to be sent.
const PIECES_MAX: usize = 16;
/// How often a row is sent again to a server that is busy, and the rest before that.
const TRIES_MAX: u32 = 100;
const BUSY_REST: Duration = Duration::from_millis(100);
/// Where the page is parted.
const PLACE: &str = "<!-- progress -->";

#[derive(Template)]
#[template(path = "import/run.html")]
struct RunPage<'a> {
    page: Shell<'a>,
}

/// What was done.
#[derive(Default)]
struct Report {
    rows: u64,
    assigned: u64,
    waiting: u64,
    before: u64,
    changed: u64,
    wrong: u64,
    wrong_rows: Vec<(u64, Vec<RowError>)>,
    /// The header and the wrong rows, as they are in the file.
    wrong_file: Vec<u8>,
    /// The line at which it broke off.
    broken_off: Option<u64>,
}

#[derive(Template)]
#[template(path = "import/report.html")]
struct ReportPart<'a> {
    t: Texts,
    report: &'a Report,
}

impl ReportPart<'_> {
    fn wrong(&self) -> impl Iterator<Item = (u64, String)> {
        self.report.wrong_rows.iter().map(|(line, errors)| (*line, words::of_errors(self.t, errors)))
    }

    /// The wrong rows as the address of a file. Excel takes it for UTF-8 by its mark.
    fn wrong_file(&self) -> String {
        let marked = ["\u{feff}".as_bytes(), &self.report.wrong_file].concat();
        format!("data:text/csv;charset=utf-8;base64,{}", STANDARD.encode(marked))
    }
}

/// `POST /import/run`
pub(super) async fn run(
    viewer: Viewer,
    State(state): State<AppState>,
    PackedForm { form, text }: PackedForm,
) -> Result<Response, Problem> {
    let sources = sources(state.store()).await?;
    let rules = state.regions().rules_of_deployment();
    let reading = Reading { sources: &sources, rules, encoding: None, source: source(&form, &sources) };
    let reader = Reader::of(Cursor::new(text.clone()), &reading);
    let reader =
        reader.map_err(|why| Problem::invalid_parameter("file", &maitred_core::limits::Invalid(why.to_string())))?;
    let page = RunPage { page: viewer.page(viewer.t.t("import-title"), Section::Contacts) };
    let mut response = viewer.show(&page)?;
    let html = page.render().map_err(|error| Problem::internal(&error))?;
    let (head, tail) = html.split_once(PLACE).unwrap_or((&html, ""));
    let (pieces, written) = mpsc::channel(PIECES_MAX);
    // There is room for the first.
    _ = pieces.try_send(Bytes::from(head.to_owned()));
    let import =
        Import { app: state.app().clone(), caller: caller()?, t: viewer.t, pieces, text, tail: tail.to_owned() };
    tokio::spawn(import.run(reader));
    let written = futures_util::stream::unfold(written, |mut written: mpsc::Receiver<Bytes>| async move {
        written.recv().await.map(|piece| (Ok::<_, Infallible>(piece), written))
    });
    *response.body_mut() = Body::from_stream(Box::pin(written));
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    Ok(response)
}

struct Import {
    app: App,
    caller: Caller,
    t: Texts,
    pieces: mpsc::Sender<Bytes>,
    text: Vec<u8>,
    /// What the page ends with.
    tail: String,
}

/// A row on its way.
struct UnderWay<'a> {
    line: u64,
    submit: Box<Submit>,
    answer: Pin<Box<dyn Future<Output = Answer> + Send + 'a>>,
}

impl Import {
    async fn run(self, mut rows: Reader) {
        let mut report = Report::default();
        if self.take(&mut rows, &mut report).await.is_none() {
            // Nobody reads on.
            return;
        }
        let part = ReportPart { t: self.t, report: &report };
        let html = part.render().unwrap_or_else(|_| self.t.t("problem-other"));
        _ = self.pieces.send(Bytes::from(format!("</div>{html}{}", self.tail))).await;
    }

    /// Imports row after row; none if nobody reads the page any more.
    async fn take(&self, rows: &mut Reader, report: &mut Report) -> Option<()> {
        let mut wrong = WrongRows { lines: lines(&self.text), text: &self.text, from: None, has_header: false };
        let mut under_way: VecDeque<UnderWay<'_>> = VecDeque::new();
        while let Some(row) = rows.next_row().ok().flatten() {
            if report.rows.is_multiple_of(PROGRESS_ROWS) {
                self.show_progress(rows.position()).await?;
            }
            report.rows += 1;
            wrong.go_on(&row, &mut report.wrong_file);
            match row {
                Row::Wrong { line, errors } => report.note_wrong(line, errors),
                Row::Right { submit, line, .. } => {
                    let answer = self.send(&submit);
                    under_way.push_back(UnderWay { line, submit, answer });
                }
            }
            if under_way.len() == UNDER_WAY_MAX && !self.note_next(&mut under_way, report).await {
                return Some(());
            }
        }
        wrong.end(&mut report.wrong_file);
        while !under_way.is_empty() && self.note_next(&mut under_way, report).await {}
        Some(())
    }

    fn send(&self, submit: &Submit) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.app.execute(&self.caller, Command::Submit(submit.clone()), Vec::new(), None))
    }

    async fn show_progress(&self, position: u64) -> Option<()> {
        let percent = position.saturating_mul(100) / (self.text.len() as u64).max(1);
        let line = self.t.of("import-progress", &format!("{}%", percent.min(100)));
        self.pieces.send(Bytes::from(format!("<p>{line}</p>\n"))).await.ok()
    }

    /// Notes what became of the row that was sent first; false when the import cannot go on.
    async fn note_next(&self, under_way: &mut VecDeque<UnderWay<'_>>, report: &mut Report) -> bool {
        let Some(UnderWay { line, submit, answer }) = under_way.pop_front() else { return true };
        let mut answer = answer.await;
        for _ in 0..TRIES_MAX {
            if !matches!(answer, Err(ExecuteError::QueueFull)) {
                break;
            }
            sleep(BUSY_REST).await;
            answer = self.send(&submit).await;
        }
        match answer {
            Ok(outcome) => report.note(&outcome),
            Err(error) => {
                tracing::warn!(%error, line, "an import by the console broke off");
                report.broken_off = Some(line);
                return false;
            }
        }
        true
    }
}

impl Report {
    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Contact(contact) if contact.status == Status::Assigned => self.assigned += 1,
            Outcome::Contact(_) | Outcome::Closed(..) => self.waiting += 1,
            Outcome::Completed(_, Completion { added, kept }) if !added.is_empty() || !kept.is_empty() => {
                self.changed += 1;
            }
            _ => self.before += 1,
        }
    }

    fn note_wrong(&mut self, line: u64, errors: Vec<RowError>) {
        self.wrong += 1;
        if self.wrong_rows.len() < LISTED_MAX {
            self.wrong_rows.push((line, errors));
        }
    }
}

/// Gathers the wrong rows as they are in the file, behind its header. A row goes on to the line before the next one.
struct WrongRows<'a> {
    text: &'a [u8],
    /// Where each line begins.
    lines: Vec<usize>,
    /// The line that a wrong row begins on.
    from: Option<u64>,
    has_header: bool,
}

impl WrongRows<'_> {
    fn go_on(&mut self, row: &Row, into: &mut Vec<u8>) {
        let (Row::Wrong { line, .. } | Row::Right { line, .. }) = row;
        if !std::mem::replace(&mut self.has_header, true) {
            into.extend_from_slice(&self.text[..self.place(*line)]);
        }
        let end = self.place(*line);
        self.put_up_to(end, into);
        self.from = matches!(row, Row::Wrong { .. }).then_some(*line);
    }

    fn end(&mut self, into: &mut Vec<u8>) {
        self.put_up_to(self.text.len(), into);
    }

    fn put_up_to(&mut self, end: usize, into: &mut Vec<u8>) {
        let Some(from) = self.from.take() else { return };
        into.extend_from_slice(&self.text[self.place(from)..end]);
    }

    /// Where a line begins, the first being 1.
    fn place(&self, line: u64) -> usize {
        self.lines.get(line as usize - 1).copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_rows_are_kept_as_they_are_behind_the_header() {
        let text = b"sep=;\nname;phone\r\nAnna;1\n\"two\nlines;2\n\rBoris;3\nlast";
        let mut wrong = WrongRows { text, lines: lines(text), from: None, has_header: false };
        let row = |line, is_wrong: bool| match is_wrong {
            true => Row::Wrong { line, errors: vec![RowError::NoSource] },
            false => Row::Right {
                submit: Box::new(Submit::new(maitred_core::SourceId(1), Vec::new())),
                sent: maitred_app::import::Sent::default(),
                line,
                repairs: Vec::new(),
            },
        };
        let mut file = Vec::new();
        for (line, is_wrong) in [(3, false), (4, true), (7, false), (8, true)] {
            wrong.go_on(&row(line, is_wrong), &mut file);
        }
        wrong.end(&mut file);
        let expected = "sep=;\nname;phone\r\n\"two\nlines;2\n\rlast";
        assert_eq!(String::from_utf8(file).as_deref(), Ok(expected));
    }
}
