//! The body of a 200: its fields in the order a service writes them, and the forms in which the end of a token's life is told.
//! Which fields a service has is said in its own file.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::answer::Answer;
use crate::identities::UserAssigned;
use crate::moment;
use crate::tokens::{Issued, now_unix};
use crate::world::World;

/// One way to say when a token ends. [`Builder::expiry`](crate::Builder::expiry) takes several, in the order of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// `"expires_in": 3599`
    InNumber,
    /// `"expires_in": "3599"`
    InText,
    /// `"expires_in": ""`
    InEmpty,
    /// `"expires_on": 1506484173`
    OnNumber,
    /// `"expires_on": "1506484173"`
    OnText,
    /// `"expires_on": ""`
    OnEmpty,
    /// `"expires_on"` as a date.
    OnDate(DateFormat),
}

/// How a date is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateFormat {
    /// `06/20/2019 02:57:58 +00:00`: App Service on Linux.
    #[default]
    Linux,
    /// `1/16/2020 5:24:12 AM +00:00`: App Service on Windows.
    Windows,
    /// `2024-10-18T19:51:37.0000000+00:00`
    Iso,
    /// `2006-01-02 15:04:05`
    Space,
}

impl DateFormat {
    /// A moment, in seconds since 1970, in this format.
    pub fn format(self, unix: u64) -> String {
        let at = moment::Civil::of(unix);
        match self {
            Self::Linux => at.linux(),
            Self::Windows => at.windows(),
            Self::Iso => at.iso(),
            Self::Space => at.spaced(),
        }
    }
}

/// What a test has said about the form of all answers.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// In the place of the service's own way.
    pub(crate) expiry: Option<Vec<Expiry>>,
    pub(crate) dates: DateFormat,
    pub(crate) echo: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            expiry: None,
            dates: DateFormat::default(),
            echo: true,
        }
    }
}

/// A body that grows field by field.
pub(crate) struct Grant<'a> {
    shape: &'a Shape,
    issued: Issued,
    fields: Fields,
}

impl<'a> Grant<'a> {
    /// A token for this identity, and an empty body.
    pub(crate) fn new(world: &'a World, identity: &UserAssigned, resource: &str) -> Self {
        Self::of(world, world.tokens.for_identity(identity, resource))
    }

    /// A token that has been issued, and an empty body.
    pub(crate) fn of(world: &'a World, issued: Issued) -> Self {
        Self {
            shape: &world.machine.shape,
            issued,
            fields: Fields(Vec::new()),
        }
    }

    pub(crate) fn access_token(self) -> Self {
        let token = self.issued.token.clone();
        self.field("access_token", token)
    }

    pub(crate) fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.0.push((name, value.into()));
        self
    }

    /// An id of the identity, unless the answers shall not tell.
    pub(crate) fn echo(self, name: &'static str, id: &str) -> Self {
        if self.shape.echo {
            self.field(name, id)
        } else {
            self
        }
    }

    /// When the token ends, in the service's own way or as the test wants it.
    pub(crate) fn expiry(mut self, own: &[Expiry]) -> Self {
        for expiry in self.shape.expiry.as_deref().unwrap_or(own) {
            let on = self.issued.expires_on;
            let remaining = self.remaining();
            self = match *expiry {
                Expiry::InNumber => self.field("expires_in", remaining),
                Expiry::InText => self.field("expires_in", remaining.to_string()),
                Expiry::InEmpty => self.field("expires_in", ""),
                Expiry::OnNumber => self.field("expires_on", on),
                Expiry::OnText => self.field("expires_on", on.to_string()),
                Expiry::OnEmpty => self.field("expires_on", ""),
                Expiry::OnDate(format) => self.field("expires_on", format.format(on)),
            };
        }
        self
    }

    pub(crate) fn not_before(self) -> Self {
        let from = self.issued.not_before.to_string();
        self.field("not_before", from)
    }

    /// How many seconds the token lives yet.
    pub(crate) fn remaining(&self) -> u64 {
        self.issued.expires_on.saturating_sub(now_unix())
    }

    pub(crate) fn answer(self) -> Answer {
        Answer::json(200, &self.fields)
    }
}

impl fmt::Debug for Grant<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Grant")
    }
}

/// An object whose fields keep their order, which some clients are sensitive to.
struct Fields(Vec<(&'static str, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
