//! What can be done with one secret, from its first request to the last: reading, setting, updating,
//! deleting and what follows that. Deleting, recovering and purging are done when the vault shows it.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::outcome::Outcome;
use crate::sensitive::Sensitive;
use crate::transport::work::{ACCEPTED, MAY_HAVE_WORKED, Work};
use crate::vault::address::Address;
use crate::vault::bundle;
use crate::vault::deed::Deed;
use crate::vault::model::{Secret, SecretAttributes, SecretProperties};
use crate::vault::refusal;
use crate::vault::requests::Request;
use crate::vault::session::{Reply, Session};

/// Between looks at a vault that is not done yet: the official libraries look every two seconds, and most
/// vaults are done sooner.
const LOOKS_MS: &[u64] = &[500, 1000, 2000];

pub(crate) async fn get(session: &Session, address: &Address, work: &Work) -> Result<Secret> {
    let request = session.requests().get(address)?;
    let reply = session.send(&request, work).await?;
    if reply.answer.status == 200 {
        return bundle::secret(&reply.answer.body, address)
            .map_err(|rule| reply.broken(&request, rule));
    }
    let refused = reply.refused(&request);
    if !refusal::says_not_found(&reply.answer) {
        return Err(refused);
    }
    Err(whether_deleted(session, address, refused, work).await)
}

/// The service has the same words for a secret that never was and one that can be recovered.
pub(super) async fn whether_deleted(
    session: &Session,
    address: &Address,
    not_found: Error,
    work: &Work,
) -> Error {
    let Ok(request) = session.requests().get_deleted(address) else {
        return not_found;
    };
    // What is known already must not be lost to a look that takes too long.
    let patience = work.time_left() * 3 / 4;
    let look = session.send(&request, work);
    let Ok(Ok(reply)) = tokio::time::timeout(patience, look).await else {
        return not_found;
    };
    let deleted = bundle::properties(&reply.answer.body, &session.vault, Some(address));
    let is_deleted = match reply.answer.status {
        200 => deleted.is_ok(),
        // The service says so of a deleted secret whose last version was disabled.
        403 => reply.refused(&request).status() == Status::SecretDisabled,
        _ => false,
    };
    if !is_deleted {
        return not_found;
    }
    let date = |unix: Option<i64>| {
        let since = Duration::from_secs(u64::try_from(unix?).ok()?);
        let at = std::time::UNIX_EPOCH.checked_add(since)?;
        // Beyond the year 9999 it would panic.
        let is_sane = since.as_secs() < 253_402_300_800;
        is_sane.then(|| httpdate::fmt_http_date(at))
    };
    let deleted = deleted.ok();
    let on = date(deleted.as_ref().and_then(SecretProperties::deleted_at_unix))
        .map_or_else(String::new, |date| format!(" on {date}"));
    let until = date(
        deleted
            .as_ref()
            .and_then(SecretProperties::scheduled_purge_at_unix),
    )
    .map_or_else(String::new, |date| {
        format!(", and can be recovered until {date}")
    });
    not_found.deleted(
        format!("{}: it was deleted{on}{until}", address.describe()),
        "recover the secret, or purge it to use its name again; if somebody deletes what is in use, the vault's log says who",
    )
}

/// What is to be done with one secret.
pub(crate) enum Task {
    Set {
        value: Arc<Sensitive>,
        attributes: SecretAttributes,
    },
    Update(SecretAttributes),
    Delete,
    GetDeleted,
    Recover,
    Purge,
    Backup,
}

impl Task {
    /// Whether a value that was read before may be another one afterwards.
    pub fn changes_something(&self) -> bool {
        !matches!(self, Task::GetDeleted | Task::Backup)
    }
}

