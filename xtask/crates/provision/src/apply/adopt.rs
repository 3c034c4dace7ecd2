//! Creations without a token: one whose answer got lost comes back as a duplicate when it is sent
//! again. What is there is then found by its name and known by our tags.

use super::{Applying, Failure, PATIENCE, wait_for};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::live::Listed;
use crate::tags::{self, Tags};
use crate::wait::Look;

/// The ARN of what was just created, from the answer, or from what is there if the answer was that
/// it exists and it carries our tags. Anything else of that name is somebody else's and stays.
pub(super) async fn created(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    title: &str,
    answer: Result<String, ApiError>,
    list: impl AsyncFn() -> Result<Vec<Listed>, ApiError>,
    tags: impl AsyncFn(Listed) -> Result<Tags, ApiError>,
) -> Result<String, Failure> {
    match answer {
        Ok(arn) => return Ok(arn),
        Err(error) if error.is_already_exists() => {}
        Err(error) => return Err(error.into()),
    }
    // Lists and descriptions lag behind: what exists need not be in them yet.
    let (arn, tags) = wait_for(applying.clients, PATIENCE, async || {
        let named = |listed: &Listed| listed.name == title;
        let Some(found) = list().await?.into_iter().find(named) else {
            let state = format!("Connect says that `{title}` exists and does not list it");
            return Ok(Look::NotYet(state));
        };
        let arn = found.arn.clone();
        match tags(found).await {
            Ok(tags) => Ok(Look::Done((arn, tags))),
            Err(error) if error.is_not_found() => Ok(Look::NotYet(error.to_string())),
            Err(error) => Err(Failure::Api(error)),
        }
    })
    .await?;
    is_ours(applying, addr, &tags)?;
    Ok(arn)
}

/// The text that an answer about a creation always has.
pub(super) fn told(operation: &'static str, arn: Option<&str>) -> Result<String, ApiError> {
    let arn = arn.map(str::to_owned);
    arn.ok_or_else(|| ApiError::incomplete(operation, "ARN"))
}

/// Whether something that turned up under our feet carries our tags: then it is the creation whose
/// answer got lost, and has what was sent with it.
fn is_ours(applying: &Applying<'_>, addr: &ResourceAddr, live: &Tags) -> Result<(), Failure> {
    let desired = applying.desired.tags(addr);
    let owned = [tags::MANAGED_BY, tags::ADDRESS].iter().all(|key| {
        let live = live.get(*key);
        live.is_some() && live == desired.get(*key)
    });
    if owned { Ok(()) } else { Err(Failure::Stale) }
}
