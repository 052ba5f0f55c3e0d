//! Lists, page by page as the service gives them: each page when it is asked for, empty ones passed over,
//! nextLink followed within the vault's own origin only. Versions come in order, and so all at once.

use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

use url::Url;

use crate::engine::lock;
use crate::error::{Error, Result, Status};
use crate::limits;
use crate::transport::work::Work;
use crate::vault::address::Address;
use crate::vault::bundle::{self, Page};
use crate::vault::deed::Deed;
use crate::vault::model::SecretProperties;
use crate::vault::requests::Request;
use crate::vault::session::Session;
use crate::vault::turns::Turns;
use crate::vault::{operations, refusal};

/// A list, and how far it has been read.
pub(crate) struct Listing {
    deed: Deed,
    /// Whose versions they are.
    address: Option<Address>,
    pub turns: Turns<Place>,
    /// Hashes of the links that were found, and behind how many pages: one that comes again leads in a
    /// circle.
    links: Mutex<Vec<(u64, u32)>>,
    hasher: RandomState,
}

/// Where the next page is.
#[derive(Clone)]
pub(crate) struct Place {
    next: Next,
    pages: u32,
    /// Bytes of all answers so far.
    bytes: usize,
}

#[derive(Clone)]
enum Next {
    First,
    At(Url),
    End,
}

const START: Place = Place {
    next: Next::First,
    pages: 0,
    bytes: 0,
};

impl Listing {
    pub fn new(deed: Deed, address: Option<Address>) -> Self {
        Self {
            deed,
            address,
            turns: Turns::new(START),
            links: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// The next items; none at the end.
    pub async fn next(
        &self,
        turn: u64,
        session: &Session,
        work: &Work,
    ) -> Result<Vec<SecretProperties>> {
        let mut place = self.turns.place();
        let items = match self.deed {
            Deed::ListVersions => self.all_in_order(&mut place, session, work).await?,
            _ => self.some(&mut place, session, work).await?,
        };
        self.turns.propose(turn, place);
        Ok(items)
    }

    async fn some(
        &self,
        place: &mut Place,
        session: &Session,
        work: &Work,
    ) -> Result<Vec<SecretProperties>> {
        for _ in 0..limits::EMPTY_PAGES_MAX {
            match self.page(place, session, work).await? {
                Some(items) if items.is_empty() => {}
                Some(items) => return Ok(items),
                None => return Ok(Vec::new()),
            }
        }
        Err(self.broken(
            session,
            format!("{} pages in a row are empty", limits::EMPTY_PAGES_MAX),
        ))
    }

    /// The service orders versions by their digits, which is no order in time.
    async fn all_in_order(
        &self,
        place: &mut Place,
        session: &Session,
        work: &Work,
    ) -> Result<Vec<SecretProperties>> {
        let mut all = Vec::new();
        loop {
            let items = self.some(place, session, work).await?;
            if items.is_empty() {
                break;
            }
            let are_many = all.len() + items.len() > limits::VERSIONS_MAX;
            if are_many || place.bytes > limits::VERSIONS_BYTES_MAX {
                return Err(Error::new(
                    Status::LimitExceeded,
                    format!(
                        "{}: more than {} versions, or {} MiB of them, cannot be put in order",
                        self.subject(session),
                        limits::VERSIONS_MAX,
                        limits::VERSIONS_BYTES_MAX >> 20
                    ),
                ));
            }
            for item in items {
                // They are few, and a sort would be the largest piece of code here.
                let at = all.partition_point(|other| is_as_new(other, &item));
                all.insert(at, item);
            }
        }
        Ok(all)
    }

    /// One page, or `None` behind the last.
    async fn page(
        &self,
        place: &mut Place,
        session: &Session,
        work: &Work,
    ) -> Result<Option<Vec<SecretProperties>>> {
        let first = session.requests().list(self.deed, self.address.as_ref())?;
        let request = match &place.next {
            Next::First => first,
            Next::At(url) => first.at(url.clone()),
            Next::End => return Ok(None),
        };
        let reply = session.send(&request, work).await?;
        if reply.answer.status != 200 {
            let refused = reply.refused(&request);
            return Err(match &self.address {
                Some(address) if refusal::says_not_found(&reply.answer) => {
                    operations::whether_deleted(session, address, refused, work).await
                }
                _ => refused,
            });
        }
        let Page { items, next } =
            bundle::page(&reply.answer.body, &session.vault, self.address.as_ref())
                .map_err(|rule| reply.broken(&request, rule))?;
        place.next = match next {
            Some(link) => Next::At(self.checked(session, &request, &link, place.pages)?),
            None => Next::End,
        };
        place.pages += 1;
        place.bytes += reply.answer.body.len();
        Ok(Some(items))
    }

    /// The link is the service's, which knows only how to write its own; a token goes with it.
    fn checked(&self, session: &Session, request: &Request, link: &str, pages: u32) -> Result<Url> {
        // It holds the name of a secret, and never appears in a message.
        let refuse = |why: &str| Err(self.broken(session, format!("its nextLink {why}")));
        let is_plain = link.len() <= limits::NEXT_LINK_LENGTH_MAX
            && link.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let Some(mut url) = is_plain.then(|| request.url.join(link).ok()).flatten() else {
            return refuse("is no URL");
        };
        // It is not sent, so two that differ in it only are the same page.
        url.set_fragment(None);
        // A port that is the scheme's own is the same as none, which `origin` knows.
        let is_same = url.origin() == session.vault.origin.origin();
        if !is_same || !url.username().is_empty() || url.password().is_some() {
            return refuse("leads away from the vault, and was not followed");
        }
        let hash = self.hasher.hash_one(url.as_str());
        let mut links = lock(&self.links);
        // A page that is read once more, because it was lost, has the link that it had.
        let known = links.iter().find(|(known, _)| *known == hash);
        let found_behind = known.map(|(_, behind)| *behind);
        if found_behind.is_some_and(|behind| behind != pages) || url == request.url {
            return refuse("leads back to a page that it had before");
        }
        if links.len() >= limits::PAGES_MAX {
            return refuse("has led on for too long");
        }
        if found_behind.is_none() {
            links.push((hash, pages));
        }
        Ok(url)
    }

    fn subject(&self, session: &Session) -> String {
        match &self.address {
            Some(address) => address.describe(),
            None => format!("vault {}", session.vault.name),
        }
    }

    fn broken(&self, session: &Session, why: String) -> Error {
        Error::new(
            Status::Protocol,
            format!("{}: the list cannot be read to its end: {why}", self.subject(session)),
        )
        .advise("something other than Key Vault may answer there; check the host, and look for an intercepting proxy or gateway")
    }
}

fn is_as_new(one: &SecretProperties, other: &SecretProperties) -> bool {
    let times = |item: &SecretProperties| (item.created_at_unix(), item.updated_at_unix());
    times(one) >= times(other)
}