/// Does it. One function for all of them: for each by itself, the library would have as many times the
/// code that waits for an answer.
pub(crate) async fn carry_out(
    task: Task,
    session: &Session,
    address: &Address,
    work: &Work,
) -> Result<Outcome> {
    let request = match &task {
        Task::Set { value, attributes } => {
            let value = Arc::clone(value);
            session.requests().set(address, value, attributes)
        }
        Task::Update(attributes) => session.requests().update(address, attributes),
        Task::Delete => session.requests().delete(address),
        Task::GetDeleted => session.requests().get_deleted(address),
        Task::Recover => session.requests().recover(address),
        Task::Purge => session.requests().purge(address),
        Task::Backup => session.requests().backup(address),
    }?;
    let reply = match task {
        // What they need comes of itself: a name that is free, a deletion that is done.
        Task::Set { .. } | Task::Recover | Task::Purge => {
            when_settled(session, &request, work).await?
        }
        _ => session.send(&request, work).await?,
    };
    let is_of_live = matches!(task, Task::Update(_) | Task::Delete | Task::Backup);
    if is_of_live && !reply.may_have_worked && refusal::says_not_found(&reply.answer) {
        let refused = refused(&request, &reply);
        return Err(whether_deleted(session, address, refused, work).await);
    }
    let body = &reply.answer.body;
    let broken = |rule| reply.broken(&request, rule);
    match task {
        Task::Delete | Task::Recover => {
            let reply = until_shown(session, address, &request, reply, work).await?;
            Ok(Outcome::Properties(reply))
        }
        Task::Purge => until_gone(session, address, &request, reply, work).await,
        _ if reply.answer.status != 200 => Err(refused(&request, &reply)),
        Task::Set { .. } => {
            let secret = bundle::secret(body, address);
            secret.map(Outcome::Secret).map_err(broken)
        }
        Task::Update(_) | Task::GetDeleted => {
            let properties = bundle::properties(body, &session.vault, Some(address));
            properties.map(Outcome::Properties).map_err(broken)
        }
        Task::Backup => bundle::blob(body).map(Outcome::Blob).map_err(broken),
    }
}

pub(crate) async fn restore(
    session: &Session,
    backup: Arc<Sensitive>,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().restore(backup)?;
    let reply = when_settled(session, &request, work).await?;
    properties(session, &request, &reply, None)
}

/// The error for an answer that is not the service's success.
fn refused(request: &Request, reply: &Reply) -> Error {
    let error = reply.refused(request);
    // Some success it is, whoever says so.
    let may_have = (200..300).contains(&reply.answer.status) && !request.deed.is_repeatable();
    match may_have {
        true => error.advise(MAY_HAVE_WORKED),
        false => error,
    }
}

/// What a success says.
fn properties(
    session: &Session,
    request: &Request,
    reply: &Reply,
    asked: Option<&Address>,
) -> Result<SecretProperties> {
    if reply.answer.status != 200 {
        return Err(refused(request, reply));
    }
    bundle::properties(&reply.answer.body, &session.vault, asked)
        .map_err(|rule| reply.broken(request, rule))
}

/// Waits until the vault shows a secret that was deleted among the deleted ones, or one that was recovered
/// in its place.
async fn until_shown(
    session: &Session,
    address: &Address,
    request: &Request,
    reply: Reply,
    work: &Work,
) -> Result<SecretProperties> {
    let is_delete = request.deed == Deed::Delete;
    let look = match is_delete {
        true => session.requests().get_deleted(address)?,
        false => session.requests().get(address)?,
    };
    let is_gone = refusal::says_not_found(&reply.answer)
        || (is_delete && refusal::says_deleting(&reply.answer));
    if reply.may_have_worked && is_gone {
        // A try whose answer was lost has done it.
        return match watched(session, address, request, &look, work, Some(&reply)).await? {
            Some(seen) => Ok(seen),
            None => Err(reply.refused(request).advise(
                "an earlier try, whose answer was lost, may have done it: look at what the vault has",
            )),
        };
    }
    let said = properties(session, request, &reply, Some(address))?;
    // A vault without soft delete has nothing to show.
    if !is_delete || said.recovery_id().is_some() {
        watched(session, address, request, &look, work, None).await?;
    }
    Ok(said)
}

