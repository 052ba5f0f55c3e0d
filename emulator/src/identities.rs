//! The managed identities this machine has, and which of them a token request means.
//! How the request and the refusal look on the wire is in imds.rs.

use crate::query::Query;
use crate::random;

/// A user-assigned managed identity, as `Builder::user_assigned` takes it. The three ids are compared without regard to case.
#[derive(Clone, Debug)]
pub struct UserAssigned {
    /// The application id, the most used of the three.
    pub client_id: String,
    /// The object (principal) id.
    pub object_id: String,
    /// The resource id: `/subscriptions/…/userAssignedIdentities/<name>`.
    pub resource_id: String,
}

impl UserAssigned {
    /// An identity called `name`, with random ids and a resource id that ends in the name.
    pub fn random(name: &str) -> Self {
        Self {
            client_id: random::guid(),
            object_id: random::guid(),
            resource_id: format!(
                "/subscriptions/{}/resourcegroups/doorkey/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}",
                random::guid()
            ),
        }
    }
}

/// The identities of one emulator.
pub(crate) struct Identities {
    system_assigned: Option<UserAssigned>,
    user_assigned: Vec<UserAssigned>,
}

/// Why no identity could be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unchosen {
    NotFound,
    SeveralExist,
    SeveralIds,
    EmptyId,
}

/// A parameter that names an identity, and the id that it means.
pub(crate) type Selector = (&'static str, fn(&UserAssigned) -> &str);

/// The parameters of the Instance Metadata Service. Both spellings of the last are observed.
const SELECTORS: [Selector; 4] = [
    ("client_id", |identity| &identity.client_id),
    ("object_id", |identity| &identity.object_id),
    ("msi_res_id", |identity| &identity.resource_id),
    ("mi_res_id", |identity| &identity.resource_id),
];

impl Identities {
    pub(crate) fn new(system_assigned: bool, user_assigned: Vec<UserAssigned>) -> Self {
        Self {
            system_assigned: system_assigned.then(|| UserAssigned {
                client_id: random::guid(),
                object_id: random::guid(),
                resource_id: format!(
                    "/subscriptions/{}/resourcegroups/doorkey/providers/Microsoft.Compute/virtualMachines/emulator",
                    random::guid()
                ),
            }),
            user_assigned,
        }
    }

    /// The identity a query means: the one it names, else the system-assigned one, else the only user-assigned one.
    pub(crate) fn choose(&self, query: &Query) -> Result<&UserAssigned, Unchosen> {
        match self.named(query, &SELECTORS)? {
            Some(identity) => Ok(identity),
            None => self.unnamed(),
        }
    }

    /// The user-assigned identity that a query names by one of these parameters, if it has any of them.
    pub(crate) fn named(
        &self,
        query: &Query,
        selectors: &[Selector],
    ) -> Result<Option<&UserAssigned>, Unchosen> {
        let mut named = selectors
            .iter()
            .filter_map(|(parameter, id)| Some((query.get(parameter)?, id)));
        let Some((wanted, id)) = named.next() else {
            return Ok(None);
        };
        if named.next().is_some() {
            return Err(Unchosen::SeveralIds);
        }
        if wanted.is_empty() {
            return Err(Unchosen::EmptyId);
        }
        self.user_assigned
            .iter()
            .find(|identity| id(identity).eq_ignore_ascii_case(wanted))
            .map(Some)
            .ok_or(Unchosen::NotFound)
    }

    /// The identity of that client id, system-assigned or not.
    pub(crate) fn of_client(&self, client_id: &str) -> Option<&UserAssigned> {
        self.system_assigned
            .iter()
            .chain(&self.user_assigned)
            .find(|identity| identity.client_id.eq_ignore_ascii_case(client_id))
    }

    pub(crate) fn has_user_assigned(&self) -> bool {
        !self.user_assigned.is_empty()
    }

    /// The system-assigned identity, if the machine has one.
    pub(crate) fn system(&self) -> Option<&UserAssigned> {
        self.system_assigned.as_ref()
    }

    pub(crate) fn user(&self) -> &[UserAssigned] {
        &self.user_assigned
    }

    /// The identity that is meant when none is named.
    pub(crate) fn unnamed(&self) -> Result<&UserAssigned, Unchosen> {
        match (&self.system_assigned, self.user_assigned.as_slice()) {
            (Some(identity), _) | (None, [identity]) => Ok(identity),
            (None, []) => Err(Unchosen::NotFound),
            (None, _) => Err(Unchosen::SeveralExist),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(system: bool, users: &[&UserAssigned], query: &str) -> Result<String, Unchosen> {
        let users = users.iter().map(|&user| user.clone()).collect();
        Identities::new(system, users)
            .choose(&Query::parse(Some(query)))
            .map(|identity| identity.client_id.clone())
    }

    #[test]
    fn without_an_id_the_system_assigned_one_is_taken_even_beside_others() {
        let user = UserAssigned::random("one");
        let client_id = chosen(true, &[&user], "resource=x").expect("an identity");
        assert_ne!(client_id, user.client_id);
    }

    #[test]
    fn without_an_id_a_single_user_assigned_one_is_taken() {
        let user = UserAssigned::random("one");
        assert_eq!(chosen(false, &[&user], ""), Ok(user.client_id.clone()));
    }

    #[test]
    fn without_an_id_several_user_assigned_ones_are_ambiguous() {
        let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
        assert_eq!(
            chosen(false, &[&one, &two], ""),
            Err(Unchosen::SeveralExist)
        );
    }

    #[test]
    fn a_machine_without_identities_has_none() {
        assert_eq!(chosen(false, &[], ""), Err(Unchosen::NotFound));
    }

    #[test]
    fn every_kind_of_id_selects_in_any_case() {
        let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
        for query in [
            format!("client_id={}", two.client_id.to_uppercase()),
            format!("object_id={}", two.object_id.to_uppercase()),
            format!("msi_res_id={}", two.resource_id.to_uppercase()),
            format!("mi_res_id={}", two.resource_id.to_lowercase()),
        ] {
            let found = chosen(true, &[&one, &two], &query);
            assert_eq!(found, Ok(two.client_id.clone()), "{query}");
        }
    }

    #[test]
    fn an_id_of_another_kind_or_nobody_selects_nothing() {
        let one = UserAssigned::random("one");
        let other_kind = format!("object_id={}", one.client_id);
        for query in [other_kind.as_str(), "client_id=somebody"] {
            let found = chosen(true, &[&one], query);
            assert_eq!(found, Err(Unchosen::NotFound), "{query}");
        }
    }

    #[test]
    fn two_ids_or_an_empty_one_are_refused() {
        let one = UserAssigned::random("one");
        let both = format!("client_id={}&object_id={}", one.client_id, one.object_id);
        assert_eq!(chosen(true, &[&one], &both), Err(Unchosen::SeveralIds));
        assert_eq!(chosen(true, &[&one], "client_id="), Err(Unchosen::EmptyId));
    }
}
