//! What can be done with one secret, from its first request to the last: reading, setting, updating,
//! deleting and what follows that. Deleting, recovering and purging are done when the vault shows it.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::sensitive::Sensitive;
use crate::transport::work::Work;
use crate::vault::address::Address;
use crate::vault::bundle;
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
async fn whether_deleted(
    session: &Session,
    address: &Address,
    not_found: Error,
    work: &Work,
) -> Error {
    let Ok(request) = session.requests().get_deleted(address) else {
        return not_found;
    };
    let Ok(reply) = session.send(&request, work).await else {
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

pub(crate) async fn set(
    session: &Session,
    address: &Address,
    value: Arc<Sensitive>,
    attributes: &SecretAttributes,
    work: &Work,
) -> Result<Secret> {
    let request = session.requests().set(address, value, attributes)?;
    let reply = done(session, &request, work).await?;
    bundle::secret(&reply.answer.body, address).map_err(|rule| reply.broken(&request, rule))
}

pub(crate) async fn update(
    session: &Session,
    address: &Address,
    attributes: &SecretAttributes,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().update(address, attributes)?;
    let reply = done(session, &request, work).await?;
    properties(session, &request, &reply, Some(address))
}

pub(crate) async fn get_deleted(
    session: &Session,
    address: &Address,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().get_deleted(address)?;
    let reply = done(session, &request, work).await?;
    properties(session, &request, &reply, Some(address))
}

/// Deletes, and waits until the vault shows the secret among the deleted ones.
pub(crate) async fn delete(
    session: &Session,
    address: &Address,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().delete(address)?;
    let look = session.requests().get_deleted(address)?;
    let reply = session.send(&request, work).await?;
    let is_gone = refusal::says_not_found(&reply.answer) || refusal::says_under_way(&reply.answer);
    if reply.may_have_worked && is_gone {
        // A try whose answer was lost has deleted it.
        let waiting = "the deletion of";
        if let Some(seen) = shown(session, &look, waiting, address, work, Some(&reply)).await? {
            return properties(session, &look, &seen, Some(address));
        }
        return Err(reply.refused(&request));
    }
    let reply = accepted(reply, &request)?;
    let deleted = properties(session, &request, &reply, Some(address))?;
    // A vault without soft delete has nothing to show.
    if deleted.recovery_id().is_some() {
        shown(session, &look, "the deletion of", address, work, None).await?;
    }
    Ok(deleted)
}

/// Recovers, and waits until the vault shows the secret again.
pub(crate) async fn recover(
    session: &Session,
    address: &Address,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().recover(address)?;
    let look = session.requests().get(address)?;
    let reply = when_settled(session, &request, work).await?;
    let waiting = "the recovery of";
    if reply.may_have_worked && refusal::says_not_found(&reply.answer) {
        // A try whose answer was lost has recovered it.
        let seen = shown(session, &look, waiting, address, work, Some(&reply)).await?;
        return match seen {
            Some(seen) => properties(session, &look, &seen, Some(address)),
            None => Err(reply.refused(&request)),
        };
    }
    let reply = accepted(reply, &request)?;
    let recovered = properties(session, &request, &reply, Some(address))?;
    shown(session, &look, waiting, address, work, None).await?;
    Ok(recovered)
}

/// Purges, and waits until the vault shows the secret no more.
pub(crate) async fn purge(session: &Session, address: &Address, work: &Work) -> Result<()> {
    let request = session.requests().purge(address)?;
    let look = session.requests().get_deleted(address)?;
    let reply = when_settled(session, &request, work).await?;
    if !matches!(reply.answer.status, 200 | 204) {
        return Err(reply.refused(&request));
    }
    let mut looks = Looks::new(work);
    loop {
        looks.note("the purge of", address);
        let seen = session.send(&look, work).await?;
        // Who may not look cannot wait either.
        if refusal::says_not_found(&seen.answer) || seen.answer.status == 403 {
            return Ok(());
        }
        if seen.answer.status != 200 {
            return Err(seen.refused(&look));
        }
        looks.wait().await?;
    }
}

pub(crate) async fn backup(session: &Session, address: &Address, work: &Work) -> Result<Sensitive> {
    let request = session.requests().backup(address)?;
    let reply = done(session, &request, work).await?;
    bundle::blob(&reply.answer.body).map_err(|rule| reply.broken(&request, rule))
}

pub(crate) async fn restore(
    session: &Session,
    backup: Arc<Sensitive>,
    work: &Work,
) -> Result<SecretProperties> {
    let request = session.requests().restore(backup)?;
    let reply = done(session, &request, work).await?;
    properties(session, &request, &reply, None)
}

async fn done(session: &Session, request: &Request, work: &Work) -> Result<Reply> {
    accepted(session.send(request, work).await?, request)
}

fn accepted(reply: Reply, request: &Request) -> Result<Reply> {
    match reply.answer.status {
        200 => Ok(reply),
        _ => Err(reply.refused(request)),
    }
}

fn properties(
    session: &Session,
    request: &Request,
    reply: &Reply,
    asked: Option<&Address>,
) -> Result<SecretProperties> {
    bundle::properties(&reply.answer.body, &session.vault, asked)
        .map_err(|rule| reply.broken(request, rule))
}

/// Sends, and again while what the secret went through before is not done yet.
async fn when_settled(session: &Session, request: &Request, work: &Work) -> Result<Reply> {
    let mut looks = Looks::new(work);
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

/// Waits until the vault shows what `look` asks for. Whoever may not look cannot wait: a refusal ends it,
/// for the vault has let the secret through by then. `None` when that, or that there is no such secret, is
/// all that is seen although it was only guessed that the vault is at it.
async fn shown(
    session: &Session,
    look: &Request,
    waiting: &str,
    address: &Address,
    work: &Work,
    guessed: Option<&Reply>,
) -> Result<Option<Reply>> {
    let mut looks = Looks::new(work);
    loop {
        looks.note(waiting, address);
        let reply = session.send(look, work).await?;
        match reply.answer.status {
            200 => return Ok(Some(reply)),
            403 => return Ok(None),
            404 if guessed.is_some_and(|reply| !refusal::says_under_way(&reply.answer))
                && looks.count >= LOOKS_MS.len() =>
            {
                return Ok(None);
            }
            404 => looks.wait().await?,
            _ => return Err(reply.refused(look)),
        }
    }
}

/// Looks at a vault, further and further apart.
struct Looks<'a> {
    work: &'a Work,
    count: usize,
}

impl<'a> Looks<'a> {
    fn new(work: &'a Work) -> Self {
        Self { work, count: 0 }
    }

    fn note(&self, waiting: &str, address: &Address) {
        let what = address.describe();
        self.work.doing(format!(
            "waiting for {waiting} {what}, which the vault has accepted"
        ));
    }

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