/// Waits until the vault shows a purged secret no more.
async fn until_gone(
    session: &Session,
    address: &Address,
    request: &Request,
    reply: Reply,
    work: &Work,
) -> Result<Outcome> {
    match reply.answer.status {
        204 => {}
        200 if reply.answer.body.is_empty() => {}
        200 => return Err(reply.broken(request, "a purge is answered without a body")),
        _ => return Err(refused(request, &reply)),
    }
    let look = session.requests().get_deleted(address)?;
    watched(session, address, request, &look, work, None).await?;
    Ok(Outcome::Nothing)
}

/// Sends, and again while what the secret went through before is not done yet.
async fn when_settled(session: &Session, request: &Request, work: &Work) -> Result<Reply> {
    let mut looks = Looks { work, count: 0 };
    let mut may_have_worked = false;
    loop {
        let mut reply = session.send(request, work).await?;
        may_have_worked |= reply.may_have_worked;
        if !refusal::says_under_way(&reply.answer) || looks.is_last() {
            reply.may_have_worked = may_have_worked;
            return Ok(reply);
        }
        looks.wait().await?;
    }
}

/// Looks until what was asked for is done: a secret is shown, or after a purge no more. Whoever may not look
/// cannot wait: a refusal ends it, for the vault has let the secret through by then. `None` when that is all
/// that is seen; also when there is still no such secret although it was only `guessed` from a reply that the
/// vault is at it.
async fn watched(
    session: &Session,
    address: &Address,
    request: &Request,
    look: &Request,
    work: &Work,
    guessed: Option<&Reply>,
) -> Result<Option<SecretProperties>> {
    let (change, is_purge) = match request.deed {
        Deed::Delete => ("deletion", false),
        Deed::Recover => ("recovery", false),
        _ => ("purge", true),
    };
    let has = if guessed.is_some() { "may have" } else { "has" };
    let secret = &request.subject;
    work.doing(format!(
        "waiting for the {change} of {secret}, which the vault {has} accepted"
    ));
    // The looks note what they do elsewhere: whatever ends the wait, this must be told.
    let advice = guessed.map_or(ACCEPTED, |_| MAY_HAVE_WORKED);
    work.uncertain(Some(advice));
    let own = work.branch(String::new());
    let unseen = |error: Error| error.advise(advice);
    let is_doubtful = guessed.is_some_and(|reply| !refusal::says_deleting(&reply.answer));
    let mut looks = Looks { work, count: 0 };
    loop {
        let reply = session.send(look, &own).await.map_err(unseen)?;
        match reply.answer.status {
            // Another host would show anything.
            200 => {
                let seen = properties(session, look, &reply, Some(address)).map_err(unseen)?;
                if !is_purge {
                    return Ok(Some(seen));
                }
                looks.wait().await?;
            }
            403 if refusal::is_in_words(&reply.answer) => return Ok(None),
            404 if is_purge && refusal::says_not_found(&reply.answer) => return Ok(None),
            404 if is_doubtful && looks.count >= LOOKS_MS.len() => return Ok(None),
            404 if !is_purge && refusal::is_in_words(&reply.answer) => looks.wait().await?,
            _ => return Err(unseen(reply.refused(look))),
        }
    }
}

/// Looks at a vault, further and further apart.
struct Looks<'a> {
    work: &'a Work,
    count: usize,
}

impl Looks<'_> {
    fn delay(&self) -> Duration {
        let at = self.count.min(LOOKS_MS.len() - 1);
        Duration::from_millis(LOOKS_MS[at])
    }

    /// Whether there is no time for another look.
    fn is_last(&self) -> bool {
        self.delay() >= self.work.time_left()
    }

    async fn wait(&mut self) -> Result<()> {
        if self.is_last() {
            return Err(self.work.timed_out());
        }
        self.work.clock().sleep(self.delay()).await;
        self.count += 1;
        Ok(())
    }
}
