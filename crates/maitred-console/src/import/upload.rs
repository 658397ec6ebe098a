//! The file of a form, and how it goes from one page to the next: as UTF-8, packed, in a field of the form. Browsers
//! change the line breaks of texts in forms, but not of what is packed.

use crate::forms::Form;
use crate::texts::Texts;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use maitred_app::import::{Unreadable, decoded, encoding_named};
use maitred_core::Source;
use maitred_web::body;
use maitred_web::problem::{Problem, kinds};
use multer::Multipart;
use std::convert::Infallible;
use std::io::{Read, Write};

/// The largest file.
pub(super) const FILE_BYTES_MAX: usize = 4 * 1_024 * 1_024;
/// What a form may have besides its file.
const FIELDS_BYTES_MAX: usize = 64 * 1_024;
/// The longest text of a file: a byte of other encodings is at most three in UTF-8.
const TEXT_BYTES_MAX: usize = 3 * FILE_BYTES_MAX;
/// The longest form that has the packed text.
const PACKED_FORM_BYTES_MAX: usize = 2 * FILE_BYTES_MAX;

/// A form with a file.
pub(crate) struct FileForm {
    pub(super) form: Form,
    /// As it was sent; empty without a file.
    pub(crate) file: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for FileForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(media_type).map_err(|_| not_a_form())?;
        let whole = body::whole(request, FILE_BYTES_MAX + FIELDS_BYTES_MAX).await?;
        let whole = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(whole)));
        let mut parts = Multipart::new(whole, boundary);
        let (mut values, mut file) = (Vec::new(), Bytes::new());
        while let Some(part) = parts.next_field().await.map_err(|_| not_a_form())? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == "file" {
                file = part.bytes().await.map_err(|_| not_a_form())?;
            } else {
                values.push((name, part.text().await.map_err(|_| not_a_form())?));
            }
        }
        Ok(Self { form: Form::filled(values), file })
    }
}

fn not_a_form() -> Problem {
    kinds::MALFORMED_BODY.because("the body is not what a form with a file sends")
}

impl FileForm {
    /// The text of the file, or what was pasted; none if neither is there, which was noted in the form.
    pub(super) fn text(&mut self, t: Texts) -> Option<Vec<u8>> {
        let pasted = self.form.value("text").replace("\r\n", "\n");
        if self.file.is_empty() && pasted.trim().is_empty() {
            self.form.fail("file", t.t("import-no-file"));
            return None;
        }
        if self.file.is_empty() {
            return Some(pasted.into_bytes());
        }
        if self.file.len() > FILE_BYTES_MAX {
            self.form.fail("file", t.t("import-too-large"));
            return None;
        }
        let read = decoded(self.file.clone(), encoding_named(self.form.value("encoding")));
        let refusal = |why: Unreadable| super::words::of_file(t, &why);
        read.map_err(|why| self.form.fail("file", refusal(why))).ok()
    }
}

/// The source of all rows that a form names, by its name; none if a column does.
pub(super) fn source<'a>(form: &Form, sources: &'a [Source]) -> Option<&'a str> {
    sources.iter().find(|source| source.id.to_string() == form.value("source_id")).map(|source| &*source.name)
}

/// A text as it stands in a field of a form.
pub(super) fn packed(text: &[u8]) -> String {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let all = packed.write_all(text).and_then(|()| packed.finish());
    URL_SAFE_NO_PAD.encode(all.expect("memory takes what is written"))
}

/// A form whose field `file` is such a text.
pub(super) struct PackedForm {
    pub(super) form: Form,
    pub(super) text: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for PackedForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let mut form = Form::within(request, PACKED_FORM_BYTES_MAX).await?;
        let text = unpacked(&form.take("file")).ok_or_else(not_a_form)?;
        Ok(Self { form, text })
    }
}

/// The text in such a field; none if there is none, or a longer one than was ever packed.
fn unpacked(field: &str) -> Option<Vec<u8>> {
    let packed = URL_SAFE_NO_PAD.decode(field).ok()?;
    let mut text = Vec::new();
    GzDecoder::new(&packed[..]).take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut text).ok()?;
    (text.len() <= TEXT_BYTES_MAX).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_unpacked_as_it_was_packed() {
        for text in [&b""[..], b"a;b\r\n\"c\nd\"", "Имя\n\u{0}".as_bytes(), &[0xff, 0xfe]] {
            assert_eq!(unpacked(&packed(text)).as_deref(), Some(text));
        }
        let bomb = packed(&vec![b' '; TEXT_BYTES_MAX + 1]);
        assert!(bomb.len() < PACKED_FORM_BYTES_MAX, "it would fit");
        assert_eq!(unpacked(&bomb), None);
        assert_eq!((unpacked("!"), unpacked("YQ")), (None, None));
    }
}
