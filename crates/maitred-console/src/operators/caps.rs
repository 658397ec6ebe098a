//! The caps of an operator, in the form of their page.

use crate::caps::{CAPS, changed};
use crate::forms::Form;
use crate::shell::Viewer;
use maitred_core::Operator;
use maitred_core::caps::CapRule;
use maitred_web::AppState;
use maitred_web::problem::Problem;

/// The caps that the form says, if they are others than those that are stored. A source that there is not is noted in
/// the form before anything is stored.
pub(super) async fn change(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    operator: &Operator,
) -> Result<Option<Vec<CapRule>>, Problem> {
    let rules = changed(viewer, form, operator.caps_on_all());
    for source in rules.iter().flatten().filter_map(|rule| rule.source) {
        if state.store().source(source).await?.is_none() {
            form.fail(CAPS, viewer.t.of("operator-caps-no-source", &source.to_string()));
        }
    }
    Ok(rules)
}
