//! Who makes the call that is being answered: known to everything that answers it, without being passed on.

use crate::problem::Problem;
use maitred_app::auth::Caller;

tokio::task_local! {
    static CALLER: Caller;
}

/// Who made the call that is being answered.
///
/// # Errors
/// Outside of a call that [`crate::guard`] let through nobody may do anything: a bug.
pub fn caller() -> Result<Caller, Problem> {
    CALLER.try_with(|caller| *caller).map_err(|_| Problem::internal(&"a call came past the guard"))
}

/// Answers a call of this caller.
pub(crate) async fn with_caller<T>(caller: Caller, answer: impl Future<Output = T>) -> T {
    CALLER.scope(caller, answer).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::kinds;

    #[test]
    fn outside_of_a_call_nobody_may_do_anything() {
        assert_eq!(caller().unwrap_err().kind, &kinds::INTERNAL);
    }
}
